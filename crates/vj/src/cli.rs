//! The command line, as clap reads it and as the help shows it.

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands::analyze::AnalyzeArgs;
use crate::commands::cache::CacheArgs;
use crate::commands::completions::CompletionsArgs;
use crate::commands::config::ConfigCommandArgs;
use crate::commands::console::ConsoleArgs;
use crate::commands::devices::DevicesArgs;
use crate::commands::doctor::DoctorArgs;
use crate::commands::down::DownArgs;
use crate::commands::logs::LogsArgs;
use crate::commands::orders::{OrderArgs, SendArgs};
use crate::commands::osc::OscArgs;
use crate::commands::record::RecordArgs;
use crate::commands::rehearse::RehearseArgs;
use crate::commands::set::SetArgs;
use crate::commands::spotify::SpotifyArgs;
use crate::commands::status::StatusArgs;
use crate::commands::up::UpArgs;
use crate::commands::worker::{ManagerArgs, WorkerArgs};
use crate::config::ConfigArgs;

/// Listens to the room, follows the DJ, and tells the visuals over OSC.
#[derive(Debug, Parser)]
#[command(
    name = "vj",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = "First steps: `vj doctor` says what is missing, `vj up` starts the show, `vj console` shows it, and \
                  `vj osc` what the visuals get.\n\
                  Exit codes: 0 fine, 1 it failed, 2 wrong usage or bad config, 3 already running or not running."
)]
pub(crate) struct Cli {
    /// What to do; without one, the help is printed.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

impl Cli {
    /// Reads the arguments of this process. Wrong usage ends it with exit code 2, and help with 0.
    pub(crate) fn read() -> Self {
        Self::from_arg_matches(&Self::command_line().get_matches()).unwrap_or_else(|error| error.exit())
    }

    /// What clap reads and helps with. Of a variable the help tells the name, not what it happens to hold.
    pub(crate) fn command_line() -> clap::Command {
        fn without_values(command: clap::Command) -> clap::Command {
            command.mut_args(|arg| arg.hide_env_values(true)).mut_subcommands(without_values)
        }
        without_values(Self::command())
    }
}

/// The commands, in the order of the help.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the show and guard it; Ctrl-C stops everything, in order
    Up(UpArgs),
    /// Stop everything: workers, process manager and guardian
    Down(DownArgs),
    /// Show how the workers are, a line each
    #[command(visible_alias = "ps")]
    Status(StatusArgs),
    /// Show the show in this terminal, and change it
    Console(ConsoleArgs),
    /// Start a worker, and keep it running
    Start(OrderArgs),
    /// Stop a worker, and keep it stopped
    Stop(OrderArgs),
    /// Replace a worker's process by a fresh one
    Restart(OrderArgs),
    /// Print the logs of all processes, merged by time; works with everything dead
    Logs(LogsArgs),
    /// Send one command to one process and print the answer
    Send(SendArgs),
    /// Print the OSC messages as they go out to the visuals
    Osc(OscArgs),
    /// List the audio inputs, the chosen one marked
    Devices(DevicesArgs),
    /// Sign in to Spotify
    Spotify(SpotifyArgs),
    /// Show what is kept of songs, take it away, or write it out
    Cache(CacheArgs),
    /// Check everything that a show uses, and say how to mend what is missing
    Doctor(DoctorArgs),
    /// Show every setting with its source; print the defaults; drop overrides
    Config(ConfigCommandArgs),
    /// Run a sound file through the analyser, as fast as it goes
    Analyze(AnalyzeArgs),
    /// Record a live show into a set that `vj rehearse` plays
    Record(RecordArgs),
    /// Play a set through the real workers, in virtual time or with real processes
    Rehearse(RehearseArgs),
    /// Make a set of a folder of tracks, or say what is in a set and what is wrong with it
    Set(SetArgs),
    /// Run one worker in the foreground
    Worker(WorkerArgs),
    /// Run the process manager in the foreground
    Manager(ManagerArgs),
    /// Print a script that completes `vj` commands in your shell
    Completions(CompletionsArgs),
}
