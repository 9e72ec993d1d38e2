//! Plays a user's set through the shipping workers: in virtual time, or with real processes and real OSC.

mod players;
mod timing;

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use vj_bus::Client;
use vj_core::At;
use vj_core::ProcessName::{self, LyricsFetcher};
use vj_env::{Level, LocalBoxFuture, Scope};
use vj_workers::ports::AudioBackend;

use self::players::{Players, Tapes, follow};
use self::timing::{Timing, timed};
use crate::checkers::{self, Violation};
use crate::driver;
use crate::faults::{self, Fault};
use crate::ground::{Driver, Ground};
use crate::history::{Entry, What};
use crate::osc_log::OscLine;
use crate::real::RealMachine;
use crate::report::ReportMeta;
use crate::set::Set;
use crate::stage::Stage;
use crate::transport::Transport;

/// After the sound is over the show goes on for this long, so that the end can be seen.
const TAIL: Duration = Duration::from_secs(2);

/// Between two looks at whether the sound is over.
const LOOK: Duration = Duration::from_secs(1);

/// A worker that says nothing for this long of the show will not come back: the rehearsal ends.
const PATIENCE: Duration = Duration::from_secs(120);

/// How a set is to be played.
pub struct Rehearsal {
    /// Under which driver.
    pub driver: Driver,
    /// Who else gets the OSC of a real one.
    pub listeners: Vec<SocketAddr>,
    /// What is played.
    pub set: Set,
    /// From which everything random is drawn.
    pub seed: u64,
    /// What breaks on the way.
    pub faults: Vec<Fault>,
    /// Where the sound comes from.
    pub backend: Rc<dyn AudioBackend>,
    /// The lyrics worker's settings where it asks the real services, and not the set's.
    pub live_services: Option<Map<String, Value>>,
    /// Somebody who looks on while a real one is played.
    pub guest: Option<Guest>,
    /// Somebody who moves a real one.
    pub hands: Option<Hands>,
}

impl Rehearsal {
    /// Of a set, with nobody looking on.
    #[must_use]
    pub fn new(
        driver: Driver,
        set: Set,
        seed: u64,
        faults: Vec<Fault>,
        backend: Rc<dyn AudioBackend>,
    ) -> Self {
        let (listeners, live_services, guest, hands) = Default::default();
        Self { driver, listeners, set, seed, faults, backend, live_services, guest, hands }
    }
}

/// Somebody who looks on while real processes play a set, in a show that has the debugger, too. When he has seen enough the
/// rehearsal ends.
pub type Guest = Box<dyn FnOnce(Rc<RealMachine>) -> LocalBoxFuture<'static, ()>>;

/// Somebody who moves a rehearsal over real processes. When he has had enough it ends.
pub type Hands = Box<dyn FnOnce(Rc<Transport>) -> LocalBoxFuture<'static, ()>>;

/// What a rehearsal left behind.
#[derive(Debug)]
pub struct Rehearsed {
    /// What the processes lived through.
    pub history: Vec<Entry>,
    /// What the visuals got.
    pub osc: Vec<OscLine>,
    /// What of it should not have been.
    pub violations: Vec<Violation>,
    /// Why the set was not played to its end, if it was not.
    pub failure: Option<String>,
    /// Faults that were planned and struck nobody, in words.
    pub missed: Vec<String>,
    /// For the report.
    pub meta: ReportMeta,
}

/// How far a rehearsal is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Seconds of the sound that have been played.
    pub position_sec: f64,
    /// Seconds of the whole sound, if the file says.
    pub duration_sec: Option<f64>,
}

/// Plays a set to its end, in virtual time as fast as it goes, and tells how far it is once a second of the show. What was
/// played is handed over also where that was not all.
pub fn rehearse(rehearsal: Rehearsal, progress: impl Fn(Progress)) -> Rehearsed {
    let Rehearsal { driver, listeners, set, seed, faults, backend, live_services, guest, hands } = rehearsal;
    let (mut set, faults, mut timing) = timed(set, faults);
    if hands.is_some() {
        // Whoever jumps does not wait for the length of the night.
        timing.lasts_until = At::ZERO;
    }
    if let Err(why) = faults::on_tapes(&faults, set.playback.spotify.as_mut(), set.services.as_mut()) {
        return nothing_played(set, seed, why);
    }
    let mut stage = Stage::new(seed, backend);
    stage.listeners = listeners;
    stage = stage.with(ProcessName::AudioAnalyzer, Value::Object(audio_table(&set)));
    if let Some(table) = set.config.get(&ProcessName::ProcessManager) {
        stage = stage.with(ProcessName::ProcessManager, Value::Object(table.clone()));
    }
    stage.paced = hands.is_some();
    if guest.is_some() {
        stage = stage.with(ProcessName::OscDebugger, json!({}));
    }
    let players = match Players::new(&driver, &set, live_services) {
        Ok(players) => players,
        Err(error) => return nothing_played(set, seed, format!("no fake services: {error}")),
    };
    stage = players.enter(stage, &set);
    let duration_sec = Rc::new(Cell::new(0.0));
    let known = duration_sec.clone();
    let tell = move |at: Progress| {
        known.set(at.duration_sec.unwrap_or(at.position_sec));
        progress(at);
    };
    let run = What::Run { name: set.title.clone(), seed, version: vj_bus::VERSION.to_owned() };
    // Whoever ends it in the middle of a restart has seen no fault of ours.
    let mut is_whole = true;
    let (played, mut history, mut osc) = match &driver {
        Driver::Virtual => driver::run(async {
            let world = stage.build();
            world.note(run);
            let tapes = Tapes::default();
            let played = play(Rc::new(world.clone()), &faults, &players, &timing, &tapes, tell).await;
            world.note(What::End);
            (played, world.history().take(), world.osc().lines())
        }),
        Driver::Real(program) => driver::run_real(async {
            let machine = match RealMachine::new(program, &stage) {
                Ok(machine) => Rc::new(machine),
                Err(error) => return (Err(format!("{error:#}")), Vec::new(), Vec::new()),
            };
            machine.note(run);
            let sees_enough = async {
                match guest {
                    Some(guest) => guest(machine.clone()).await,
                    None => std::future::pending().await,
                }
            };
            let (tapes, begins) = (Tapes::default(), timing.begins.as_ref().map(|(_, at_sec)| *at_sec));
            let transport = machine
                .pacemaker()
                .map(|pacemaker| Rc::new(Transport::new(machine.clone(), pacemaker, begins)));
            let had_enough = async {
                let (Some(transport), Some(hands)) = (&transport, hands) else {
                    return std::future::pending().await;
                };
                tokio::select! {
                    biased;
                    () = hands(transport.clone()) => {}
                    () = follow(machine.clone(), transport, &faults, &players, &tapes) => {}
                    () = transport.keep_looping() => {}
                }
            };
            let tell = |at: Progress| {
                transport.iter().for_each(|transport| transport.set_length_sec(at.duration_sec));
                tell(at);
            };
            let played = tokio::select! {
                biased;
                played = play(machine.clone(), &faults, &players, &timing, &tapes, tell) => played,
                () = sees_enough => Ok(()),
                () = had_enough => {
                    is_whole = false;
                    Ok(())
                }
            };
            let (history, osc) = machine.end().await;
            (played, history, osc)
        })
        .unwrap_or_else(|| (Err("it was stopped".to_owned()), Vec::new(), Vec::new())),
    };
    let mut missed = missed(&history, &faults);
    if let Some(services) = &players.services {
        missed.extend(services.unknown().into_iter().map(|asked| format!("not in the recording: {asked}")));
    }
    timing.in_seconds_of_the_set(&mut history, &mut osc);
    let mut violations = checkers::never_two_of_one(&history);
    violations.extend(checkers::no_panic(&history));
    let mut workers: Vec<_> = set.processes().into_iter().filter(|it| it.is_worker()).collect();
    let asks_live = players.live_services.is_some() && !workers.contains(&LyricsFetcher);
    workers.extend(asks_live.then_some(LyricsFetcher));
    let workers: Vec<_> = workers.iter().map(|it| it.as_str()).collect();
    if is_whole {
        violations.extend(checkers::whole_in_the_end(&history, &workers));
    }
    let bound =
        |entry: &&Entry| matches!(&entry.what, What::Bound { process, .. } if process == "audio_analyzer");
    let bound = history.iter().find(bound).map_or(0.0, |entry| entry.t);
    let meta = ReportMeta {
        title: set.title,
        seed,
        duration_sec: duration_sec.get(),
        audio: set.audio.file_name().map(|name| name.to_string_lossy().into_owned()),
        audio_starts_sec: set.audio_at_sec.unwrap_or(bound),
        truth: set.truth,
        violations: violations.clone(),
        missed: missed.clone(),
        comparison: None,
    };
    Rehearsed { history, osc, violations, failure: played.err(), missed, meta }
}

/// A rehearsal that did not even begin.
fn nothing_played(set: Set, seed: u64, why: String) -> Rehearsed {
    let meta = ReportMeta { title: set.title, seed, ..ReportMeta::default() };
    let (history, osc, violations, missed) = Default::default();
    Rehearsed { history, osc, violations, failure: Some(why), missed, meta }
}

/// The show, from its first process to the end of the sound, with what breaks on the way.
async fn play(
    ground: Rc<dyn Ground>,
    faults: &[Fault],
    players: &Players,
    timing: &Timing,
    tapes: &Tapes,
    tell: impl Fn(Progress),
) -> Result<(), String> {
    let breaker = Scope::new();
    timing.begin(&*ground);
    players.begin(&ground, &breaker, tapes, faults)?;
    ground.guard(&breaker);
    let played = to_the_end(&*ground, tell).await;
    if played.is_ok() {
        ground.clock().sleep_until(timing.lasts_until).await;
    }
    breaker.kill();
    played
}

/// Faults that found nobody to strike, and those that were planned for after the end.
fn missed(history: &[Entry], faults: &[Fault]) -> Vec<String> {
    let end = history.last().map_or(0.0, |entry| entry.t);
    let found_nobody = history.iter().filter_map(|entry| match &entry.what {
        What::Mark { name, detail } if name == faults::MISSED => {
            Some(format!("{detail} at {} s: nobody was there", entry.t))
        }
        _ => None,
    });
    let too_late = faults.iter().filter(|fault| fault.at > end);
    found_nobody
        .chain(too_late.map(|fault| format!("{fault} at {} s: the show was over at {end} s", fault.at)))
        .collect()
}

fn audio_table(set: &Set) -> Map<String, Value> {
    let mut table = set.config.get(&ProcessName::AudioAnalyzer).cloned().unwrap_or_default();
    table.insert("source".to_owned(), source(set).into());
    // A rehearsal that never ends is none.
    table.insert("loop".to_owned(), json!(false));
    table
}

/// As the settings name the sound. A process stands in another folder than we do.
fn source(set: &Set) -> String {
    // Not every backend plays files: what is none is a name.
    let path = std::path::absolute(&set.audio).ok().filter(|path| path.exists());
    format!("file:{}", path.as_ref().unwrap_or(&set.audio).display())
}

/// Waits until the audio worker says that the sound is over.
async fn to_the_end(world: &dyn Ground, tell: impl Fn(Progress)) -> Result<(), String> {
    let mut silent_since = world.clock().now();
    loop {
        world.clock().sleep(LOOK).await;
        let Some(state) = state(world).await else {
            if is_given_up(world) || world.clock().now().since(silent_since) > PATIENCE {
                return Err(did_not_come_back(world));
            }
            continue;
        };
        silent_since = world.clock().now();
        let number = |name: &str| state.get(name).and_then(Value::as_f64);
        if state.get("status").and_then(Value::as_str) == Some("degraded") {
            let why = state.get("last_error").and_then(Value::as_str).unwrap_or("the sound cannot be played");
            return Err(why.to_owned());
        }
        let position_sec = number("position_sec").unwrap_or_default();
        tell(Progress { position_sec, duration_sec: number("duration_sec") });
        if state.get("source_ended").and_then(Value::as_bool) == Some(true) {
            world.clock().sleep(TAIL).await;
            // Somebody may have jumped back meanwhile.
            if !is_back(self::state(world).await) {
                return Ok(());
            }
        }
    }
}

/// Whether the sound goes on.
fn is_back(state: Option<Value>) -> bool {
    state.is_some_and(|state| state.get("source_ended") == Some(&Value::Bool(false)))
}

/// Whether the manager has given the audio worker up: then nobody will start it again.
fn is_given_up(world: &dyn Ground) -> bool {
    world.history().with(|all| {
        let last = all.iter().rev().find_map(|entry| match &entry.what {
            What::Health { worker, health } if worker == ProcessName::AudioAnalyzer.as_str() => {
                Some(health.as_str())
            }
            _ => None,
        });
        last == Some("given_up")
    })
}

/// With what a process complained of last, which is most often why.
fn did_not_come_back(world: &dyn Ground) -> String {
    let last_error = world.history().with(|all| {
        all.iter().rev().find_map(|entry| match &entry.what {
            What::Log { process, level: Level::Error, message, .. } => Some(format!("{process}: {message}")),
            _ => None,
        })
    });
    let gone = "the audio worker did not come back";
    last_error.map_or(gone.to_owned(), |error| format!("{gone} ({error})"))
}

async fn state(world: &dyn Ground) -> Option<Value> {
    let mut client =
        Client::connect(&*world.control(), world.clock(), ProcessName::AudioAnalyzer).await.ok()?;
    client.call_within(LOOK, "get_state", Value::Null).await.ok().ok().map(|reply| reply.data)
}
