//! A worker that ends as it starts is given up after five restarts, and tried again only when somebody says so.

use rand::RngExt;
use serde_json::json;
use vj_core::ProcessName;

use super::probe::Probe;
use super::show::{perform, two_workers, until};
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::ground::Driver;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "crash-loop",
    about: "a worker that exits at once: starts at 0, 1, 3, 7, 15, 31 s, then given up and shown; a manual restart clears it",
    how: How::Script(run),
    sometimes: &["started again by start_worker", "started again by restart_worker"],
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

fn run(driver: &Driver, seed: u64) -> Run {
    let mut by_start = false;
    let (again_at, watched_sec) = driver.pick((40.0..200.0, 120.0), (35.0..36.0, 40.0));
    let stage = two_workers(seed, "silence").with(ProcessName::TestWorker, json!({"crash_at_start": true}));
    let (history, osc) = perform(driver, SCENARIO.name, stage, |world, _| {
        let mut rng = world.plan();
        by_start = rng.random_bool(0.5);
        let again_at = rng.random_range(again_at);
        let cmd = if by_start { "start_worker" } else { "restart_worker" };
        async move {
            world.start(ProcessName::ProcessManager);
            until(&*world, again_at).await;
            let probe = Probe::new(&world, "somebody");
            let args = json!({"worker": "test_worker"});
            let _ = probe.ask_once(ProcessName::ProcessManager, cmd, args).await;
            until(&*world, again_at + watched_sec).await;
        }
    });
    let mut violations = checkers::crash_loop_is_given_up(&history, "test_worker", 1, driver.slack());
    violations.extend(checkers::no_restarts(&history, &[("audio_analyzer", 1), ("process_manager", 1)]));
    violations.extend(checkers::every_command_answered_once_in_order(&history));
    violations.extend(checkers::never_two_of_one(&history));
    violations.extend(checkers::no_panic(&history));
    let seen = vec![SCENARIO.sometimes[usize::from(!by_start)]];
    Run { history, osc, violations, seen, ..Run::default() }
}
