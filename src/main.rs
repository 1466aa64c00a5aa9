//! The binary: flags, settings, the app, an exit code.

use std::process::ExitCode;

use clap::Parser as _;
use firstmate::cli::Cli;

fn main() -> ExitCode {
    firstmate::app::main(&Cli::parse())
}
