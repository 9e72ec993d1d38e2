//! Whose words were told, and how soon.

use super::Book;
use super::tellings::{INVOLVED, Telling, TimedLine, tellings};
use crate::checkers::Violation;
use crate::checkers::lives::away;
use crate::checkers::told::{Told, told};
use crate::history::Entry;
use crate::osc_log::OscLine;

/// A monitor's word takes so long to whoever follows it, and a line so long to be sent.
const ON_THE_WAY_SEC: f64 = 0.3;

/// Who was away has found the others again, and heard how things are, within this.
const FOUND_AGAIN_SEC: f64 = 0.6;

/// The title of a track, as a monitor told it.
fn title(told: &Told) -> &str {
    told.what.split_once(" - ").map_or(told.what.as_str(), |(_, title)| title)
}

/// After a reset each line comes once, in order, with its time, and is of the song that was said to have lyrics; and that is
/// the one that plays.
pub(super) fn words_are_of_their_song(history: &[Entry], osc: &[OscLine], book: &Book) -> Vec<Violation> {
    const PROPERTY: &str = "lyrics are of the song that plays";
    let away: Vec<(f64, f64)> = INVOLVED.iter().flat_map(|it| away(history, it)).collect();
    let (told, mut violations) = (told(osc), Vec::new());
    let mut wrong = |t: f64, detail: String| violations.push(Violation::safety(PROPERTY, t, detail));
    for telling in tellings(osc) {
        let Some((named_t, named)) = &telling.named else {
            if let Some(line) = telling.lines.first() {
                wrong(line.t, format!("'{}' came, and no track was said to have lyrics", line.text));
            }
            continue;
        };
        // Another one may have begun while the word was on its way, or while somebody was away.
        let known_t = away.iter().filter(|(from, to)| *from <= *named_t && *named_t <= to + FOUND_AGAIN_SEC);
        let known_t = known_t.map(|(from, _)| *from).fold(*named_t, f64::min) - ON_THE_WAY_SEC;
        let first = told.partition_point(|it| it.t <= known_t).saturating_sub(1);
        let is_on = told[first..].iter().take_while(|it| it.t <= *named_t).any(|it| title(it) == named);
        if !is_on {
            wrong(*named_t, format!("'{named}' was said to have lyrics, and does not play"));
        }
        let words = book.get(named);
        for (at, line) in (0..).zip(&telling.lines) {
            let expected = words.and_then(|words| words.get(at));
            let is_so = expected
                .is_some_and(|(sec, text)| (sec - line.time_sec).abs() < 0.02 && *text == line.text)
                && line.index == at as i64
                && line.t >= *named_t;
            if !is_so {
                let TimedLine { index, time_sec, text, .. } = line;
                wrong(line.t, format!("line {index} ({time_sec} s) '{text}' came as line {at} of '{named}'"));
                break;
            }
        }
    }
    violations
}

/// A song that plays: when it was told, until when, and when its first line came.
#[derive(Debug, Clone, PartialEq)]
pub struct Wait {
    /// Its title.
    pub title: String,
    /// When a monitor told it.
    pub from: f64,
    /// When something else was told.
    pub to: f64,
    /// When its first line came, if one did.
    pub first_line: Option<f64>,
    /// Whether all its lines had been told before.
    pub is_known: bool,
}

/// All songs of the book that were told, in order.
#[must_use]
pub fn waits(osc: &[OscLine], book: &Book) -> Vec<Wait> {
    let (told, tellings) = (told(osc), tellings(osc));
    let end = osc.last().map_or(0.0, |line| line.t);
    let whole = |it: &&Telling| {
        it.named
            .as_ref()
            .is_some_and(|(_, title)| book.get(title).is_some_and(|words| words.len() == it.lines.len()))
    };
    let mut waits = Vec::new();
    for (index, it) in told.iter().enumerate() {
        let title = title(it);
        if !book.contains_key(title) {
            continue;
        }
        let to = told.get(index + 1).map_or(end, |next| next.t);
        let of_it = |telling: &&Telling| telling.named.as_ref().is_some_and(|(_, named)| named == title);
        let first_line = tellings.iter().filter(of_it).filter_map(|telling| telling.lines.first());
        let first_line = first_line.map(|line| line.t).find(|t| (it.t..=to).contains(t));
        // What was told takes a moment to be written down.
        let last_line = |telling: &Telling| telling.lines.last().map_or(f64::MAX, |line| line.t);
        let mut before = tellings.iter().filter(of_it).filter(whole);
        let is_known = before.any(|telling| last_line(telling) + ON_THE_WAY_SEC < it.t);
        waits.push(Wait { title: title.to_owned(), from: it.t, to, first_line, is_known });
    }
    waits
}

/// Each of these songs has its first line within `sec`, unless something else plays by then.
#[must_use]
pub fn words_come_within(waits: &[Wait], sec: f64) -> Vec<Violation> {
    let late = waits.iter().filter(|wait| wait.first_line.unwrap_or(wait.to) > wait.from + sec);
    late.map(|wait| {
        let came =
            wait.first_line.map_or("never came".to_owned(), |t| format!("came after {:.3} s", t - wait.from));
        let detail = format!("the first line of '{}', told at {:.3}, {came}", wait.title, wait.from);
        Violation::liveness("a song has its lyrics in time", wait.from + sec, detail)
    })
    .collect()
}
