//! A second instance of anything refuses to start and leaves the first alone.

use std::time::Duration;

use rand::RngExt;
use vj_core::ProcessName;

use super::show::{note_vj, perform, served, two_workers, until};
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::ground::Driver;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "second-instance",
    about: "a second worker, a second manager, a second `vj up`: exit 3 within 1 s naming the pid; the first undisturbed",
    how: How::Script(run),
    sometimes: &["the manager was tried first"],
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

/// Between two attempts: longer than one takes to be refused.
const APART: Duration = Duration::from_secs(4);

fn run(driver: &Driver, seed: u64) -> Run {
    let end_sec = driver.pick(40.0, 24.0);
    let mut manager_first = false;
    let (history, osc) = perform(driver, SCENARIO.name, two_workers(seed, "silence"), |world, onlookers| {
        let mut names = ProcessName::ALL.to_vec();
        let mut rng = world.plan();
        names.retain(|name| ["process_manager", "audio_analyzer", "test_worker"].contains(&name.as_str()));
        names.rotate_left(rng.random_range(0..3));
        manager_first = names[0] == ProcessName::ProcessManager;
        let begins = rng.random_range(2.0..4.0);
        async move {
            world.guard(&onlookers);
            for name in &names {
                served(&*world, *name).await;
            }
            until(&*world, begins).await;
            for name in names {
                world.start(name);
                world.clock().sleep(APART).await;
            }
            note_vj(&*world, &["up"]).await;
            note_vj(&*world, &["up", "--detach"]).await;
            until(&*world, end_sec).await;
        }
    });
    let first_lives = [("audio_analyzer", 2), ("test_worker", 2), ("process_manager", 2)];
    let mut violations = checkers::second_is_refused(&history, 3, driver.patience());
    violations.extend(checkers::no_restarts(&history, &first_lives));
    violations.extend(checkers::no_packet_lost(&osc, "/audio/levels", end_sec, driver.pace()));
    violations.extend(checkers::never_two_of_one(&history));
    violations.extend(checkers::only_holders_unlink(&history));
    violations.extend(checkers::no_panic(&history));
    if driver.is_real() {
        violations.extend(checkers::command_line_ends(&history, "up", 3, &["vj is up already", "pid"]));
        violations.extend(checkers::command_line_ends(
            &history,
            "up --detach",
            3,
            &["vj is up already", "pid"],
        ));
    }
    let seen = if manager_first { SCENARIO.sometimes.to_vec() } else { Vec::new() };
    Run { history, osc, violations, seen, ..Run::default() }
}
