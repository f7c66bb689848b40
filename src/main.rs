//! The `limbeck` command.

fn main() -> std::process::ExitCode {
    limbeck::cli::main(std::env::args_os())
}
