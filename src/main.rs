//! The `rolehop` command.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    rolehop::cli::run_caught(std::env::args_os()).into()
}
