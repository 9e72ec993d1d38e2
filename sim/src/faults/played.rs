//! Carries out a plan.

use std::time::Duration;

use rand::RngExt;
use rand::SeedableRng;
use rand_pcg::Pcg64;
use vj_core::{At, ProcessName};

use super::fault::Fault;
use super::kind::FaultKind;
use crate::console::Console;
use crate::ground::{Ground, Listening};
use crate::history::What;
use crate::sound_cards::Gives;
use crate::world::Weather;

/// The mark in the history of a fault that struck nobody.
pub const MISSED: &str = "fault missed";

/// An input that comes back is of this format, if nobody says otherwise.
const RATE_HZ: u32 = 44_100;
const CHANNELS: u16 = 2;

/// A starved process waits for so long at a time, and then runs for a quarter of it.
const STARVED_MS: std::ops::Range<u64> = 20..200;

/// What happens at a moment of a plan. Of one moment the beginning comes before the end: a fault that lasts for 0 s ends too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Begins,
    StandsStill,
    Runs,
    Ends,
}

/// What a fault holds while it lasts.
#[derive(Default)]
struct Held {
    pids: Vec<u32>,
    console: Option<Box<dyn Console>>,
    receiver: Option<Box<dyn Listening>>,
}

/// Breaks things as planned; returns when the last fault has begun and, if it lasts, ended.
pub async fn play(ground: &dyn Ground, plan: &[Fault]) {
    let mut waiting: Vec<(At, usize, Step)> = Vec::new();
    for (index, fault) in plan.iter().enumerate() {
        waiting.push((At::from_secs_f64(fault.at), index, Step::Begins));
        if fault.kind.lasts() {
            waiting.push((At::from_secs_f64(fault.ends_at()), index, Step::Ends));
        }
        if fault.kind == FaultKind::Starve {
            waiting.extend(slices(ground.seed(), fault).into_iter().map(|(at, step)| (at, index, step)));
        }
    }
    waiting.sort_unstable();
    let mut held: Vec<Held> = plan.iter().map(|_| Held::default()).collect();
    for (at, index, step) in waiting {
        let fault = &plan[index];
        ground.clock().sleep_until(at).await;
        match step {
            Step::Begins => begin(ground, fault, &mut held[index]),
            Step::StandsStill => held[index].pids.iter().for_each(|pid| ground.hold_still(*pid, true)),
            Step::Runs => held[index].pids.iter().for_each(|pid| ground.hold_still(*pid, false)),
            Step::Ends => end(ground, fault, std::mem::take(&mut held[index])),
        }
    }
}

/// When a starved process stands still, and when it runs.
fn slices(seed: u64, fault: &Fault) -> Vec<(At, Step)> {
    let (mut at, end) = (At::from_secs_f64(fault.at), At::from_secs_f64(fault.ends_at()));
    // Drawn from the fault itself: leaving another one out changes nothing here.
    let mut rng = Pcg64::seed_from_u64(seed ^ fault.at.to_bits());
    let mut slices = Vec::new();
    while at < end {
        let still = Duration::from_millis(rng.random_range(STARVED_MS));
        slices.extend([(at, Step::StandsStill), ((at + still).min(end), Step::Runs)]);
        at = at + still + still / 4;
    }
    slices
}

/// Begins a fault.
fn begin(ground: &dyn Ground, fault: &Fault, held: &mut Held) {
    let pid = fault.process().ok().flatten().and_then(|name| ground.pid_of(name));
    held.pids.extend(pid);
    let card = || fault.target.as_deref().unwrap_or_default();
    let can_be_done = match (fault.kind, pid) {
        (FaultKind::Kill, Some(pid)) => done(|| ground.kill(pid)),
        (FaultKind::Terminate, Some(pid)) => done(|| ground.terminate(pid)),
        (FaultKind::Freeze, Some(pid)) => done(|| ground.freeze(pid)),
        (FaultKind::Starve, Some(pid)) => done(|| note(ground, fault, &format!("pid {pid}"))),
        (FaultKind::Clog, Some(pid)) => ground.clog(pid, true),
        (FaultKind::Cut, Some(pid)) => ground.cut(pid),
        (FaultKind::Suspend, _) => {
            note(ground, fault, "");
            held.pids = processes(ground);
            held.pids.iter().for_each(|pid| ground.freeze(*pid));
            !held.pids.is_empty()
        }
        (FaultKind::Weather, _) => done(|| {
            ground.set_weather(Weather { slice_bytes_max: Some(7), delay_max: Duration::from_millis(3) });
        }),
        (FaultKind::Console, _) => done(|| {
            note(ground, fault, "it is opened");
            held.console = Some(ground.console());
        }),
        (FaultKind::Receiver, _) => done(|| held.receiver = Some(ground.visuals_listen())),
        (FaultKind::TelemetryLoss, _) => ground.lose_telemetry(fault.share.unwrap_or_default()),
        (FaultKind::Unplug, _) => done(|| ground.unplug_card(card())),
        (FaultKind::Sound, _) => fault.gives().is_ok_and(|gives| ground.let_card_give(card(), gives)),
        (FaultKind::WallClock, _) => ground.step_wall_clock(fault.by_ms()),
        (FaultKind::DiskFull, _) => ground.set_disk_full(true),
        (FaultKind::DiskSlow, _) => ground.set_disk_slow(fault.takes()),
        (FaultKind::Virtualdj, _) => {
            note(ground, fault, &fault.to_string());
            fault.on_player_file().act(ground)
        }
        // They stand on the services' tapes, and happen there.
        (
            FaultKind::Spotify
            | FaultKind::Lrclib
            | FaultKind::Ollama
            | FaultKind::Openai
            | FaultKind::Comfyui,
            _,
        ) => done(|| note(ground, fault, &fault.to_string())),
        // Nobody of that name lives: there is nothing to break, and whoever planned it should know.
        (
            FaultKind::Kill
            | FaultKind::Terminate
            | FaultKind::Freeze
            | FaultKind::Starve
            | FaultKind::Clog
            | FaultKind::Cut,
            None,
        ) => false,
    };
    if !can_be_done {
        ground.note(What::Mark { name: MISSED.to_owned(), detail: fault.to_string() });
    }
}

/// Makes it good again.
fn end(ground: &dyn Ground, fault: &Fault, held: Held) {
    let card = || fault.target.as_deref().unwrap_or_default();
    match fault.kind {
        FaultKind::Freeze | FaultKind::Suspend => held.pids.iter().for_each(|pid| ground.thaw(*pid)),
        FaultKind::Starve if !held.pids.is_empty() => mended(ground, fault),
        FaultKind::Clog => held.pids.iter().for_each(|pid| {
            ground.clog(*pid, false);
        }),
        FaultKind::Weather => ground.set_weather(Weather::default()),
        FaultKind::Console => {
            if let Some(mut console) = held.console {
                console.kill();
                mended(ground, fault);
            }
        }
        FaultKind::Receiver => drop(held.receiver),
        FaultKind::TelemetryLoss => {
            ground.lose_telemetry(0.0);
        }
        FaultKind::Unplug => {
            ground.plug_card(card(), fault.rate_hz.unwrap_or(RATE_HZ), fault.channels.unwrap_or(CHANNELS));
        }
        FaultKind::Sound => {
            ground.let_card_give(card(), Gives::Sound);
        }
        FaultKind::DiskFull => {
            ground.set_disk_full(false);
        }
        FaultKind::DiskSlow => {
            ground.set_disk_slow(Duration::ZERO);
        }
        FaultKind::Virtualdj if fault.deed.as_deref() == Some("lock") => {
            let unlock = Fault { deed: Some("unlock".to_owned()), ..fault.clone() };
            unlock.on_player_file().act(ground);
            mended(ground, fault);
        }
        _ => {}
    }
}

fn done(act: impl FnOnce()) -> bool {
    act();
    true
}

/// The processes of the show, without its guardian.
fn processes(ground: &dyn Ground) -> Vec<u32> {
    let is_process = |name: &str| name.parse::<ProcessName>().is_ok();
    ground.live().into_iter().filter(|(_, name)| is_process(name)).map(|(pid, _)| pid).collect()
}

fn note(ground: &dyn Ground, fault: &Fault, detail: &str) {
    let target = target(fault);
    ground.note(What::Fault { kind: fault.kind.to_string(), target, detail: detail.to_owned() });
}

fn mended(ground: &dyn Ground, fault: &Fault) {
    ground.note(What::Mended { kind: fault.kind.to_string(), target: target(fault) });
}

fn target(fault: &Fault) -> String {
    let named = fault.target.as_ref().or(fault.file.as_ref());
    named.cloned().unwrap_or_else(|| fault.kind.to_string())
}
