//! What a process shows of itself: the source of every `get_state` and every heartbeat.
//!
//! The worker writes it as it goes and the service reads it, so that a question is answered at once, also while the
//! worker is busy.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use serde_json::{Map, Value, json};
use tokio::sync::Notify;
use vj_core::At;
use vj_core::limits::LAST_COMMANDS_MAX;
use vj_core::settings::Settings;
use vj_env::Env;

use crate::VERSION;
use crate::message::{Heartbeat, Status};

/// How an accepted command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandEnd {
    /// Accepted and not ended yet.
    Accepted,
    /// It succeeded; what there is to say.
    Done(String),
    /// It failed, and why.
    Failed(String),
}

struct LastCommand {
    msg_id: String,
    cmd: String,
    end: CommandEnd,
}

/// Makes the fields whose value depends on the moment of the question.
type LiveFields = Box<dyn Fn() -> Map<String, Value>>;

/// The board of one process.
pub struct Board {
    env: Env,
    started_at: At,
    status: Cell<Status>,
    settings: RefCell<Settings>,
    stats: RefCell<Map<String, Value>>,
    own: RefCell<Map<String, Value>>,
    live: RefCell<Option<LiveFields>>,
    last_error: RefCell<Option<String>>,
    last_commands: RefCell<VecDeque<LastCommand>>,
    status_changed: Notify,
}

impl Board {
    /// The board of a process that starts now.
    #[must_use]
    pub fn new(env: Env, settings: Settings) -> Rc<Self> {
        Rc::new(Self {
            started_at: env.clock.now(),
            env,
            status: Cell::new(Status::Starting),
            settings: RefCell::new(settings),
            stats: RefCell::default(),
            own: RefCell::default(),
            live: RefCell::default(),
            last_error: RefCell::default(),
            last_commands: RefCell::default(),
            status_changed: Notify::new(),
        })
    }

    /// How the process is.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status.get()
    }

    /// Says how the process is from now on; watchers and the manager hear of a change at once.
    pub fn set_status(&self, status: Status) {
        if self.status.replace(status) != status {
            self.status_changed.notify_one();
        }
    }

    /// Sends a heartbeat at once: for a figure that somebody acts upon.
    pub fn beat_now(&self) {
        self.status_changed.notify_one();
    }

    /// Sets one figure of the heartbeats.
    pub fn set_stat(&self, name: &str, value: impl Into<Value>) {
        set(&mut self.stats.borrow_mut(), name, value.into());
    }

    /// Sets one field of the worker's own in `get_state`.
    pub fn set_field(&self, name: &str, value: impl Into<Value>) {
        set(&mut self.own.borrow_mut(), name, value.into());
    }

    /// Gives the fields of the worker's own that depend on the moment of the question: seconds since something, say.
    pub fn set_live_fields(&self, make: impl Fn() -> Map<String, Value> + 'static) {
        *self.live.borrow_mut() = Some(Box::new(make));
    }

    /// Says what went wrong last, on the board and in the log.
    pub fn fail(&self, error: impl Into<String>) {
        let error = error.into();
        self.env.log.error(error.clone());
        *self.last_error.borrow_mut() = Some(error);
    }

    /// Says how an accepted command stands. The newest [`LAST_COMMANDS_MAX`] are kept.
    pub fn command_stands(&self, msg_id: &str, cmd: &str, end: CommandEnd) {
        let mut last = self.last_commands.borrow_mut();
        if let Some(known) = last.iter_mut().find(|known| known.msg_id == msg_id && known.cmd == cmd) {
            known.end = end;
            return;
        }
        if last.len() == LAST_COMMANDS_MAX {
            last.pop_front();
        }
        last.push_back(LastCommand { msg_id: msg_id.to_owned(), cmd: cmd.to_owned(), end });
    }

    /// Looks at the settings.
    pub fn with_settings<T>(&self, look: impl FnOnce(&Settings) -> T) -> T {
        look(&self.settings.borrow())
    }

    pub(crate) fn replace_settings(&self, settings: Settings) {
        *self.settings.borrow_mut() = settings;
    }

    pub(crate) async fn status_changed(&self) {
        self.status_changed.notified().await;
    }

    pub(crate) fn heartbeat(&self) -> Heartbeat {
        let (logs, logs_left_out) = self.env.log.take_for_heartbeat();
        Heartbeat {
            worker: self.env.name.to_string(),
            pid: self.env.pid,
            uptime_sec: self.uptime_sec(),
            status: self.status(),
            stats: self.stats.borrow().clone(),
            logs,
            logs_left_out,
        }
    }

    /// The `data` of `get_state`.
    pub(crate) fn state(&self) -> Value {
        let settings = self.settings.borrow();
        let mut state = self.own.borrow().clone();
        if let Some(live) = &*self.live.borrow() {
            state.append(&mut live());
        }
        let mut put = |name: &str, value: Value| state.insert(name.to_owned(), value);
        put("worker", self.env.name.as_str().into());
        put("pid", self.env.pid.into());
        put("version", VERSION.into());
        put("status", json!(self.status()));
        put("uptime_sec", self.uptime_sec().into());
        put("config", settings.effective().into());
        put("config_source", settings.sources().into());
        put("stats", self.stats.borrow().clone().into());
        put("last_error", self.last_error.borrow().clone().into());
        put("last_commands", self.last_commands());
        Value::Object(state)
    }

    fn uptime_sec(&self) -> f64 {
        self.env.clock.now().since(self.started_at).as_secs_f64()
    }

    fn last_commands(&self) -> Value {
        let describe = |command: &LastCommand| {
            let (state, message) = match &command.end {
                CommandEnd::Accepted => ("accepted", ""),
                CommandEnd::Done(message) => ("done", message.as_str()),
                CommandEnd::Failed(why) => ("failed", why.as_str()),
            };
            let entry = json!({"cmd": command.cmd, "state": state, "message": message});
            (command.msg_id.clone(), entry)
        };
        self.last_commands.borrow().iter().map(describe).collect()
    }
}

/// Writes over the value in place: a figure that is set sixty times a second must not allocate its name each time.
fn set(map: &mut Map<String, Value>, name: &str, value: Value) {
    match map.get_mut(name) {
        Some(old) => *old = value,
        None => {
            map.insert(name.to_owned(), value);
        }
    }
}
