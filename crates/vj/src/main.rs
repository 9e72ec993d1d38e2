//! The `vj` binary: command line and wiring.
//!
//! - [`cli`] says what can be asked, [`commands`] has a file for each command.
//! - Exit codes: 0 fine, 1 it failed or an expectation did not hold, 2 wrong usage or bad config, 3 already running or not
//!   running.
//! - A command that fails prints one line, `error: ...`, on standard error and nothing on standard output.

mod audio;
mod cli;
mod client;
mod columns;
mod commands;
mod config;
mod config_watch;
mod lyrics;
mod pcap;
mod playback;
mod process;
mod stopwatch;
mod terminal;

use std::io::{self, ErrorKind};
use std::process::ExitCode;

use cli::{Cli, Command};
use terminal::Paint;

fn main() -> ExitCode {
    #[cfg(feature = "mutants")]
    vj_core::mutants::switch_on_what_is_asked_for();
    let Cli { command, config } = Cli::read();
    let done = match command {
        None => Cli::command_line().print_help().map(|()| ExitCode::SUCCESS).map_err(Into::into),
        Some(Command::Up(args)) => commands::up::run(args, &config),
        Some(Command::Down(args)) => commands::down::run(args, &config),
        Some(Command::Status(args)) => commands::status::run(args, &config),
        Some(Command::Start(args)) => commands::orders::order("start_worker", args, &config),
        Some(Command::Stop(args)) => commands::orders::order("stop_worker", args, &config),
        Some(Command::Restart(args)) => commands::orders::order("restart_worker", args, &config),
        Some(Command::Logs(args)) => commands::logs::run(args, &config),
        Some(Command::Send(args)) => commands::orders::send(args, &config),
        Some(Command::Osc(args)) => commands::osc::run(args, &config),
        Some(Command::Console(args)) => commands::console::run(args, &config),
        Some(Command::Devices(args)) => commands::devices::run(args, &config),
        Some(Command::Spotify(args)) => commands::spotify::run(args, &config),
        Some(Command::Cache(args)) => commands::cache::run(args, &config),
        Some(Command::Doctor(args)) => commands::doctor::run(args, &config),
        Some(Command::Set(args)) => commands::set::run(args),
        Some(Command::Worker(args)) => commands::worker::worker(args, &config),
        Some(Command::Manager(args)) => commands::worker::manager(args, &config),
        Some(Command::Config(args)) => commands::config::run(args, &config),
        Some(Command::Completions(args)) => commands::completions::run(args),
        Some(Command::Analyze(args)) => commands::analyze::run(args),
        Some(Command::Record(args)) => commands::record::run(args, &config),
        Some(Command::Rehearse(args)) => commands::rehearse::run(args, &config),
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
