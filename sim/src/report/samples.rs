//! Short histories and logs, made by hand: what the tests of the report are fed with.

use serde_json::{Value, json};
use vj_env::Level;

use crate::history::{Entry, What};
use crate::osc_log::OscLine;

pub(super) fn entry(t: f64, what: What) -> Entry {
    Entry { t, what }
}

pub(super) fn start(t: f64, process: &str, pid: u32) -> Entry {
    entry(t, What::Start { process: process.into(), pid })
}

pub(super) fn bound(t: f64, process: &str, pid: u32) -> Entry {
    entry(t, What::Bound { process: process.into(), pid })
}

pub(super) fn exit(t: f64, process: &str, pid: u32, how: &str) -> Entry {
    entry(t, What::Exit { process: process.into(), pid, how: how.into() })
}

pub(super) fn fault(t: f64, kind: &str, target: &str) -> Entry {
    entry(t, What::Fault { kind: kind.into(), target: target.into(), detail: String::new() })
}

pub(super) fn mended(t: f64, kind: &str, target: &str) -> Entry {
    entry(t, What::Mended { kind: kind.into(), target: target.into() })
}

pub(super) fn health(t: f64, worker: &str, health: &str) -> Entry {
    entry(t, What::Health { worker: worker.into(), health: health.into() })
}

pub(super) fn log(t: f64, level: Level, message: &str) -> Entry {
    entry(t, What::Log { process: "audio_analyzer".into(), pid: 2, level, message: message.into() })
}

pub(super) fn osc(t: f64, from: &str, addr: &str, args: Vec<Value>) -> OscLine {
    let tag = |arg: &Value| {
        if arg.is_i64() {
            'i'
        } else if arg.is_string() {
            's'
        } else {
            'f'
        }
    };
    OscLine { t, from: from.into(), addr: addr.into(), tags: args.iter().map(tag).collect(), args }
}

/// All eight levels at one height.
pub(super) fn levels(t: f64, height: f64) -> OscLine {
    osc(t, "audio_analyzer", "/audio/levels", vec![json!(height); 8])
}

/// Levels 60 times a second from `start` to before `end`, at times as the logs hold them.
pub(super) fn ticks(start: f64, end: f64) -> Vec<OscLine> {
    let count = ((end - start) * 60.0).ceil() as u32;
    (0..count).map(|n| levels(((start + f64::from(n) / 60.0) * 1e6).floor() / 1e6, 0.5)).collect()
}

/// A worker that is killed at 60 s and back at 61.02 s, in a set of 90 s.
pub(super) fn killed_once() -> (Vec<Entry>, Vec<OscLine>) {
    let worker = "audio_analyzer";
    let entries = vec![
        entry(0.0, What::Run { name: "small".into(), seed: 7, version: "0.1.0".into() }),
        start(0.0, "process_manager", 1),
        bound(0.0, "process_manager", 1),
        start(0.0, worker, 2),
        health(0.0, worker, "starting"),
        bound(0.02, worker, 2),
        health(0.02, worker, "healthy"),
        fault(60.0, "kill", worker),
        exit(60.0, worker, 2, "signal 9"),
        health(60.0, worker, "backoff"),
        log(60.0, Level::Warning, "</script><b>down</b>"),
        start(61.0, worker, 3),
        health(61.0, worker, "starting"),
        bound(61.02, worker, 3),
        health(61.02, worker, "healthy"),
        exit(90.0, worker, 3, "exit code 0"),
        entry(90.0, What::End),
    ];
    let mut lines = ticks(0.1, 60.0);
    lines.extend(ticks(61.1, 90.0));
    (entries, lines)
}
