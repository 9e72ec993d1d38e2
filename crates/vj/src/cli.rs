//! The command line, as clap reads it and as the help shows it.

use clap::{Parser, Subcommand};

use crate::commands::analyze::AnalyzeArgs;
use crate::commands::rehearse::RehearseArgs;

/// Listens to the room, follows the DJ, and tells the visuals over OSC.
#[derive(Debug, Parser)]
#[command(
    name = "vj",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = "Exit codes: 0 fine, 1 it failed, 2 wrong usage, 3 already running or not running."
)]
pub(crate) struct Cli {
    /// What to do; without one, the help is printed.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// The commands, in the order of the help.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a sound file through the analyser, as fast as it goes
    Analyze(AnalyzeArgs),
    /// Play a set through the real workers, in virtual time
    Rehearse(RehearseArgs),
}
