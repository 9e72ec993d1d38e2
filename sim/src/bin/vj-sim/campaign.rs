//! Plays scenarios with many seeds, several at a time, and sums up.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use vj_sim::checkers::{Class, Violation};
use vj_sim::ground::Driver;
use vj_sim::scenarios::{self, Coverage, Run, SCENARIOS, Scenario};
use vj_sim::{driver, history, osc_log};

use crate::explain::explain;
use crate::twice::played_again;
use crate::{Args, program};

/// Shows of real processes mostly wait: so many of them do not get in each other's way on two cores.
const REAL_JOBS: usize = 12;

/// Fewer runs than this need not have shown everything.
const COVERING_SEEDS: u64 = 20;

/// A run, judged: what is kept of it.
struct Verdict {
    violations: Vec<Violation>,
    seen: Vec<&'static str>,
    figures: Vec<(&'static str, f64)>,
    explanation: String,
}

/// Plays what was asked for. The exit code is that of the worst that happened.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let driver = if args.real { Driver::Real(program(args.vj.as_deref())?) } else { Driver::Virtual };
    let scenarios = chosen(args, &driver)?;
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
    let end_of = |scenario: &Scenario| {
        let seeds = if scenario.long && scenarios.len() > 1 { args.seeds.div_ceil(10) } else { args.seeds };
        end.min(args.seed + seeds)
    };
    let runs: Vec<(&Scenario, u64)> = scenarios
        .iter()
        .flat_map(|scenario| (args.seed..end_of(scenario)).map(move |seed| (*scenario, seed)))
        .collect();
    let verdicts = play_all(args, &driver, &runs)?;

    let mut coverage = Coverage::default();
    let mut results = Vec::new();
    for ((scenario, seed), verdict) in runs.iter().zip(&verdicts) {
        coverage.add(scenario, &verdict.seen);
        results.push(json!({"scenario": scenario.name, "seed": seed, "violations": verdict.violations, "seen": verdict.seen}));
    }
    for scenario in &scenarios {
        let of_it = || runs.iter().zip(&verdicts).filter(|((other, _), _)| other.name == scenario.name);
        of_it().for_each(|(_, verdict)| print!("{}", verdict.explanation));
        let failed = of_it().filter(|(_, verdict)| !verdict.violations.is_empty()).count();
        let said = if failed == 0 { "ok".to_owned() } else { format!("{failed} FAILED") };
        let seeds = end_of(scenario) - args.seed;
        println!("{:18} {seeds} seed(s) from {}: {said}", scenario.name, args.seed);
        figures(of_it().flat_map(|(_, verdict)| &verdict.figures));
    }
    let mut worst = verdicts.iter().flat_map(|it| &it.violations).map(|violation| violation.class).min();
    // A single run cannot show everything; a campaign must.
    if args.seeds >= COVERING_SEEDS {
        for (scenario, name) in coverage.never_seen() {
            println!("{scenario}: in {} runs it never happened that {name}", args.seeds);
            worst = worst.or(Some(Class::Sometimes));
        }
    }
    if let Some(file) = json {
        write_results(file, results, &coverage).context("failed to write the results")?;
    }
    Ok(worst.map_or(ExitCode::SUCCESS, |class| ExitCode::from(class.exit_code())))
}

/// Prints the middle, the 99th percentile and the highest of each figure.
fn figures<'a>(measured: impl Iterator<Item = &'a (&'static str, f64)>) {
    let mut by_name: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    measured.for_each(|(name, value)| by_name.entry(name).or_default().push(*value));
    for (name, mut values) in by_name {
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
        let (count, p50, p99, max) = (values.len(), at(0.5), at(0.99), at(1.0));
        println!("{:18} {name}: p50 {p50:.3}, p99 {p99:.3}, max {max:.3} ({count} measured)", "");
    }
}

fn chosen(args: &Args, driver: &Driver) -> Result<Vec<&'static Scenario>> {
    let known = || SCENARIOS.iter().map(|scenario| scenario.name).collect::<Vec<_>>().join(", ");
    if let Some(unknown) = args.without.iter().find(|name| scenarios::find(name).is_none()) {
        bail!("--without {unknown}: no such scenario (there are: {})", known());
    }
    let name = args.name.as_deref().unwrap_or_default();
    if name == "all" {
        let wanted = |scenario: &&Scenario| {
            scenario.is_for(driver) && !args.without.iter().any(|name| name == scenario.name)
        };
        return Ok(SCENARIOS.iter().filter(wanted).collect());
    }
    match scenarios::find(name) {
        Some(scenario) if scenario.is_for(driver) => Ok(vec![scenario]),
        Some(_) if driver.is_real() => bail!("{name} can only be played in virtual time: leave --real out"),
        Some(_) => bail!("{name} is about real processes and files: play it with --real"),
        None => bail!("no scenario '{name}' (there are: {}, all)", known()),
    }
}

/// Plays all runs, those that need the machine for themselves first, one after another.
fn play_all(args: &Args, driver: &Driver, runs: &[(&'static Scenario, u64)]) -> Result<Vec<Verdict>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = args.jobs.unwrap_or(if driver.is_real() { REAL_JOBS } else { cores }).max(1);
    let verdicts: Mutex<Vec<Option<Result<Verdict>>>> = Mutex::new(runs.iter().map(|_| None).collect());
    let is_alone = |index: &usize| driver.is_real() && runs[*index].0.alone;
    let (alone, together): (Vec<usize>, Vec<usize>) = (0..runs.len()).partition(is_alone);
    for (queue, jobs) in [(alone, 1), (together, jobs)] {
        let queue = Mutex::new(queue.into_iter());
        std::thread::scope(|scope| {
            for _ in 0..jobs {
                scope.spawn(|| {
                    while let Some(index) = next(&queue) {
                        let (scenario, seed) = runs[index];
                        let verdict = play(args, driver, scenario, seed);
                        if let Ok(mut verdicts) = verdicts.lock() {
                            verdicts[index] = Some(verdict);
                        }
                    }
                });
            }
        });
    }
    if driver::is_stopped() {
        bail!("stopped");
    }
    let verdicts = verdicts.into_inner().unwrap_or_default();
    let missing = || Err(anyhow::anyhow!("a run came to no verdict"));
    verdicts.into_iter().map(|verdict| verdict.unwrap_or_else(missing)).collect()
}

fn next(queue: &Mutex<std::vec::IntoIter<usize>>) -> Option<usize> {
    // Told to end, it begins nothing more.
    if driver::is_stopped() {
        return None;
    }
    queue.lock().ok()?.next()
}

fn play(args: &Args, driver: &Driver, scenario: &'static Scenario, seed: u64) -> Result<Verdict> {
    let mut run = scenario.play(driver, seed);
    if scenario.twice && args.keep.is_none() {
        run.violations.extend(played_again(scenario, seed, &run)?);
    }
    if let Some(dir) = &args.keep {
        keep(dir, &run).with_context(|| format!("failed to write into {}", dir.display()))?;
    }
    let explanation =
        if run.violations.is_empty() { String::new() } else { explain(scenario, driver, seed, &run) };
    Ok(Verdict { violations: run.violations, seen: run.seen, figures: run.figures, explanation })
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

fn write_results(mut file: File, results: Vec<Value>, coverage: &Coverage) -> std::io::Result<()> {
    let sometimes: Vec<_> = coverage
        .counts()
        .map(|(scenario, name, count)| json!({"scenario": scenario, "sometimes": name, "runs": count}))
        .collect();
    let document = json!({"results": results, "sometimes": sometimes});
    writeln!(file, "{document:#}")
}
