//! The manager stands still: it blames nobody when it moves again.

use rand::RngExt;
use vj_core::ProcessName;

use super::show::{perform, two_workers, until};
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::faults::{self, Fault, FaultKind};
use crate::ground::Driver;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "manager-frozen",
    about: "SIGSTOP the manager for 40 s (and for other times): 0 restarts, and nobody is called unhealthy",
    how: How::Planned(run),
    sometimes: &["frozen for half a minute or longer", "frozen for less"],
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

fn run(driver: &Driver, seed: u64, plan: Option<&[Fault]>) -> Run {
    let (mut for_sec, mut planned) = (40.0, Vec::new());
    let end_sec = driver.pick(160.0, 80.0);
    let (history, osc) = perform(driver, SCENARIO.name, two_workers(seed, "silence"), |world, _| {
        let mut rng = world.plan();
        // Half the runs as in the book, the others from a moment to a minute.
        if rng.random_bool(0.5) {
            for_sec = rng.random_range(0.1..60.0);
        }
        let at = rng.random_range(8.0..driver.pick(40.0, 10.0));
        let drawn = || vec![Fault::new(at, FaultKind::Freeze).on("process_manager").lasting(for_sec)];
        planned = plan.map_or_else(drawn, <[_]>::to_vec);
        let plan = planned.clone();
        async move {
            world.start(ProcessName::ProcessManager);
            faults::play(&*world, &plan).await;
            until(&*world, end_sec).await;
        }
    });
    let allowed = [("audio_analyzer", 1), ("test_worker", 1), ("process_manager", 1)];
    let mut violations = checkers::no_restarts(&history, &allowed);
    violations.extend(checkers::only_victims_end(&history));
    violations.extend(checkers::nobody_is_called(&history, "unhealthy"));
    violations.extend(checkers::no_packet_lost(&osc, "/audio/levels", end_sec, driver.pace()));
    violations.extend(checkers::no_panic(&history));
    let seen = vec![SCENARIO.sometimes[usize::from(for_sec < 30.0)]];
    Run { history, osc, violations, seen, plan: Some(planned), ..Run::default() }
}
