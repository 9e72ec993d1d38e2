//! What has been done for a song, and how long it took.

use std::cell::RefCell;

use serde_json::{Value, json};
use vj_core::At;
use vj_env::Clock;

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Done,
    Failed,
    /// There was nothing to do.
    Skipped,
}

struct Step {
    name: &'static str,
    began: At,
    ended: Option<(At, Ended)>,
    said: String,
}

/// The steps of one song, in the order in which they began.
pub(super) struct Steps {
    clock: Clock,
    list: RefCell<Vec<Step>>,
}

impl Steps {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, list: RefCell::default() }
    }

    /// It begins; one that is done again stands as it stood.
    pub(super) fn begin(&self, name: &'static str) {
        let mut list = self.list.borrow_mut();
        list.retain(|step| step.name != name);
        list.push(Step { name, began: self.clock.now(), ended: None, said: String::new() });
    }

    /// It ended.
    pub(super) fn end(&self, name: &'static str, ended: Ended, said: impl Into<String>) {
        let now = self.clock.now();
        let mut list = self.list.borrow_mut();
        if !list.iter().any(|step| step.name == name) {
            list.push(Step { name, began: now, ended: None, said: String::new() });
        }
        if let Some(step) = list.iter_mut().find(|step| step.name == name) {
            step.ended = Some((now, ended));
            step.said = said.into();
        }
    }

    /// As `get_state` shows them.
    pub(super) fn to_json(&self) -> Value {
        let now = self.clock.now();
        let list = self.list.borrow();
        let shown = list.iter().map(|step| {
            let status = match step.ended {
                None => "running",
                Some((_, Ended::Done)) => "done",
                Some((_, Ended::Failed)) => "failed",
                Some((_, Ended::Skipped)) => "skipped",
            };
            let took = step.ended.map_or(now, |(at, _)| at).since(step.began);
            let ms = (took.as_secs_f64() * 1e6).round() / 1e3;
            json!({"step": step.name, "status": status, "ms": ms, "message": step.said})
        });
        Value::Array(shown.collect())
    }
}
