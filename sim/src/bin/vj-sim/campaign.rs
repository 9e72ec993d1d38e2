//! Plays scenarios with many seeds and sums up.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use vj_sim::checkers::Class;
use vj_sim::ground::Driver;
use vj_sim::scenarios::{Coverage, Scenario};

use crate::batch::{Batch, Verdict};
use crate::junit_file::JunitFile;
use crate::shrunk::Shrinker;
use crate::{Args, How, chosen, program};

/// Fewer runs than this need not have shown everything.
const COVERING_SEEDS: u64 = 20;

/// Plays what was asked for. The exit code is that of the worst that happened.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let driver = driver(&args.how)?;
    let scenarios = chosen::named(args.name.as_deref().unwrap_or_default(), &driver, &args.without)?;
    let (first, count) = args.seeds.from(args.seed)?;
    let json = open_json(&args.how)?;
    let junit = args.junit.as_deref().map(JunitFile::open).transpose()?;
    let seeds_of = |scenario: &Scenario| match scenario {
        regression if regression.is_a_regression() => 1,
        long if long.long && scenarios.len() > 1 => count.div_ceil(20),
        _ => count,
    };
    let runs: Vec<(&Scenario, u64)> = scenarios
        .iter()
        .flat_map(|scenario| (first..first + seeds_of(scenario)).map(move |seed| (*scenario, seed)))
        .collect();
    let batch = Batch {
        driver,
        jobs: args.how.jobs,
        keep: args.keep.as_deref(),
        shrinker: Shrinker::new(!args.how.no_shrink && args.keep.is_none(), args.how.write_regression),
    };
    let verdicts = batch.play_all(&runs, || true)?;
    let verdicts: Vec<Verdict> = verdicts
        .into_iter()
        .map(|verdict| verdict.context("a run came to no verdict"))
        .collect::<Result<_>>()?;

    let mut coverage = Coverage::default();
    let mut results = Vec::new();
    for ((scenario, seed), verdict) in runs.iter().zip(&verdicts) {
        coverage.add(scenario, &verdict.seen);
        results.push(result(scenario, *seed, verdict));
    }
    for scenario in &scenarios {
        let of_it = || runs.iter().zip(&verdicts).filter(|((other, _), _)| other.name == scenario.name);
        of_it().for_each(|(_, verdict)| print!("{}", verdict.explanation));
        let failed = of_it().filter(|(_, verdict)| !verdict.violations.is_empty()).count();
        let said = if failed == 0 { "ok".to_owned() } else { format!("{failed} FAILED") };
        let took_sec: f64 = of_it().map(|(_, verdict)| verdict.took_sec).sum();
        println!(
            "{:18} {} seed(s) from {first}: {said} ({took_sec:.1} s)",
            scenario.name,
            seeds_of(scenario)
        );
        figures(of_it().flat_map(|(_, verdict)| &verdict.figures));
    }
    let mut worst = verdicts.iter().flat_map(|it| &it.violations).map(|violation| violation.class).min();
    // A single run cannot show everything; a campaign must.
    if count >= COVERING_SEEDS {
        let has_covered = |name: &str| {
            runs.iter().filter(|(scenario, _)| scenario.name == name).count() as u64 >= COVERING_SEEDS
        };
        for (scenario, name) in
            coverage.never_seen().into_iter().filter(|(scenario, _)| has_covered(scenario))
        {
            println!("{scenario}: in {count} runs it never happened that {name}");
            worst = worst.or(Some(Class::Sometimes));
        }
    }
    if let Some(file) = json {
        write_results(file, &json!({"results": results, "sometimes": sometimes(&coverage)}))
            .context("failed to write the results")?;
    }
    if let Some(file) = junit {
        file.write(runs.iter().map(|(scenario, seed)| (scenario.name, *seed)).zip(&verdicts))?;
    }
    Ok(worst.map_or(ExitCode::SUCCESS, |class| ExitCode::from(class.exit_code())))
}

/// Under which driver.
pub(crate) fn driver(how: &How) -> Result<Driver> {
    Ok(if how.real { Driver::Real(program(how.vj.as_deref())?) } else { Driver::Virtual })
}

/// The file of the results: opened before the play, not after it.
pub(crate) fn open_json(how: &How) -> Result<Option<File>> {
    let open = |path: &std::path::PathBuf| {
        File::create(path).with_context(|| format!("failed to write {}", path.display()))
    };
    how.json.as_ref().map(open).transpose()
}

/// A run as JSON.
pub(crate) fn result(scenario: &Scenario, seed: u64, verdict: &Verdict) -> Value {
    let Verdict { violations, seen, took_sec, played_sec, events, messages, faults, regression, .. } =
        verdict;
    json!({
        "scenario": scenario.name, "seed": seed, "violations": violations, "seen": seen, "took_sec": took_sec,
        "played_sec": played_sec, "events": events, "messages": messages, "faults": faults, "regression": regression,
    })
}

/// How often each *sometimes* was seen, as JSON.
pub(crate) fn sometimes(coverage: &Coverage) -> Vec<Value> {
    let of = |(scenario, name, count)| json!({"scenario": scenario, "sometimes": name, "runs": count});
    coverage.counts().map(of).collect()
}

pub(crate) fn write_results(mut file: File, document: &Value) -> std::io::Result<()> {
    writeln!(file, "{document:#}")
}

/// Prints the middle, the 99th percentile and the highest of each figure.
pub(crate) fn figures<'a>(measured: impl Iterator<Item = &'a (&'static str, f64)>) {
    let mut by_name: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    measured.for_each(|(name, value)| by_name.entry(name).or_default().push(*value));
    for (name, mut values) in by_name {
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
        let (count, p50, p99, max) = (values.len(), at(0.5), at(0.99), at(1.0));
        println!("{:18} {name}: p50 {p50:.3}, p99 {p99:.3}, max {max:.3} ({count} measured)", "");
    }
}
