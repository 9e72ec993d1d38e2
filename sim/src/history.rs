//! What the processes lived through: one event a line, in the order in which it happened. The checkers and the report
//! read only this and the OSC log, so a live show could be judged by the same code.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};

use rosc::{OscPacket, OscType, decoder};
use serde::{Deserialize, Serialize};
use vj_core::At;
use vj_env::Level;

use crate::jsonl;

/// One line of `history.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Seconds since the start of the run.
    pub t: f64,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// The first line: what was run.
    Run {
        /// Name of the scenario or title of the set.
        name: String,
        /// From which everything random was drawn.
        seed: u64,
        /// Of `vj`.
        version: String,
    },
    /// A process started.
    Start {
        /// Its name.
        process: String,
        /// Its number.
        pid: u32,
    },
    /// A process ended, whatever the cause.
    Exit {
        /// Its name.
        process: String,
        /// Its number.
        pid: u32,
        /// `exit code N` or `signal N`.
        how: String,
    },
    /// A process panicked; its exit follows.
    Panic {
        /// Its name.
        process: String,
        /// Its number.
        pid: u32,
        /// What it said.
        message: String,
    },
    /// A process took its name: it holds the lock and serves the socket.
    Bound {
        /// The name.
        process: String,
        /// Its number.
        pid: u32,
    },
    /// A socket was removed from the bus.
    Unbound {
        /// The name.
        process: String,
        /// Who removed it.
        pid: u32,
    },
    /// A process could not take its name, since another holds it.
    Refused {
        /// The name.
        process: String,
        /// Who was refused.
        pid: u32,
        /// Who holds it.
        holder: u32,
    },
    /// The simulator broke something.
    Fault {
        /// What: `kill`, `terminate`, `freeze`, `clog`, `cut`, `weather`, `wall_clock_step`, `disk_full`.
        kind: String,
        /// Whom or what it struck.
        target: String,
        /// Details in words.
        #[serde(default)]
        detail: String,
    },
    /// The simulator made good what it had broken.
    Mended {
        /// What had been broken.
        kind: String,
        /// Whom or what it had struck.
        target: String,
    },
    /// The manager said that a worker's health changed (`/vj/worker/NAME`).
    Health {
        /// Whose.
        worker: String,
        /// As in the manager's state.
        health: String,
    },
    /// A client asked for something.
    Command {
        /// Which client.
        client: String,
        /// Which process.
        to: String,
        /// Unique for the client.
        id: String,
        /// What for.
        cmd: String,
    },
    /// A client's command ended.
    Answer {
        /// Which client.
        client: String,
        /// Which process.
        to: String,
        /// Of the command.
        id: String,
        /// `replied`, `refused` or `unknown`.
        outcome: String,
        /// What it said, in short.
        #[serde(default)]
        detail: String,
    },
    /// A receiver of telemetry began (or ceased) to listen.
    Receiver {
        /// Its address.
        address: String,
        /// Whether it listens from now on.
        listens: bool,
    },
    /// A receiver got its first packet since it began to listen.
    FirstPacket {
        /// Its address.
        address: String,
    },
    /// A process said something.
    Log {
        /// Its name.
        process: String,
        /// Its number.
        pid: u32,
        /// How much it matters.
        level: Level,
        /// What it said.
        message: String,
    },
    /// The show: a source began, ended, or the like, as told by the set.
    Mark {
        /// What.
        name: String,
        /// Details in words.
        #[serde(default)]
        detail: String,
    },
    /// The last line: the run is over.
    End,
}

/// The history of a run, as it grows.
#[derive(Debug, Default)]
pub struct History {
    entries: RefCell<Vec<Entry>>,
}

impl History {
    /// Adds what happened at `at`.
    pub fn add(&self, at: At, what: What) {
        self.entries.borrow_mut().push(Entry { t: seconds(at), what });
    }

    /// All there is, leaving nothing.
    pub fn take(&self) -> Vec<Entry> {
        self.entries.take()
    }

    /// Looks at all there is.
    pub fn with<T>(&self, look: impl FnOnce(&[Entry]) -> T) -> T {
        look(&self.entries.borrow())
    }
}

/// Hears the manager's word on the workers' health in what it sends to the visuals.
#[derive(Debug, Default)]
pub struct HealthEar {
    last: RefCell<BTreeMap<String, String>>,
}

impl HealthEar {
    /// What the packet says that is new, if it is about health at all.
    pub fn hear(&self, packet: &[u8]) -> Option<What> {
        const PREFIX: &str = "/vj/worker/";
        if !packet.starts_with(PREFIX.as_bytes()) {
            return None;
        }
        let Ok((_, OscPacket::Message(message))) = decoder::decode_udp(packet) else { return None };
        let Some(OscType::String(health)) = message.args.into_iter().next() else { return None };
        let worker = message.addr.trim_start_matches(PREFIX).to_owned();
        let before = self.last.borrow_mut().insert(worker.clone(), health.clone());
        (before.as_ref() != Some(&health)).then_some(What::Health { worker, health })
    }
}

/// Seconds with the microsecond as last digit: what both logs hold.
pub(crate) fn seconds(at: At) -> f64 {
    (at.as_nanos() / 1_000) as f64 / 1e6
}

/// Seconds with the microsecond as last digit, also before the run.
pub(crate) fn rounded(sec: f64) -> f64 {
    (sec * 1e6).round() / 1e6
}

/// Writes `history.jsonl`.
///
/// # Errors
/// What the writer said.
pub fn write_jsonl(entries: &[Entry], out: impl Write) -> io::Result<()> {
    jsonl::write(entries, out)
}

/// Reads `history.jsonl`.
///
/// # Errors
/// The first line that is not an entry, by its number.
pub fn read_jsonl(input: impl BufRead) -> io::Result<Vec<Entry>> {
    jsonl::read(input, "history entry")
}
