//! A setting is changed while its worker is away: the newest change is applied once when it is back, and what was acknowledged
//! survives a kill.

use std::time::Duration;

use rand::RngExt;
use serde_json::{Value, json};
use vj_core::ProcessName;

use super::onlooker::Onlooker;
use super::probe::Probe;
use super::show::{mark, perform, served, two_workers};
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::ground::{Driver, Ground};
use crate::world::Weather;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "config-sync",
    about: "a worker is away while a console changes its config three times: the newest applied once on return, survives a kill -9, two consoles converge",
    how: How::Script(run),
    sometimes: &["the worker had died", "the worker was stopped", "killed before the change arrived"],
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

const WORKER: ProcessName = ProcessName::TestWorker;
const KEY: &str = "value";

/// What the worker says of a change.
const CHANGED: &str = "settings changed: value";

/// More than the setting allows.
const TOO_MUCH: u64 = 99_999_999;

/// What it is set to in the end.
const LAST: u64 = 17;

/// Until whatever is waited for must have come.
const PATIENCE: Duration = Duration::from_secs(10);

/// Two consoles and a worker agree within this.
const SETTLED: Duration = Duration::from_secs(2);

fn run(driver: &Driver, seed: u64) -> Run {
    let mut is_stopped = false;
    let (history, osc) = perform(driver, SCENARIO.name, two_workers(seed, "drums"), |world, onlookers| {
        let mut rng = world.plan();
        is_stopped = rng.random_bool(0.5);
        let pauses: Vec<u64> = (0..3).map(|_| rng.random_range(0..200)).collect();
        // Around the moment at which it is acknowledged.
        let lives_us = rng.random_range(0..driver.pick(4_000, 40_000_u64));
        let is_slow = rng.random_bool(0.5);
        let gap_ms = rng.random_range(0..driver.pick(20, 50_u64));
        async move {
            world.start(ProcessName::ProcessManager);
            served(&*world, WORKER).await;
            let [a, b] = ["a", "b"].map(|name| Onlooker::open(&world, &onlookers, name));
            a.complete(PATIENCE).await;
            b.complete(PATIENCE).await;
            let somebody = Probe::new(&world, "somebody");
            let order = |cmd: &'static str| {
                let args = json!({"worker": WORKER.as_str()});
                somebody.ask_once(ProcessName::ProcessManager, cmd, args)
            };
            let pid = world.pid_of(WORKER).unwrap_or_default();
            if is_stopped {
                order("stop_worker").await;
            } else {
                world.kill(pid);
            }
            // Away is whoever does not serve.
            while world.serving(WORKER) == Some(pid) {
                world.clock().sleep(Duration::from_millis(5)).await;
            }
            for (index, pause) in pauses.into_iter().enumerate() {
                world.clock().sleep(Duration::from_millis(pause)).await;
                a.set(WORKER.as_str(), KEY, 11 + index as u64);
            }
            a.shows_wish(PATIENCE, "1 change under way").await;
            if is_stopped {
                order("start_worker").await;
            }
            served(&*world, WORKER).await;
            found(&*world, &somebody, 13).await;
            agree(&*world, &[&a, &b]).await;
            if is_slow {
                world.set_weather(Weather { slice_bytes_max: Some(64), delay_max: Duration::from_millis(3) });
            }
            a.set(WORKER.as_str(), KEY, 14);
            world.clock().sleep(Duration::from_micros(lives_us)).await;
            world.kill(world.pid_of(WORKER).unwrap_or_default());
            world.set_weather(Weather::default());
            world.clock().sleep(Duration::from_millis(500)).await;
            served(&*world, WORKER).await;
            found(&*world, &somebody, 14).await;
            agree(&*world, &[&a, &b]).await;
            a.keys(&format!(":set {WORKER} {KEY} {TOO_MUCH}\r"));
            a.shows_wish(PATIENCE, "refused").await;
            agree(&*world, &[&a, &b]).await;
            a.set(WORKER.as_str(), KEY, 15);
            world.clock().sleep(Duration::from_millis(gap_ms)).await;
            b.set(WORKER.as_str(), KEY, 16);
            world.clock().sleep(SETTLED).await;
            if let Some(value) = value(&somebody).await {
                mark(&*world, checkers::FOUND, &value.to_string());
            }
            agree(&*world, &[&a, &b]).await;
            // By somebody who will not send it again, as a console would.
            mark(&*world, checkers::WISHED, &format!("somebody {LAST}"));
            let told = somebody.ask_once(WORKER, "set_config", json!({KEY: LAST})).await;
            world.kill(world.pid_of(WORKER).unwrap_or_default());
            if told.is_some_and(|told| told.ok().is_ok()) {
                mark(&*world, checkers::ACKNOWLEDGED, &LAST.to_string());
            }
            world.clock().sleep(Duration::from_millis(500)).await;
            served(&*world, WORKER).await;
            found(&*world, &somebody, LAST).await;
            agree(&*world, &[&a, &b]).await;
            a.note_answers();
            b.note_answers();
        }
    });
    let mut violations = checkers::consoles_show_the_truth(&history);
    violations.extend(checkers::applied_once(&history, WORKER.as_str(), CHANGED, &["13", "14"]));
    violations.extend(checkers::acknowledged_survives(&history));
    violations.extend(checkers::wishes_are_shown(&history, &["a 1 change under way", "a refused"]));
    violations.extend(checkers::console_commands_end_once(&history));
    violations.extend(checkers::complete_within_of_opening(&history, driver.patience()));
    violations.extend(checkers::never_two_of_one(&history));
    violations.extend(checkers::no_panic(&history));
    let mut seen = vec![SCENARIO.sometimes[usize::from(is_stopped)]];
    if checkers::killed_before_change(&history, WORKER.as_str(), CHANGED, "14") {
        seen.push(SCENARIO.sometimes[2]);
    }
    Run { history, osc, violations, seen, ..Run::default() }
}

/// What the setting is with the worker.
async fn value(somebody: &Probe) -> Option<u64> {
    let state = somebody.ask_once(WORKER, "get_state", Value::Null).await?.ok().ok()?.data;
    state["config"][KEY].as_u64()
}

/// Waits until the worker has this, and tells what it has.
async fn found(world: &dyn Ground, somebody: &Probe, wanted: u64) {
    let until = world.clock().now() + PATIENCE;
    let mut last = None;
    while world.clock().now() < until && last != Some(wanted) {
        last = value(somebody).await;
        world.clock().sleep(Duration::from_millis(20)).await;
    }
    mark(world, checkers::FOUND, &last.map_or("nothing".to_owned(), |value| value.to_string()));
}

/// Tells what the consoles show, once they have had the time.
async fn agree(world: &dyn Ground, consoles: &[&Onlooker]) {
    world.clock().sleep(SETTLED).await;
    for console in consoles {
        console.note_shown(PATIENCE, WORKER.as_str(), KEY).await;
    }
}
