//! The track detector: what a person would say is playing, whatever its source says.

use std::time::Duration;

use proptest::prelude::*;
use vj_core::At;
use vj_core::playback::{Changes, Detector, END_GRACE, Playback, PlaybackKind, Standing, Track};

fn at(sec: f64) -> At {
    At::from_secs_f64(sec)
}

fn track(title: &str) -> Track {
    Track { duration: Duration::from_secs(200), ..Track::new("Artist", title) }
}

fn playing(title: &str, sec: f64) -> Playback {
    Playback {
        track: Some(track(title)),
        position: Some(Duration::from_secs_f64(sec)),
        is_playing: true,
        kind: PlaybackKind::Track,
        play: None,
    }
}

fn title(detector: &Detector) -> &str {
    detector.track().map_or("", |track| &track.title)
}

const NONE: Changes = Changes { track: false, is_playing: false, seek: false, correction: false };

#[test]
fn a_track_is_new_once_and_then_goes_on() {
    let mut detector = Detector::new();
    assert_eq!(detector.standing(at(0.0)), Standing::Gone);
    assert!(detector.report(at(0.0), &playing("A", 30.0)).track);
    for sec in 1..50 {
        let now = f64::from(sec) * 2.0;
        assert_eq!(detector.report(at(now), &playing("A", 30.0 + now)), NONE);
    }
    assert_eq!(detector.position_sec(at(99.0)), 129.0);
    assert_eq!(detector.remaining(at(99.0)), Some(Duration::from_secs(71)));
    assert!(detector.report(at(100.0), &playing("B", 0.2)).track);
    assert_eq!((title(&detector), detector.position_sec(at(100.0))), ("B", 0.2));
}

#[test]
fn pause_play_and_seek_are_told_apart() {
    let mut detector = Detector::new();
    let _ = detector.report(at(0.0), &playing("A", 10.0));
    let paused = Playback { is_playing: false, ..playing("A", 12.0) };
    assert_eq!(detector.report(at(2.0), &paused), Changes { is_playing: true, ..NONE });
    assert_eq!(detector.report(at(9.0), &paused), NONE);
    assert_eq!(detector.position_sec(at(9.0)), 12.0);
    assert_eq!(detector.report(at(10.0), &playing("A", 12.0)), Changes { is_playing: true, ..NONE });
    assert_eq!(detector.report(at(12.0), &playing("A", 90.0)), Changes { seek: true, ..NONE });
    assert_eq!(detector.position_sec(at(13.0)), 91.0);
}

#[test]
fn a_track_that_nobody_confirms_runs_to_its_end_and_stops_there() {
    let mut detector = Detector::new();
    let _ = detector.report(at(0.0), &playing("A", 150.0));
    assert_eq!(detector.unheard(at(40.0)), NONE, "a dead network costs freshness and nothing else");
    assert_eq!(detector.unheard(at(59.0)), NONE, "it may be a little longer than was said");
    assert_eq!(detector.unheard(at(61.0)), Changes { is_playing: true, ..NONE });
    assert_eq!((detector.is_playing(), title(&detector)), (false, "A"));
    assert_eq!(detector.standing(at(65.0)), Standing::Stopped, "it keeps the stage from nobody");
    assert_eq!(detector.unheard(at(90.0)), NONE);
    assert!(detector.report(at(91.0), &playing("B", 3.0)).track);
    let endless = Playback { track: Some(Track::new("X", "Y")), ..playing("Y", 0.0) };
    let _ = detector.report(at(100.0), &endless);
    assert_eq!(detector.unheard(at(900.0)), NONE);
    assert!(detector.unheard(at(1_001.0)).is_playing, "nobody knows how long it is");
}

/// The limits of a track that nobody confirms are not over when they are reached.
#[test]
fn a_track_stops_after_its_limit_and_not_at_it() {
    let mut detector = Detector::new();
    let _ = detector.report(at(0.0), &playing("A", 150.0));
    assert_eq!(detector.unheard(at(60.0)), NONE);
    let endless = Playback { track: Some(Track::new("X", "Y")), ..playing("Y", 0.0) };
    let _ = detector.report(at(100.0), &endless);
    assert_eq!(detector.unheard(at(1_000.0)), NONE);
}

#[test]
fn whether_anything_was_reported_is_known() {
    let mut detector = Detector::new();
    assert!(!detector.is_known());
    let _ = detector.report(at(0.0), &playing("A", 1.0));
    assert!(detector.is_known());
}

#[test]
fn each_kind_of_change_is_one_and_a_correction_is_none() {
    for (changes, is_any) in [
        (NONE, false),
        (Changes { track: true, ..NONE }, true),
        (Changes { is_playing: true, ..NONE }, true),
        (Changes { seek: true, ..NONE }, true),
        (Changes { correction: true, ..NONE }, false),
    ] {
        assert_eq!(changes.any(), is_any, "{changes:?}");
    }
}

/// Half a second too far is worked off, not jumped over; how much of it is left is told.
#[test]
fn what_is_still_to_be_corrected_is_told_and_becomes_less() {
    let mut detector = Detector::new();
    assert_eq!(detector.position_correction(at(0.0)), (0.0, 0.0));
    let _ = detector.report(at(0.0), &playing("A", 10.0));
    assert!(detector.report(at(10.0), &playing("A", 20.5)).correction);
    let (first_sec, within_sec) = detector.position_correction(at(10.0));
    assert!((0.3..=0.5).contains(&first_sec.abs()) && within_sec > 0.0, "{first_sec} in {within_sec} s");
    let (later_sec, left_sec) = detector.position_correction(at(10.0 + within_sec / 2.0));
    assert!(later_sec.abs() < first_sec.abs() && left_sec < within_sec);
    assert_eq!(detector.position_correction(at(10.0 + within_sec + 1.0)).0, 0.0);
}

#[test]
fn nothing_for_a_moment_ends_no_track_and_nothing_for_longer_does() {
    let mut detector = Detector::new();
    let nothing = Playback::default();
    assert_eq!(detector.report(at(0.0), &nothing), NONE, "nothing was, nothing is");
    assert_eq!(detector.standing(at(0.0)), Standing::Idle);
    let _ = detector.report(at(1.0), &playing("A", 0.0));
    assert_eq!(detector.report(at(3.0), &nothing), NONE);
    assert_eq!(detector.report(at(5.0), &playing("A", 4.0)), NONE);
    assert_eq!(detector.report(at(6.0), &nothing), NONE);
    assert_eq!(detector.report(at(6.0) + END_GRACE - Duration::from_millis(1), &nothing), NONE);
    assert!(detector.report(at(6.0) + END_GRACE, &nothing).track);
    assert_eq!((title(&detector), detector.is_playing()), ("", false));
    let ad = Playback { kind: PlaybackKind::Ad, is_playing: true, ..nothing };
    let _ = detector.report(at(20.0), &playing("A", 0.0));
    assert!(detector.report(at(22.0), &ad).track, "an advertisement is no track, at once");
    assert_eq!(detector.kind(), PlaybackKind::Ad);
}

#[test]
fn an_old_answer_after_a_skip_is_let_pass_and_a_way_back_is_not() {
    let mut detector = Detector::new();
    let _ = detector.report(at(0.0), &playing("A", 60.0));
    assert!(detector.report(at(2.0), &playing("B", 0.5)).track);
    assert_eq!(detector.report(at(4.0), &playing("A", 64.0)), NONE, "stale");
    assert_eq!(detector.report(at(6.0), &playing("B", 4.5)), NONE);
    assert!(detector.report(at(7.0), &playing("A", 0.3)).track, "from its start: somebody went back");
    let _ = detector.report(at(100.0), &playing("B", 0.0));
    let _ = detector.report(at(102.0), &playing("A", 110.0));
    assert!(detector.report(at(104.0), &playing("A", 112.0)).track, "said twice it counts");
}

#[test]
fn two_plays_of_one_track_are_told_apart_where_the_source_can() {
    let mut detector = Detector::new();
    let play = |play| Playback { play: Some(play), position: None, ..playing("A", 0.0) };
    assert!(detector.report(at(0.0), &play(1)).track);
    assert_eq!(detector.report(at(60.0), &play(1)), NONE);
    assert!(detector.report(at(61.0), &play(2)).track);
    assert_eq!(detector.position_sec(at(62.0)), 1.0, "counted from when it was first seen");
}

#[test]
fn places_that_cannot_be_are_not_believed() {
    let mut detector = Detector::new();
    let _ = detector.report(at(0.0), &playing("A", 0.0));
    for sec in 1..90 {
        let now = f64::from(sec) * 2.0;
        assert_eq!(detector.report(at(now), &playing("A", 0.0)), NONE, "a device that always says 0");
    }
    assert_eq!(detector.position_sec(at(180.0)), 180.0);
    let null = Playback { position: None, ..playing("A", 0.0) };
    assert_eq!(detector.report(at(182.0), &null), NONE);
    assert_eq!(detector.position_sec(at(250.0)), 200.0, "never behind its end");
    let lost = detector.report(at(260.0), &playing("A", 17_811.0));
    assert!(lost.is_playing && !detector.is_playing(), "hours behind its end nothing plays");
}

#[test]
fn a_pause_of_a_breath_gives_the_stage_to_nobody() {
    let mut detector = Detector::new();
    let _ = detector.report(at(0.0), &playing("A", 0.0));
    let _ = detector.report(at(2.0), &Playback { is_playing: false, ..playing("A", 2.0) });
    assert_eq!(detector.standing_changes_at(at(2.0)), Some(at(5.0)));
    assert_eq!(detector.standing(at(4.9)), Standing::Playing);
    assert_eq!(detector.standing(at(5.0)), Standing::Stopped);
    assert_eq!(detector.standing_changes_at(at(5.0)), None);
}

fn reports() -> impl Strategy<Value = Vec<(f64, Playback)>> {
    let one = (0.01_f64..5.0, 0_u8..5, prop::option::of(0.0_f64..300.0), any::<bool>());
    let report = one.prop_map(|(wait, which, sec, is_playing)| {
        let track = (which < 4).then(|| track(&which.to_string()));
        let position = sec.map(Duration::from_secs_f64);
        (wait, Playback { track, position, is_playing, kind: PlaybackKind::Track, play: None })
    });
    prop::collection::vec(report, 1..60)
}

proptest! {
    #[test]
    fn whatever_is_reported_changes_are_told_exactly_when_something_changed(reports in reports()) {
        let mut detector = Detector::new();
        let mut now = At::ZERO;
        for (wait, report) in reports {
            now += Duration::from_secs_f64(wait);
            let before = (title(&detector).to_owned(), detector.is_playing());
            let changes = detector.report(now, &report);
            prop_assert_eq!(changes.track, before.0 != title(&detector));
            prop_assert_eq!(changes.is_playing, before.1 != detector.is_playing());
            prop_assert!((0.0..=200.0).contains(&detector.position_sec(now)));
            if let Some(track) = detector.track().filter(|_| changes.track) {
                prop_assert_eq!(Some(track), report.track.as_ref(), "nothing is made up");
            }
        }
    }
}
