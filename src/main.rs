//! The program `wirewatch`.

use std::process::ExitCode;

fn main() -> ExitCode {
    wirewatch::cli::main()
}
