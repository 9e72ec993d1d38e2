//! When a service may be asked: so often a second, and not while it wants its rest.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use vj_core::At;
use vj_env::Clock;

use super::limits::{
    BACKOFF_FIRST, BACKOFF_MAX, FAILING_FOR, FAILURES_SAID, LRCLIB_EVERY, RETRY_AFTER_MAX, TURN_PATIENCE,
};

/// In front of one service.
pub(super) struct Turnstile {
    clock: Clock,
    /// The next question may go then.
    free_at: Cell<At>,
    /// The service is left in peace until then.
    held_until: Cell<At>,
    failures: Cell<u32>,
    failing_since: Cell<Option<At>>,
    /// What went wrong last; empty = nothing.
    said: RefCell<String>,
}

/// Nobody passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closed {
    /// Nobody wants to any more.
    Unwanted,
    /// Come back then.
    Until(At),
}

impl Turnstile {
    pub(super) fn new(clock: Clock) -> Self {
        let (free_at, held_until) = Default::default();
        let (failures, failing_since, said) = Default::default();
        Self { clock, free_at, held_until, failures, failing_since, said }
    }

    /// Waits for its turn, as long as it is wanted.
    pub(super) async fn pass(&self, is_wanted: &dyn Fn() -> bool) -> Result<(), Closed> {
        let patience = self.clock.now() + TURN_PATIENCE;
        loop {
            if !is_wanted() {
                return Err(Closed::Unwanted);
            }
            let (now, turn) = (self.clock.now(), self.free_at.get().max(self.held_until.get()));
            if turn <= now {
                self.free_at.set(now + LRCLIB_EVERY);
                return Ok(());
            }
            if turn > patience {
                return Err(Closed::Until(turn));
            }
            self.clock.sleep_until(turn).await;
        }
    }

    /// It answered.
    pub(super) fn answered(&self) {
        self.failures.set(0);
        self.failing_since.set(None);
        self.said.borrow_mut().clear();
    }

    /// It did not, or asked for rest. Returns when it may be asked again.
    pub(super) fn failed(&self, retry_after: Option<Duration>, why: &str) -> At {
        let now = self.clock.now();
        let failures = self.failures.get().saturating_add(1);
        self.failures.set(failures);
        self.failing_since.set(self.failing_since.get().or(Some(now)));
        why.clone_into(&mut self.said.borrow_mut());
        let doubled = BACKOFF_FIRST.saturating_mul(1 << (failures - 1).min(8)).min(BACKOFF_MAX);
        let rest = retry_after.map_or(doubled, |rest| rest.clamp(LRCLIB_EVERY, RETRY_AFTER_MAX));
        self.held_until.set(self.held_until.get().max(now + rest));
        self.held_until.get()
    }

    /// Another service stands behind it from now on.
    pub(super) fn open(&self) {
        self.answered();
        self.held_until.set(At::ZERO);
    }

    /// What went wrong last, if it has not answered since.
    pub(super) fn trouble(&self) -> Option<String> {
        Some(self.said.borrow().clone()).filter(|said| !said.is_empty())
    }

    /// Whether it has failed for so long that the user should know.
    pub(super) fn is_failing(&self) -> bool {
        let long = |since: At| self.clock.now().since(since) >= FAILING_FOR;
        self.failures.get() >= FAILURES_SAID && self.failing_since.get().is_some_and(long)
    }
}
