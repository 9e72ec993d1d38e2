//! The manager is killed and a new one comes ten seconds later: nobody is restarted, nothing is lost.

use rand::RngExt;
use vj_core::ProcessName;

use super::show::{perform, two_workers, until};
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::ground::Driver;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "manager-adoption",
    about: "kill -9 the manager, start a new one 10 s later: 0 restarts, same pids, adopted within 2 s, 0 packets lost",
    how: How::Script(run),
    sometimes: &["a worker died while there was no manager", "no worker died meanwhile"],
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

fn run(driver: &Driver, seed: u64) -> Run {
    let mut orphan_dies = false;
    let end_sec = driver.pick(60.0, 24.0);
    let (history, osc) = perform(driver, SCENARIO.name, two_workers(seed, "silence"), |world, _| {
        let mut rng = world.plan();
        let kill_at = rng.random_range(1.0..driver.pick(20.0, 6.0));
        // Adopting those who live must not keep it from starting who died meanwhile.
        orphan_dies = rng.random_bool(0.3);
        let orphan_dies_at = kill_at + rng.random_range(0.5..9.5);
        async move {
            let manager = world.start(ProcessName::ProcessManager);
            until(&*world, kill_at).await;
            world.kill(manager);
            if orphan_dies {
                until(&*world, orphan_dies_at).await;
                world.pid_of(ProcessName::TestWorker).inspect(|pid| world.kill(*pid));
            }
            until(&*world, kill_at + 10.0).await;
            world.start(ProcessName::ProcessManager);
            until(&*world, end_sec).await;
        }
    });
    let mut violations =
        checkers::adopted_within(&history, &["audio_analyzer", "test_worker"], 2.0 * driver.patience());
    let test_worker_starts = 1 + usize::from(orphan_dies);
    let allowed = [("audio_analyzer", 1), ("test_worker", test_worker_starts), ("process_manager", 2)];
    violations.extend(checkers::no_restarts(&history, &allowed));
    violations.extend(checkers::only_victims_end(&history));
    violations.extend(checkers::never_two_of_one(&history));
    violations.extend(checkers::no_packet_lost(&osc, "/audio/levels", end_sec, driver.pace()));
    violations.extend(checkers::no_panic(&history));
    let seen = vec![SCENARIO.sometimes[usize::from(!orphan_dies)]];
    Run { history, osc, violations, seen, ..Run::default() }
}
