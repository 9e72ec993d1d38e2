//! What the console knows, and nothing that it could not learn again.
//!
//! - [`process`]: what each process says of itself, and since when it has been silent.
//! - [`heard`]: the telemetry, latest value first.
//! - [`wishes`]: changes of settings that are on their way.
//! - [`workers`], [`song`], [`audio`]: what the screens show, put together from those.
//! - [`messages`], [`logs`], [`sets`], [`list`]: what the screens with lists hold.
//! - [`overlay`]: what lies over a screen.

pub mod audio;
pub mod heard;
pub mod list;
pub mod logs;
pub mod messages;
pub mod overlay;
pub mod process;
pub mod screen;
pub mod sets;
pub mod song;
pub mod theme;
pub mod wishes;
pub mod workers;

use std::collections::BTreeMap;

use serde_json::Value;
use vj_core::{At, ProcessName};

use crate::effect::{CallId, Effect};
use crate::limits::NOTICE;
use audio::AudioPane;
use heard::Heard;
use list::List;
use logs::LogPane;
use messages::MessagePane;
use overlay::Overlay;
use process::Process;
use screen::Screen;
use sets::SetsPane;
use song::SongPane;
use theme::Theme;
use wishes::Wishes;

/// What a command was for, so that its answer finds its way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Purpose {
    /// An order to the manager, in the user's words.
    Order(String),
    /// A change of a setting.
    Wish(ProcessName, String),
    /// The debugger's messages, or records.
    Messages,
    Logs,
    /// The latency benchmark.
    Benchmark,
}

/// A word at the foot of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// In words.
    pub text: String,
    /// Whether something failed.
    pub is_alarm: bool,
    /// Until when it stands.
    pub until: At,
}

/// What the console knows.
#[derive(Debug, Clone)]
pub struct Model {
    /// When the last event came.
    pub now: At,
    /// The bus directory, for people.
    pub bus: String,
    /// By how much the clocks of the people in front of it are ahead of UTC.
    pub ahead_of_utc_sec: i32,
    /// What is shown.
    pub screen: Screen,
    /// In which colours.
    pub theme: Theme,
    /// What each process says of itself. Those that were never seen are not in it.
    pub processes: BTreeMap<ProcessName, Process>,
    /// The telemetry.
    pub heard: Heard,
    /// Why the telemetry cannot be heard.
    pub deaf: Option<String>,
    /// Changes of settings that are on their way.
    pub wishes: Wishes,
    /// The workers on the master screen.
    pub master: List,
    /// The OSC screen.
    pub messages: MessagePane,
    /// The lines of the song screen.
    pub song: SongPane,
    /// The log screen.
    pub logs: LogPane,
    /// The audio screen.
    pub audio: AudioPane,
    /// The screen of sets.
    pub sets: SetsPane,
    /// What lies over the screen.
    pub overlay: Option<Overlay>,
    /// A word at its foot.
    pub notice: Option<Notice>,
    /// Whether the show was asked to start, and has not answered yet.
    pub is_starting_show: bool,
    /// Whether the console ends.
    pub is_quitting: bool,
    pub(crate) calls: BTreeMap<CallId, Purpose>,
    next_call: u64,
}

impl Model {
    /// A console that knows nothing yet of the show on `bus`.
    #[must_use]
    pub fn new(now: At, bus: impl Into<String>, theme: Theme) -> Self {
        Self {
            now,
            bus: bus.into(),
            ahead_of_utc_sec: 0,
            screen: Screen::Master,
            theme,
            processes: BTreeMap::new(),
            heard: Heard::default(),
            deaf: None,
            wishes: Wishes::default(),
            master: List::default(),
            messages: MessagePane::default(),
            song: SongPane::default(),
            logs: LogPane::default(),
            audio: AudioPane::default(),
            sets: SetsPane::default(),
            overlay: None,
            notice: None,
            is_starting_show: false,
            is_quitting: false,
            calls: BTreeMap::new(),
            next_call: 1,
        }
    }

    /// What a process said last; null if it was never reached.
    #[must_use]
    pub fn state(&self, process: ProcessName) -> &Value {
        self.processes.get(&process).map_or(&Value::Null, |known| &known.state)
    }

    /// Whether a process is reached, and has answered lately.
    #[must_use]
    pub fn is_fresh(&self, process: ProcessName) -> bool {
        self.processes.get(&process).is_some_and(|known| known.is_fresh(self.now))
    }

    /// How many of the processes that should run are reached and have answered lately, and how many should.
    #[must_use]
    pub fn connected(&self) -> (usize, usize) {
        let expected = workers::expected(self);
        (expected.iter().filter(|name| self.is_fresh(**name)).count(), expected.len())
    }

    /// Whether everything that runs is shown as it is: the manager and all its workers have answered lately.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let (fresh, expected) = self.connected();
        self.is_fresh(ProcessName::ProcessManager) && fresh == expected
    }

    /// How many commands it has asked for so far; they are numbered from 1.
    #[must_use]
    pub fn calls_made(&self) -> u64 {
        self.next_call - 1
    }

    /// Says something at the foot of the screen.
    pub(crate) fn say(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), is_alarm: false, until: self.now + NOTICE });
    }

    /// Says that something failed.
    pub(crate) fn complain(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), is_alarm: true, until: self.now + NOTICE });
    }

    /// A command to a process, of which the answer will be recognised.
    pub(crate) fn call(
        &mut self,
        purpose: Purpose,
        to: ProcessName,
        cmd: &'static str,
        args: Value,
    ) -> (CallId, Effect) {
        let call = CallId(self.next_call);
        self.next_call += 1;
        self.calls.insert(call, purpose);
        (call, Effect::Call { call, to, cmd, args })
    }
}
