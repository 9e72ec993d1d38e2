//! `vj rehearse`: plays a set through the real workers, in virtual time or in real time.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;

use anyhow::{Context, Result};
use clap::Args;
use clap::builder::FalseyValueParser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use vj_adapters::FileBackend;
use vj_sim::compare::Comparison;
use vj_sim::faults::{Fault, PER_MIN_MAX};
use vj_sim::ground::Driver;
use vj_sim::rehearsal::{Progress, Rehearsal, Rehearsed, rehearse};
use vj_sim::report::{self, Summary};
use vj_sim::set::{self, Set, SetError};

use super::rehearse_aims::{self, Expected};
use super::rehearse_hands::HandsArgs;
use super::rehearse_live::{self, Services};
use super::set_facts::facts;
use crate::config::{ConfigArgs, address};
use crate::stopwatch::Stopwatch;
use crate::terminal::Paint;

/// What `vj rehearse` is asked for.
#[derive(Debug, Args)]
pub(crate) struct RehearseArgs {
    /// A set folder, or a bare sound file, beside which a .cue and a .lrc of the same name may lie
    set: PathBuf,
    /// Real processes and real OSC, in real time, instead of as fast as it goes
    #[arg(long, env = "VJ_REALTIME", value_parser = FalseyValueParser::new())]
    realtime: bool,
    /// With --realtime: let the visuals there hear it (IP:PORT or localhost:PORT; may be given several times)
    #[arg(long, env = "VJ_OSC", value_name = "HOST:PORT", value_delimiter = ',', value_parser = visuals)]
    osc: Vec<SocketAddr>,
    /// With --realtime: who answers for LRCLIB and the models, the set or the services of your config
    #[arg(long, env = "VJ_SERVICES", value_enum, default_value_t = Services::Set)]
    services: Services,
    /// Write report.html, report.json, osc.jsonl and history.jsonl into this folder
    #[arg(long, env = "VJ_REPORT", value_name = "DIR")]
    report: Option<PathBuf>,
    /// Draw everything random from this number [default: the set's own]
    #[arg(long, env = "VJ_SEED", value_name = "N")]
    seed: Option<u64>,
    /// Break what this file says (`[[faults]]` as in set.toml) instead of what the set says; `none` breaks nothing
    #[arg(long, env = "VJ_FAULTS", value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Break so many things a minute, drawn from the seed, and print them: --faults takes them again
    #[arg(long, env = "VJ_CHAOS", value_name = "RATE", conflicts_with = "faults", value_parser = rate)]
    chaos: Option<f64>,
    /// Print what differs from the osc.jsonl of the set; exit code 1 if that is more than its [compare] allows
    #[arg(long, env = "VJ_COMPARE", value_parser = FalseyValueParser::new())]
    compare: bool,
    /// Make what is sent now the osc.jsonl of the set, which later ones are compared with
    #[arg(long, env = "VJ_BLESS", conflicts_with = "compare", value_parser = FalseyValueParser::new())]
    bless: bool,
    /// Write what held and what did not as JUnit XML into this file, for CI
    #[arg(long, env = "VJ_JUNIT", value_name = "FILE")]
    junit: Option<PathBuf>,
    #[command(flatten)]
    hands: HandsArgs,
    /// Print the figures as one JSON document
    #[arg(long, env = "VJ_JSON", value_parser = FalseyValueParser::new())]
    json: bool,
}

/// Plays a set and says how it went. Exit code 1: it could not be played, or what must hold did not; 2: something is
/// wrong in the set's own files.
pub(crate) fn run(args: RehearseArgs, config: &ConfigArgs) -> Result<ExitCode> {
    let set = match Set::open_with(&args.set, facts) {
        Err(error @ SetError::Bad { .. }) => return Ok(refused(&error.to_string())),
        opened => opened?,
    };
    if !args.osc.is_empty() && !args.realtime {
        return Ok(refused(
            "--osc needs --realtime: in virtual time a night passes in seconds, and no visuals could follow",
        ));
    }
    if args.hands.is_given() && !args.realtime {
        return Ok(refused(
            "--speed, --from, --section and --sound need --realtime: in virtual time all is over at once",
        ));
    }
    let is_measured = args.compare || args.bless;
    if is_measured && args.hands.moves() {
        return Ok(refused(
            "--compare and --bless need all of the set, once: --from and --section cannot stand beside them",
        ));
    }
    let live_services = match rehearse_live::settings(args.services, args.realtime, config) {
        Ok(live) => live,
        Err(why) => return Ok(refused(&why)),
    };
    let expected = match Expected::of(&set, &args.set, args.compare, args.bless) {
        Ok(expected) => expected,
        Err(why) => return Ok(refused(&why)),
    };
    let seed = args.seed.unwrap_or(set.seed);
    let faults = match to_break(&args, &set, seed) {
        Err(error @ SetError::Bad { .. }) => return Ok(refused(&error.to_string())),
        planned => planned?,
    };
    if let Some(dir) = &args.report {
        // Before the play, not after it.
        std::fs::create_dir_all(dir)
            .with_context(|| format!("failed to make the folder {}", dir.display()))?;
    }
    let driver = if args.realtime { Driver::Real(std::env::current_exe()?) } else { Driver::Virtual };
    let listeners = args.osc.clone();
    let stopwatch = Stopwatch::start()?;
    let bar = bar();
    let (backend, guest) = (Rc::new(FileBackend::new()), None);
    // Who jumps in it leaves nothing to be compared.
    let hands = if args.realtime { args.hands.hands(&set.audio, !is_measured)? } else { None };
    if hands.is_some() {
        // They draw a line of their own.
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let rehearsal = Rehearsal { driver, listeners, set, seed, faults, backend, live_services, guest, hands };
    let mut played = rehearse(rehearsal, |at| show(&bar, at));
    bar.finish_and_clear();
    let elapsed_sec = stopwatch.elapsed_sec();
    played.meta.comparison = expected.compare(&played.osc);
    let summary = match &args.report {
        Some(dir) => report::write(dir, &played.meta, &played.history, &played.osc)?,
        None => Summary::of(&played.meta, &played.history, &played.osc),
    };
    if let Some(path) = &args.junit {
        rehearse_aims::write_junit(path, &played)?;
    }
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
    let holds = played.violations.is_empty() && played.meta.comparison.as_ref().is_none_or(Comparison::holds);
    if holds && let Some(path) = expected.bless(&played.osc)? {
        writeln!(std::io::stderr(), "expected from now on: {}", path.display())?;
    }
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn refused(why: &str) -> ExitCode {
    eprintln!("{} {why}", Paint::for_stderr().alarm("error:"));
    ExitCode::from(2)
}

fn visuals(text: &str) -> Result<SocketAddr, &'static str> {
    address(text).ok_or("allowed: IP:PORT or localhost:PORT")
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate: &f64| *rate > 0.0 && *rate <= PER_MIN_MAX);
    rate.ok_or_else(|| format!("allowed: more than 0, and {PER_MIN_MAX} a minute at most"))
}

/// What is to break.
fn to_break(args: &RehearseArgs, set: &Set, seed: u64) -> Result<Vec<Fault>, SetError> {
    if let Some(per_min) = args.chaos {
        let plan = rehearse_aims::chaos(set, seed, per_min, args.realtime)?;
        eprint!("# --chaos {per_min} with seed {seed}; --faults takes it again\n{}", set::faults_toml(&plan));
        return Ok(plan);
    }
    match &args.faults {
        Some(path) if path.as_os_str() == "none" => Ok(Vec::new()),
        Some(path) => set::read_faults(path, &set.processes()),
        None => Ok(set.faults.clone()),
    }
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
    if let Some(comparison) = &meta.comparison {
        writeln!(out, "{comparison}")?;
    }
    if let Some(dir) = &args.report {
        writeln!(out, "report: {}", page(dir).display())?;
    }
    Ok(())
}

fn page(dir: &Path) -> PathBuf {
    dir.join("report.html")
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
