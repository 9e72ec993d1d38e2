//! Long runs of the virtual driver: an hour of music, and a day of silence with a fault an hour.
//!
//! Each takes seconds, so it is timed once or a few times by hand, beside its control in the same run: a bare loop of as
//! many timers under the same paused clock, which is what any driver on this runtime must pay.

#![allow(clippy::disallowed_methods, reason = "a benchmark asks how long it really took")]

use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::json;
use vj_core::{At, ProcessName};
use vj_env::Scope;
use vj_sim::driver;
use vj_sim::faults::{self, Fault, FaultKind};
use vj_sim::stage::{self, Stage};
use vj_sim::tape::Tapes;

const HOUR_SEC: u64 = 3_600;
const DAY_SEC: u64 = 86_400;

fn main() {
    // Cargo passes --bench, and whoever benches may pass a filter.
    let filter = std::env::args().skip(1).find(|arg| !arg.starts_with('-')).unwrap_or_default();
    if "long_runs/hour_of_music".contains(&filter) {
        let control = timed(|| bare_ticks(HOUR_SEC));
        let took = timed(|| show("drums", HOUR_SEC, &[]));
        print("long_runs/hour_of_music", took, "goal 60 s", control);
    }
    if "long_runs/day_of_silence".contains(&filter) {
        let control = timed(|| bare_ticks(DAY_SEC));
        let took = timed(|| show("silence", DAY_SEC, &a_fault_an_hour()));
        print("long_runs/day_of_silence", took, "goal 30 s", control);
    }
}

fn print(name: &str, took: Duration, goal: &str, control: Duration) {
    let (took, control) = (took.as_secs_f64(), control.as_secs_f64());
    println!(
        "{name}: {took:.1} s ({goal}; control, the bare timers: {control:.1} s, ratio {:.1})",
        took / control
    );
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let begins = Instant::now();
    work();
    begins.elapsed()
}

/// Sixty timers a second and nothing else.
fn bare_ticks(length_sec: u64) {
    driver::run(async {
        let clock = vj_env::Clock::starting_at(At::ZERO, Rc::new(|| vj_env::WallMillis(0)), "bench");
        for tick in 1..=length_sec * 60 {
            clock.sleep_until(At::from_nanos(tick * 1_000_000_000 / 60)).await;
        }
    });
}

fn show(tape: &str, length_sec: u64, plan: &[Fault]) {
    let mut stage = Stage::new(1, Tapes::new())
        .with(ProcessName::AudioAnalyzer, json!({"source": format!("file:{tape}"), "loop": true}))
        .with(ProcessName::TestWorker, json!({}));
    stage.keep_osc = false;
    let packets = driver::run(async {
        let world = stage.build();
        let guardian = Scope::new();
        guardian.spawn(stage::guard(std::rc::Rc::new(world.clone())));
        faults::play(&world, plan).await;
        world.clock().sleep_until(At::from_secs_f64(length_sec as f64)).await;
        world.osc().count()
    });
    assert!(packets > length_sec * 60 * 4, "only {packets} packets: the show did not play");
}

fn a_fault_an_hour() -> Vec<Fault> {
    let kinds = [FaultKind::Kill, FaultKind::Cut, FaultKind::Freeze, FaultKind::Terminate];
    let targets = ["audio_analyzer", "test_worker", "process_manager"];
    (1..24)
        .map(|hour| {
            let at = hour as f64 * HOUR_SEC as f64;
            Fault::new(at, kinds[hour % kinds.len()]).on(targets[hour % targets.len()]).lasting(3.0)
        })
        .collect()
}
