//! What came into a process from outside, as it came: for whoever records the show.
//!
//! Each process keeps its last while of it in memory, and hands it out when it is asked (`get_tape`). So a recorder is a
//! client like any other: it can come late, fall behind or die, and nobody waits for it. Each entry has the moment at which
//! it came, so that it does not matter when it is fetched.
//!
//! Nothing secret may be noted here: no headers, no tokens, no keys.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::Notify;
use vj_core::limits::{
    TAPE_ANSWER_BYTES_MAX, TAPE_BYTES_MAX, TAPE_ENTRY_BYTES_MAX, TAPE_WAIT_MAX, TAPE_WANTED_AT_FIRST,
    TAPE_WANTED_FOR,
};
use vj_core::{At, base64};
use vj_env::Clock;

/// The command that asks for it.
pub const GET_TAPE: &str = "get_tape";

/// A process's tape. Cloning gives the same one.
#[derive(Clone)]
pub struct Tape {
    clock: Clock,
    ring: Rc<RefCell<Ring>>,
    /// Until when what is costly is kept, too.
    wanted_until: Rc<Cell<At>>,
    /// Until when also what was sent is kept.
    first_until: At,
    came: Rc<Notify>,
}

#[derive(Default)]
struct Ring {
    entries: VecDeque<Entry>,
    bytes: usize,
    /// Entries among them that are only kept while somebody wants them.
    costly: usize,
    /// The number of the newest entry there ever was; the first is 1.
    newest: u64,
    /// The number of the newest entry that was dropped.
    dropped: u64,
}

/// Kept as JSON, which has a tenth of the bytes that its values have in memory.
struct Entry {
    n: u64,
    is_costly: bool,
    json: Box<str>,
}

/// What somebody asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Question {
    /// Only what is newer than this entry.
    after: u64,
    /// How long to wait for something new.
    wait: Duration,
    /// Whether what is costly is to be kept from now on.
    sound: bool,
}

impl Tape {
    /// An empty one. For its first moments all is kept: a recorder that waited for this process needs some milliseconds to
    /// find it.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let (ring, came) = Default::default();
        let first_until = clock.now() + TAPE_WANTED_AT_FIRST;
        let wanted_until = Rc::new(Cell::new(first_until));
        Self { clock, ring, wanted_until, first_until, came }
    }

    /// Notes what has just come in: an object.
    pub fn note(&self, entry: Value) {
        self.add(self.clock.now(), false, entry);
    }

    /// Whether nobody can have subscribed yet: then what is sent stands on the tape.
    pub(crate) fn is_at_first(&self) -> bool {
        self.clock.now() < self.first_until
    }

    /// Notes a packet of telemetry that went out.
    pub(crate) fn note_sent(&self, packet: &[u8]) {
        self.note(json!({"osc": base64::encode(packet)}));
    }

    /// Notes what came in at `at`, if somebody records: for sound, of which there is too much to keep it for nobody.
    pub fn note_if_wanted(&self, at: At, make: impl FnOnce() -> Value) {
        if self.clock.now() < self.wanted_until.get() {
            self.add(at, true, make());
        } else {
            self.ring.borrow_mut().forget_what_is_costly();
        }
    }

    fn add(&self, at: At, is_costly: bool, entry: Value) {
        let mut fields = match entry {
            Value::Object(fields) => fields,
            other => Map::from_iter([("noted".to_owned(), other)]),
        };
        let mut ring = self.ring.borrow_mut();
        ring.newest += 1;
        let n = ring.newest;
        let stamp = |fields: &mut Map<String, Value>| {
            fields.insert("n".to_owned(), n.into());
            fields.insert("at_ns".to_owned(), at.as_nanos().into());
        };
        stamp(&mut fields);
        let mut json = Value::Object(fields).to_string();
        if json.len() > TAPE_ENTRY_BYTES_MAX {
            let mut fields = Map::from_iter([("left_out_bytes".to_owned(), json.len().into())]);
            stamp(&mut fields);
            json = Value::Object(fields).to_string();
        }
        ring.push(Entry { n, is_costly, json: json.into() });
        drop(ring);
        self.came.notify_waiters();
    }

    /// The answer to a question: at once if there is something newer, else when something comes or the wait is over.
    pub(crate) async fn answer(&self, pid: u32, question: Question) -> Value {
        let until = self.clock.now() + question.wait;
        loop {
            if question.sound {
                self.wanted_until.set(self.clock.now() + question.wait + TAPE_WANTED_FOR);
            }
            let came = self.came.notified();
            let is_there = self.ring.borrow().newest > question.after;
            if is_there {
                break;
            }
            tokio::select! {
                biased;
                () = came => {}
                () = self.clock.sleep_until(until) => break,
            }
        }
        self.now(pid, question)
    }

    /// What there is to say now.
    pub(crate) fn now(&self, pid: u32, question: Question) -> Value {
        self.ring.borrow().since(pid, question.after)
    }
}

impl Ring {
    fn push(&mut self, entry: Entry) {
        self.bytes += entry.json.len();
        self.costly += usize::from(entry.is_costly);
        self.entries.push_back(entry);
        while self.bytes > TAPE_BYTES_MAX {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.json.len();
            self.costly -= usize::from(oldest.is_costly);
            self.dropped = oldest.n;
        }
    }

    fn forget_what_is_costly(&mut self) {
        if self.costly == 0 {
            return;
        }
        for entry in self.entries.iter().filter(|entry| entry.is_costly) {
            self.bytes -= entry.json.len();
            self.dropped = self.dropped.max(entry.n);
        }
        self.entries.retain(|entry| !entry.is_costly);
        self.costly = 0;
    }

    fn since(&self, pid: u32, after: u64) -> Value {
        let (mut entries, mut bytes, mut next) = (Vec::new(), 0, self.newest);
        for entry in self.entries.iter().filter(|entry| entry.n > after) {
            if !entries.is_empty() && bytes + entry.json.len() > TAPE_ANSWER_BYTES_MAX {
                break;
            }
            bytes += entry.json.len();
            next = entry.n;
            entries.push(serde_json::from_str(&entry.json).unwrap_or(Value::Null));
        }
        let lost = self.dropped.saturating_sub(after);
        json!({"pid": pid, "entries": entries, "next": next, "lost": lost})
    }
}

impl Question {
    /// Reads the arguments of the command.
    pub(crate) fn read(args: &Map<String, Value>) -> Result<Self, String> {
        let after = match args.get("after") {
            None | Some(Value::Null) => 0,
            Some(value) => {
                let why = || format!("'after' cannot be {value} (allowed: a whole number from 0)");
                value.as_u64().ok_or_else(why)?
            }
        };
        let max = TAPE_WAIT_MAX.as_secs_f64();
        let wait = match args.get("wait_sec") {
            None | Some(Value::Null) => Duration::ZERO,
            Some(value) => {
                let sec = value.as_f64().filter(|sec| (0.0..=max).contains(sec));
                let why = || format!("'wait_sec' cannot be {value} (allowed: 0 to {max})");
                Duration::from_secs_f64(sec.ok_or_else(why)?)
            }
        };
        let sound = match args.get("sound") {
            None | Some(Value::Null) => false,
            Some(value) => {
                let why = || format!("'sound' cannot be {value} (allowed: true, false)");
                value.as_bool().ok_or_else(why)?
            }
        };
        Ok(Self { after, wait, sound })
    }
}
