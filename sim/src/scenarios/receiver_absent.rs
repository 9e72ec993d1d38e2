//! Nobody listens, then somebody does.

use rand::RngExt;
use vj_core::ProcessName;

use super::show::{perform, two_workers, until};
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::ground::Driver;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "receiver-absent",
    about: "nobody listens, then somebody does: no error to the user, and it flows within one tick",
    how: How::Script(run),
    sometimes: &["somebody listened twice"],
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

fn run(driver: &Driver, seed: u64) -> Run {
    let mut twice = false;
    let end_sec = driver.pick(40.0, 20.0);
    let (history, osc) = perform(driver, SCENARIO.name, two_workers(seed, "silence"), |world, _| {
        let mut rng = world.plan();
        let first_at = rng.random_range(1.0..driver.pick(15.0, 5.0));
        let leaves_at = first_at + rng.random_range(0.1..10.0);
        twice = rng.random_bool(0.5);
        async move {
            world.start(ProcessName::ProcessManager);
            until(&*world, first_at).await;
            let receiver = world.visuals_listen();
            until(&*world, leaves_at).await;
            drop(receiver);
            until(&*world, leaves_at + 1.0).await;
            let _receiver = twice.then(|| world.visuals_listen());
            until(&*world, end_sec).await;
        }
    });
    let mut violations = checkers::flows_within_one_tick(&history, driver.pace());
    violations.extend(checkers::no_complaints(&history));
    violations.extend(checkers::no_packet_lost(&osc, "/audio/levels", end_sec, driver.pace()));
    violations.extend(checkers::no_panic(&history));
    let seen = if twice { SCENARIO.sometimes.to_vec() } else { Vec::new() };
    Run { history, osc, violations, seen, ..Run::default() }
}
