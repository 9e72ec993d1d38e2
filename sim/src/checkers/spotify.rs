//! What was made of what Spotify did. What it did stands in the history as marks, event for event.

use super::Violation;
use super::marks::marks;
use super::stretches::{Stretch, events, rests, stretches};
use super::told::{Told, told};
use crate::history::Entry;
use crate::osc_log::OscLine;
use crate::spotify::{Event, Grants};

/// The mark of what happened to the player and its service: an event of a tape.
pub const SPOTIFY: &str = "spotify";

/// The mark of a question to the player, or for a token.
pub const ASKED: &str = "asked";

/// What stands in the mark of a question for a token whose refresh token was not the good one.
pub const WITH_A_LOST_TOKEN: &str = "token, lost";

/// What stands in the mark of a question for a token.
pub const FOR_A_TOKEN: &str = "token";

/// The mark of what the worker says of its source.
pub const SOURCE_STATUS: &str = "source_status";

/// "Nothing plays" must be said for so long before it ends a track; a little more until it is certain.
const END_GRACE_SEC: f64 = 4.5;

/// Between two questions to a service that fails, at most, and a little more.
const BACKOFF_SEC: f64 = 33.0;

/// Questions what plays.
fn asked(history: &[Entry]) -> Vec<f64> {
    marks(history, ASKED).filter(|(_, detail)| !detail.starts_with(FOR_A_TOKEN)).map(|(t, _)| t).collect()
}

/// A service that wants rest is asked once, is told so, and is asked no more until that is over.
#[must_use]
pub fn one_question_per_rest(history: &[Entry]) -> Vec<Violation> {
    let asked = asked(history);
    let too_many = rests(history).into_iter().filter_map(|(from, until)| {
        let mut meanwhile = asked.iter().filter(|t| (from..until).contains(*t));
        let (_, second) = (meanwhile.next()?, meanwhile.next()?);
        let detail = format!("it wanted rest from {from:.3} to {until:.3} s");
        Some(Violation::safety("a service that wants rest is asked once", *second, detail))
    });
    too_many.collect()
}

/// While the service wants rest the worker says for how long, to a second; `slack_sec` is what an answer may be under way.
#[must_use]
pub fn rest_is_shown(history: &[Entry], slack_sec: f64) -> Vec<Violation> {
    let asked = asked(history);
    let mut violations = Vec::new();
    for (from, until) in rests(history) {
        let Some(first) = asked.iter().copied().find(|t| (from..until).contains(t)) else { continue };
        // It is said in whole seconds, upwards.
        let until_said = first + (until - first).ceil();
        let shown =
            marks(history, SOURCE_STATUS).filter(|(t, _)| (first + slack_sec..until - slack_sec).contains(t));
        for (t, said) in shown {
            let left =
                said.strip_prefix("rate limited, ").and_then(|it| it.strip_suffix(" s")?.parse::<f64>().ok());
            if left.is_none_or(|left| (left - (until_said - t)).abs() > 1.0 + slack_sec) {
                let detail = format!("it said '{said}', and {:.1} s were left", until_said - t);
                violations.push(Violation::safety("a rest is shown with its length", t, detail));
            }
        }
    }
    violations
}

/// The refresh token that is good is the one that is used.
#[must_use]
pub fn sign_in_is_never_lost(history: &[Entry]) -> Vec<Violation> {
    let lost = marks(history, ASKED).filter(|(_, detail)| *detail == WITH_A_LOST_TOKEN);
    lost.map(|(t, _)| Violation::safety("the refresh token is never lost", t, "an old one was used"))
        .collect()
}

/// What is wrong where the file of the sign-in does not hold the refresh token that is good at the end.
#[must_use]
pub fn sign_in_is_not_kept(end_sec: f64) -> Violation {
    Violation::safety(
        "the refresh token is never lost",
        end_sec,
        "the file does not hold the one that is good",
    )
}

/// Once the sign-in has ended, the accounts service is asked twice and nobody any more.
#[must_use]
pub fn nobody_is_asked_without_a_sign_in(history: &[Entry]) -> Vec<Violation> {
    const PROPERTY: &str = "without a sign-in nobody is asked";
    let Some((ended, _)) = events(history).find(|(_, event)| *event == Event::Grants(Grants::Refused)) else {
        return Vec::new();
    };
    let refused: Vec<f64> = marks(history, ASKED)
        .filter(|(t, detail)| *t >= ended && detail.starts_with(FOR_A_TOKEN))
        .map(|(t, _)| t)
        .collect();
    let last = match refused[..] {
        [_, last] => last,
        _ => {
            let detail = format!("it was asked {} times for a token", refused.len());
            return vec![Violation::liveness(PROPERTY, ended, detail)];
        }
    };
    let after = asked(history).into_iter().find(|t| *t > last);
    after
        .map(|t| Violation::safety(PROPERTY, t, format!("the sign-in ended at {last:.3} s")))
        .into_iter()
        .collect()
}

/// What is told was true a moment ago, is never told twice in a row, and what is true is told by the second question after
/// the service tells it again, within `slack_sec`.
#[must_use]
pub fn what_plays_is_told(history: &[Entry], osc: &[OscLine], slack_sec: f64) -> Vec<Violation> {
    let (stretches, told, asked) = (stretches(history), told(osc), asked(history));
    let mut violations = Vec::new();
    for (index, Told { t, what, .. }) in told.iter().enumerate() {
        let grace = if what.is_empty() { END_GRACE_SEC + slack_sec } else { slack_sec };
        let mut lately = stretches.iter().filter(|it| it.from <= *t && it.to >= t - grace);
        if !lately.any(|it| it.truth.as_ref().is_none_or(|truth| truth == what)) {
            violations.push(Violation::safety(
                "nothing is told that is not so",
                *t,
                format!("'{what}' was told"),
            ));
        }
        // The first word of a monitor that finds nothing playing says so.
        if index > 0 && told[index - 1].what == *what {
            violations.push(Violation::safety(
                "nothing is told twice",
                *t,
                format!("'{what}' was told again"),
            ));
        }
    }
    for (from, to, truth) in calm(&stretches) {
        let from = if truth.is_empty() { from + END_GRACE_SEC } else { from };
        let mut polls = asked.iter().filter(|t| (from..to).contains(*t));
        let (Some(_), Some(second)) = (polls.next(), polls.next()) else {
            if to - from > BACKOFF_SEC {
                let detail = format!("until {to:.3} s");
                violations.push(Violation::liveness("a service that is back is asked again", from, detail));
            }
            continue;
        };
        let by = second + slack_sec;
        if by >= to {
            continue;
        }
        let last = told.iter().rev().find(|it| it.t <= by).map_or("", |it| &it.what);
        if last != truth {
            let detail = format!("'{truth}' was to be told by {by:.3} s, the last that was told is '{last}'");
            violations.push(Violation::liveness("what plays is told by the second question", from, detail));
        }
    }
    violations
}

/// Of each track that follows another one, and that the service told from its beginning on, at once and for long enough: how
/// long after its beginning the visuals were told, beyond the time between two questions. In seconds; negative where a question came sooner.
#[must_use]
pub fn told_within_questions(history: &[Entry], osc: &[OscLine], poll_sec: f64) -> Vec<f64> {
    let (stretches, told) = (stretches(history), told(osc));
    let calm = calm(&stretches);
    let tracks = calm.iter().filter(|(from, to, truth)| !truth.is_empty() && to - from > 3.0 * poll_sec);
    let begins = |t: f64| {
        let before = stretches.iter().any(|it| it.to == t && it.is_told && it.is_playing && it.comes_whole);
        before && events(history).any(|(at, event)| at == t && matches!(event, Event::Play(_)))
    };
    let after = |(from, to, truth): &(f64, f64, String)| {
        let word = told.iter().find(|it| (*from..*to).contains(&it.t) && it.what == *truth)?;
        Some(word.t - from - poll_sec)
    };
    tracks.filter(|(from, ..)| begins(*from)).filter_map(after).collect()
}

/// How long after the question that brought it each track was told, in seconds, where the answer comes at once.
#[must_use]
pub fn told_after_its_question(history: &[Entry], osc: &[OscLine]) -> Vec<f64> {
    let (asked, stretches) = (asked(history), stretches(history));
    let comes_at_once =
        |t: f64| stretches.iter().any(|it| (it.from..it.to).contains(&t) && it.comes_whole && it.is_told);
    let after = |told: Told| {
        let question = asked.iter().rev().find(|t| **t <= told.t)?;
        (!told.what.is_empty() && comes_at_once(*question)).then_some(told.t - question)
    };
    told(osc).into_iter().filter_map(after).collect()
}

/// The longest times during which one thing is true and the service tells it.
fn calm(stretches: &[Stretch]) -> Vec<(f64, f64, String)> {
    let mut calm: Vec<(f64, f64, String)> = Vec::new();
    for it in stretches.iter().filter(|it| it.is_told) {
        let Some(truth) = &it.truth else { continue };
        match calm.last_mut().filter(|(_, to, last)| *to == it.from && last == truth) {
            Some((_, to, _)) => *to = it.to,
            None => calm.push((it.from, it.to, truth.clone())),
        }
    }
    calm
}

/// A player that is paused is told to be so by the sixth question, also where the service says that it plays.
#[must_use]
pub fn a_pause_is_told(history: &[Entry], osc: &[OscLine], slack_sec: f64) -> Vec<Violation> {
    let (stretches, asked) = (stretches(history), asked(history));
    let mut violations = Vec::new();
    for pause in stretches.iter().filter(|it| it.song.is_some() && !it.is_playing) {
        let mut polls = asked.iter().filter(|t| (pause.from..pause.to).contains(*t));
        let Some(by) = polls.nth(5).map(|sixth| sixth + slack_sec).filter(|by| *by < pause.to) else {
            continue;
        };
        let position = osc.iter().rev().find(|line| line.addr == "/karaoke/pos" && line.t <= by);
        let is_playing = |line: &OscLine| line.args.get(1).and_then(serde_json::Value::as_f64) == Some(1.0);
        if position.is_some_and(is_playing) {
            violations.push(Violation::liveness(
                "a pause is told",
                by,
                format!("paused at {:.3} s", pause.from),
            ));
        }
    }
    violations
}

/// No position lies behind the end of its track, and a track that is over does not play for ever.
#[must_use]
pub fn no_track_outlasts_itself(history: &[Entry], osc: &[OscLine], patience_sec: f64) -> Vec<Violation> {
    let stretches = stretches(history);
    let mut violations = Vec::new();
    let mut duration_sec = 0.0;
    for line in osc.iter().filter(|line| line.addr.starts_with("/karaoke/")) {
        let number = |at: usize| line.args.get(at).and_then(serde_json::Value::as_f64).unwrap_or_default();
        if line.addr == "/karaoke/track" {
            duration_sec = number(5);
            continue;
        }
        let (sec, is_playing) = (number(0), number(1) > 0.0);
        if duration_sec > 0.0 && sec > duration_sec + 0.01 {
            let detail = format!("{sec} s of a track of {duration_sec} s");
            violations.push(Violation::safety("no position lies behind the end", line.t, detail));
        }
        let here = stretches.iter().find(|it| (it.from..it.to).contains(&line.t) && it.is_told);
        let over = here.and_then(|it| Some(it.at_sec + line.t - it.from - it.song.as_ref()?.duration_sec));
        if is_playing && over.is_some_and(|over| over > patience_sec) {
            violations.push(Violation::liveness(
                "a track that is over stops",
                line.t,
                format!("{over:?} s ago"),
            ));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::history::What;

    fn mark(t: f64, name: &str, detail: &str) -> Entry {
        Entry { t, what: What::Mark { name: name.to_owned(), detail: detail.to_owned() } }
    }

    fn happens(t: f64, event: &str) -> Entry {
        assert!(serde_json::from_str::<Event>(event).is_ok(), "{event}");
        mark(t, SPOTIFY, event)
    }

    fn plays(t: f64, title: &str, duration_sec: f64) -> Entry {
        let song = json!({"play": {"artist": "A", "title": title, "duration_sec": duration_sec}});
        happens(t, &song.to_string())
    }

    fn track(t: f64, title: &str) -> OscLine {
        let args = json!([1, "spotify", "A", title, "", 100.0, 0]);
        line(t, "/karaoke/track", args)
    }

    fn line(t: f64, addr: &str, args: serde_json::Value) -> OscLine {
        let line = json!({"t": t, "from": "spotify_monitor", "addr": addr, "tags": "", "args": args});
        serde_json::from_value(line).unwrap()
    }

    fn night(mut entries: Vec<Entry>) -> Vec<Entry> {
        entries.extend((1..50).map(|t| mark(f64::from(t) * 2.0, ASKED, "player")));
        entries.push(Entry { t: 100.0, what: What::End });
        entries.sort_by(|one, two| one.t.total_cmp(&two.t));
        entries
    }

    fn properties(violations: &[Violation]) -> Vec<&'static str> {
        violations.iter().map(|it| it.property).collect()
    }

    #[test]
    fn a_track_that_is_told_late_twice_or_without_being_so_is_seen() {
        let history = night(vec![plays(1.0, "One", 90.0), plays(31.0, "Two", 90.0)]);
        let good = [track(2.1, "One"), track(32.1, "Two")];
        assert_eq!(what_plays_is_told(&history, &good, 0.3), []);
        let late = [track(2.1, "One"), track(36.0, "Two")];
        assert_eq!(
            properties(&what_plays_is_told(&history, &late, 0.3)),
            ["what plays is told by the second question"]
        );
        let twice = [track(2.1, "One"), track(20.0, "One"), track(32.1, "Two")];
        assert_eq!(properties(&what_plays_is_told(&history, &twice, 0.3)), ["nothing is told twice"]);
        let wrong = [track(2.1, "One"), track(32.1, "Two"), track(50.0, "One"), track(52.0, "Two")];
        assert_eq!(
            properties(&what_plays_is_told(&history, &wrong, 0.3)),
            ["nothing is told that is not so"]
        );
    }

    #[test]
    fn how_late_a_track_is_told_is_measured_where_it_can_be() {
        let history = night(vec![
            plays(1.0, "One", 90.0),
            plays(31.0, "Two", 90.0),
            happens(60.0, "\"stop\""),
            plays(75.0, "Three", 90.0),
        ]);
        let told = [track(2.1, "One"), track(34.0, "Two"), track(79.0, "Three")];
        assert_eq!(told_within_questions(&history, &told, 2.0), [1.0], "only one follows another");
    }

    #[test]
    fn what_the_service_does_not_tell_need_not_be_known() {
        let history = night(vec![
            plays(1.0, "One", 90.0),
            happens(30.0, r#"{"answers": {"status": 500}}"#),
            plays(31.0, "Two", 90.0),
            happens(60.0, r#"{"answers": "well"}"#),
        ]);
        assert_eq!(what_plays_is_told(&history, &[track(2.1, "One"), track(62.1, "Two")], 0.3), []);
        let never = what_plays_is_told(&history, &[track(2.1, "One")], 0.3);
        assert_eq!(properties(&never), ["what plays is told by the second question"]);
    }

    #[test]
    fn two_questions_in_one_rest_and_a_rest_that_is_not_shown_are_seen() {
        let mut history =
            night(vec![happens(9.0, r#"{"limit": 11}"#), mark(15.0, SOURCE_STATUS, "rate limited, 5 s")]);
        let found = one_question_per_rest(&history);
        assert_eq!((properties(&found), found[0].t), (vec!["a service that wants rest is asked once"], 12.0));
        assert_eq!(rest_is_shown(&history, 0.3), []);
        history.push(mark(16.0, SOURCE_STATUS, "ok"));
        assert_eq!(properties(&rest_is_shown(&history, 0.3)), ["a rest is shown with its length"]);
        history.retain(|entry| !(10.5..20.0).contains(&entry.t));
        assert_eq!(one_question_per_rest(&history), []);
    }

    #[test]
    fn a_lost_refresh_token_and_questions_without_a_sign_in_are_seen() {
        let ended = || vec![happens(50.0, r#"{"grants": "refused"}"#), mark(52.0, ASKED, FOR_A_TOKEN)];
        let mut good = night([ended(), vec![mark(54.0, ASKED, FOR_A_TOKEN)]].concat());
        good.retain(|entry| entry.t <= 54.0);
        assert_eq!(nobody_is_asked_without_a_sign_in(&good), []);
        assert_eq!(sign_in_is_never_lost(&good), []);
        let goes_on = night([ended(), vec![mark(54.0, ASKED, FOR_A_TOKEN)]].concat());
        assert_eq!(
            properties(&nobody_is_asked_without_a_sign_in(&goes_on)),
            ["without a sign-in nobody is asked"]
        );
        assert_eq!(nobody_is_asked_without_a_sign_in(&night(ended())).len(), 1);
        let lost = night(vec![mark(9.0, ASKED, WITH_A_LOST_TOKEN)]);
        assert_eq!(properties(&sign_in_is_never_lost(&lost)), ["the refresh token is never lost"]);
    }

    #[test]
    fn a_pause_that_is_not_told_is_seen() {
        let history = night(vec![plays(1.0, "One", 200.0), happens(31.0, "\"pause\"")]);
        let position = |t: f64, is_playing: i32| line(t, "/karaoke/pos", json!([20.0, is_playing]));
        assert_eq!(a_pause_is_told(&history, &[position(10.0, 1), position(41.0, 0)], 0.3), []);
        assert_eq!(properties(&a_pause_is_told(&history, &[position(10.0, 1)], 0.3)), ["a pause is told"]);
    }

    #[test]
    fn a_position_behind_the_end_and_a_track_that_never_ends_are_seen() {
        let history = night(vec![plays(1.0, "One", 20.0)]);
        let position = |t: f64, sec: f64, is_playing: i32| line(t, "/karaoke/pos", json!([sec, is_playing]));
        let track = line(2.0, "/karaoke/track", json!([1, "spotify", "A", "One", "", 20.0, 0]));
        let good = [track.clone(), position(10.0, 9.0, 1), position(30.0, 20.0, 1), position(60.0, 20.0, 0)];
        assert_eq!(no_track_outlasts_itself(&history, &good, 15.0), []);
        let behind = [track.clone(), position(30.0, 29.0, 1)];
        assert_eq!(
            properties(&no_track_outlasts_itself(&history, &behind, 15.0)),
            ["no position lies behind the end"]
        );
        let for_ever = [track, position(60.0, 20.0, 1)];
        assert_eq!(
            properties(&no_track_outlasts_itself(&history, &for_ever, 15.0)),
            ["a track that is over stops"]
        );
    }
}
