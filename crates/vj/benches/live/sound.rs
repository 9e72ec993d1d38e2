//! What live sound costs, and how soon it is told.

use std::process::{Child, Stdio};
use std::time::Duration;

use vj_core::ProcessName::AudioAnalyzer;
use vj_env::Clock;
use vj_env::real::real_clock;
use vj_sim::driver;
use vj_sim::ground::Ground;
use vj_sim::real::RealMachine;

use crate::ask::when;
use crate::deaths::resident;
use crate::music;
use crate::table::{Row, Table, Times};

const SHARE: &str = "audio worker live, 44.1 kHz stereo";
const LATENCY: &str = "block captured to datagram out";

const LASTS: Duration = Duration::from_secs(30);

/// The worker sums up the time from block to datagram every few seconds; this often it is looked whether it has.
const LOOKS: Duration = Duration::from_secs(1);

/// Clock ticks of `/proc/PID/stat` in a second, on every Linux there is.
const TICKS_PER_SEC: f64 = 100.0;

/// What there is to say where there is no sound server.
pub(crate) fn left_out(why: &str, table: &mut Table) {
    table.left_out(SHARE, why);
    table.left_out(LATENCY, why);
}

/// The worker on a monitor, beside a bare recorder of the same monitor and a bare timer.
pub(crate) async fn measure(machine: &RealMachine, table: &mut Table) {
    let clock = machine.clock();
    let Some(mut player) =
        Running::start(machine, "paplay", &["--device=Speakers", &music().display().to_string()])
    else {
        return left_out("paplay is missing: `cargo xtask setup` installs it", table);
    };
    let Some(recorder) =
        Running::start(machine, "parec", &["--device=Speakers.monitor", "--rate=44100", "--channels=2"])
    else {
        return left_out("parec is missing: `cargo xtask setup` installs it", table);
    };
    let worker = machine.start(AudioAnalyzer);
    when(machine, AudioAnalyzer, |state| state["stats"]["bpm"].as_f64().is_some_and(|bpm| bpm > 0.0)).await;

    let used = || (cpu_sec(worker), cpu_sec(recorder.0.id()));
    let timer = std::thread::spawn(|| driver::run_real(async { timers(&real_clock(), LASTS).await }));
    let (before, began) = (used(), clock.now());
    let stretches = stretches(machine).await;
    let (after, lasted_sec) = (used(), clock.now().since(began).as_secs_f64());
    // None if somebody wants this to end.
    let Some(timer) = timer.join().unwrap() else { return };
    assert!(player.runs(), "the music ended before the measurement: silence costs nothing");
    drop((player, recorder));

    let share = |before: Option<f64>, after: Option<f64>| match (before, after) {
        (Some(before), Some(after)) => format!("{:.2} % of a core", (after - before) / lasted_sec * 100.0),
        _ => "the system does not tell".to_owned(),
    };
    table.add(Row {
        what: SHARE,
        figure: format!("{}, {} resident", share(before.0, after.0), resident(machine, AudioAnalyzer)),
        goal: "2 %",
        ancestor: "15 to 21 %",
        control: format!("`parec` to nowhere: {}", share(before.1, after.1)),
    });
    let late = |share| timer.at(share).as_secs_f64() * 1e3;
    table.add(Row {
        what: LATENCY,
        figure: worst_of(&stretches),
        goal: "p99 5 ms",
        ancestor: "",
        control: format!(
            "lateness of a bare timer: p50 {:.1}, p99 {:.1}, max {:.2} ms",
            late(0.5),
            late(0.99),
            late(1.0)
        ),
    });
}

/// One program on the machine's sound server, killed at the end.
struct Running(Child);

impl Running {
    fn start(machine: &RealMachine, program: &str, args: &[&str]) -> Option<Self> {
        let mut command = machine.sound_command(program);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().ok().map(Self)
    }

    fn runs(&mut self) -> bool {
        self.0.try_wait().is_ok_and(|ended| ended.is_none())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The worker's own figures, milliseconds at p50, p99 and the most, for each stretch that it summed up meanwhile.
async fn stretches(machine: &RealMachine) -> Vec<[f64; 3]> {
    let clock = machine.clock();
    let until = clock.now() + LASTS;
    let mut stretches = Vec::new();
    let mut last = newest(machine).await;
    while clock.now() < until {
        clock.sleep_until(until.min(clock.now() + LOOKS)).await;
        let now = newest(machine).await;
        if now != last {
            stretches.extend(now);
            last = now;
        }
    }
    // It began before all this, when the input was opened and the choice of it written to the disk.
    stretches.drain(..1.min(stretches.len()));
    stretches
}

async fn newest(machine: &RealMachine) -> Option<[f64; 3]> {
    let (_, state) = when(machine, AudioAnalyzer, |_| true).await;
    let figure = |name: &str| state["stats"][format!("block_to_packet_ms_{name}")].as_f64();
    Some([figure("p50")?, figure("p99")?, figure("max")?])
}

/// The worst of all stretches, for each quantile.
fn worst_of(stretches: &[[f64; 3]]) -> String {
    let worst = |quantile: usize| stretches.iter().map(|stretch| stretch[quantile]).fold(0.0, f64::max);
    match stretches.len() {
        0 => "the worker told nothing".to_owned(),
        count => {
            let (p50, p99, max) = (worst(0), worst(1), worst(2));
            format!("p50 {p50:.1}, p99 {p99:.1}, max {max:.2} ms (worst of {count} stretches)")
        }
    }
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
pub(crate) fn cpu_sec(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / TICKS_PER_SEC)
}
