//! `vj set`: makes sets, and looks into them.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::{set_check, set_new};

/// What `vj set` is asked for.
#[derive(Debug, Args)]
pub(crate) struct SetArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a set of a folder of tracks: WAV, FLAC, MP3, OGG or AAC, with their tags, and .lrc files beside them
    New {
        /// The folder of the new set; it must not be there yet
        dir: PathBuf,
        /// Where the tracks are
        #[arg(long, env = "VJ_TRACKS", value_name = "FOLDER", default_value = ".")]
        from: PathBuf,
    },
    /// Say what is in a set and what is wrong with it; exit code 1 if something is
    Check {
        /// A set folder, or a bare sound file
        set: PathBuf,
    },
}

/// Does it.
pub(crate) fn run(args: SetArgs) -> Result<ExitCode> {
    match args.what {
        What::New { dir, from } => set_new::run(&dir, &from),
        What::Check { set } => set_check::run(&set),
    }
}
