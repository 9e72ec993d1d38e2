//! What a show takes of the machine, and how punctual it is.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;
use vj_core::ProcessName;

use super::Violation;
use super::marks::marks;
use crate::ground::Ground;
use crate::history::{Entry, What};
use crate::osc_log::OscLine;

/// The mark of how many descriptors somebody who lives through it all has open.
pub const DESCRIPTORS: &str = "descriptors";

/// The mark of the resident memory of a process: its name and the bytes.
pub const RESIDENT: &str = "resident";

/// The mark of the audio worker's own figures, as JSON.
pub const STATS: &str = "stats";

/// The mark of how many messages a subscriber has heard: its name and the count.
pub const HEARD: &str = "heard";

/// What a worker may take. A debug build has 11 MB of its own code resident, three times as much as one for users.
pub const RESIDENT_MAX: u64 = if cfg!(debug_assertions) { 20_000_000 } else { 15_000_000 };

/// Open descriptors that may be under way at any moment: a connection, a file that is written.
const UNDER_WAY: u64 = 2;

/// Of the marks of descriptors the last is not above the first.
#[must_use]
pub fn no_descriptor_leak(history: &[Entry]) -> Vec<Violation> {
    let counts: Vec<(f64, u64)> =
        marks(history, DESCRIPTORS).filter_map(|(t, count)| Some((t, count.parse().ok()?))).collect();
    match (counts.first(), counts.last()) {
        (Some((_, before)), Some((t, after))) if *after > before + UNDER_WAY => {
            let detail = format!("{before} descriptors before, {after} after");
            vec![Violation::safety("no descriptor leaks", *t, detail)]
        }
        _ => Vec::new(),
    }
}

/// Marks what a process has of the machine's memory, where the system tells.
pub fn note_resident(ground: &dyn Ground, name: ProcessName) {
    if let Some(bytes) = ground.resident_bytes(name) {
        ground.note(What::Mark { name: RESIDENT.to_owned(), detail: format!("{name} {bytes}") });
    }
}

/// No process takes more resident memory than `bytes`.
#[must_use]
pub fn resident_at_most(history: &[Entry], bytes: u64) -> Vec<Violation> {
    const PROPERTY: &str = "a worker stays small";
    let mut seen = resident(history).peekable();
    if seen.peek().is_none() {
        return vec![Violation::liveness(PROPERTY, 0.0, "nobody measured")];
    }
    seen.filter(|(.., took)| *took > bytes)
        .map(|(t, name, took)| {
            Violation::safety(PROPERTY, t, format!("{name}: {took} bytes, {bytes} are allowed"))
        })
        .collect()
}

/// From its first mark to its last no process grows by more than `bytes`.
#[must_use]
pub fn resident_flat(history: &[Entry], bytes: u64) -> Vec<Violation> {
    let mut first: BTreeMap<&str, u64> = BTreeMap::new();
    let grown = resident(history).filter_map(|(t, name, took)| {
        let before = *first.entry(name).or_insert(took);
        let detail = format!("{name}: {before} bytes, then {took}");
        (took > before + bytes).then(|| Violation::safety("memory stays flat", t, detail))
    });
    grown.collect()
}

/// The same for people.
#[must_use]
pub fn resident_in_words(history: &[Entry]) -> String {
    let words: Vec<_> =
        resident(history).map(|(_, name, bytes)| format!("{name} {:.1} MB", bytes as f64 / 1e6)).collect();
    words.join(", ")
}

fn resident(history: &[Entry]) -> impl Iterator<Item = (f64, &str, u64)> {
    marks(history, RESIDENT).filter_map(|(t, detail)| {
        let (name, bytes) = detail.split_once(' ')?;
        Some((t, name, bytes.parse().ok()?))
    })
}

/// The mark of what the processes hold: `NAME COUNT`, for each kind. It is written twice: when all stands, and at the end.
pub const HELD: &str = "held";

/// So many of a kind may come and go at the moment of the look.
const COMES_AND_GOES: u64 = 4;

/// At the end nothing is held that was not held when the show stood: no link, socket, lock, port; and files are as many as there are
/// songs in the cache, and some.
#[must_use]
pub fn nothing_leaks(history: &[Entry], more_files: u64) -> Vec<Violation> {
    const PROPERTY: &str = "nothing leaks";
    let mut counts: BTreeMap<&str, Vec<(f64, u64)>> = BTreeMap::new();
    for (t, detail) in marks(history, HELD) {
        if let Some((name, count)) = detail.split_once(' ') {
            counts.entry(name).or_default().push((t, count.parse().unwrap_or_default()));
        }
    }
    let mut violations = Vec::new();
    for (name, counts) in &counts {
        let more = if *name == "files" { more_files } else { COMES_AND_GOES };
        let (Some((_, first)), Some((t, last))) = (counts.first(), counts.last()) else { continue };
        if *last > first + more {
            violations.push(Violation::safety(
                PROPERTY,
                *t,
                format!("{name}: {first} when all stood, {last} at the end"),
            ));
        }
    }
    if counts.is_empty() {
        violations.push(Violation::liveness(PROPERTY, 0.0, "nobody counted"));
    }
    violations
}

/// No datagram was refused by the system, and the worker never stood still.
#[must_use]
pub fn sends_without_loss(history: &[Entry]) -> Vec<Violation> {
    const PROPERTY: &str = "telemetry never waits and loses nothing";
    let Some((t, stats)) = marks(history, STATS).last() else {
        return vec![Violation::liveness(PROPERTY, 0.0, "the worker's figures are missing")];
    };
    let stats: Value = serde_json::from_str(stats).unwrap_or_default();
    ["packets_dropped", "jumps"]
        .into_iter()
        .filter(|name| stats[name].as_u64() != Some(0))
        .map(|name| Violation::safety(PROPERTY, t, format!("{name}: {}", stats[name])))
        .collect()
}

/// So many subscribers heard something, and all heard about as much.
#[must_use]
pub fn subscribers_hear(history: &[Entry], count: usize) -> Vec<Violation> {
    const PROPERTY: &str = "every subscriber hears all";
    let mut heard = BTreeMap::new();
    for (_, detail) in marks(history, HEARD) {
        if let Some((name, count)) = detail.split_once(' ') {
            heard.insert(name, count.parse::<u64>().unwrap_or(0));
        }
    }
    let (least, most) = (heard.values().min().copied(), heard.values().max().copied());
    let is_alike = least.zip(most).is_some_and(|(least, most)| least > 0 && least * 10 >= most * 9);
    if heard.len() == count && is_alike {
        return Vec::new();
    }
    vec![Violation::safety(PROPERTY, 0.0, format!("{heard:?}"))]
}

/// How late the ticks of a minute were, against the most punctual one: what somebody outside sees. Milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lateness {
    /// Half of them were later.
    pub p50_ms: f64,
    /// One in a hundred was later.
    pub p99_ms: f64,
    /// One in a thousand was later.
    pub p999_ms: f64,
    /// The latest.
    pub max_ms: f64,
}

impl Lateness {
    /// Of the messages of `addr` between these moments.
    #[must_use]
    pub fn of(osc: &[OscLine], addr: &str, from: f64, until: f64) -> Self {
        let times = osc.iter().filter(|line| line.addr == addr && (from..until).contains(&line.t));
        Self::against_the_beat(times.map(|line| line.t))
    }

    /// Of something that comes sixty times a second, at these moments.
    pub fn against_the_beat(times: impl Iterator<Item = f64>) -> Self {
        let mut late: Vec<f64> = times.enumerate().map(|(tick, t)| t - tick as f64 / 60.0).collect();
        let earliest = late.iter().copied().fold(f64::INFINITY, f64::min);
        late.iter_mut().for_each(|late| *late = (*late - earliest) * 1e3);
        late.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let rank = (late.len() as f64 * share).ceil() as usize;
            late.get(rank.clamp(1, late.len().max(1)) - 1).copied().unwrap_or(f64::INFINITY)
        };
        Self { p50_ms: at(0.5), p99_ms: at(0.99), p999_ms: at(0.999), max_ms: at(1.0) }
    }

    /// What of it is too much, beyond what a bare timer took in the same run: on a machine that has no time for anybody the
    /// worker is late with the rest.
    #[must_use]
    pub fn over(self, p99_ms: f64, p999_ms: f64, timer: Self) -> Vec<Violation> {
        let (p99_ms, p999_ms) = (p99_ms + timer.p99_ms, p999_ms + timer.p999_ms);
        if self.p99_ms <= p99_ms && self.p999_ms <= p999_ms {
            return Vec::new();
        }
        let detail = format!(
            "{self}; allowed are {p99_ms:.1} ms at p99 and {p999_ms:.1} ms at p99.9 (a timer: {timer})"
        );
        vec![Violation::liveness("every tick comes on time", 0.0, detail)]
    }
}

impl fmt::Display for Lateness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { p50_ms, p99_ms, p999_ms, max_ms } = self;
        write!(f, "p50 {p50_ms:.2}, p99 {p99_ms:.2}, p99.9 {p999_ms:.2}, max {max_ms:.2} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::super::bad_history::mark;
    use super::*;

    #[test]
    fn a_leak_and_a_big_worker_are_seen() {
        let counts = |after: &str| [mark(1.0, DESCRIPTORS, "10"), mark(9.0, DESCRIPTORS, after)];
        assert_eq!(no_descriptor_leak(&counts("12")), []);
        assert_eq!(no_descriptor_leak(&counts("13")).len(), 1);
        assert_eq!(resident_at_most(&[mark(1.0, RESIDENT, "a 10")], 10), []);
        assert_eq!(resident_at_most(&[mark(1.0, RESIDENT, "a 11")], 10).len(), 1);
        assert_eq!(resident_at_most(&[], 10).len(), 1);
        let grows =
            |by: &str| [mark(1.0, RESIDENT, "a 10"), mark(1.0, RESIDENT, "b 1"), mark(2.0, RESIDENT, by)];
        assert_eq!(resident_flat(&grows("a 15"), 5), []);
        assert_eq!(resident_flat(&grows("a 16"), 5).len(), 1);
    }

    #[test]
    fn what_is_held_for_ever_is_seen() {
        let held = |links: &str, files: &str| {
            [
                mark(1.0, HELD, "links 8"),
                mark(1.0, HELD, "files 2"),
                mark(9.0, HELD, links),
                mark(9.0, HELD, files),
            ]
        };
        assert_eq!(nothing_leaks(&held("links 12", "files 12"), 10), []);
        assert_eq!(nothing_leaks(&held("links 13", "files 2"), 10).len(), 1);
        assert_eq!(nothing_leaks(&held("links 8", "files 13"), 10).len(), 1);
        assert_eq!(nothing_leaks(&[], 10).len(), 1);
    }

    #[test]
    fn losses_and_a_deaf_subscriber_are_seen() {
        let stats = |text: &str| sends_without_loss(&[mark(1.0, STATS, text)]).len();
        assert_eq!(stats(r#"{"packets_dropped": 0, "jumps": 0}"#), 0);
        assert_eq!(stats(r#"{"packets_dropped": 1, "jumps": 0}"#), 1);
        assert_eq!(stats("null"), 2);
        assert_eq!(sends_without_loss(&[]).len(), 1);
        let heard = |a: &str, b: &str| subscribers_hear(&[mark(1.0, HEARD, a), mark(1.0, HEARD, b)], 2).len();
        assert_eq!(heard("a 100", "b 95"), 0);
        assert_eq!(heard("a 100", "b 50"), 1);
        assert_eq!(heard("a 100", "a 100"), 1);
    }

    #[test]
    fn late_ticks_are_seen() {
        let ticks = |late: &[(usize, f64)]| {
            let line = |tick: usize| OscLine {
                t: 1.0
                    + tick as f64 / 60.0
                    + late.iter().find(|(at, _)| *at == tick).map_or(0.0, |(_, by)| *by),
                from: String::new(),
                addr: "/a".to_owned(),
                tags: String::new(),
                args: Vec::new(),
            };
            Lateness::of(&(0..1_000).map(line).collect::<Vec<_>>(), "/a", 0.0, 100.0)
        };
        let timer = ticks(&[]);
        assert_eq!(ticks(&[]).over(1.0, 1.0, timer), []);
        assert_eq!(ticks(&[(500, 0.010)]).over(5.0, 16.7, timer), [], "one in a thousand");
        let late: Vec<_> = (100..120).map(|tick| (tick, 0.006)).collect();
        assert_eq!(ticks(&late).over(5.0, 16.7, timer).len(), 1, "two in a hundred by 6 ms");
        assert_eq!(ticks(&late).over(5.0, 16.7, ticks(&late)), [], "the machine was");
        let late: Vec<_> = (100..102).map(|tick| (tick, 0.030)).collect();
        assert_eq!(ticks(&late).over(5.0, 16.7, timer).len(), 1, "two in a thousand by 30 ms");
        assert_eq!(Lateness::of(&[], "/a", 0.0, 1.0).over(5.0, 16.7, timer).len(), 1, "none at all");
    }
}
