//! Time, tasks and hashed order go through the seam (`vj-env`), or a rehearsal is neither virtual nor repeatable.
//!
//! clippy's `disallowed-methods` finds the same calls once they compile; this finds them by their text, also behind a `cfg`.

use super::source::Source;
use super::violation::Violation;

pub(crate) const NAME: &str = "banned-calls";

/// A call by the text that betrays it, and what to write instead.
const BANNED: [(&str, &str); 9] = [
    ("Instant::now", "Env's Clock::now, time may be virtual"),
    ("SystemTime::now", "Env's Clock::wall_now, time may be virtual"),
    ("tokio::time", "Env's Clock"),
    ("tokio::spawn", "Env's Scope::spawn, a killed process must take its tasks with it"),
    ("tokio::task::spawn", "Env's Scope::spawn, a killed process must take its tasks with it"),
    ("task::spawn_local", "Env's Scope::spawn, a killed process must take its tasks with it"),
    ("thread::sleep", "Env's Clock::sleep, it would stop every simulated process"),
    ("HashMap", "BTreeMap, the order of a HashMap differs from run to run"),
    ("HashSet", "BTreeSet, the order of a HashSet differs from run to run"),
];

/// Where a banned call is allowed all the same.
struct Exception {
    /// The start of a path.
    place: &'static str,
    calls: &'static [&'static str],
    why: &'static str,
}

const EXCEPTIONS: [Exception; 1] = [Exception {
    place: "crates/vj-env/src/",
    calls: &[
        "Instant::now",
        "SystemTime::now",
        "tokio::time",
        "tokio::spawn",
        "tokio::task::spawn",
        "task::spawn_local",
        "thread::sleep",
    ],
    why: "the seam itself: its real side reads the real clock",
}];

pub(crate) fn check(sources: &[Source]) -> Vec<Violation> {
    check_with(sources, &EXCEPTIONS)
}

fn check_with(sources: &[Source], exceptions: &[Exception]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for source in sources.iter().filter(|source| is_judged(&source.path)) {
        for (call, instead) in BANNED {
            let excepted = |exception: &&Exception| {
                source.path.starts_with(exception.place) && exception.calls.contains(&call)
            };
            if exceptions.iter().any(|exception| excepted(&exception)) {
                continue;
            }
            violations.extend(lines_with(source, call).into_iter().map(|line| {
                let what = format!("no {call} here, use {instead}");
                Violation::new(&source.path, line, NAME, what)
            }));
        }
    }
    violations.extend(exceptions.iter().filter(|exception| !is_needed(sources, exception)).map(
        |exception| {
            let (place, why) = (exception.place, exception.why);
            let what = format!("nobody needs the exception for {place} ({why}): take it out of the table");
            Violation::new("xtask/src/tidy/banned_calls.rs", 1, NAME, what)
        },
    ));
    violations
}

/// The crates' own code; tests and benchmarks beside it may take real time.
fn is_judged(path: &str) -> bool {
    path.starts_with("sim/src/")
        || path
            .strip_prefix("crates/")
            .and_then(|rest| rest.split_once('/'))
            .is_some_and(|(_, rest)| rest.starts_with("src/"))
}

fn lines_with(source: &Source, call: &str) -> Vec<usize> {
    let is_path = |path: &String| {
        path.ends_with(&format!("::{call}")) || format!("{path}::").starts_with(&format!("{call}::"))
    };
    let imported = source.imports().into_iter().filter(|(_, path)| is_path(path)).map(|(line, _)| line);
    let mut lines: Vec<usize> = source.lines_with(call).into_iter().chain(imported).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}

fn is_needed(sources: &[Source], exception: &Exception) -> bool {
    let mut inside = sources.iter().filter(|source| source.path.starts_with(exception.place));
    inside.any(|source| exception.calls.iter().any(|call| !lines_with(source, call).is_empty()))
}

#[cfg(test)]
mod tests {
    use super::super::source::source;
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        check_with(&[source(path, text)], &[]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_banned_call_is_found() {
        for (bad, call) in [
            ("let now = Instant::now();", "Instant::now"),
            ("std::time::SystemTime::now()", "SystemTime::now"),
            ("tokio::time::sleep(d).await", "tokio::time"),
            ("use tokio::{sync, time};", "tokio::time"),
            ("use tokio::time::{self, sleep};", "tokio::time"),
            ("tokio::spawn(async {});", "tokio::spawn"),
            ("use tokio::task::{JoinSet, spawn_local};", "task::spawn_local"),
            ("std::thread::sleep(d)", "thread::sleep"),
            ("use std::collections::{BTreeMap, HashMap};", "HashMap"),
            ("let seen: HashSet<u8>;", "HashSet"),
        ] {
            let found = found("crates/vj-bus/src/service.rs", bad);
            let expected = format!("crates/vj-bus/src/service.rs:1: banned-calls: no {call} here");
            assert!(found.len() == 1 && found[0].starts_with(&expected), "{bad}: {found:?}");
        }
    }

    #[test]
    fn tests_comments_and_texts_are_left_alone() {
        assert_eq!(found("crates/vj-bus/tests/it.rs", "Instant::now()"), [""; 0]);
        assert_eq!(found("sim/src/run.rs", "// Instant::now() is not for us\nlet a = \"HashMap\";"), [""; 0]);
        assert_eq!(found("sim/src/run.rs", "join_set.spawn(x); clock.now(); HashMapLike"), [""; 0]);
    }

    #[test]
    fn exceptions_hold_for_their_place_alone_and_must_be_needed() {
        let exception = || [Exception { place: "sim/src/driver", calls: &["tokio::time"], why: "x" }];
        let driver = source("sim/src/driver/clock.rs", "tokio::time::pause();");
        let other = source("sim/src/history.rs", "tokio::time::pause();");
        assert_eq!(check_with(&[driver], &exception()), []);
        let found: Vec<String> =
            check_with(&[other], &exception()).iter().map(|violation| violation.path.clone()).collect();
        assert_eq!(found, ["sim/src/history.rs", "xtask/src/tidy/banned_calls.rs"]);
    }
}
