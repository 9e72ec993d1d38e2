//! A show in which anything may break: the same seed gives the same bytes, in another process too.

use vj_core::ProcessName;

use super::probe::Probe;
use super::show::{perform, two_workers, until};
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::faults::{self, Fault, Possible};
use crate::ground::Driver;
use crate::history::{Entry, What};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "determinism",
    about: "anything may break; played in two processes the same seed gives the same bytes, and all is well in the end",
    how: How::Planned(run),
    sometimes: &[
        "a worker was killed",
        "the manager was killed",
        "something stood still",
        "the disk was full",
    ],
    drivers: Drivers::VirtualOnly,
    alone: false,
    long: false,
    twice: true,
};

const FAULTS_SEC: f64 = 60.0;
const END_SEC: f64 = 200.0;

fn run(driver: &Driver, seed: u64, plan: Option<&[Fault]>) -> Run {
    let mut planned = Vec::new();
    let (history, osc) = perform(driver, SCENARIO.name, two_workers(seed, "drums"), |world, onlookers| {
        let targets = [ProcessName::AudioAnalyzer, ProcessName::TestWorker, ProcessName::ProcessManager];
        let drawn = || faults::draw(&mut world.plan(), FAULTS_SEC, &Possible::on(&targets));
        planned = plan.map_or_else(drawn, <[_]>::to_vec);
        let plan = planned.clone();
        async move {
            for worker in [ProcessName::AudioAnalyzer, ProcessName::TestWorker] {
                onlookers.spawn(Probe::new(&world, &format!("probe-{worker}")).keep_asking(worker));
            }
            world.guard(&onlookers);
            faults::play(&*world, &plan).await;
            until(&*world, END_SEC).await;
        }
    });
    let mut violations = checkers::never_two_of_one(&history);
    violations.extend(checkers::no_panic(&history));
    violations.extend(checkers::whole_in_the_end(&history, &["audio_analyzer", "test_worker"]));
    let shown = |wanted: &dyn Fn(&str, &str) -> bool| {
        history.iter().any(
            |Entry { what, .. }| matches!(what, What::Fault { kind, target, .. } if wanted(kind, target)),
        )
    };
    let seen = [
        shown(&|kind, target| kind == "kill" && target != "process_manager"),
        shown(&|kind, target| kind == "kill" && target == "process_manager"),
        shown(&|kind, _| kind == "freeze"),
        shown(&|kind, _| kind == "disk_full"),
    ];
    let seen =
        seen.into_iter().zip(SCENARIO.sometimes).filter(|(shown, _)| *shown).map(|(_, name)| *name).collect();
    Run { history, osc, violations, seen, plan: Some(planned), ..Run::default() }
}
