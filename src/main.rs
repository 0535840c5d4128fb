//! The `rolehop` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    rolehop::cli::run_caught(std::env::args_os()).into()
}
