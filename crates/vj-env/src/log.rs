//! What a process says about itself: to its log, and by heartbeat to whoever watches.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use vj_core::limits::{LOG_BACKLOG_MAX, LOGS_PER_HEARTBEAT_MAX};

use crate::{Clock, WallMillis};

/// How much a record matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For developers.
    Debug,
    /// What happened.
    Info,
    /// Something is not as it should be, and the show goes on.
    Warning,
    /// Something failed.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One thing that a process said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRecord {
    /// Milliseconds since the Unix epoch.
    pub time_ms: u64,
    /// How much it matters.
    pub level: Level,
    /// In words.
    pub message: String,
}

type Sink = Rc<dyn Fn(&LogRecord)>;

struct Backlog {
    waiting: VecDeque<LogRecord>,
    left_out: u64,
    /// The newest that have gone out, for whoever comes late.
    gone_out: VecDeque<LogRecord>,
}

/// A process's log. Cloning gives the same log.
#[derive(Clone)]
pub struct Log {
    clock: Clock,
    sink: Sink,
    backlog: Rc<RefCell<Backlog>>,
    /// Something was said that should not wait for the next heartbeat.
    urgent: Rc<Notify>,
}

impl Log {
    /// A log that hands each record to `sink` at once and keeps it for the next heartbeat.
    pub fn new(clock: Clock, sink: impl Fn(&LogRecord) + 'static) -> Self {
        let (waiting, gone_out) = Default::default();
        let backlog = Backlog { waiting, left_out: 0, gone_out };
        Self { clock, sink: Rc::new(sink), backlog: Rc::new(RefCell::new(backlog)), urgent: Rc::default() }
    }

    /// For developers.
    pub fn debug(&self, message: impl Into<String>) {
        self.record(Level::Debug, message.into());
    }

    /// What happened.
    pub fn info(&self, message: impl Into<String>) {
        self.record(Level::Info, message.into());
    }

    /// Something is not as it should be.
    pub fn warn(&self, message: impl Into<String>) {
        self.record(Level::Warning, message.into());
    }

    /// Something failed.
    pub fn error(&self, message: impl Into<String>) {
        self.record(Level::Error, message.into());
    }

    /// The oldest records that have gone out with no heartbeat yet, at most [`LOGS_PER_HEARTBEAT_MAX`], and how many
    /// had to be left out before them.
    #[must_use]
    pub fn take_for_heartbeat(&self) -> (Vec<LogRecord>, u64) {
        let mut backlog = self.backlog.borrow_mut();
        let count = backlog.waiting.len().min(LOGS_PER_HEARTBEAT_MAX);
        let left_out = std::mem::take(&mut backlog.left_out);
        let taken: Vec<_> = backlog.waiting.drain(..count).collect();
        backlog.gone_out.extend(taken.iter().cloned());
        let surplus = backlog.gone_out.len().saturating_sub(LOGS_PER_HEARTBEAT_MAX);
        backlog.gone_out.drain(..surplus);
        (taken, left_out)
    }

    /// The newest records that have gone out with heartbeats already, at most [`LOGS_PER_HEARTBEAT_MAX`].
    #[must_use]
    pub fn gone_out(&self) -> Vec<LogRecord> {
        self.backlog.borrow().gone_out.iter().cloned().collect()
    }

    /// Ready when something was said that should not wait for the next heartbeat: a warning, or worse. Cancel-safe; one reader.
    pub async fn urgent(&self) {
        self.urgent.notified().await;
    }

    /// Whether such a thing has gone out with no heartbeat yet.
    #[must_use]
    pub fn has_urgent(&self) -> bool {
        self.backlog.borrow().waiting.iter().any(|record| record.level >= Level::Warning)
    }

    fn record(&self, level: Level, message: String) {
        let WallMillis(time_ms) = self.clock.wall_now();
        let record = LogRecord { time_ms, level, message };
        (self.sink)(&record);
        // Debug records stay at home: they would crowd out what somebody on stage needs to read.
        if level > Level::Debug {
            let mut backlog = self.backlog.borrow_mut();
            if backlog.waiting.len() == LOG_BACKLOG_MAX {
                backlog.waiting.pop_front();
                backlog.left_out += 1;
            }
            let is_urgent = record.level >= Level::Warning;
            backlog.waiting.push_back(record);
            if is_urgent {
                self.urgent.notify_one();
            }
        }
    }
}
