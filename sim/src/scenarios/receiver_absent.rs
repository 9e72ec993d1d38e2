//! Nobody listens, then somebody does.

use std::net::SocketAddr;

use rand::RngExt;
use vj_core::ProcessName;

use super::show::{perform, two_workers, until};
use super::{Run, Scenario};
use crate::checkers;
use crate::stage::VISUALS;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "receiver-absent",
    about: "nobody listens, then somebody does: no error to the user, and it flows within one tick",
    run,
    sometimes: &["somebody listened twice"],
    twice: false,
};

const END_SEC: f64 = 40.0;

fn run(seed: u64) -> Run {
    let mut twice = false;
    let (history, osc) = perform(SCENARIO.name, two_workers(seed, "silence"), |world, _| {
        let mut rng = world.stream("plan");
        let first_at = rng.random_range(1.0..15.0);
        let leaves_at = first_at + rng.random_range(0.1..10.0);
        twice = rng.random_bool(0.5);
        async move {
            world.start(ProcessName::ProcessManager);
            until(&world, first_at).await;
            let receiver = world.listen(SocketAddr::from(VISUALS));
            until(&world, leaves_at).await;
            drop(receiver);
            until(&world, leaves_at + 1.0).await;
            let _receiver = twice.then(|| world.listen(SocketAddr::from(VISUALS)));
            until(&world, END_SEC).await;
        }
    });
    let mut violations = checkers::flows_within_one_tick(&history);
    violations.extend(checkers::no_complaints(&history));
    violations.extend(checkers::no_packet_lost(&osc, "/audio/levels", END_SEC));
    violations.extend(checkers::no_panic(&history));
    let seen = if twice { SCENARIO.sometimes.to_vec() } else { Vec::new() };
    Run { history, osc, violations, seen }
}
