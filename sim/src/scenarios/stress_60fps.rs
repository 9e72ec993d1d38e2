//! Sixty ticks a second for a minute, while clients ask, subscribers listen and somebody burns a core.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::UdpSocket;
use vj_core::ProcessName;

use super::probe::Probe;
use super::show::{mark, perform_real, served, two_workers, until};
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::ground::{Driver, Ground};
use crate::history::{Entry, What};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "stress-60fps",
    about: "60 s with 20 clients, 5 subscribers and a burnt core: 3600 +-6 ticks, p99 <= 5 ms, p99.9 <= 16.7 ms, RSS <= 15 MB",
    how: How::Script(run),
    sometimes: &[],
    drivers: Drivers::RealOnly,
    alone: true,
    long: false,
    twice: false,
};

const FROM_SEC: f64 = 3.0;
const END_SEC: f64 = 63.0;
/// The mark of when a bare timer woke.
const TIMER: &str = "timer";

const CLIENTS: usize = 20;
const SUBSCRIBERS: usize = 5;
const RENEWED_EVERY: Duration = Duration::from_secs(5);

fn run(driver: &Driver, seed: u64) -> Run {
    let burns = Arc::new(AtomicBool::new(true));
    let until_told = burns.clone();
    let burner = std::thread::spawn(move || {
        while until_told.load(Ordering::Relaxed) {
            std::hint::spin_loop();
        }
    });
    let (history, osc) =
        perform_real(driver, SCENARIO.name, two_workers(seed, "drums"), |machine, onlookers| async move {
            machine.start(ProcessName::ProcessManager);
            let workers = [ProcessName::AudioAnalyzer, ProcessName::TestWorker];
            for worker in workers {
                served(&*machine, worker).await;
            }
            let ground: std::rc::Rc<dyn Ground> = machine.clone();
            for (n, worker) in workers.into_iter().cycle().take(CLIENTS).enumerate() {
                onlookers.spawn(Probe::new(&ground, &format!("client-{n}")).keep_asking(worker));
            }
            for n in 0..SUBSCRIBERS {
                onlookers.spawn(subscribe(ground.clone(), n));
            }
            // Beside it, what the machine lets a bare timer do.
            let beats = tick_along(&*machine).await;
            mark(&*machine, TIMER, &json!(beats).to_string());
            // Each question is heard out, or it would be missed.
            machine.curtain().fall().await;
            onlookers.kill();
            for worker in workers {
                if let Some(bytes) = machine.resident_bytes(worker) {
                    mark(&*machine, checkers::RESIDENT, &format!("{worker} {bytes}"));
                }
            }
            let state = Probe::new(&ground, "last").ask_once(workers[0], "get_state", Value::Null).await;
            let stats = state.and_then(|state| state.ok().ok()).map(|reply| reply.data["stats"].clone());
            mark(&*machine, checkers::STATS, &stats.unwrap_or_default().to_string());
        });
    burns.store(false, Ordering::Relaxed);
    let _ = burner.join();
    let patience = driver.patience();
    let mut violations = checkers::keeps_pace(&osc, FROM_SEC, END_SEC, driver.pace());
    let late = checkers::Lateness::of(&osc, "/audio/levels", FROM_SEC, END_SEC);
    let timer = timer(&history);
    violations.extend(late.over(5.0 * patience, 16.7 * patience, timer));
    violations.extend(checkers::sends_without_loss(&history));
    violations.extend(checkers::resident_at_most(&history, 15_000_000));
    violations.extend(checkers::every_command_answered_once_in_order(&history));
    violations.extend(checkers::subscribers_hear(&history, SUBSCRIBERS));
    violations.extend(checkers::only_victims_end(&history));
    violations.extend(checkers::no_panic(&history));
    // The figures are worth as much as the verdict.
    if late.max_ms.is_finite() {
        println!(
            "stress-60fps: ticks were late by {late} (a bare timer: {timer}); {}",
            checkers::resident_in_words(&history)
        );
    }
    Run { history, osc, violations, seen: Vec::new(), ..Run::default() }
}

/// Wakes sixty times a second until the end, and tells when.
async fn tick_along(ground: &dyn Ground) -> Vec<f64> {
    let mut beats = Vec::new();
    for beat in (FROM_SEC * 60.0) as u32..(END_SEC * 60.0) as u32 {
        until(ground, f64::from(beat) / 60.0).await;
        beats.push(ground.clock().now().as_secs_f64());
    }
    beats
}

/// How late that was.
fn timer(history: &[Entry]) -> checkers::Lateness {
    let told = history.iter().find_map(|entry| match &entry.what {
        What::Mark { name, detail } if name == TIMER => serde_json::from_str::<Vec<f64>>(detail).ok(),
        _ => None,
    });
    checkers::Lateness::against_the_beat(told.unwrap_or_default().into_iter())
}

/// Somebody with a port of its own who wants all of the audio worker's OSC.
async fn subscribe(ground: std::rc::Rc<dyn Ground>, number: usize) {
    let Ok(socket) = UdpSocket::bind(("127.0.0.1", 0)).await else { return };
    let Ok(port) = socket.local_addr().map(|address| address.port()) else { return };
    let probe = Probe::new(&ground, &format!("subscriber-{number}"));
    let Some(mut client) = probe.connect(ProcessName::AudioAnalyzer).await else { return };
    let mut buffer = vec![0; 2_048];
    let mut heard = 0_u64;
    while !ground.curtain().has_fallen() {
        let args = json!({"host": "127.0.0.1", "port": port});
        let _ = probe.ask(&mut client, ProcessName::AudioAnalyzer, "subscribe", args).await;
        let renew = ground.clock().now() + RENEWED_EVERY;
        while ground.clock().now() < renew {
            let left = renew.since(ground.clock().now());
            if matches!(ground.clock().timeout(left, socket.recv(&mut buffer)).await, Ok(Ok(_))) {
                heard += 1;
            }
        }
        mark(&*ground, checkers::HEARD, &format!("subscriber-{number} {heard}"));
    }
}
