//! A show is recorded, and the recording is rehearsed: the visuals get what they got on that night.

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::json;
use tempfile::TempDir;
use vj_core::ProcessName::{self, AudioAnalyzer, LyricsFetcher, SpotifyMonitor, VirtualDjMonitor};
use vj_env::{Scope, Shutdown};
use vj_workers::ports::StreamPart;

use super::show::{STUCK, mark, note_vj, perform, until};
use super::two_players::stuck_without_a_service;
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::compare::{AddressTolerance, Tolerance};
use crate::deck_message::DeckMessage;
use crate::deck_stand_in::DeckStandIn;
use crate::deck_tape::{DeckEvent, DeckSaid, DeckTape};
use crate::evening::{self, Rhythm};
use crate::ground::{Driver, Ground};
use crate::history::{Entry, What};
use crate::osc_log::OscLine;
use crate::player_tape::PlayerTape;
use crate::recorder::{Folder, Outside, Title, record};
use crate::rehearsal::{Rehearsal, rehearse};
use crate::services::{Event, OllamaEvent, ServicesStandIn, ServicesTape, Weather};
use crate::set::Set;
use crate::songbook;
use crate::spotify::StandIn;
use crate::stage::Stage;
use crate::tape::Tapes;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "record-then-rehearse",
    about: "a show with live sound, two players, decks that tell, lyrics and a model is recorded, with a worker or the recorder killed on the way: rehearsed it sends the same OSC, every message",
    how: How::Script(run),
    sometimes: &[A_WORKER_DIES, THE_RECORDER_DIES],
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

const A_WORKER_DIES: &str = "a worker is killed";
const THE_RECORDER_DIES: &str = "the recorder is killed";

/// The show stands by then; the recorder is there before it.
const BEGINS_SEC: f64 = 4.0;

/// The show begins so long after the recorder.
const RECORDED_BEFORE_SEC: f64 = 1.0;

const DEVICE: &str = "Monitor of Speakers";

/// What a recorder that was killed may have kept to itself.
const LOST_SEC: f64 = 2.0;

/// A worker that was killed is back by then, and what it tells is what it would have told.
const BACK_SEC: f64 = 4.0;

/// The decks are ahead of VirtualDJ's file by this.
const TOLD_BEFORE_SEC: f64 = 0.4;

/// At which all tracks are mixed.
const BPM: f64 = 125.0;

/// The plan of a run.
struct Plan {
    ends_sec: f64,
    victim: Option<(f64, ProcessName)>,
    recorder_dies_sec: Option<f64>,
}

fn run(driver: &Driver, seed: u64) -> Run {
    let Ok(temp) = TempDir::with_prefix("vj-set-") else { return Run::default() };
    let dir = temp.path().join("night");
    let mut rng = Pcg64::seed_from_u64(seed);
    let plan = plan(&mut rng, driver);
    let (mut history, osc) = match live(driver, seed, &mut rng, &plan, &dir) {
        Ok(left) => left,
        Err(error) => return stuck_without_a_service(&error),
    };
    let mut seen = Vec::new();
    seen.extend(plan.victim.map(|_| A_WORKER_DIES));
    seen.extend(plan.recorder_dies_sec.map(|_| THE_RECORDER_DIES));
    let mut run = Run { osc, seen, ..Run::default() };
    if history.iter().any(|entry| matches!(&entry.what, What::Mark { name, .. } if name == STUCK)) {
        return Run { history, ..run };
    }
    match judge(driver, seed, &plan, &dir, &mut run) {
        Ok(()) => {}
        Err(why) => history.push(Entry { t: 0.0, what: What::Mark { name: STUCK.to_owned(), detail: why } }),
    }
    run.violations.extend(checkers::no_panic(&history));
    run.violations.extend(checkers::only_victims_end(&history));
    run.history = history;
    run
}

fn plan(rng: &mut Pcg64, driver: &Driver) -> Plan {
    let ends_sec = driver.pick(62.0, 40.0);
    let victims = [SpotifyMonitor, VirtualDjMonitor, LyricsFetcher];
    let victim = (rng.random_range(BEGINS_SEC + 6.0..ends_sec - 12.0), victims[rng.random_range(0..3)]);
    let dies = rng.random_range(BEGINS_SEC + 10.0..ends_sec - 2.0);
    let (is_killed, is_lost) = (rng.random_bool(0.5), rng.random_bool(0.4));
    Plan { ends_sec, victim: is_killed.then_some(victim), recorder_dies_sec: is_lost.then_some(dies) }
}

/// The show, with a recorder beside it.
fn live(
    driver: &Driver,
    seed: u64,
    rng: &mut Pcg64,
    plan: &Plan,
    dir: &Path,
) -> std::io::Result<(Vec<Entry>, Vec<OscLine>)> {
    let (tape, _) = evening::draw(rng, BEGINS_SEC, plan.ends_sec - 2.0, Rhythm::Hurry);
    let spotify = Rc::new(StandIn::new(driver, tape.spotify.clone().unwrap_or_default())?);
    let songs = songbook::songs(&tape);
    let mut words = ServicesTape { lrclib: songbook::known(&songs), ..ServicesTape::default() };
    words.lrclib.push((0.0, Event::Weather(Weather::Takes(0.3))));
    words.ollama.push((0.0, Event::Own(OllamaEvent::Installs(vec!["llama3.2:latest".to_owned()]))));
    words.ollama.push((0.0, Event::Own(OllamaEvent::ThinksSec(0.4))));
    words.ollama.extend(songs.iter().map(|it| (0.0, Event::Own(OllamaEvent::Judges(it.judgement())))));
    let services = Rc::new(ServicesStandIn::new(driver, words)?);
    let virtualdj = tape.virtualdj.unwrap_or_default();
    let decks = DeckStandIn::new(driver, decks_of(&virtualdj, plan.ends_sec))?;
    let mut stage = Stage::new(seed, Tapes::new())
        .with(AudioAnalyzer, json!({}))
        .with(SpotifyMonitor, spotify.table(json!({})))
        .with(VirtualDjMonitor, decks.table(json!({})))
        .with(LyricsFetcher, services.table(json!({"llm_provider": "ollama"})));
    stage.cards.add(DEVICE, 44_100, 2, true);
    (stage.spotify, stage.web, stage.network) = (spotify.open(), services.web(), decks.network());
    let (dir, is_real, ends_sec) = (dir.to_owned(), driver.is_real(), plan.ends_sec);
    let (victim, dies_sec) = (plan.victim, plan.recorder_dies_sec);
    Ok(perform(driver, SCENARIO.name, stage, |world, onlookers| async move {
        let recorder = Recorder::begin(&world, &dir, is_real, ends_sec);
        until(&*world, RECORDED_BEFORE_SEC).await;
        let begun = spotify.begin(&*world, &onlookers);
        if let Err(error) = begun.and_then(|()| services.begin(&*world, &onlookers)) {
            mark(&*world, STUCK, &format!("no fake service: {error}"));
        }
        virtualdj.prepare(&*world);
        decks.begin(&*world, &onlookers);
        world.guard(&onlookers);
        onlookers.spawn(async move { decks.play_on(0.0).await });
        let written = world.clone();
        onlookers.spawn(async move { virtualdj.play(&*written).await });
        let broken = world.clone();
        onlookers.spawn(async move {
            let Some((at, name)) = victim else { return };
            until(&*broken, at).await;
            if let Some(pid) = broken.pid_of(name) {
                broken.kill(pid);
            }
        });
        match dies_sec {
            Some(sec) => {
                until(&*world, sec).await;
                recorder.kill();
            }
            None => {
                until(&*world, ends_sec).await;
                recorder.end(&world).await;
            }
        }
    }))
}

/// The decks behind VirtualDJ's file: each track is told by OSC a little before it is written down, and its beats come by OS2L.
fn decks_of(files: &PlayerTape, ends_sec: f64) -> DeckTape {
    let (mut events, mut deck) = (Vec::new(), 1);
    for event in &files.events {
        let Some((artist, title)) = event.plays.as_deref().and_then(|plays| plays.split_once(" - ")) else {
            continue;
        };
        let t = (event.t - TOLD_BEFORE_SEC).max(0.0);
        deck = 3 - deck;
        let told = [
            (deck, "get_artist", json!({"tags": "s", "args": [artist]})),
            (deck, "get_title", json!({"tags": "s", "args": [title]})),
            (deck, "get_songlength", json!({"tags": "f", "args": [200.0]})),
            (deck, "get_position", json!({"tags": "f", "args": [0.0]})),
            (deck, "get_bpm", json!({"tags": "f", "args": [BPM]})),
            (deck, "is_audible", json!({"tags": "i", "args": [1]})),
            (3 - deck, "is_audible", json!({"tags": "i", "args": [0]})),
        ];
        for (deck, verb, mut message) in told {
            message["addr"] = format!("/vdj/deck/{deck}/{verb}").into();
            let message = serde_json::from_value(message).ok();
            let datagram = message.and_then(|message: DeckMessage| message.datagram().ok());
            events.extend(datagram.map(|datagram| DeckEvent { t, said: DeckSaid::Datagram(datagram) }));
        }
    }
    let begins_sec = events.first().map_or(ends_sec, |event| event.t);
    let beat_sec = 60.0 / BPM;
    for number in 1..((ends_sec - begins_sec) / beat_sec) as u32 {
        let beat = json!({"evt": "beat", "change": false, "pos": number, "bpm": BPM, "strength": 0.5});
        let part = StreamPart::Bytes(1, beat.to_string().into_bytes());
        let t = begins_sec + f64::from(number) * beat_sec;
        events.push(DeckEvent { t, said: DeckSaid::Stream(part) });
    }
    DeckTape::of(events)
}

/// The recorder of a run: a session of it on the simulated machine, else a process.
struct Recorder {
    scope: Scope,
    stop: Shutdown,
    is_over: Rc<Cell<bool>>,
}

impl Recorder {
    fn begin(world: &Rc<dyn Ground>, dir: &Path, is_real: bool, for_sec: f64) -> Self {
        let recorder = Self { scope: Scope::new(), stop: Shutdown::new(), is_over: Rc::default() };
        let (world, stop, is_over, dir) =
            (world.clone(), recorder.stop.clone(), recorder.is_over.clone(), dir.to_owned());
        recorder.scope.spawn(async move {
            if is_real {
                // A process ends by itself: nobody knows its number.
                let sec = for_sec.to_string();
                note_vj(&*world, &["record", "--for", &sec, &dir.display().to_string()]).await;
            } else if let Err(why) = session(&world, &dir, &stop).await {
                mark(&*world, STUCK, &why);
            }
            is_over.set(true);
        });
        recorder
    }

    /// As Ctrl-C does.
    async fn end(&self, world: &Rc<dyn Ground>) {
        self.stop.ask();
        while !self.is_over.get() {
            world.clock().sleep(Duration::from_millis(10)).await;
        }
    }

    /// SIGKILL. A process of it is killed when nobody waits for it any more.
    fn kill(&self) {
        self.scope.kill();
    }
}

async fn session(world: &Rc<dyn Ground>, dir: &Path, stop: &Shutdown) -> Result<(), String> {
    let folder = Folder::create(dir, false).map_err(|error| error.to_string())?;
    let telemetry = world.telemetry().map_err(|error| error.to_string())?;
    let outside = Outside { clock: world.clock().clone(), control: world.control(), telemetry };
    let title = Title { title: "A night".to_owned(), date: "2026-11-27T21:00:00Z".to_owned() };
    record(outside, folder, title, stop, |_| {}).await.map(drop)
}

/// Rehearses what was recorded, and compares.
fn judge(driver: &Driver, seed: u64, plan: &Plan, dir: &Path, run: &mut Run) -> Result<(), String> {
    let set = Set::open(dir).map_err(|error| error.to_string())?;
    let recorded = set.expected_osc().map_err(|error| error.to_string())?.unwrap_or_default();
    let ends_sec = plan.recorder_dies_sec.map_or(plan.ends_sec, |sec| sec - LOST_SEC);
    let exact = Tolerance { value: 0.0, time_sec: 0.02, ..Tolerance::default() };
    if !driver.is_real() {
        let within = Tolerance { from_sec: RECORDED_BEFORE_SEC + 1.0, to_sec: Some(ends_sec), ..exact };
        run.violations.extend(checkers::everything_is_recorded(&run.osc, &recorded, 0.0, &within));
    }
    let (faults, backend) = (set.faults.clone(), Tapes::new());
    let rehearsal = Rehearsal::new(Driver::Virtual, set, seed, faults, backend);
    let played = rehearse(rehearsal, |_| {});
    if let Some(why) = played.failure {
        return Err(format!("the recording could not be rehearsed: {why}"));
    }
    run.violations.extend(played.violations);
    for (from_sec, to_sec) in windows(plan, ends_sec, driver.patience()) {
        let within = tolerance(from_sec, to_sec, driver.patience());
        run.violations.extend(checkers::rehearsed_as_recorded(&recorded, &played.osc, &within));
    }
    // The sound's worker lives through all of it.
    let players = ["/karaoke/*", "/vj/*"].map(str::to_owned).to_vec();
    let sound =
        Tolerance { ignore: players, ..tolerance(BEGINS_SEC - 1.0, ends_sec - 1.0, driver.patience()) };
    run.violations.extend(checkers::rehearsed_as_recorded(&recorded, &played.osc, &sound));
    Ok(())
}

/// When everything is as it was: while a worker is dead nothing can be said of what it tells.
fn windows(plan: &Plan, ends_sec: f64, patience: f64) -> Vec<(f64, f64)> {
    let (begins, ends) = (BEGINS_SEC - 1.0, ends_sec - 1.0);
    let all = match plan.victim.filter(|(at, _)| *at < ends) {
        None => vec![(begins, ends)],
        Some((at, _)) => vec![(begins, at), (at + BACK_SEC * patience, ends)],
    };
    all.into_iter().filter(|(from_sec, to_sec)| to_sec - from_sec > 1.0).collect()
}

/// Every message of the sound to the bit, and what players and services lead to as it was.
fn tolerance(from_sec: f64, to_sec: f64, patience: f64) -> Tolerance {
    // Positions come each half second, and the timers of a real machine round up each time: the last one before a change may
    // fall to either side of it.
    let off = (patience > 1.0).then_some(0.05);
    let positions = AddressTolerance {
        pattern: "/karaoke/pos".to_owned(),
        value: Some(0.1 * patience),
        missing: off,
        extra: off,
        ..AddressTolerance::default()
    };
    Tolerance {
        from_sec,
        to_sec: Some(to_sec),
        time_sec: 0.05 * patience,
        value: 0.0,
        address: vec![positions],
        ..Tolerance::default()
    }
}
