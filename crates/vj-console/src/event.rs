//! Everything that can happen to a console.

use ratatui::crossterm::event::{KeyEvent, MouseEvent};
use rosc::OscMessage;
use serde_json::Value;
use vj_bus::{Heartbeat, Outcome};
use vj_core::ProcessName;

use crate::effect::CallId;

/// What happens.
#[derive(Debug, Clone)]
pub enum Event {
    /// Time has passed.
    Tick,
    /// The terminal has another size.
    Resized,
    /// A key.
    Key(KeyEvent),
    /// The mouse.
    Mouse(MouseEvent),
    /// A process is reached, and says how it is.
    State {
        /// Which.
        process: ProcessName,
        /// The `data` of its `get_state`.
        state: Value,
    },
    /// A process is alive.
    Beat(Box<Heartbeat>),
    /// A process cannot be reached any more.
    Down {
        /// Which.
        process: ProcessName,
        /// Why.
        why: String,
    },
    /// A command that an effect asked for has ended.
    Answer {
        /// Which.
        call: CallId,
        /// How.
        outcome: Outcome,
    },
    /// The newest message of each address that was heard since the last time.
    Telemetry(Vec<OscMessage>),
    /// Beats that were heard since the last time; each counts, however many come between two drawings.
    Beats(u32),
    /// No telemetry can be heard, and why.
    Deaf(String),
    /// A process does not send its telemetry here, and why.
    Unheard {
        /// Which.
        process: ProcessName,
        /// Why.
        why: String,
    },
    /// The world outside has answered.
    Host(HostAnswer),
    /// The process of the console is told to end.
    Stop,
}

/// What the world outside answers.
#[derive(Debug, Clone)]
pub enum HostAnswer {
    /// The show was started, or why not.
    Started(Result<(), String>),
    /// The audio inputs.
    Devices(Result<Vec<Device>, String>),
    /// The sets that were found.
    Sets(Result<Vec<SetEntry>, String>),
    /// A rehearsal is over: what it said last, or why it failed.
    Rehearsed {
        /// Of the set.
        path: String,
        /// How it went.
        ended: Result<String, String>,
    },
    /// The recordings that run.
    Recordings(Vec<Recording>),
    /// A recording that was begun here is over: what it said last, or why it failed.
    Recorded(Result<String, String>),
    /// A recording was told to end, or why it could not be.
    RecordingEnds(Result<(), String>),
}

/// A recording that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// The set that becomes of it.
    pub path: String,
    /// Who records.
    pub pid: u32,
    /// How long it has run, in seconds.
    pub for_sec: u64,
    /// What it has written.
    pub bytes: u64,
}

/// An audio input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// By which it is chosen.
    pub name: String,
    /// Whether it is the one that is heard.
    pub is_chosen: bool,
    /// Its format and kind, in words.
    pub about: String,
}

/// A set that can be rehearsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetEntry {
    /// Where it stands.
    pub path: String,
    /// Its title.
    pub title: String,
    /// What is in it, in words.
    pub about: String,
}
