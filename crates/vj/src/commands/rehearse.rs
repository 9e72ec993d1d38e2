//! `vj rehearse`: plays a set through the real workers, in virtual time or in real time.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;

use anyhow::{Context, Result};
use clap::Args;
use clap::builder::FalseyValueParser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use vj_adapters::FileBackend;
use vj_sim::faults::Fault;
use vj_sim::ground::Driver;
use vj_sim::rehearsal::{Progress, Rehearsal, Rehearsed, rehearse};
use vj_sim::report::{self, Summary};
use vj_sim::set::{self, Set, SetError};

use crate::config::address;
use crate::stopwatch::Stopwatch;
use crate::terminal::Paint;

/// What `vj rehearse` is asked for.
#[derive(Debug, Args)]
pub(crate) struct RehearseArgs {
    /// A set folder, or a bare sound file
    set: PathBuf,
    /// Real processes and real OSC, in real time, instead of as fast as it goes
    #[arg(long, env = "VJ_REALTIME", value_parser = FalseyValueParser::new())]
    realtime: bool,
    /// With --realtime: let the visuals there hear it (IP:PORT or localhost:PORT; may be given several times)
    #[arg(long, env = "VJ_OSC", value_name = "HOST:PORT", value_delimiter = ',', value_parser = visuals)]
    osc: Vec<SocketAddr>,
    /// Write report.html, report.json, osc.jsonl and history.jsonl into this folder
    #[arg(long, env = "VJ_REPORT", value_name = "DIR")]
    report: Option<PathBuf>,
    /// Draw everything random from this number [default: the set's own]
    #[arg(long, env = "VJ_SEED", value_name = "N")]
    seed: Option<u64>,
    /// Break what this file says (`[[faults]]` as in set.toml) instead of what the set says; `none` breaks nothing
    #[arg(long, env = "VJ_FAULTS", value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Print the figures as one JSON document
    #[arg(long, env = "VJ_JSON", value_parser = FalseyValueParser::new())]
    json: bool,
}

/// Plays a set and says how it went. Exit code 1: it could not be played, or what must hold did not; 2: something is
/// wrong in the set's own files.
pub(crate) fn run(args: RehearseArgs) -> Result<ExitCode> {
    let (set, faults) = match open(&args) {
        Err(error @ SetError::Bad { .. }) => {
            eprintln!("{} {error}", Paint::for_stderr().alarm("error:"));
            return Ok(ExitCode::from(2));
        }
        opened => opened?,
    };
    let seed = args.seed.unwrap_or(set.seed);
    if let Some(dir) = &args.report {
        // Before the play, not after it.
        std::fs::create_dir_all(dir)
            .with_context(|| format!("failed to make the folder {}", dir.display()))?;
    }
    if !args.osc.is_empty() && !args.realtime {
        let why =
            "--osc needs --realtime: in virtual time a night passes in seconds, and no visuals could follow";
        eprintln!("{} {why}", Paint::for_stderr().alarm("error:"));
        return Ok(ExitCode::from(2));
    }
    let driver = if args.realtime { Driver::Real(std::env::current_exe()?) } else { Driver::Virtual };
    let listeners = args.osc.clone();
    let stopwatch = Stopwatch::start()?;
    let bar = bar();
    let (backend, guest) = (Rc::new(FileBackend::new()), None);
    let rehearsal = Rehearsal { driver, listeners, set, seed, faults, backend, guest };
    let played = rehearse(rehearsal, |at| show(&bar, at));
    bar.finish_and_clear();
    let elapsed_sec = stopwatch.elapsed_sec();
    let summary = match &args.report {
        Some(dir) => report::write(dir, &played.meta, &played.history, &played.osc)?,
        None => Summary::of(&played.meta, &played.history, &played.osc),
    };
    let paint = Paint::for_stderr();
    for missed in &played.missed {
        eprintln!("{} {missed}", paint.strong("did not strike:"));
    }
    if let Some(why) = &played.failure {
        anyhow::bail!("failed to rehearse {}: {why}", args.set.display());
    }
    for violation in &played.violations {
        eprintln!("{} {violation}", paint.alarm("did not hold:"));
    }
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", summary.to_json())?;
    } else {
        tell(&mut out, &args, &played, &summary, elapsed_sec)?;
    }
    Ok(if played.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn visuals(text: &str) -> Result<SocketAddr, &'static str> {
    address(text).ok_or("allowed: IP:PORT or localhost:PORT")
}

/// The set, and what is to break.
fn open(args: &RehearseArgs) -> Result<(Set, Vec<Fault>), SetError> {
    let set = Set::open(&args.set)?;
    let faults = match &args.faults {
        Some(path) if path.as_os_str() == "none" => Vec::new(),
        Some(path) => set::read_faults(path, &set.processes())?,
        None => set.faults.clone(),
    };
    Ok((set, faults))
}

fn tell(
    out: &mut impl Write,
    args: &RehearseArgs,
    played: &Rehearsed,
    summary: &Summary,
    elapsed_sec: f64,
) -> Result<()> {
    let paint = Paint::for_stdout();
    let meta = &played.meta;
    writeln!(out, "{}  (seed {})", paint.strong(&meta.title), meta.seed)?;
    writeln!(out, "{}", summary.headline)?;
    let speed = meta.duration_sec / elapsed_sec.max(1e-3);
    let line =
        format!("{:.1} s of sound in {elapsed_sec:.1} s ({speed:.0} times as fast)", meta.duration_sec);
    writeln!(out, "{}", paint.faint(&line))?;
    if let Some(dir) = &args.report {
        writeln!(out, "report: {}", dir.join("report.html").display())?;
    }
    Ok(())
}

/// A bar on standard error, if that is a terminal.
fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("rehearsing [{bar:40}] {pos} of {len} s, {eta} left");
    bar.set_style(style.expect("the template is a constant").progress_chars("=> "));
    bar
}

fn show(bar: &ProgressBar, at: Progress) {
    if let Some(duration_sec) = at.duration_sec {
        bar.set_length(duration_sec as u64);
    }
    bar.set_position(at.position_sec as u64);
}
