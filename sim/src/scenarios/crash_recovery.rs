//! Each worker is killed in turn: it is back and answers, the others never notice.

use std::time::Duration;

use rand::RngExt;
use vj_core::ProcessName;

use super::probe::Probe;
use super::show::{perform, two_workers};
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::faults::{self, Fault, FaultKind};
use crate::ground::Driver;
use crate::world::Weather;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "crash-recovery",
    about: "kill -9 each worker in turn: back and answering within 1.5 s, telemetry gap under 1.6 s, others untouched",
    how: How::Planned(run),
    sometimes: &["killed while links were slow", "killed while links were fast"],
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

fn run(driver: &Driver, seed: u64, plan: Option<&[Fault]>) -> Run {
    let (mut slow, mut planned) = (false, Vec::new());
    let end_sec = driver.pick(40.0, 24.0);
    let patience = driver.patience();
    let (history, osc) = perform(driver, SCENARIO.name, two_workers(seed, "drums"), |world, onlookers| {
        let mut rng = world.plan();
        slow = rng.random_bool(0.5);
        // Slow enough to be felt, fast enough that a state of 2 KB arrives while a client still waits for it.
        let weather = Weather { slice_bytes_max: Some(256), delay_max: Duration::from_millis(2) };
        let victims = [ProcessName::AudioAnalyzer, ProcessName::TestWorker];
        let kill = |at: f64, victim: ProcessName| Fault::new(at, FaultKind::Kill).on(victim);
        let first = usize::from(rng.random_bool(0.5));
        let drawn = vec![
            kill(rng.random_range(3.0..driver.pick(15.0, 5.0)), victims[first]),
            kill(rng.random_range(driver.pick(20.0..30.0, 12.0..15.0)), victims[1 - first]),
        ];
        planned = plan.map_or(drawn, <[_]>::to_vec);
        let plan = planned.clone();
        async move {
            if slow {
                world.set_weather(weather);
            }
            world.start(ProcessName::ProcessManager);
            for victim in victims {
                onlookers.spawn(Probe::new(&world, &format!("probe-{victim}")).keep_asking(victim));
            }
            faults::play(&*world, &plan).await;
            super::show::until(&*world, end_sec).await;
        }
    });
    let mut violations = checkers::answered_within_of_kill(&history, 1.5 * patience);
    violations.extend(checkers::no_gap_over(&osc, "/audio/levels", 1.6 * patience, end_sec));
    violations.extend(checkers::only_victims_end(&history));
    violations.extend(checkers::never_two_of_one(&history));
    violations.extend(checkers::dead_leave_no_socket(&history, 1.5 * patience));
    let once_more = [("audio_analyzer", 2), ("test_worker", 2), ("process_manager", 1)];
    violations.extend(checkers::no_restarts(&history, &once_more));
    violations.extend(checkers::no_panic(&history));
    let seen = vec![SCENARIO.sometimes[usize::from(!slow)]];
    Run { history, osc, violations, seen, plan: Some(planned), ..Run::default() }
}
