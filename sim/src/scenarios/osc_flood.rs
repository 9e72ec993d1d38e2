//! Fifty thousand datagrams a second at the debugger, of every bad kind: dropped and counted, memory flat, others on time.

use std::rc::Rc;
use std::time::Duration;

use rand::{Rng, RngExt};
use rosc::{OscBundle, OscMessage, OscPacket, OscTime, OscType, encoder};
use serde_json::{Value, json};
use vj_core::ProcessName::{AudioAnalyzer, OscDebugger, ProcessManager};

use super::probe::Probe;
use super::show::{mark, perform, served, two_workers, until};
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::ground::{Driver, Ground};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "osc-flood",
    about: "50,000 packets a second at the debugger, malformed, empty and huge ones: counted or known as lost, others on time",
    how: How::Script(run),
    sometimes: &["some were lost", "all were counted"],
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

const PACKETS_PER_SEC: f64 = 50_000.0;

/// Packets between two looks at the clock: a machine that lets nobody run for a while must not get all that is missing at once.
const BURST_MAX: u64 = 2_000;

/// Different packets of a flood.
const KINDS: usize = 1_000;

/// The flood begins then; before it the debugger hears the show alone.
const FROM_SEC: std::ops::Range<f64> = 4.0..5.0;

/// What a receiver may still have in line when the flood is over.
const SETTLES: Duration = Duration::from_secs(1);

/// Between two questions for messages and logs.
const ASKS_EVERY: Duration = Duration::from_millis(100);

const ASKER: &str = "asker";
const READER: &str = "reader";

fn run(driver: &Driver, seed: u64) -> Run {
    let flood_sec = driver.pick(3.0, 9.0);
    let end_sec = FROM_SEC.end + flood_sec + 6.0;
    let stage = two_workers(seed, "drums").with(OscDebugger, json!({}));
    let mut figures = Vec::new();
    let (history, osc) = perform(driver, SCENARIO.name, stage, |world, onlookers| {
        let mut rng = world.plan();
        let kinds = kinds(&mut rng);
        let from_sec = rng.random_range(FROM_SEC);
        // In virtual time nothing is read within a burst, and a mailbox holds 256: the long ones lose some.
        let burst = Duration::from_millis(rng.random_range(1..driver.pick(10, 2)));
        let figures = &mut figures;
        async move {
            world.start(ProcessManager);
            for process in [AudioAnalyzer, OscDebugger] {
                served(&*world, process).await;
                onlookers.spawn(Probe::new(&world, "watcher").keep_watching(process));
            }
            onlookers.spawn(Probe::new(&world, ASKER).keep_asking(OscDebugger));
            onlookers.spawn(keep_reading(world.clone()));
            until(&*world, from_sec).await;
            let Ok(mut flood) = Flood::new(&world, kinds, from_sec) else { return };
            let cpu_before = world.cpu_sec(OscDebugger);
            // By the first third every limit has been reached.
            for share in [1.0 / 3.0, 1.0] {
                flood.until(from_sec + flood_sec * share, burst).await;
                checkers::note_resident(&*world, OscDebugger);
            }
            let cpu = cpu_before.zip(world.cpu_sec(OscDebugger)).map(|(before, after)| after - before);
            world.clock().sleep(SETTLES).await;
            let counted = flood.settle().await;
            if let (Some(cpu), Some(counted)) = (cpu, counted) {
                figures.push(("packets counted a second", counted as f64 / flood_sec));
                figures.push(("share of a core while they came, %", cpu / flood_sec * 100.0));
                let bytes = world.resident_bytes(OscDebugger).unwrap_or_default();
                figures.push(("resident memory after it, MB", bytes as f64 / 1e6));
            }
            until(&*world, end_sec).await;
        }
    });
    let mut violations = checkers::all_is_counted(&history);
    for client in [ASKER, READER] {
        violations.extend(checkers::answers_within(&history, client, driver.pick(0.1, 1.0)));
    }
    for process in [AudioAnalyzer, OscDebugger] {
        let gap_sec = 5.0 + driver.slack().late_sec;
        violations.extend(checkers::heartbeats_go_on(&history, process.as_str(), gap_sec, end_sec));
    }
    violations.extend(checkers::captured_as_sent(&history, &osc, 0.9));
    violations.extend(checkers::no_packet_lost(&osc, "/audio/levels", end_sec, driver.pace()));
    let once = [ProcessManager, AudioAnalyzer, OscDebugger].map(|name| (name.as_str(), 1));
    violations.extend(checkers::no_restarts(&history, &once));
    violations.extend(checkers::only_victims_end(&history));
    violations.extend(checkers::no_panic(&history));
    if driver.is_real() {
        violations.extend(checkers::resident_at_most(&history, checkers::RESIDENT_MAX));
        violations.extend(checkers::resident_flat(&history, 1_000_000));
    }
    let lost = checkers::lost_in_flood(&history);
    if let Some(lost) = lost.filter(|_| driver.is_real()) {
        figures.push(("packets lost by the system a second", lost as f64 / flood_sec));
    }
    let seen = lost.map(|lost| SCENARIO.sometimes[usize::from(lost == 0)]).into_iter().collect();
    Run { history, osc, violations, seen, figures, ..Run::default() }
}

/// Somebody who sends.
struct Flood {
    world: Rc<dyn Ground>,
    telemetry: Rc<dyn vj_env::Telemetry>,
    kinds: Vec<Vec<u8>>,
    from_sec: f64,
    sent: u64,
}

impl Flood {
    fn new(world: &Rc<dyn Ground>, kinds: Vec<Vec<u8>>, from_sec: f64) -> std::io::Result<Self> {
        Ok(Self { world: world.clone(), telemetry: world.telemetry()?, kinds, from_sec, sent: 0 })
    }

    /// Sends until `sec` seconds of the run, in bursts of what is due.
    async fn until(&mut self, sec: f64, burst: Duration) {
        let at = self.world.debugger_at();
        loop {
            let now = self.world.clock().now().as_secs_f64();
            let due = ((now.min(sec) - self.from_sec) * PACKETS_PER_SEC) as u64;
            for _ in 0..due.saturating_sub(self.sent).min(BURST_MAX) {
                self.telemetry.send(at, &self.kinds[self.sent as usize % self.kinds.len()]);
                self.sent += 1;
            }
            if now >= sec {
                return;
            }
            self.world.clock().sleep(burst).await;
        }
    }

    /// Puts into the history what became of it all; returns what the debugger has counted.
    async fn settle(&self) -> Option<u64> {
        let probe = Probe::new(&self.world, "counter");
        let state = probe.ask_once(OscDebugger, "get_state", Value::Null).await?.ok().ok()?.data;
        let counted = state["sources"]["listen"]["packets"].as_u64();
        let flood = json!({
            "sent": self.sent,
            "refused": self.telemetry.dropped(),
            "lost": self.world.lost_at(self.world.debugger_at()),
            "counted": counted,
            "malformed": state["stats"]["malformed"],
        });
        mark(&*self.world, checkers::FLOOD, &flood.to_string());
        let captured = &state["sources"]["audio_analyzer"]["packets"];
        mark(&*self.world, checkers::CAPTURED, &format!("audio_analyzer {captured}"));
        counted
    }
}

/// Asks for what was captured, as the console does, until the script is over.
async fn keep_reading(world: Rc<dyn Ground>) {
    let probe = Probe::new(&world, READER);
    let Some(mut client) = probe.connect(OscDebugger).await else { return };
    while !world.curtain().has_fallen() {
        for (cmd, args) in [("get_messages", json!({"count": 1_000})), ("get_logs", json!({}))] {
            if world.curtain().has_fallen() {
                return;
            }
            let _ = probe.ask(&mut client, OscDebugger, cmd, args).await;
        }
        world.clock().sleep(ASKS_EVERY).await;
    }
}

/// What comes: mostly small messages of more addresses than anybody can show, and every bad kind.
fn kinds(rng: &mut impl Rng) -> Vec<Vec<u8>> {
    (0..KINDS).map(|n| kind(n, rng)).collect()
}

fn kind(n: usize, rng: &mut impl Rng) -> Vec<u8> {
    match n {
        _ if n.is_multiple_of(10) => (0..rng.random_range(1..200)).map(|_| rng.random()).collect(),
        _ if n % 50 == 1 => Vec::new(),
        _ if n % 200 == 2 => encoded(message(n, vec![OscType::String("x".repeat(60_000))])),
        _ if n % 200 == 3 => encoded(message(n, vec![OscType::Int(1); 10_000])),
        _ if n % 200 == 4 => encoded(message(n, vec![OscType::String("y".repeat(900)); 60])),
        _ if n % 100 == 5 => encoded((0..100).fold(message(n, Vec::new()), |inner, _| bundle(vec![inner]))),
        _ if n % 100 == 6 => {
            encoded(bundle((0..100).map(|_| message(n, vec![OscType::Float(0.5)])).collect()))
        }
        _ => encoded(message(n, vec![OscType::Float(rng.random()), OscType::String("flood".to_owned())])),
    }
}

fn message(n: usize, args: Vec<OscType>) -> OscPacket {
    OscPacket::Message(OscMessage { addr: format!("/flood/{n}"), args })
}

fn bundle(content: Vec<OscPacket>) -> OscPacket {
    OscPacket::Bundle(OscBundle { timetag: OscTime { seconds: 0, fractional: 1 }, content })
}

fn encoded(packet: OscPacket) -> Vec<u8> {
    encoder::encode(&packet).unwrap_or_default()
}
