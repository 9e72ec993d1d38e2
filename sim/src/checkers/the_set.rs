//! What the visuals were told of a whole set.

use super::Violation;
use super::told::{Told, told};
use crate::osc_log::OscLine;
use crate::playback_tape::Play;
use crate::report::Truth;

/// The tempo of a track counts from so many seconds after its beginning: until then the one before may still sound.
const TEMPO_AFTER_SEC: f64 = 12.0;

/// And until so long before its end.
const TEMPO_BEFORE_END_SEC: f64 = 3.0;

/// Each play of the tape is told once, in order, by its own monitor, and within `sec`; nothing else is told.
#[must_use]
pub fn the_set_is_told(osc: &[OscLine], plays: &[Play], sec: f64) -> Vec<Violation> {
    const PROPERTY: &str = "each track of the set is told once, in time";
    let told = tracks(osc);
    let mut violations = Vec::new();
    for index in 0..plays.len().max(told.len()) {
        match (plays.get(index), told.get(index)) {
            (Some(play), Some(told @ Told { t, player, what })) => {
                if (*player, what) != (play.player, &play.what) {
                    let (from, by) = (told.from(), play.player);
                    let detail = format!("{from} told '{what}' where {by} played '{}'", play.what);
                    violations.push(Violation::safety(PROPERTY, *t, detail));
                } else if !(0.0..=sec).contains(&(t - play.t)) {
                    let detail = format!("'{what}' was told {:.3} s after its beginning", t - play.t);
                    violations.push(Violation::liveness(PROPERTY, *t, detail));
                }
            }
            (Some(play), None) => {
                let detail = format!("'{}' was never told", play.what);
                violations.push(Violation::liveness(PROPERTY, play.t, detail));
            }
            (None, Some(Told { t, what, .. })) => {
                violations.push(Violation::safety(PROPERTY, *t, format!("'{what}' was told and not played")));
            }
            (None, None) => {}
        }
    }
    violations
}

/// How long after each play's beginning it was told, in seconds.
#[must_use]
pub fn told_after(osc: &[OscLine], plays: &[Play]) -> Vec<f64> {
    let told = tracks(osc);
    let first = |play: &Play| told.iter().find(|told| told.t >= play.t && told.what == play.what);
    plays.iter().filter_map(|play| Some(first(play)?.t - play.t)).collect()
}

/// What was told but for "nothing plays".
fn tracks(osc: &[OscLine]) -> Vec<Told> {
    told(osc).into_iter().filter(|told| !told.what.is_empty()).collect()
}

/// The middle one of the tempi told during each track is within `off_bpm` of the one that is known.
#[must_use]
pub fn tempo_is_heard(osc: &[OscLine], truth: &Truth, off_bpm: f64) -> Vec<Violation> {
    const PROPERTY: &str = "the tempo of each track is heard";
    let mut violations = Vec::new();
    for track in &truth.tracks {
        let (from, to) = (track.start + TEMPO_AFTER_SEC, track.end - TEMPO_BEFORE_END_SEC);
        let known = truth.tempo_curve.iter().rev().find(|(t, _)| *t <= to).map(|(_, bpm)| *bpm);
        let mut heard: Vec<f64> = osc
            .iter()
            .filter(|line| line.addr == "/audio/bpm" && (from..to).contains(&line.t))
            .filter_map(|line| line.args.first()?.as_f64())
            .collect();
        heard.sort_by(f64::total_cmp);
        let middle = heard.get(heard.len() / 2).copied().unwrap_or_default();
        if known.is_none_or(|known| (middle - known).abs() > off_bpm) {
            let detail = format!("'{}': {middle:.1} BPM, and it is {known:?}", track.title);
            violations.push(Violation::safety(PROPERTY, to, detail));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use vj_core::playback::Player;

    use super::*;
    use crate::report::TruthTrack;

    fn line(t: f64, from: &str, addr: &str, args: serde_json::Value) -> OscLine {
        serde_json::from_value(json!({"t": t, "from": from, "addr": addr, "tags": "", "args": args})).unwrap()
    }

    fn track(t: f64, from: &str, title: &str) -> OscLine {
        line(t, from, "/karaoke/track", json!([1, "x", "A", title, "", 0.0, 0]))
    }

    fn plays() -> Vec<Play> {
        let play = |t, player, title: &str| Play { t, player, what: format!("A - {title}") };
        vec![play(1.0, Player::Spotify, "one"), play(40.0, Player::VirtualDj, "two")]
    }

    #[test]
    fn a_track_that_is_late_missing_unplayed_or_of_the_other_is_seen() {
        let (one, two) = (track(2.0, "spotify_monitor", "one"), track(40.1, "virtualdj_monitor", "two"));
        let judge = |osc: &[OscLine]| {
            let found = the_set_is_told(osc, &plays(), 2.5);
            found.into_iter().map(|it| it.detail).collect::<Vec<_>>()
        };
        assert_eq!(judge(&[one.clone(), two.clone()]), [""; 0]);
        assert_eq!(told_after(&[one.clone(), two.clone()], &plays()), [1.0, 40.1 - 40.0]);
        assert_eq!(judge(std::slice::from_ref(&one)), ["'A - two' was never told"]);
        let late = track(44.0, "virtualdj_monitor", "two");
        assert_eq!(judge(&[one.clone(), late]), ["'A - two' was told 4.000 s after its beginning"]);
        let other = track(40.1, "spotify_monitor", "two");
        assert_eq!(judge(&[one.clone(), other]).len(), 1);
        assert_eq!(judge(&[one.clone(), two.clone(), two]), ["'A - two' was told and not played"]);
    }

    #[test]
    fn a_tempo_that_is_off_or_never_told_is_seen() {
        let tracks = vec![TruthTrack { title: "one".into(), artist: "A".into(), start: 0.0, end: 30.0 }];
        let truth = Truth { tracks, tempo_curve: vec![(0.0, 124.0)], ..Truth::default() };
        let bpm = |t: f64, bpm: f64| line(t, "audio_analyzer", "/audio/bpm", json!([bpm, 0.9]));
        assert_eq!(tempo_is_heard(&[bpm(5.0, 62.0), bpm(15.0, 124.4), bpm(20.0, 123.6)], &truth, 1.0), []);
        assert_eq!(tempo_is_heard(&[bpm(15.0, 126.0)], &truth, 1.0).len(), 1);
        assert_eq!(tempo_is_heard(&[], &truth, 1.0).len(), 1);
    }
}
