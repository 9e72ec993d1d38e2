//! `vj down` in the middle of work, with a worker that does not obey: all ends in order, and nothing is left.

use rand::RngExt;
use vj_core::ProcessName;

use super::probe::Probe;
use super::show::{mark, perform, served, two_workers, until};
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::ground::Driver;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "shutdown-order",
    about: "`vj down` amid work, a worker stands still: in order, within 7 s, no process, socket, held lock or temp file left",
    how: How::Script(run),
    sometimes: &["everybody obeyed", "a worker did not obey"],
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

fn run(driver: &Driver, seed: u64) -> Run {
    let mut hangs = false;
    let (history, osc) = perform(driver, SCENARIO.name, two_workers(seed, "drums"), |world, onlookers| {
        let mut rng = world.plan();
        // Over real processes a single run shows the harder case.
        hangs = driver.is_real() || rng.random_bool(0.5);
        let victim = [ProcessName::TestWorker, ProcessName::AudioAnalyzer][rng.random_range(0..2)];
        let at = rng.random_range(3.0..5.0);
        async move {
            world.start(ProcessName::ProcessManager);
            for worker in [ProcessName::AudioAnalyzer, ProcessName::TestWorker] {
                served(&*world, worker).await;
                onlookers.spawn(Probe::new(&world, &format!("probe-{worker}")).keep_asking(worker));
            }
            until(&*world, at).await;
            if let Some(pid) = world.pid_of(victim).filter(|_| hangs) {
                world.freeze(pid);
            }
            mark(&*world, checkers::GOING_DOWN, "");
            let code = world.down().await;
            mark(&*world, checkers::DOWN, &format!("exit code {code}"));
            for left in world.leftovers() {
                mark(&*world, checkers::LEFT, &left);
            }
            onlookers.kill();
            // Nobody comes back.
            until(&*world, at + 12.0).await;
            for left in world.leftovers() {
                mark(&*world, checkers::LEFT, &left);
            }
        }
    });
    let mut violations = checkers::down_within(&history, 7.0 * driver.patience());
    let order = ["test_worker", "audio_analyzer", "process_manager"];
    violations.extend(checkers::ends_in_order(&history, &order, driver.pick(0.0, 0.05)));
    violations.extend(checkers::nothing_left(&history));
    violations.extend(checkers::no_panic(&history));
    Run { history, osc, violations, seen: vec![SCENARIO.sometimes[usize::from(hangs)]], ..Run::default() }
}
