//! When a service may be asked: so often a second, and not while it wants its rest.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use vj_core::At;
use vj_core::mutants::{self, Mutant};
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
    has_answered: Cell<bool>,
    /// Whoever waits for the song that plays: the others let them go first.
    urgent: Cell<u32>,
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
        let (failures, failing_since, has_answered, urgent, said) = Default::default();
        Self { clock, free_at, held_until, failures, failing_since, has_answered, urgent, said }
    }

    /// Waits for a turn. `is_wanted` says whether the song still plays; none: there is no hurry, and whoever is in one goes
    /// first.
    pub(super) async fn pass(&self, is_wanted: Option<&dyn Fn() -> bool>) -> Result<(), Closed> {
        let patience = self.clock.now() + TURN_PATIENCE;
        let _in_line = is_wanted.map(|_| InLine::behind(&self.urgent));
        loop {
            if is_wanted.is_some_and(|is_wanted| !is_wanted()) {
                return Err(Closed::Unwanted);
            }
            let (now, held_until) = (self.clock.now(), self.held_until.get());
            if held_until > patience.max(now) {
                return Err(Closed::Until(held_until));
            }
            let turn = self.free_at.get().max(held_until);
            if turn > now {
                self.clock.sleep_until(turn).await;
            } else if is_wanted.is_none() && self.urgent.get() > 0 {
                self.clock.sleep(LRCLIB_EVERY).await;
            } else {
                self.free_at.set(now + LRCLIB_EVERY);
                return Ok(());
            }
        }
    }

    /// It answered.
    pub(super) fn answered(&self) {
        self.has_answered.set(true);
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
        let rest = if mutants::is_on(Mutant::LyricsRestIgnored) { LRCLIB_EVERY } else { rest };
        self.held_until.set(self.held_until.get().max(now + rest));
        self.held_until.get()
    }

    /// Another service stands behind it from now on.
    pub(super) fn open(&self) {
        self.answered();
        self.has_answered.set(false);
        self.held_until.set(At::ZERO);
    }

    /// What went wrong last, if it has not answered since.
    pub(super) fn trouble(&self) -> Option<String> {
        Some(self.said.borrow().clone()).filter(|said| !said.is_empty())
    }

    /// Whether it has ever answered.
    pub(super) fn has_answered(&self) -> bool {
        self.has_answered.get()
    }

    /// Whether it has failed for so long that the user should know.
    pub(super) fn is_failing(&self) -> bool {
        let long = |since: At| self.clock.now().since(since) >= FAILING_FOR;
        self.failures.get() >= FAILURES_SAID && self.failing_since.get().is_some_and(long)
    }
}

/// A place in the line of those in a hurry, for as long as it is kept.
struct InLine<'l>(&'l Cell<u32>);

impl<'l> InLine<'l> {
    fn behind(count: &'l Cell<u32>) -> Self {
        count.set(count.get() + 1);
        Self(count)
    }
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}
