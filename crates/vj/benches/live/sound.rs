//! What live sound costs, and how soon it is told.

use std::process::Stdio;
use std::rc::Rc;
use std::time::Duration;

use vj_core::ProcessName::AudioAnalyzer;
use vj_env::Clock;
use vj_sim::ground::Ground;
use vj_sim::real::RealMachine;

use crate::lives::{answers, wait_for};
use crate::table::{Table, Times};

const LASTS: Duration = Duration::from_secs(25);

/// Clock ticks of `/proc/PID/stat` in a second, on every Linux there is.
const TICKS_PER_SEC: f64 = 100.0;

/// The worker on a monitor, beside a bare recorder of the same monitor and a bare timer.
pub(crate) async fn measure(machine: &Rc<RealMachine>, table: &mut Table) {
    let clock = machine.clock();
    let worker = machine.start(AudioAnalyzer);
    wait_for(machine, AudioAnalyzer, |state| state["stats"]["bpm"].as_f64().is_some_and(|bpm| bpm > 0.0))
        .await;
    let mut recorder = machine.sound_command("parec");
    recorder.args(["--device=Speakers.monitor", "--rate=44100", "--channels=2"]).stdout(Stdio::null());
    let mut recorder = recorder.spawn().unwrap();

    let used = || (cpu_sec(worker), cpu_sec(recorder.id()));
    let (before, began) = (used(), clock.now());
    let timer = timers(clock, LASTS).await;
    let (after, lasted_sec) = (used(), clock.now().since(began).as_secs_f64());
    let _ = recorder.kill();
    let _ = recorder.wait();
    let share = |before: Option<f64>, after: Option<f64>| match (before, after) {
        (Some(before), Some(after)) => format!("{:.2} % of a core", (after - before) / lasted_sec * 100.0),
        _ => "the system does not tell".to_owned(),
    };
    let control = format!("parec to nowhere: {}", share(before.1, after.1));
    table.add("audio worker live, 44.1 kHz stereo", share(before.0, after.0), "2 %", "15 to 21 %", control);

    let stats = answers(machine, AudioAnalyzer).await.unwrap()["stats"].clone();
    let figure = |name: &str| stats[format!("block_to_packet_ms_{name}")].as_f64().unwrap_or(f64::NAN);
    let figure = format!("p50 {:.1}, p99 {:.1}, max {:.2} ms", figure("p50"), figure("p99"), figure("max"));
    let late = |share| timer.at(share).as_secs_f64() * 1e3;
    let control = format!(
        "lateness of a bare timer: p50 {:.1}, p99 {:.1}, max {:.2} ms",
        late(0.5),
        late(0.99),
        late(1.0)
    );
    table.add("block captured to datagram out", figure, "p99 5 ms", "-", control);
}

/// How late a bare timer is that wants to be woken sixty times a second.
async fn timers(clock: &Clock, lasts: Duration) -> Times {
    let began = clock.now();
    let mut late = Vec::new();
    for tick in 1..=(lasts.as_secs_f64() * 60.0) as u32 {
        let due = began + Duration::from_secs(1) * tick / 60;
        clock.sleep_until(due).await;
        late.push(clock.now().since(due));
    }
    Times::of(late)
}

/// Seconds of a processor that a process has used, where the system tells.
fn cpu_sec(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / TICKS_PER_SEC)
}
