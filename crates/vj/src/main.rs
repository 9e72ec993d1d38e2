//! The `vj` binary: command line and wiring.
//!
//! - [`cli`] says what can be asked, [`commands`] has a file for each command.
//! - Exit codes: 0 fine, 1 it failed or an expectation did not hold, 2 wrong usage or bad config, 3 already running or not
//!   running.
//! - A command that fails prints one line, `error: ...`, on standard error and nothing on standard output.

mod cli;
mod commands;
mod stopwatch;
mod terminal;

use std::io::{self, ErrorKind};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use cli::{Cli, Command};
use terminal::Paint;

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        None => Cli::command().print_help().map(|()| ExitCode::SUCCESS).map_err(Into::into),
        Some(Command::Analyze(args)) => commands::analyze::run(args),
        Some(Command::Rehearse(args)) => commands::rehearse::run(args),
    };
    done.unwrap_or_else(|error| fail(&error))
}

/// Says what failed and why, in one line.
fn fail(error: &anyhow::Error) -> ExitCode {
    // Whoever reads our output has seen enough, as `head` does: that is no failure.
    let closed = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
    };
    if error.chain().any(closed) {
        return ExitCode::SUCCESS;
    }
    eprintln!("{} {error:#}", Paint::for_stderr().alarm("error:"));
    ExitCode::FAILURE
}
