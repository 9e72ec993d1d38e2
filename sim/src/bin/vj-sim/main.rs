//! `cargo xtask sim`: runs scenarios and says what did not hold, with the line that shows it again.

mod batch;
mod campaign;
mod chosen;
mod explain;
mod junit_file;
mod nightly;
mod pictures;
mod shrunk;
mod twice;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args as ClapArgs, Parser, Subcommand};
use vj_sim::driver;
use vj_sim::ground::Driver;
use vj_sim::properties::PROPERTIES;
use vj_sim::scenario_file::TEMPLATE;
use vj_sim::scenarios::{self, SCENARIOS};

use chosen::Seeds;

/// As of a process that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// Runs scenarios: in virtual time on a simulated machine, or with --real over real processes. Exit codes: 0 pass, 2 usage,
/// 10 safety, 11 liveness, 12 panic, 13 nondeterminism, 14 a *sometimes* never seen.
#[derive(Parser)]
#[command(name = "sim", args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Args {
    #[command(subcommand)]
    other: Option<Other>,
    /// A scenario, a regression, the path of a file that is one, or `all`
    #[arg(required_unless_present_any = ["list", "properties"])]
    name: Option<String>,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seeds, from the first on; or from which to which: 1..500
    #[arg(long, value_name = "N|A..B", default_value = "1")]
    seeds: Seeds,
    /// Of `all`, leave this one out
    #[arg(long, value_name = "SCENARIO")]
    without: Vec<String>,
    #[command(flatten)]
    how: How,
    /// Write history.jsonl and osc.jsonl of the last run into a folder; nothing is played a second time then
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Write what held and what did not as JUnit XML, for CI
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// List the scenarios
    #[arg(long)]
    list: bool,
    /// List the properties that a scenario file can name
    #[arg(long)]
    properties: bool,
}

/// How runs are played, one by one or for a night.
#[derive(ClapArgs)]
struct How {
    /// Over real processes, in real time
    #[arg(long)]
    real: bool,
    /// The program of those processes [default: `vj` beside this one]
    #[arg(long, value_name = "FILE")]
    vj: Option<PathBuf>,
    /// How many runs at a time [default: as many as there are cores; with --real a dozen]
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Write the results as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Do not look for the fewest faults that make a run fail
    #[arg(long)]
    no_shrink: bool,
    /// Write each failure down in sim/regressions, where it is played with all others from then on
    #[arg(long)]
    write_regression: bool,
}

/// What is no scenario.
#[derive(Subcommand)]
enum Other {
    /// Write a scenario file that runs at once, with a word on each key
    New {
        /// What it shall be called: words with hyphens, or a path that ends in .toml
        name: String,
    },
    /// Play all scenarios with ever more seeds until the time is over, and report
    Campaign(nightly::CampaignArgs),
    /// Take pictures of the console's screens
    #[command(hide = true)]
    Pictures(pictures::PicturesArgs),
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match &args.other {
        Some(Other::Pictures(wanted)) => {
            let taken = program(wanted.vj.as_deref()).and_then(|program| pictures::run(wanted, program));
            return taken.unwrap_or_else(|error| {
                eprintln!("error: {error:#}");
                ExitCode::FAILURE
            });
        }
        Some(Other::New { name }) => new(name),
        Some(Other::Campaign(wanted)) => nightly::run(wanted),
        None if args.list => list(),
        None if args.properties => {
            PROPERTIES.iter().for_each(|it| println!("{:28} {}", it.name, it.about));
            Ok(ExitCode::SUCCESS)
        }
        None => campaign::run(&args),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(if driver::is_stopped() { INTERRUPTED } else { 2 })
    })
}

fn list() -> Result<ExitCode> {
    let on_file = scenarios::on_file().map_err(anyhow::Error::msg)?;
    for scenario in SCENARIOS.iter().chain(on_file.iter().copied()) {
        let virtually = if scenario.is_for(&Driver::Virtual) { "virtual" } else { "" };
        let really = if scenario.is_for(&Driver::Real(PathBuf::new())) { "real" } else { "" };
        println!("{:18} {virtually:7} {really:4}  {}", scenario.name, scenario.about);
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes a scenario to begin with.
fn new(name: &str) -> Result<ExitCode> {
    let path = if name.ends_with(".toml") {
        PathBuf::from(name)
    } else {
        let is_good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || !name.chars().all(is_good) {
            bail!(
                "'{name}' cannot be a scenario's name (allowed: small letters, digits and hyphens, or a path that ends in .toml)"
            );
        }
        scenarios::files_folder().join(format!("{name}.toml"))
    };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    if path.exists() || scenarios::find(&stem).is_some() {
        bail!("there is a scenario '{stem}' already");
    }
    let shown = if name.ends_with(".toml") { name } else { &stem };
    let text = TEMPLATE.replace("sim NAME", &format!("sim {shown}"));
    std::fs::write(&path, text).with_context(|| format!("failed to write {}", path.display()))?;
    println!("{}\nplay it: cargo xtask sim {shown} --seed 1", path.display());
    Ok(ExitCode::SUCCESS)
}

/// The program under test.
fn program(named: Option<&Path>) -> Result<PathBuf> {
    if let Some(path) = named {
        return std::path::absolute(path).with_context(|| format!("failed to find {}", path.display()));
    }
    let beside = std::env::current_exe().context("failed to find this program")?;
    Ok(beside.with_file_name(format!("vj{}", std::env::consts::EXE_SUFFIX)))
}
