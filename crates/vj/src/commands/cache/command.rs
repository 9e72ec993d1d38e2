//! What `vj cache` is asked for.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::builder::FalseyValueParser;
use clap::{Args, Subcommand, ValueEnum};
use vj_workers::lyrics_fetcher::RecordKind;

use super::{clear, export, stats};
use crate::config::{ConfigArgs, Paths};

/// What else a newcomer should know.
const AFTER_HELP: &str = "\
The cache holds lyrics for ever, that a song has none for a day, what models said of songs, and images. A show that runs \
is not disturbed: what is not there any more is looked up anew when its song is played.";

/// What else somebody should know who takes entries away.
const CLEAR_HELP: &str = "\
Without --only, damaged entries and what crashes left half-written go too. Files that are not of the cache's making are \
named and left alone, and links are not followed.
Exit codes: 0 fine, also where nothing was there; 1 something could not be removed.";

/// What else somebody should know who writes entries out.
const EXPORT_HELP: &str = "\
A line is an object with kind (lyrics, not_found, analysis, image), artist, title, at_ms (the date, milliseconds since \
1970), key, and text; of an image it has the path instead. Damaged entries are named and left out. A FILE that is there is \
replaced once all is written.
As in: vj cache export - | jq -r 'select(.kind == \"lyrics\") | .title'";

/// What `vj cache` is asked for.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct CacheArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Count what is kept, by kind
    Stats(StatsArgs),
    /// Take entries away
    Clear(ClearArgs),
    /// Write all entries out, one JSON document a line
    Export(ExportArgs),
}

/// What `vj cache stats` is asked for.
#[derive(Debug, Args)]
struct StatsArgs {
    /// Print one JSON document
    #[arg(long, env = "VJ_JSON", value_parser = FalseyValueParser::new())]
    json: bool,
}

/// What `vj cache clear` is asked for.
#[derive(Debug, Args)]
#[command(after_help = CLEAR_HELP)]
struct ClearArgs {
    /// Take away these only
    #[arg(long, env = "VJ_CACHE_ONLY", value_name = "KIND")]
    only: Option<Only>,
}

/// What `vj cache export` is asked for.
#[derive(Debug, Args)]
#[command(after_help = EXPORT_HELP)]
struct ExportArgs {
    /// Where to; `-` is standard output
    file: PathBuf,
}

/// Kinds, as users name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Only {
    Lyrics,
    NotFound,
    Analysis,
    Images,
}

impl Only {
    const fn kind(self) -> RecordKind {
        match self {
            Self::Lyrics => RecordKind::Lyrics,
            Self::NotFound => RecordKind::NotFound,
            Self::Analysis => RecordKind::Analysis,
            Self::Images => RecordKind::Image,
        }
    }
}

/// Does it.
pub(crate) fn run(args: CacheArgs, config: &ConfigArgs) -> Result<ExitCode> {
    // Where it lies is no matter of the config file, which may be bad.
    let dir = Paths::find(config).cache;
    match args.what {
        What::Stats(args) => stats::run(&dir, args.json),
        What::Clear(args) => clear::run(&dir, args.only.map(Only::kind)),
        What::Export(args) => export::run(&dir, &args.file),
    }
}
