//! Consoles die over a show, and the show under consoles: whoever is left is whole again within a second.

use std::time::Duration;

use rand::RngExt;
use serde_json::json;
use vj_core::ProcessName;
use vj_env::Scope;

use super::onlooker::Onlooker;
use super::probe::Probe;
use super::show::{mark, perform, served, two_workers};
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::ground::Driver;
use crate::world::Weather;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "reconnection",
    about: "kill -9 a console with 50 commands in flight, then workers and manager under a live one: complete in under 1 s, a hundred more consoles, no worker notices",
    how: How::Script(run),
    sometimes: &["a console was killed before it was complete", "killed while links were slow"],
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

/// Commands that a console has in flight when it is killed.
const IN_FLIGHT: u64 = 50;

/// Consoles that are killed one after another.
const STORM: u32 = 100;

/// Marks of when those come.
const STORM_BEGINS: &str = "consoles begin to storm";
const STORM_ENDS: &str = "consoles have stormed";

/// Until whatever is waited for must have come.
const PATIENCE: Duration = Duration::from_secs(10);

fn run(driver: &Driver, seed: u64) -> Run {
    let mut slow = false;
    let stage = two_workers(seed, "drums").with(ProcessName::OscDebugger, json!({}));
    let patience = driver.patience();
    let workers = [ProcessName::AudioAnalyzer, ProcessName::TestWorker, ProcessName::OscDebugger];
    let (history, osc) = perform(driver, SCENARIO.name, stage, |world, onlookers| {
        let mut rng = world.plan();
        slow = rng.random_bool(0.5);
        let weather = Weather { slice_bytes_max: Some(512), delay_max: Duration::from_millis(2) };
        let first_lives = rng.random_range(0..30_u64);
        let victims: Vec<ProcessName> = (0..3).map(|_| workers[rng.random_range(0..workers.len())]).collect();
        let lives: Vec<u64> = (0..STORM).map(|_| rng.random_range(0..driver.pick(400, 60))).collect();
        async move {
            if slow {
                world.set_weather(weather);
            }
            world.guard(&onlookers);
            for worker in workers {
                served(&*world, worker).await;
                onlookers.spawn(Probe::new(&world, &format!("load-{worker}")).keep_asking(worker));
            }
            let first = Onlooker::open(&world, &onlookers, "first");
            first.complete(PATIENCE).await;
            for value in 1..=IN_FLIGHT {
                first.keys(&format!(":set test_worker value {value}\r"));
            }
            world.clock().sleep(Duration::from_millis(first_lives)).await;
            first.kill();
            let live = Onlooker::open(&world, &onlookers, "live");
            live.complete(PATIENCE).await;
            for victim in victims {
                world.clock().sleep(Duration::from_secs(3)).await;
                for value in 1..=IN_FLIGHT {
                    live.keys(&format!(":set test_worker value {value}\r"));
                }
                world.kill(world.pid_of(victim).unwrap_or_default());
                world.clock().sleep(Duration::from_millis(500)).await;
                served(&*world, victim).await;
                live.complete(PATIENCE).await;
            }
            world.kill(world.pid_of(ProcessName::ProcessManager).unwrap_or_default());
            world.clock().sleep(Duration::from_millis(100)).await;
            served(&*world, ProcessName::ProcessManager).await;
            live.complete(PATIENCE).await;
            mark(&*world, STORM_BEGINS, "");
            for (number, ms) in lives.into_iter().enumerate() {
                // Each in a scope of its own, since each ends.
                let scope = Scope::new();
                let one = Onlooker::open(&world, &scope, &format!("storm-{number}"));
                world.clock().sleep(Duration::from_millis(ms)).await;
                one.kill();
                scope.kill();
            }
            // Until whoever listens has taken in what came while the last one was opened and killed.
            world.clock().sleep(Duration::from_secs(1)).await;
            mark(&*world, STORM_ENDS, "");
            let last = Onlooker::open(&world, &onlookers, "last");
            last.complete(PATIENCE).await;
            world.clock().sleep(Duration::from_secs(2)).await;
            live.note_answers();
        }
    });
    let mut violations = checkers::complete_within_of_opening(&history, patience);
    // What a live one sees is fed by links: a death at once, a return when it has connected and asked.
    violations.extend(checkers::complete_within_of_return(&history, "live", patience, patience));
    violations.extend(checkers::console_commands_end_once(&history));
    if let (Some(begins), Some(ends)) =
        (checkers::marked_at(&history, STORM_BEGINS), checkers::marked_at(&history, STORM_ENDS))
    {
        // No worker notices: the sound goes on as evenly as ever.
        violations.extend(checkers::keeps_pace(&osc, begins, ends, driver.pace()));
    }
    violations.extend(checkers::only_victims_end(&history));
    violations.extend(checkers::never_two_of_one(&history));
    violations.extend(checkers::no_panic(&history));
    let mut seen = Vec::new();
    if checkers::killed_before_complete(&history) {
        seen.push(SCENARIO.sometimes[0]);
    }
    if slow {
        seen.push(SCENARIO.sometimes[1]);
    }
    let figures = checkers::completions(&history);
    Run { history, osc, violations, seen, figures, ..Run::default() }
}
