//! A worker stands still: it is unhealthy at 15 s, killed at 30 s and replaced; one that wakes at 29.9 s is let live.

use std::time::Duration;

use rand::RngExt;
use serde_json::Value;
use vj_core::ProcessName;

use super::probe::Probe;
use super::show::{perform, served, two_workers, until};
use super::{Drivers, How, Run, Scenario};
use crate::checkers::{self, Class, Slack, Violation};
use crate::ground::Driver;
use crate::history::{Entry, What};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "hung-worker",
    about: "SIGSTOP, or a loop that does not turn: unhealthy at 15 s, killed at 30 s, back by 34 s, never killed at 29.9 s",
    how: How::Script(run),
    sometimes: &["stopped as a whole", "its loop did not turn"],
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

fn run(driver: &Driver, seed: u64) -> Run {
    let mut stops = false;
    let end_sec = driver.pick(120.0, 78.0);
    let victim = ProcessName::TestWorker;
    let (history, osc) = perform(driver, SCENARIO.name, two_workers(seed, "silence"), |world, onlookers| {
        let mut rng = world.plan();
        stops = rng.random_bool(0.5);
        let hangs_at = rng.random_range(driver.pick(50.0..60.0, 38.0..40.0));
        async move {
            world.start(ProcessName::ProcessManager);
            onlookers.spawn(Probe::new(&world, "watcher").keep_watching(victim));
            // First the one that comes back just in time: 29.9 s after a heartbeat it moves again. On a machine that is
            // shared a little sooner, since it has to be let run then to say so.
            let pid = served(&*world, victim).await.unwrap_or_default();
            let began = world.clock().now();
            world.clock().sleep_until(began + Duration::from_millis(5_050)).await;
            world.freeze(pid);
            world
                .clock()
                .sleep_until(began + Duration::from_millis(5_000 + driver.pick(29_900, 29_000)))
                .await;
            world.thaw(pid);
            until(&*world, hangs_at).await;
            if stops {
                world.freeze(pid);
            } else {
                let _ = Probe::new(&world, "somebody").ask_once(victim, "hang", Value::Null).await;
            }
            until(&*world, end_sec).await;
        }
    });
    let mut violations = checkers::killed_for_silence_on_time(&history, "test_worker", driver.slack());
    violations.extend(back_by_34_s(&history, driver.slack()));
    let allowed = [("audio_analyzer", 1), ("test_worker", 2), ("process_manager", 1)];
    violations.extend(checkers::no_restarts(&history, &allowed));
    violations.extend(checkers::never_two_of_one(&history));
    violations.extend(checkers::no_packet_lost(&osc, "/audio/levels", end_sec, driver.pace()));
    violations.extend(checkers::no_panic(&history));
    let seen = vec![SCENARIO.sometimes[usize::from(!stops)]];
    Run { history, osc, violations, seen, ..Run::default() }
}

/// Once silent for good, the worker serves again within 34 s of its last heartbeat; and it was replaced just once.
fn back_by_34_s(history: &[Entry], slack: Slack) -> Vec<Violation> {
    const PROPERTY: &str = "a hung worker is back 34 s after its last heartbeat";
    let victim = |process: &str| process == "test_worker";
    let exit = history.iter().find(|e| matches!(&e.what, What::Exit { process, .. } if victim(process)));
    let last_heartbeat = exit.and_then(|exit| {
        let mut before = history.iter().filter(|e| e.t <= exit.t);
        before.rfind(|e| matches!(&e.what, What::Mark { name, .. } if name == "heartbeat")).map(|e| e.t)
    });
    let back =
        history.iter().filter(|e| matches!(&e.what, What::Bound { process, .. } if victim(process))).nth(1);
    match (last_heartbeat, back) {
        (Some(since), Some(back)) if back.t - since <= 33.8 + slack.late_sec => Vec::new(),
        (since, back) => {
            let detail = format!("last heartbeat at {since:?}, back at {:?}", back.map(|entry| entry.t));
            vec![Violation {
                class: Class::Liveness,
                property: PROPERTY,
                t: since.unwrap_or_default(),
                detail,
            }]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::checkers::bad_history::{bound, exit, mark};
    use super::*;

    const SLACK: Slack = Slack { early_sec: 0.0, late_sec: 0.2 };

    #[test]
    fn a_worker_that_comes_back_late_or_never_is_seen() {
        let begin = [
            bound(0.0, "test_worker", 1),
            mark(50.0, "heartbeat", "test_worker"),
            exit(80.0, "test_worker", 1),
        ];
        assert_eq!(back_by_34_s(&begin, SLACK).len(), 1);
        assert_eq!(back_by_34_s(&[&begin[..], &[bound(84.1, "test_worker", 2)]].concat(), SLACK).len(), 1);
        assert_eq!(back_by_34_s(&[&begin[..], &[bound(83.9, "test_worker", 2)]].concat(), SLACK), []);
    }
}
