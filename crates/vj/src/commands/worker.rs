//! `vj worker NAME` and `vj manager`: one process in the foreground.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use vj_core::ProcessName;
use vj_core::show::CONFIG;

use crate::config::{Config, ConfigArgs, ConfigErrors, Paths};
use crate::config_watch::Watched;
use crate::process::{self, Place};

/// What else a newcomer should know.
const AFTER_HELP: &str = "\
`vj up` starts it for you. By hand, it is there to be watched alone: what it says is shown, and Ctrl-C ends it.";

/// What `vj worker` is asked for.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct WorkerArgs {
    /// Which worker
    #[arg(value_parser = all_workers())]
    name: ProcessName,
    /// Take a session of one's own; the log file carries what it says
    #[arg(long, hide = true)]
    detached: bool,
    /// Take the config that the manager found to be good
    #[arg(long, hide = true, value_name = "FILE")]
    snapshot: Option<PathBuf>,
}

/// What `vj manager` is asked for.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ManagerArgs {
    /// Take a session of one's own; the log file carries what it says
    #[arg(long, hide = true)]
    detached: bool,
}

/// The names that users may give.
pub(crate) fn worker_names() -> impl TypedValueParser<Value = ProcessName> {
    among(ProcessName::ALL.into_iter().filter(|name| name.is_worker() && name.is_in_a_show()))
}

/// Those, and the one that is no part of a show and that nobody needs to know of.
fn all_workers() -> impl TypedValueParser<Value = ProcessName> {
    among(ProcessName::ALL.into_iter().filter(|name| name.is_worker()))
}

fn among(names: impl Iterator<Item = ProcessName>) -> impl TypedValueParser<Value = ProcessName> {
    let value = |name: ProcessName| PossibleValue::new(name.as_str()).hide(!name.is_in_a_show());
    PossibleValuesParser::new(names.map(value))
        .map(|name| name.parse().expect("only names of processes were let through"))
}

/// Runs one worker.
pub(crate) fn worker(args: WorkerArgs, config_args: &ConfigArgs) -> Result<ExitCode> {
    let place = Place::take(args.detached);
    let paths = Paths::find(config_args);
    let watched = match args.snapshot.as_deref().map(|file| (file, read_snapshot(file))) {
        Some((file, Ok(config))) => Watched::of_snapshot(file, config),
        Some((file, Err(why))) => {
            // The show matters more than the file: the user's own config will do, and the defaults if that is bad.
            eprintln!("warning: {} cannot be used ({why}): reading the config itself", file.display());
            let config = Config::load(config_args).unwrap_or_else(|error| {
                eprintln!("warning: nor can that, so the defaults count: {error}");
                Config::default_at(config_args)
            });
            Watched::of_snapshot(file, config)
        }
        None => match Config::load(config_args) {
            Ok(config) => Watched::of_user(config_args.clone(), &paths, config),
            Err(errors) => return Ok(errors.report()),
        },
    };
    process::run(args.name, watched, &paths, place)
}

/// Runs the manager.
pub(crate) fn manager(args: ManagerArgs, config_args: &ConfigArgs) -> Result<ExitCode> {
    let place = Place::take(args.detached);
    let paths = Paths::find(config_args);
    let watched = match Config::load(config_args) {
        Ok(config) => Watched::of_manager(config_args.clone(), &paths, config, false),
        Err(errors) => match last_good(&paths, &errors) {
            Some(config) => Watched::of_manager(config_args.clone(), &paths, config, true),
            None => return Ok(errors.report()),
        },
    };
    process::run(ProcessName::ProcessManager, watched, &paths, place)
}

/// In the middle of a show a bad file breaks nothing: the last good config stays in force, and `get_state` shows why.
fn last_good(paths: &Paths, errors: &ConfigErrors) -> Option<Config> {
    let config = read_snapshot(&paths.state.join(CONFIG)).ok()?;
    eprintln!("warning: the config is bad, and the last good one stays in force: {errors}");
    Some(config)
}

fn read_snapshot(file: &std::path::Path) -> Result<Config, String> {
    std::fs::read(file).map_err(|error| error.to_string()).and_then(|bytes| Config::from_snapshot(&bytes))
}
