//! `cargo xtask sim`: runs scenarios and says what did not hold, with the line that shows it again.

mod campaign;
mod explain;
mod pictures;
mod twice;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use vj_sim::driver;
use vj_sim::ground::Driver;
use vj_sim::scenarios::SCENARIOS;

/// As of a process that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// Runs scenarios: in virtual time on a simulated machine, or with --real over real processes. Exit codes: 0 pass, 2 usage,
/// 10 safety, 11 liveness, 12 panic, 13 nondeterminism, 14 a *sometimes* never seen.
#[derive(Parser)]
#[command(name = "sim", args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Args {
    #[command(subcommand)]
    other: Option<Other>,
    /// The scenario, or `all`
    #[arg(required_unless_present = "list")]
    name: Option<String>,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seeds, from the first on
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// Over real processes, in real time
    #[arg(long)]
    real: bool,
    /// The program of those processes [default: `vj` beside this one]
    #[arg(long, value_name = "FILE")]
    vj: Option<PathBuf>,
    /// Of `all`, leave this one out
    #[arg(long, value_name = "SCENARIO")]
    without: Vec<String>,
    /// How many runs at a time [default: as many as there are cores; with --real a dozen]
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Write the results as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write history.jsonl and osc.jsonl of the last run into a folder; nothing is played a second time then
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// List the scenarios
    #[arg(long)]
    list: bool,
}

/// What is no scenario.
#[derive(Subcommand)]
enum Other {
    /// Take pictures of the console's screens
    #[command(hide = true)]
    Pictures(pictures::PicturesArgs),
}

fn main() -> ExitCode {
    let args = Args::parse();
    if let Some(Other::Pictures(wanted)) = &args.other {
        let taken = program(wanted.vj.as_deref()).and_then(|program| pictures::run(wanted, program));
        return taken.unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        });
    }
    if args.list {
        for scenario in SCENARIOS {
            let virtually = if scenario.is_for(&Driver::Virtual) { "virtual" } else { "" };
            let really = if scenario.is_for(&Driver::Real(PathBuf::new())) { "real" } else { "" };
            println!("{:18} {virtually:7} {really:4}  {}", scenario.name, scenario.about);
        }
        return ExitCode::SUCCESS;
    }
    campaign::run(&args).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(if driver::is_stopped() { INTERRUPTED } else { 2 })
    })
}

/// The program under test.
fn program(named: Option<&Path>) -> Result<PathBuf> {
    if let Some(path) = named {
        return std::path::absolute(path).with_context(|| format!("failed to find {}", path.display()));
    }
    let beside = std::env::current_exe().context("failed to find this program")?;
    Ok(beside.with_file_name(format!("vj{}", std::env::consts::EXE_SUFFIX)))
}
