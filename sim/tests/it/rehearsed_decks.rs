//! What VirtualDJ's decks tell is rehearsed: by OSC and by OS2L, for whoever is there, and after a jump.

use std::path::Path;

use serde_json::json;
use vj_core::ProcessName::VirtualDjMonitor;
use vj_env::Scope;
use vj_sim::deck_stand_in::DeckStandIn;
use vj_sim::deck_tape::DeckTape;
use vj_sim::faults::{Fault, FaultKind};
use vj_sim::ground::Driver;
use vj_sim::osc_log::OscLine;
use vj_sim::playback_tape::PlaybackTape;
use vj_sim::rehearsal::{Rehearsal, Rehearsed, rehearse};
use vj_sim::set::Set;
use vj_sim::stage::Stage;
use vj_sim::tape::Tapes;

use crate::support::{Library, Sound, play};

/// Between two ticks.
const TICK_SEC: f64 = 1.0 / 60.0;

/// Artist and title come one after the other: so long the worker waits for the other one.
const SETTLES_SEC: f64 = 0.1;

fn osc(t: f64, deck: u32, verb: &str, tag: &str, value: serde_json::Value) -> String {
    let addr = format!("/vdj/deck/{deck}/{verb}");
    format!("{}\n", json!({"t": t, "deck": {"osc": {"addr": addr, "tags": tag, "args": [value]}}}))
}

fn loads(t: f64, deck: u32, artist: &str, title: &str) -> String {
    [
        osc(t, deck, "get_artist", "s", artist.into()),
        osc(t, deck, "get_title", "s", title.into()),
        osc(t, deck, "get_songlength", "f", 200.into()),
        osc(t, deck, "get_position", "f", 0.1.into()),
    ]
    .concat()
}

fn audible(t: f64, deck: u32, is_audible: bool) -> String {
    osc(t, deck, "is_audible", "i", i32::from(is_audible).into())
}

fn beat(t: f64, number: i32, bpm: f64) -> String {
    let text = json!({"evt": "beat", "pos": number, "bpm": bpm, "strength": 0.5}).to_string();
    format!("{}\n", json!({"t": t, "deck": {"os2l": {"text": text}}}))
}

/// A mix of two tracks: the second lies in its deck for ten seconds before anybody hears it.
fn mix() -> String {
    [
        loads(5.0, 1, "A", "One"),
        audible(5.0, 1, true),
        beat(6.0, 8, 124.0),
        beat(6.5, 9, 124.0),
        loads(10.0, 2, "B", "Two"),
        beat(16.0, 28, 125.5),
        audible(20.0, 2, true),
        audible(21.0, 1, false),
    ]
    .concat()
}

fn rehearsed(lines: &str, faults: &[Fault]) -> Rehearsed {
    let mut set = Set::of_sound(Path::new("a"));
    set.playback = PlaybackTape::parse(lines).unwrap();
    let library = Library::with("a", Sound::of(30.0));
    let played = rehearse(Rehearsal::new(Driver::Virtual, set, 1, faults.to_vec(), library), |_| {});
    assert_eq!((&played.failure, &played.violations[..], &played.missed[..]), (&None, &[][..], &[][..]));
    played
}

fn of<'a>(osc: &'a [OscLine], address: &str) -> Vec<&'a OscLine> {
    osc.iter().filter(|line| line.addr == address).collect()
}

/// When which title was told.
fn tracks(osc: &[OscLine]) -> Vec<(f64, &str)> {
    let told = of(osc, "/karaoke/track").into_iter().filter(|line| line.args[1] == "virtualdj");
    told.map(|line| (line.t, line.args[3].as_str().unwrap())).collect()
}

fn is_at(t: f64, expected: f64) -> bool {
    (expected..expected + TICK_SEC).contains(&t)
}

#[test]
fn beats_tempo_and_track_come_when_the_decks_tell_them() {
    let played = rehearsed(&mix(), &[]);
    let beats = of(&played.osc, "/audio/beat/deck");
    assert_eq!(beats.len(), 3);
    for (beat, (t, number)) in beats.iter().zip([(6.0, 8), (6.5, 9), (16.0, 28)]) {
        assert!(is_at(beat.t, t), "{beat:?}");
        assert_eq!(beat.args, [json!(number), json!(0.5)]);
    }
    let tempi = of(&played.osc, "/audio/bpm/deck");
    assert_eq!(tempi.len(), 2);
    for (tempo, (t, bpm)) in tempi.iter().zip([(6.0, 124.0), (16.0, 125.5)]) {
        assert!(is_at(tempo.t, t) && tempo.args == [json!(bpm)], "{tempo:?}");
    }
    let tracks = tracks(&played.osc);
    let titles: Vec<_> = tracks.iter().map(|(_, title)| *title).collect();
    assert_eq!(titles, ["One", "Two"], "what lies in a deck for long is not forgotten");
    assert!(is_at(tracks[0].0, 5.0 + SETTLES_SEC), "{tracks:?}");
    // The new track is the current one when the old one has not been heard for a second.
    assert!(is_at(tracks[1].0, 22.0), "{tracks:?}");
    let place = of(&played.osc, "/karaoke/pos").into_iter().find(|line| line.t > 15.0).unwrap();
    let expected = 0.1 * 200.0 + (place.t - 5.0);
    assert!((place.args[0].as_f64().unwrap() - expected).abs() < 0.1, "{place:?}");
}

#[test]
fn a_tempo_without_beats_is_told_by_osc() {
    let lines = [loads(5.0, 1, "A", "One"), audible(5.0, 1, true), osc(5.0, 1, "get_bpm", "f", 124.5.into())];
    let played = rehearsed(&lines.concat(), &[]);
    let tempi = of(&played.osc, "/audio/bpm/deck");
    assert!(tempi.len() == 1 && tempi[0].args == [json!(124.5)], "{tempi:?}");
    assert!(is_at(tempi[0].t, 5.0 + SETTLES_SEC) || is_at(tempi[0].t, 5.0), "{tempi:?}");
}

#[test]
fn a_worker_that_was_killed_is_told_how_the_decks_stand() {
    let played = rehearsed(&mix(), &[Fault::new(12.0, FaultKind::Kill).on("virtualdj_monitor")]);
    let tracks = tracks(&played.osc);
    let again = tracks.iter().find(|(t, _)| *t > 12.0).unwrap();
    assert!(again.0 < 14.0 && again.1 == "One", "{tracks:?}");
    assert_eq!(tracks.last().unwrap().1, "Two", "also what it was not told itself");
    let place = of(&played.osc, "/karaoke/pos").into_iter().find(|line| line.t > 14.0).unwrap();
    let expected = 0.1 * 200.0 + (place.t - 5.0);
    assert!((place.args[0].as_f64().unwrap() - expected).abs() < 0.1, "{place:?}");
    let beats = of(&played.osc, "/audio/beat/deck");
    assert!(is_at(beats.last().unwrap().t, 16.0), "its connection for beats is there again: {beats:?}");
}

#[test]
fn a_virtualdj_that_fell_silent_on_the_night_stays_silent() {
    // Answers each second, as they are recorded, until it ends at 10 s.
    let answers = |t| [loads(t, 1, "A", "One"), audible(t, 1, true)].concat();
    let lines: String = (5..10).map(f64::from).map(answers).collect();
    let played = rehearsed(&lines, &[Fault::new(15.0, FaultKind::Kill).on("virtualdj_monitor")]);
    let tracks = tracks(&played.osc);
    assert_eq!(tracks.first().map(|(_, title)| *title), Some("One"));
    assert!(tracks.iter().all(|(t, title)| *t < 15.0 || title.is_empty()), "{tracks:?}");
}

#[test]
fn after_a_jump_everything_is_as_it_is_there() {
    let tape = [
        loads(5.0, 1, "A", "One"),
        audible(5.0, 1, true),
        loads(60.0, 2, "A", "Two"),
        audible(60.0, 1, false),
        audible(60.0, 2, true),
        format!("{}\n", json!({"t": 61.0, "deck": {"os2l": {"is_opened": true}}})),
        beat(70.0, 140, 120.0),
    ];
    let decks = DeckStandIn::new(&Driver::Virtual, DeckTape::parse(&tape.concat()).unwrap()).unwrap();
    let mut stage = Stage::new(1, Tapes::new()).with(VirtualDjMonitor, decks.table(json!({})));
    stage.network = decks.network();
    play(stage, |show| async move {
        let onlookers = Scope::new();
        decks.begin(&show.world, &onlookers);
        let plays = |ahead_sec: f64| {
            let (decks, scope) = (decks.clone(), Scope::new());
            scope.spawn(async move { decks.play_on(ahead_sec).await });
            scope
        };
        let titles = || {
            let told = show.osc_of("/karaoke/track", 0.0, f64::MAX);
            let titles = told.iter().map(|line| line.args[3].as_str().unwrap().to_owned());
            titles.filter(|title| !title.is_empty()).collect::<Vec<_>>()
        };
        let here = plays(0.0);
        show.begin(&[VirtualDjMonitor]).await;
        show.until(8.0).await;
        assert_eq!(titles(), ["One"]);
        here.kill();
        let there = plays(55.0);
        // A deck becomes the current one when the other has not been heard for a second.
        show.until(10.0).await;
        assert_eq!(titles(), ["One", "Two"]);
        let state = show.state(VirtualDjMonitor).await;
        let position_sec = state["position_sec"].as_f64().unwrap();
        assert!((position_sec - 25.0).abs() < 0.1, "5 s after it stood at 20 s: {state}");
        assert_eq!(state["os2l_status"], "connected");
        show.until(16.0).await;
        let beats = show.osc_of("/audio/beat/deck", 0.0, f64::MAX);
        assert!(beats.len() == 1 && is_at(beats[0].t, 15.0), "{beats:?}");
        there.kill();
        let back = plays(-10.0);
        show.until(17.5).await;
        assert_eq!(titles(), ["One", "Two", "One"]);
        let state = show.state(VirtualDjMonitor).await;
        assert_ne!(state["os2l_status"], "connected", "that comes later");
        back.kill();
        onlookers.kill();
    });
}

#[test]
fn the_ways_of_which_the_tape_has_nothing_stay_shut() {
    let table = |lines: String| {
        let decks = DeckStandIn::new(&Driver::Virtual, DeckTape::parse(&lines).unwrap()).unwrap();
        let table = decks.table(json!({"poll_interval": 2.0}));
        (table["osc"].clone(), table["os2l"].clone(), table["poll_interval"].clone())
    };
    assert_eq!(table(beat(1.0, 1, 120.0)), (json!(false), json!(true), json!(2.0)));
    assert_eq!(table(audible(1.0, 1, true)), (json!(true), json!(false), json!(2.0)));
}
