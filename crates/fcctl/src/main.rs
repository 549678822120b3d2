//! The program `fcctl`.

use std::process::ExitCode;

fn main() -> ExitCode {
    fcctl::main()
}
