//! What the processes of a real show said, and what it tells of their lives.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use vj_core::ProcessName;
use vj_env::LogRecord;
use vj_env::real::{LOG_FILES_KEPT, parse_line};

use crate::history::{Entry, What};

/// How the first line of a panic ends in the log file; what was said stands on the lines after it.
const PANIC: &str = "a panic:";

/// The last digit of a time in the history.
const MICROSECOND_SEC: f64 = 1e-6;

/// One record of a log file.
struct Said {
    process: String,
    pid: u32,
    record: LogRecord,
    /// The lines that follow and are no records: the rest of it, or what a library wrote.
    more: Vec<String>,
}

/// Adds to `history` what the log files in `dir` tell, and puts everything in order of time. `began_ms` is the date at which
/// the run began.
pub(super) fn merge(mut history: Vec<Entry>, dir: &Path, began_ms: u64) -> Vec<Entry> {
    let said = read(dir);
    let at = |record: &LogRecord| record.time_ms.saturating_sub(began_ms) as f64 / 1e3;
    // Stamps have whole milliseconds: a process must not seem to start after it was first seen.
    let mut first_seen: BTreeMap<u32, f64> = BTreeMap::new();
    for Entry { t, what } in &history {
        if let What::Bound { pid, .. } | What::Exit { pid, .. } = what {
            first_seen.entry(*pid).or_insert(*t);
        }
    }
    let mut causes: BTreeMap<u32, (String, f64, String)> = BTreeMap::new();
    let mut born: BTreeSet<(&str, u32)> = BTreeSet::new();
    let mut told = Vec::new();
    for Said { process, pid, record, more } in &said {
        let t = at(record);
        if born.insert((process, *pid)) && process != "up" {
            let seen = first_seen.get(pid).map_or(t, |seen| t.min(seen - MICROSECOND_SEC));
            told.push(Entry { t: seen, what: What::Start { process: process.clone(), pid: *pid } });
        }
        if record.message == PANIC {
            let message = more.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
            told.push(Entry { t, what: What::Panic { process: process.clone(), pid: *pid, message } });
        }
        if let Some((victim, victim_pid, how)) = end_of(&record.message) {
            causes.insert(victim_pid, (victim, t, how));
        }
        if let Some(holder) = refused(&record.message) {
            let (process, pid) = (process.clone(), *pid);
            told.push(Entry { t, what: What::Refused { process, pid, holder } });
        }
        let (level, message) = (record.level, record.message.clone());
        told.push(Entry { t, what: What::Log { process: process.clone(), pid: *pid, level, message } });
    }
    for entry in &mut history {
        if let What::Exit { pid, how, .. } = &mut entry.what
            && let Some((_, _, cause)) = causes.remove(pid)
            && how.is_empty()
        {
            *how = cause;
        }
    }
    // Those that came and went between two looks at the bus.
    let unseen = causes
        .into_iter()
        .map(|(pid, (process, t, how))| Entry { t, what: What::Exit { process, pid, how } });
    history.extend(told);
    history.extend(unseen);
    history.sort_by(|a, b| a.t.total_cmp(&b.t));
    history
}

/// Who said that it sends OSC from that port; the last one, since a port is given again.
pub(super) fn sender(dir: &Path, port: u16) -> Option<ProcessName> {
    let says = format!(", sends OSC from port {port}");
    let said = read(dir).into_iter().filter(|it| it.record.message.ends_with(&says));
    said.max_by_key(|it| it.record.time_ms)?.process.parse().ok()
}

fn read(dir: &Path) -> Vec<Said> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|it| it.file_name().to_str()?.strip_suffix(".log").map(str::to_owned))
        .collect();
    names.sort();
    let mut said = Vec::new();
    for name in names {
        let current = dir.join(format!("{name}.log"));
        let old = (1..=LOG_FILES_KEPT).rev().map(|n| PathBuf::from(format!("{}.{n}", current.display())));
        for file in old.chain([current.clone()]) {
            let text = fs::read(&file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            for line in text.unwrap_or_default().lines() {
                match (parse_line(line), said.last_mut()) {
                    (Some((pid, record)), _) => {
                        said.push(Said { process: name.clone(), pid, record, more: Vec::new() });
                    }
                    (None, Some(last)) => last.more.push(line.to_owned()),
                    (None, None) => {}
                }
            }
        }
    }
    said
}

/// `NAME (pid N) ended: HOW`, as the manager says it of a worker, and the guardian of the manager.
fn end_of(message: &str) -> Option<(String, u32, String)> {
    let (name, rest) = message.split_once(" (pid ")?;
    let (pid, how) = rest.split_once(") ended: ")?;
    let how = how.split([';', ',']).next().unwrap_or(how);
    Some((name.to_owned(), pid.parse().ok()?, how.to_owned()))
}

/// `NAME is already running (pid N)`, as a second one says before it ends.
fn refused(message: &str) -> Option<u32> {
    message.split_once(" is already running (pid ")?.1.split(')').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGAN_MS: u64 = 1_795_381_387_000;

    fn told(history: Vec<Entry>, files: &[(&str, &str)]) -> Vec<Entry> {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(dir.path().join(name), text).unwrap();
        }
        merge(history, dir.path(), BEGAN_MS)
    }

    #[test]
    fn the_first_word_of_a_process_is_its_start_and_its_parent_knows_how_it_ended() {
        let seen = Entry { t: 1.5, what: What::Exit { process: "a".to_owned(), pid: 7, how: String::new() } };
        let history = told(
            vec![seen],
            &[
                ("a.log", "2026-11-22T21:03:07.120Z info 7 starts\n2026-11-22T21:03:08.000Z info 8 starts\n"),
                (
                    "process_manager.log",
                    "2026-11-22T21:03:08.600Z info 9 a (pid 7) ended: signal 9\n2026-11-22T21:03:09.000Z info 9 a (pid 8) ended: exit code 0\n",
                ),
            ],
        );
        let starts: Vec<_> = history
            .iter()
            .filter(|e| matches!(&e.what, What::Start { process, .. } if process == "a"))
            .collect();
        assert_eq!(starts.iter().map(|e| e.t).collect::<Vec<_>>(), [0.12, 1.0]);
        let ends: Vec<_> = history
            .iter()
            .filter_map(|e| match &e.what {
                What::Exit { pid, how, .. } => Some((e.t, *pid, how.as_str())),
                _ => None,
            })
            .collect();
        assert_eq!(ends, [(1.5, 7, "signal 9"), (2.0, 8, "exit code 0")]);
    }

    #[test]
    fn nobody_starts_after_he_was_seen() {
        let bound = Entry { t: 0.119_4, what: What::Bound { process: "a".to_owned(), pid: 7 } };
        let history = told(vec![bound], &[("a.log", "2026-11-22T21:03:07.120Z info 7 starts\n")]);
        let events: Vec<_> = history.iter().filter(|e| !matches!(e.what, What::Log { .. })).collect();
        assert!(matches!(events[0].what, What::Start { pid: 7, .. }) && events.len() == 2, "{events:?}");
    }

    #[test]
    fn a_port_is_the_last_ones_that_named_it() {
        let dir = tempfile::tempdir().unwrap();
        let says = |second: u32, port: u16| {
            format!("2026-11-22T21:03:{second:02}.000Z info 7 starts (vj 1), sends OSC from port {port}\n")
        };
        fs::write(dir.path().join("audio_analyzer.log"), says(9, 40_001)).unwrap();
        fs::write(dir.path().join("spotify_monitor.log"), says(8, 40_001) + &says(10, 4_000)).unwrap();
        assert_eq!(sender(dir.path(), 40_001), Some(ProcessName::AudioAnalyzer));
        assert_eq!(sender(dir.path(), 4_000), Some(ProcessName::SpotifyMonitor));
        assert_eq!(sender(dir.path(), 400), None);
    }

    #[test]
    fn a_panic_and_a_refusal_are_found() {
        let text = "2026-11-22T21:03:07.120Z error 7 a panic:\nthread 'main' panicked at x.rs:1:\nno\n\
                    2026-11-22T21:03:07.130Z error 8 a is already running (pid 7)\n";
        let history = told(Vec::new(), &[("a.log", text)]);
        let panic = history.iter().find_map(|e| match &e.what {
            What::Panic { message, .. } => Some(message.clone()),
            _ => None,
        });
        assert_eq!(panic.as_deref(), Some("thread 'main' panicked at x.rs:1: no"));
        assert!(history.iter().any(|e| matches!(&e.what, What::Refused { pid: 8, holder: 7, .. })));
    }
}
