//! `cargo xtask sim`: runs scenarios and says what did not hold, with the line that shows it again.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use clap::Parser;
use serde_json::json;
use vj_sim::checkers::{Class, Violation};
use vj_sim::scenarios::{self, Coverage, Run, SCENARIOS, Scenario};
use vj_sim::{history, osc_log};

/// Lines of history that are shown before a violation.
const CONTEXT_LINES: usize = 12;

/// Runs simulated scenarios. Exit codes: 0 pass, 2 usage, 10 safety, 11 liveness, 12 panic, 13 nondeterminism, 14 a
/// *sometimes* never seen.
#[derive(Parser)]
#[command(name = "sim")]
struct Args {
    /// The scenario, or `all`
    #[arg(required_unless_present = "list")]
    name: Option<String>,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seeds, from the first on
    #[arg(long, default_value_t = 1)]
    seeds: u64,
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

fn main() -> ExitCode {
    let args = Args::parse();
    if args.list {
        for scenario in SCENARIOS {
            println!("{:18} {}", scenario.name, scenario.about);
        }
        return ExitCode::SUCCESS;
    }
    match campaign(&args) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn chosen(name: &str) -> Result<Vec<&'static Scenario>> {
    if name == "all" {
        return Ok(SCENARIOS.iter().collect());
    }
    match scenarios::find(name) {
        Some(scenario) => Ok(vec![scenario]),
        None => {
            let known: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
            bail!("no scenario '{name}' (there are: {}, all)", known.join(", "))
        }
    }
}

fn campaign(args: &Args) -> Result<ExitCode> {
    let scenarios = chosen(args.name.as_deref().unwrap_or_default())?;
    if args.seeds == 0 {
        bail!("--seeds cannot be 0 (allowed: 1 or more)");
    }
    let Some(end) = args.seed.checked_add(args.seeds) else {
        bail!("--seed {} has no {} seeds after it", args.seed, args.seeds);
    };
    // Before the play, not after it.
    let json = args
        .json
        .as_ref()
        .map(|path| File::create(path).with_context(|| format!("failed to write {}", path.display())));
    let json = json.transpose()?;
    let mut coverage = Coverage::default();
    let mut results = Vec::new();
    let mut worst: Option<Class> = None;
    for scenario in scenarios {
        let mut failed = 0;
        for seed in args.seed..end {
            let mut run = scenario.play(seed);
            if scenario.twice && args.keep.is_none() {
                run.violations.extend(played_again(scenario, seed, &run)?);
            }
            coverage.add(scenario, &run);
            if !run.violations.is_empty() {
                failed += 1;
                explain(scenario, seed, &run);
                worst = worst.into_iter().chain(run.violations.iter().map(|v| v.class)).min();
            }
            if let Some(dir) = &args.keep {
                keep(dir, &run).with_context(|| format!("failed to write into {}", dir.display()))?;
            }
            results.push(json!({"scenario": scenario.name, "seed": seed, "violations": run.violations, "seen": run.seen}));
        }
        let verdict = if failed == 0 { "ok".to_owned() } else { format!("{failed} FAILED") };
        println!("{:18} {} seed(s) from {}: {verdict}", scenario.name, args.seeds, args.seed);
    }
    // A single run cannot show everything; a campaign must.
    if args.seeds >= 20 {
        for (scenario, name) in coverage.never_seen() {
            println!("{scenario}: in {} runs it never happened that {name}", args.seeds);
            worst = worst.or(Some(Class::Sometimes));
        }
    }
    if let Some(mut file) = json {
        let sometimes: Vec<_> = coverage
            .counts()
            .map(|(scenario, name, count)| json!({"scenario": scenario, "sometimes": name, "runs": count}))
            .collect();
        let document = json!({"results": results, "sometimes": sometimes});
        writeln!(file, "{document:#}").context("failed to write the results")?;
    }
    Ok(worst.map_or(ExitCode::SUCCESS, |class| ExitCode::from(class.exit_code())))
}

/// Plays the same seed in another process and compares, byte for byte.
fn played_again(scenario: &Scenario, seed: u64, run: &Run) -> Result<Option<Violation>> {
    let dir = std::env::temp_dir().join(format!("vj-sim-{}-{seed}", std::process::id()));
    let exe = std::env::current_exe().context("failed to find this program")?;
    let output = Command::new(exe)
        .args([scenario.name, "--seed", &seed.to_string(), "--keep"])
        .arg(&dir)
        .output()
        .context("failed to start this program again")?;
    let read = |file: &str| {
        std::fs::read(dir.join(file)).with_context(|| {
            format!("the second process left no {file}: {}", String::from_utf8_lossy(&output.stderr).trim())
        })
    };
    let (mut ours, mut our_osc) = (Vec::new(), Vec::new());
    history::write_jsonl(&run.history, &mut ours)?;
    osc_log::write_jsonl(&run.osc, &mut our_osc)?;
    let differs = [("history.jsonl", ours), ("osc.jsonl", our_osc)]
        .into_iter()
        .map(|(file, ours)| Ok(first_difference(file, &ours, &read(file)?)))
        .collect::<Result<Vec<_>>>();
    // Whatever came of it, the folder is ours to clear away.
    let _ = std::fs::remove_dir_all(&dir);
    let detail = differs?.into_iter().flatten().next();
    Ok(detail.map(|detail| Violation {
        class: Class::Nondeterminism,
        property: "the same seed gives the same bytes",
        t: 0.0,
        detail,
    }))
}

fn first_difference(file: &str, ours: &[u8], theirs: &[u8]) -> Option<String> {
    if ours == theirs {
        return None;
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect::<Vec<_>>();
    let (ours, theirs) = (text(ours), text(theirs));
    let line = (0..ours.len().max(theirs.len())).find(|line| ours.get(*line) != theirs.get(*line))?;
    let show = |lines: &[String]| lines.get(line).cloned().unwrap_or_else(|| "(the end)".to_owned());
    Some(format!("{file}, line {}:\n  here  {}\n  there {}", line + 1, show(&ours), show(&theirs)))
}

fn explain(scenario: &Scenario, seed: u64, run: &Run) {
    println!("\n{} with seed {seed} FAILED", scenario.name);
    for violation in &run.violations {
        println!("  {violation}");
    }
    let faults = run.history.iter().filter(|entry| matches!(entry.what, history::What::Fault { .. }));
    println!("  faults of this run:");
    for fault in faults {
        println!("    {}", serde_json::to_string(fault).unwrap_or_default());
    }
    if let Some(first) = run.violations.iter().map(|v| v.t).min_by(f64::total_cmp) {
        println!("  what happened up to {first:.3} s:");
        let before: Vec<_> =
            run.history.iter().filter(|entry| entry.t <= first + 0.001 && is_telling(entry)).collect();
        for entry in &before[before.len().saturating_sub(CONTEXT_LINES)..] {
            println!("    {}", serde_json::to_string(entry).unwrap_or_default());
        }
    }
    println!("  again: cargo xtask sim {} --seed {seed}\n", scenario.name);
}

/// Questions and answers are many and tell little.
fn is_telling(entry: &history::Entry) -> bool {
    use history::What::{Answer, Command};
    !matches!(entry.what, Command { .. } | Answer { .. })
}

fn keep(dir: &Path, run: &Run) -> Result<()> {
    std::fs::create_dir_all(dir)?;
    let open = |file: &str| -> Result<BufWriter<File>> { Ok(BufWriter::new(File::create(dir.join(file))?)) };
    history::write_jsonl(&run.history, open("history.jsonl")?)?;
    let mut osc = open("osc.jsonl")?;
    osc_log::write_jsonl(&run.osc, &mut osc)?;
    osc.flush()?;
    Ok(())
}
