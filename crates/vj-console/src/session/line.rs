//! What waits to be sent to one process.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use serde_json::Value;
use tokio::sync::Notify;
use vj_bus::Outcome;

use super::queue::Events;
use crate::effect::CallId;
use crate::event::Event;
use crate::limits::CALLS_WAITING_MAX;

/// A command that was not sent yet.
pub(super) struct Asked {
    pub(super) call: CallId,
    pub(super) cmd: &'static str,
    pub(super) args: Value,
}

/// Something for the link to do.
pub(super) enum Errand {
    Call(Asked),
    Refresh,
}

#[derive(Default)]
pub(super) struct Line {
    waiting: RefCell<VecDeque<Asked>>,
    wants_refresh: Cell<bool>,
    came: Notify,
}

impl Line {
    /// Puts a command in line. One that finds the line full is not sent, and answered so.
    pub(super) fn call(&self, call: CallId, cmd: &'static str, args: Value, events: &Events) {
        if self.waiting.borrow().len() == CALLS_WAITING_MAX {
            let why = "too many commands wait for it".to_owned();
            return events.push(Event::Answer { call, outcome: Outcome::Refused(why) });
        }
        self.waiting.borrow_mut().push_back(Asked { call, cmd, args });
        self.came.notify_one();
    }

    /// The state is wanted now.
    pub(super) fn refresh(&self) {
        self.wants_refresh.set(true);
        self.came.notify_one();
    }

    /// The next errand. Cancel-safe; one reader.
    pub(super) async fn next(&self) -> Errand {
        loop {
            if let Some(asked) = self.waiting.borrow_mut().pop_front() {
                return Errand::Call(asked);
            }
            if self.wants_refresh.take() {
                return Errand::Refresh;
            }
            self.came.notified().await;
        }
    }
}
