//! `cargo xtask sim campaign`: all scenarios with ever more seeds, until the time is over.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args as ClapArgs;
use serde_json::json;
use vj_env::real::real_clock;
use vj_sim::checkers::Class;
use vj_sim::scenarios::{Coverage, Scenario};

use crate::batch::{Batch, Verdict};
use crate::shrunk::Shrinker;
use crate::{How, campaign, chosen};

/// A round gives each scenario so many seeds, and a long one a single one.
const SEEDS_A_ROUND: u64 = 10;

/// What was seen in fewer runs than this need not have shown everything.
const COVERING_RUNS: u64 = 20;

/// What is asked for.
#[derive(ClapArgs)]
pub(crate) struct CampaignArgs {
    /// For so long
    #[arg(long, value_name = "N")]
    minutes: f64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Leave this one out
    #[arg(long, value_name = "SCENARIO")]
    without: Vec<String>,
    #[command(flatten)]
    how: How,
}

/// What has been played so far.
#[derive(Default)]
struct Tally {
    runs: u64,
    by_scenario: BTreeMap<&'static str, (u64, u64)>,
    events: u64,
    messages: u64,
    played_sec: f64,
    faults: BTreeMap<String, u64>,
    failures: Vec<serde_json::Value>,
    worst: Option<Class>,
    coverage: Coverage,
}

/// Plays until the time is over. The exit code is that of the worst that happened.
pub(crate) fn run(args: &CampaignArgs) -> Result<ExitCode> {
    if !(args.minutes > 0.0 && args.minutes <= 10_000.0) {
        bail!("--minutes cannot be {} (allowed: above 0, to 10000)", args.minutes);
    }
    let driver = campaign::driver(&args.how)?;
    let scenarios = chosen::all(&driver, &args.without)?;
    let json = campaign::open_json(&args.how)?;
    let clock = real_clock();
    let (began, time) = (clock.now(), Duration::from_secs_f64(60.0 * args.minutes));
    let has_time = || real_clock().now().since(began) < time;
    let batch = Batch {
        driver,
        jobs: args.how.jobs,
        keep: None,
        shrinker: Shrinker::new(!args.how.no_shrink, args.how.write_regression),
    };
    let mut tally = Tally::default();
    let mut first = args.seed;
    while has_time() {
        let runs = round(&scenarios, first, first == args.seed);
        let verdicts = batch.play_all(&runs, has_time)?;
        for ((scenario, seed), verdict) in runs.into_iter().zip(verdicts) {
            tally.add(scenario, seed, verdict);
        }
        first = first.checked_add(SEEDS_A_ROUND).context("there are no more seeds")?;
    }
    tally.print(clock.now().since(began).as_secs_f64());
    let worst = tally.worst.or_else(|| tally.unseen().next().map(|_| Class::Sometimes));
    if let Some(file) = json {
        campaign::write_results(file, &tally.document(args.seed)).context("failed to write the results")?;
    }
    Ok(worst.map_or(ExitCode::SUCCESS, |class| ExitCode::from(class.exit_code())))
}

/// One seed of all scenarios after the other, so that whenever the time is over all have had about as many; what once failed is
/// played in the first round only, since its seed is its own.
fn round(scenarios: &[&'static Scenario], first: u64, is_first: bool) -> Vec<(&'static Scenario, u64)> {
    let mut runs = Vec::new();
    for seed in first..first.saturating_add(SEEDS_A_ROUND) {
        for scenario in scenarios {
            let is_due = if scenario.is_a_regression() {
                is_first && seed == first
            } else {
                !scenario.long || seed == first
            };
            runs.extend(is_due.then_some((*scenario, seed)));
        }
    }
    runs
}

impl Tally {
    fn add(&mut self, scenario: &'static Scenario, seed: u64, verdict: Option<Verdict>) {
        let Some(verdict) = verdict else { return };
        self.runs += 1;
        let (runs, failed) = self.by_scenario.entry(scenario.name).or_default();
        *runs += 1;
        *failed += u64::from(!verdict.violations.is_empty());
        self.events += verdict.events as u64;
        self.messages += verdict.messages as u64;
        self.played_sec += verdict.played_sec;
        for (kind, count) in &verdict.faults {
            *self.faults.entry(kind.clone()).or_default() += count;
        }
        self.coverage.add(scenario, &verdict.seen);
        if !verdict.violations.is_empty() {
            print!("{}", verdict.explanation);
            self.worst = self.worst.into_iter().chain(verdict.violations.iter().map(|it| it.class)).min();
            self.failures.push(campaign::result(scenario, seed, &verdict));
        }
    }

    /// What never happened though the scenario was played often enough.
    fn unseen(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        let runs_of = |name: &str| self.by_scenario.get(name).map_or(0, |(runs, _)| *runs);
        self.coverage.never_seen().into_iter().filter(move |(scenario, _)| runs_of(scenario) >= COVERING_RUNS)
    }

    fn print(&self, took_sec: f64) {
        for (name, (runs, failed)) in &self.by_scenario {
            let said = if *failed == 0 { "ok".to_owned() } else { format!("{failed} FAILED") };
            println!("{name:18} {runs} run(s): {said}");
        }
        let Self { runs, events, messages, played_sec, .. } = self;
        let faults: u64 = self.faults.values().sum();
        let hours = played_sec / 3_600.0;
        println!(
            "{runs} runs in {took_sec:.0} s: {hours:.1} h of shows, {events} events, {messages} OSC messages kept, {faults} faults"
        );
        let by_kind: Vec<_> = self.faults.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        println!("faults: {}", by_kind.join(", "));
        for (scenario, name) in self.unseen() {
            println!("{scenario}: it never happened that {name}");
        }
        for failure in &self.failures {
            let written = failure["regression"].as_str().map(|path| format!(", written down in {path}"));
            let what = failure["violations"][0]["property"].as_str().unwrap_or_default();
            let (scenario, seed) = (failure["scenario"].as_str().unwrap_or_default(), &failure["seed"]);
            println!("FAILED: {scenario} with seed {seed}: {what}{}", written.unwrap_or_default());
        }
    }

    fn document(&self, first: u64) -> serde_json::Value {
        let scenarios: BTreeMap<_, _> = self
            .by_scenario
            .iter()
            .map(|(name, (runs, failed))| (*name, json!({"runs": runs, "failed": failed})))
            .collect();
        let unseen: Vec<_> =
            self.unseen().map(|(scenario, name)| json!({"scenario": scenario, "sometimes": name})).collect();
        json!({
            "first_seed": first, "runs": self.runs, "scenarios": scenarios, "events": self.events,
            "messages": self.messages, "simulated_hours": self.played_sec / 3_600.0, "faults": self.faults,
            "sometimes": campaign::sometimes(&self.coverage), "never_seen": unseen, "failures": self.failures,
        })
    }
}
