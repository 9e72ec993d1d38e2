//! What the visuals were told of two players, beside what these did: both stand in the history as marks.

use std::collections::BTreeMap;

use vj_core::playback::Player;

use super::Violation;
use super::shown::{Shown, shown};
use super::told::{Told, told};
use crate::history::{Entry, What};
use crate::osc_log::OscLine;

/// How much time is granted, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Grace {
    /// Between two questions to Spotify.
    pub poll_sec: f64,
    /// From an answer, or a write, to the word.
    pub slack_sec: f64,
    /// After the last change, fault or silence of a service: by then everything is as it should be.
    pub settle_sec: f64,
}

/// "Nothing plays" is believed after so long; so long a track that is over may still be told. A file that is empty says it
/// after a while only.
const END_SEC: [f64; 2] = [5.5, 11.0];

/// A service that failed three times in a row is asked again after so long.
const BACKOFF_SEC: f64 = 16.0;

/// One that stood still may say again what it said, once it hears that the other spoke meanwhile.
const THAWED_SEC: f64 = 3.0;

/// An old answer of Spotify's is taken for one for so long, at most.
const STALE_SEC: f64 = 8.5;

/// Two players, and what was told of them.
struct Evening<'a> {
    history: &'a [Entry],
    osc: &'a [OscLine],
    shown: BTreeMap<Player, Vec<Shown>>,
    told: Vec<Told>,
    grace: Grace,
}

/// Nothing is told that was not so a moment ago, nothing twice, nothing old after something new; positions belong to the
/// track that was told; and when things have come to rest, the visuals are told of whoever plays, VirtualDJ before Spotify.
#[must_use]
pub fn visuals_see_what_plays(history: &[Entry], osc: &[OscLine], grace: Grace) -> Vec<Violation> {
    let evening = Evening { history, osc, shown: shown(history), told: told(osc), grace };
    let mut violations = evening.nothing_wrong();
    violations.extend(evening.nothing_twice());
    violations.extend(evening.positions());
    violations.extend(evening.settled());
    violations
}

/// The last part of that alone: when all has come to rest at the end of a run, the visuals are told of whoever plays. For runs in
/// which links are held up for so long that the players' monitors cannot hear each other.
#[must_use]
pub fn the_end_is_told(history: &[Entry], osc: &[OscLine], grace: Grace) -> Vec<Violation> {
    let evening = Evening { history, osc, shown: shown(history), told: told(osc), grace };
    let end = history.last().map_or(0.0, |entry| entry.t);
    let rest =
        evening.calm().pop().filter(|(from, to)| to - from >= grace.settle_sec && end - to < grace.poll_sec);
    match rest {
        Some(rest) => evening.settled_in([rest]),
        // A run that is cut off in the middle says nothing of its end.
        None => vec![Violation::liveness(
            "a run comes to rest before its end",
            end,
            "something still changes, or is away",
        )],
    }
}

impl Evening<'_> {
    /// Since when `process` may have known what it says at `t`: a moment, or longer if it stood still in that moment.
    fn known_since(&self, process: &str, t: f64, moment_sec: f64) -> f64 {
        let mut since = t - moment_sec;
        for (from, to) in self.frozen(process) {
            if from <= t && to >= since {
                since = since.min(from - moment_sec);
            }
        }
        since
    }

    /// When a process stood still.
    fn frozen(&self, process: &str) -> Vec<(f64, f64)> {
        let mut frozen = Vec::new();
        for entry in self.history {
            match &entry.what {
                What::Fault { kind, target, .. } if kind == "freeze" && target == process => {
                    frozen.push((entry.t, f64::MAX));
                }
                What::Mended { kind, target } if kind == "freeze" && target == process => {
                    frozen.iter_mut().filter(|(_, to)| *to == f64::MAX).for_each(|it| it.1 = entry.t);
                }
                What::Exit { process: ended, .. } if ended == process => {
                    frozen.iter_mut().filter(|(_, to)| *to == f64::MAX).for_each(|it| it.1 = entry.t);
                }
                _ => {}
            }
        }
        frozen
    }

    /// Starts of a process within these seconds.
    fn began(&self, process: &str, from: f64, to: f64) -> bool {
        self.history.iter().any(|entry| {
            matches!(&entry.what, What::Start { process: begun, .. } if begun == process)
                && (from..=to).contains(&entry.t)
        })
    }

    fn nothing_wrong(&self) -> Vec<Violation> {
        let mut violations = Vec::new();
        let mut newest: BTreeMap<Player, usize> = BTreeMap::new();
        for told in &self.told {
            let is_spotify = told.player == Player::Spotify;
            let end_sec = END_SEC[usize::from(!is_spotify)];
            let moment = self.grace.slack_sec
                + if told.what.is_empty() { end_sec } else { self.grace.poll_sec }
                + if is_spotify { STALE_SEC } else { end_sec };
            let shown = &self.shown[&told.player];
            let mut since = self.known_since(told.from(), told.t, moment);
            for silent in shown.iter().rev().filter(|it| !it.is_fresh && it.from <= told.t) {
                if silent.to + BACKOFF_SEC >= since {
                    since = since.min(silent.from - moment);
                }
            }
            let so = |it: &Shown| it.what == told.what && it.from <= told.t && it.to >= since;
            // One that has just begun knows nothing yet, and what is over is as good as nothing.
            let is_over = || shown.iter().any(|it| !it.is_playing && it.from <= told.t && told.t < it.to);
            let knows_nothing = told.what.is_empty()
                && (is_over()
                    || self.began(told.from(), told.t - self.grace.settle_sec, told.t)
                    || shown.iter().any(|it| !it.is_fresh && it.from <= told.t && it.to >= since));
            if !shown.iter().any(so) && !knows_nothing {
                let detail = format!("{} told '{}'", told.from(), told.what);
                violations.push(Violation::safety("nothing is told that is not so", told.t, detail));
            }
            if told.what.is_empty() {
                continue;
            }
            // The last time that it began before now: a player may come back to a track.
            let Some(play) = shown.iter().rposition(|it| it.what == told.what && it.from <= told.t) else {
                continue;
            };
            let newest = newest.entry(told.player).or_insert(play);
            if play < *newest {
                let detail = format!("{} told '{}' after '{}'", told.from(), told.what, shown[*newest].what);
                violations.push(Violation::safety("no old track is told after a newer one", told.t, detail));
            }
            *newest = play.max(*newest);
        }
        violations
    }

    fn nothing_twice(&self) -> Vec<Violation> {
        let twice = self.told.windows(2).filter(|pair| {
            let [one, two] = pair else { return false };
            let is_same = (one.player, &one.what) == (two.player, &two.what);
            let frozen = Player::ALL.into_iter().flat_map(|it| self.frozen(it.monitor().as_str()));
            let thawed = frozen.into_iter().any(|(_, to)| (two.t - THAWED_SEC..=two.t).contains(&to));
            is_same && !thawed && !self.began(two.from(), one.t, two.t) && !self.played_again(two, one.t)
        });
        twice
            .map(|pair| {
                let detail = format!("{} told '{}' again", pair[1].from(), pair[1].what);
                Violation::safety("nothing is told twice", pair[1].t, detail)
            })
            .collect()
    }

    /// Whether something else played, or the other player spoke, since `from`: then the same track is news.
    fn played_again(&self, told: &Told, from: f64) -> bool {
        let shown = &self.shown[&told.player];
        shown.iter().any(|it| it.what != told.what && it.to >= from && it.from <= told.t && it.to > it.from)
            || self.osc.iter().any(|line| {
                line.addr == "/karaoke/pos" && line.from != told.from() && (from..told.t).contains(&line.t)
            })
    }

    /// A position is one that its track may have: never that of a track before.
    fn positions(&self) -> Vec<Violation> {
        let mut violations = Vec::new();
        let mut now: BTreeMap<&str, &Told> = BTreeMap::new();
        let mut tracks = self.told.iter();
        for line in self.osc {
            let is_of_a_monitor = Player::ALL.iter().any(|it| it.monitor().as_str() == line.from);
            if line.addr == "/karaoke/track" && is_of_a_monitor {
                now.extend(tracks.next().map(|told| (told.from(), told)));
            }
            if line.addr != "/karaoke/pos" {
                continue;
            }
            let Some(told) = now.get(line.from.as_str()) else { continue };
            let sec = line.args.first().and_then(serde_json::Value::as_f64).unwrap_or_default();
            let shown = &self.shown[&told.player];
            let of_it = shown.iter().filter(|it| it.what == told.what && it.from <= line.t);
            let until = |it: &Shown| it.to.min(line.t);
            // Beyond the last that was shown it runs on by itself.
            let highest =
                of_it.map(|it| it.at(until(it)).max(it.at_sec) + line.t - until(it)).fold(0.0, f64::max);
            if sec > highest + self.grace.slack_sec + 0.5 {
                let detail = format!(
                    "{} told {sec:.1} s of '{}', which is at most at {highest:.1} s",
                    line.from, told.what
                );
                violations.push(Violation::safety("a position is of the track that is told", line.t, detail));
            }
        }
        violations.truncate(3);
        violations
    }

    /// When nothing has changed for a while, what is told is so, and where it is.
    fn settled(&self) -> Vec<Violation> {
        self.settled_in(self.calm())
    }

    fn settled_in(&self, calm: impl IntoIterator<Item = (f64, f64)>) -> Vec<Violation> {
        let mut violations = Vec::new();
        for (from, to) in calm {
            let t = to - 1e-6;
            if to - from < self.grace.settle_sec {
                continue;
            }
            let at = |player: Player| {
                let now = self.shown[&player].iter().rev().find(|it| it.from <= t);
                now.filter(|it| it.is_playing).map(|it| (player, it))
            };
            // With nobody playing it is a matter of taste.
            let Some((player, now)) = at(Player::VirtualDj).or_else(|| at(Player::Spotify)) else { continue };
            let last = self.told.iter().rev().find(|told| told.t <= t);
            if last.is_none_or(|told| told.what != now.what || told.player != player) {
                let last = last.map_or("nothing", |told| told.what.as_str());
                let detail =
                    format!("{player} plays '{}' since {from:.3} s, and '{last}' was told last", now.what);
                violations.push(Violation::liveness("what plays is told", t, detail));
                continue;
            }
            let position = self.osc.iter().rev().find(|line| line.addr == "/karaoke/pos" && line.t <= t);
            let sec = position.and_then(|line| Some((line.t, line.args.first()?.as_f64()?)));
            let Some((at, sec)) = sec else { continue };
            // What VirtualDJ plays is counted from the moment at which it was seen: by somebody who was there.
            if player == Player::VirtualDj && !self.is_there(player.monitor().as_str(), now.from) {
                continue;
            }
            if (sec - now.at(at)).abs() > self.grace.poll_sec + self.grace.slack_sec {
                let detail = format!("{sec:.1} s of '{}', which is at {:.1} s", now.what, now.at(at));
                violations.push(Violation::liveness("the position that is told is right", at, detail));
            }
        }
        violations
    }

    /// From when to when nothing happened to anybody, everybody being there and every service telling how things are.
    fn calm(&self) -> Vec<(f64, f64)> {
        let mut moments: Vec<f64> = self.shown.values().flatten().flat_map(|it| [it.from, it.to]).collect();
        let stirs = |what: &What| {
            matches!(
                what,
                What::Start { .. }
                    | What::Exit { .. }
                    | What::Bound { .. }
                    | What::Fault { .. }
                    | What::Mended { .. }
                    | What::End
            )
        };
        moments.extend(self.history.iter().filter(|entry| stirs(&entry.what)).map(|entry| entry.t));
        moments.sort_by(f64::total_cmp);
        let is_calm = |t: f64| {
            let fresh =
                self.shown[&Player::Spotify].iter().any(|it| it.from <= t && t < it.to && it.is_fresh);
            fresh && Player::ALL.into_iter().all(|player| self.is_there(player.monitor().as_str(), t))
        };
        moments.dedup();
        moments
            .windows(2)
            .map(|pair| (pair[0], pair[1]))
            .filter(|(from, to)| is_calm(0.5 * (from + to)))
            .collect()
    }

    /// Whether a process serves at that moment, and moves.
    fn is_there(&self, process: &str, t: f64) -> bool {
        let last =
            self.history.iter().take_while(|entry| entry.t <= t).filter_map(|entry| match &entry.what {
                What::Bound { process: name, .. } if name == process => Some(true),
                What::Exit { process: name, .. } if name == process => Some(false),
                _ => None,
            });
        last.last() == Some(true) && !self.frozen(process).iter().any(|(from, to)| (*from..*to).contains(&t))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::SPOTIFY;
    use super::super::bad_history::{bound, exit, fault, mark, start};
    use super::*;
    use crate::player_tape::PLAYS;

    const GRACE: Grace = Grace { poll_sec: 2.0, slack_sec: 0.3, settle_sec: 15.0 };

    fn plays(t: f64, title: &str) -> Entry {
        let song = json!({"play": {"artist": "A", "title": title, "duration_sec": 900.0}});
        mark(t, SPOTIFY, &song.to_string())
    }

    fn line(t: f64, from: &str, addr: &str, args: Value) -> OscLine {
        serde_json::from_value(json!({"t": t, "from": from, "addr": addr, "tags": "", "args": args})).unwrap()
    }

    fn track(t: f64, from: &str, title: &str) -> OscLine {
        line(t, from, "/karaoke/track", json!([1, "x", "A", title, "", 0.0, 0]))
    }

    fn position(t: f64, from: &str, sec: f64) -> OscLine {
        line(t, from, "/karaoke/pos", json!([sec, 1]))
    }

    const S: &str = "spotify_monitor";
    const V: &str = "virtualdj_monitor";

    /// Spotify plays one from 10 s and two from 50 s on, VirtualDJ three from 90 s on; everybody is there until 140 s.
    fn evening(more: &[Entry]) -> Vec<Entry> {
        let mut history = vec![
            start(0.0, S, 1),
            bound(0.1, S, 1),
            start(0.0, V, 2),
            bound(0.1, V, 2),
            plays(10.0, "one"),
            plays(50.0, "two"),
            mark(90.0, PLAYS, "A - three"),
            Entry { t: 140.0, what: What::End },
        ];
        history.extend_from_slice(more);
        history.sort_by(|one, two| one.t.total_cmp(&two.t));
        history
    }

    fn good() -> Vec<OscLine> {
        vec![
            track(11.0, S, "one"),
            position(12.0, S, 2.0),
            track(52.0, S, "two"),
            position(89.0, S, 39.0),
            track(90.1, V, "three"),
            position(139.0, V, 49.0),
        ]
    }

    fn found(history: &[Entry], osc: &[OscLine]) -> Vec<&'static str> {
        visuals_see_what_plays(history, osc, GRACE).iter().map(|it| it.property).collect()
    }

    /// The good evening with one word more, or one less.
    fn with(line: OscLine) -> Vec<OscLine> {
        let mut osc = good();
        osc.push(line);
        osc.sort_by(|one, two| one.t.total_cmp(&two.t));
        osc
    }

    #[test]
    fn the_end_alone_is_judged_by_what_plays_then() {
        let judge = |history: &[Entry], osc: &[OscLine]| -> Vec<&str> {
            the_end_is_told(history, osc, GRACE).iter().map(|it| it.property).collect()
        };
        assert_eq!(judge(&evening(&[]), &good()), [""; 0]);
        // What was wrong before is another property's affair.
        assert_eq!(judge(&evening(&[]), &with(track(60.0, S, "one"))), [""; 0]);
        assert_eq!(judge(&evening(&[]), &with(track(100.0, S, "two"))), ["what plays is told"]);
        assert_eq!(
            judge(&evening(&[fault(130.0, "clog", V, 2)]), &good()),
            ["a run comes to rest before its end"]
        );
        assert_eq!(judge(&evening(&[exit(120.0, V, 2)]), &good()), ["a run comes to rest before its end"]);
    }

    #[test]
    fn what_is_as_it_should_be_is_let_pass() {
        assert_eq!(found(&evening(&[]), &good()), [""; 0]);
        // After a crash, and after the other has spoken, the same is news.
        let crashed = evening(&[exit(100.0, V, 2), start(101.0, V, 3), bound(101.1, V, 3)]);
        assert_eq!(found(&crashed, &with(track(101.2, V, "three"))), [""; 0]);
        let spoke =
            [good(), vec![position(120.0, S, 70.0), track(121.0, V, "three"), position(139.9, V, 49.9)]];
        assert_eq!(found(&evening(&[]), &spoke.concat()), [""; 0]);
    }

    #[test]
    fn a_wrong_an_old_and_a_second_word_are_seen() {
        let history = evening(&[]);
        assert!(found(&history, &with(track(60.0, S, "none"))).contains(&"nothing is told that is not so"));
        let old = "no old track is told after a newer one";
        assert!(found(&history, &with(track(52.1, S, "one"))).contains(&old));
        assert_eq!(found(&history, &with(track(60.0, S, "two"))), ["nothing is told twice"]);
        let nothing = line(70.0, S, "/karaoke/track", json!([0, "", "", "", "", 0.0, 0]));
        assert!(found(&history, &with(nothing)).contains(&"nothing is told that is not so"));
    }

    #[test]
    fn one_that_stood_still_may_say_what_it_knew_and_nobody_else() {
        let frozen = [
            fault(49.0, "freeze", S, 1),
            Entry { t: 68.0, what: What::Mended { kind: "freeze".to_owned(), target: S.to_owned() } },
        ];
        let osc = vec![
            track(11.0, S, "one"),
            track(68.0, S, "one"),
            track(68.1, S, "two"),
            track(90.1, V, "three"),
            position(139.0, V, 49.0),
        ];
        assert_eq!(found(&evening(&frozen), &osc), [""; 0]);
        assert!(!found(&evening(&[]), &osc).is_empty());
    }

    #[test]
    fn a_position_of_the_track_before_and_one_that_is_off_are_seen() {
        let of_one = "a position is of the track that is told";
        assert!(found(&evening(&[]), &with(position(52.1, S, 42.1))).contains(&of_one));
        let mut osc = good();
        osc[5] = position(139.0, V, 30.0);
        assert_eq!(found(&evening(&[]), &osc), ["the position that is told is right"]);
    }

    #[test]
    fn a_track_that_is_never_told_and_a_player_that_keeps_the_stage_are_seen() {
        let mut osc = good();
        osc.remove(2);
        assert!(found(&evening(&[]), &osc).contains(&"what plays is told"));
        assert!(found(&evening(&[]), &good()[..4]).contains(&"what plays is told"), "VirtualDJ comes first");
        assert!(found(&evening(&[]), &with(track(91.0, S, "two"))).contains(&"what plays is told"));
    }
}
