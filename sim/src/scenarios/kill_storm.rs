//! Every process but the guardian is killed at random for two minutes; then all is whole.

use std::time::Duration;

use rand::RngExt;
use serde_json::json;
use vj_core::ProcessName;

use super::show::{mark, perform, served, two_workers, until};
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::ground::Driver;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "kill-storm",
    about: "kill -9 of anybody but the guardian, at random for 2 minutes: whole within 35 s, no orphan, no duplicate, no leak",
    how: How::Script(run),
    sometimes: &["two died within a second"],
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

const STORM_SEC: f64 = 120.0;

/// Nobody waits that long for real time.
const REAL_STORM_SEC: f64 = 75.0;

/// The longest delay before a restart is 30 s.
const WHOLE_WITHIN_SEC: f64 = 35.0;

fn run(driver: &Driver, seed: u64) -> Run {
    // A storm is no crash loop: it must not end with a worker given up, as the law would have it.
    let stage = two_workers(seed, "drums").with(ProcessName::ProcessManager, json!({"max_restarts": 1_000}));
    let mut close = false;
    let (history, osc) = perform(driver, SCENARIO.name, stage, |world, onlookers| {
        let mut rng = world.plan();
        let mut pauses = Vec::new();
        while pauses.iter().sum::<f64>() < driver.pick(STORM_SEC, REAL_STORM_SEC) {
            pauses.push(rng.random_range(0.02_f64..1.5).powi(2));
        }
        close = pauses.iter().any(|pause| *pause < 1.0);
        let choices: Vec<usize> = pauses.iter().map(|_| rng.random_range(0..1_000)).collect();
        async move {
            world.guard(&onlookers);
            for worker in [ProcessName::AudioAnalyzer, ProcessName::TestWorker] {
                served(&*world, worker).await;
            }
            note_descriptors(&*world);
            for (pause, choice) in pauses.into_iter().zip(choices) {
                world.clock().sleep(Duration::from_secs_f64(pause)).await;
                let victims: Vec<u32> = world
                    .live()
                    .into_iter()
                    .filter(|(_, name)| name.parse::<ProcessName>().is_ok())
                    .map(|(pid, _)| pid)
                    .collect();
                if !victims.is_empty() {
                    world.kill(victims[choice % victims.len()]);
                }
            }
            mark(&*world, checkers::STORM_OVER, "");
            let over = world.clock().now().as_secs_f64();
            until(&*world, over + WHOLE_WITHIN_SEC).await;
            note_descriptors(&*world);
            for (pid, name) in world.live() {
                mark(&*world, checkers::LIVES, &format!("{name} {pid}"));
            }
        }
    });
    let workers = ["audio_analyzer", "test_worker"];
    let mut violations = checkers::whole_in_the_end(&history, &workers);
    violations.extend(checkers::one_of_each(&history, &["process_manager", "audio_analyzer", "test_worker"]));
    violations.extend(checkers::no_descriptor_leak(&history));
    violations.extend(checkers::only_victims_end(&history));
    violations.extend(checkers::never_two_of_one(&history));
    violations.extend(checkers::no_panic(&history));
    let seen = if close { SCENARIO.sometimes.to_vec() } else { Vec::new() };
    Run { history, osc, violations, seen, ..Run::default() }
}

/// Open descriptors of the guardian, the one process that lives through it all.
fn note_descriptors(world: &dyn crate::ground::Ground) {
    if let Some(count) = world.guardian_descriptors() {
        mark(world, checkers::DESCRIPTORS, &count.to_string());
    }
}
