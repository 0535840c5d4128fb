//! The command line: one file per subcommand, shared arguments, exit codes, progress.
