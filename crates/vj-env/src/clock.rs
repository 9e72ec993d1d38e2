//! What time it is, and how to wait.

#![allow(clippy::disallowed_methods, reason = "this is the one place that stands on tokio's timer")]

use std::fmt;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;
use vj_core::At;

use crate::pace::{Paced, Running};

/// Between two looks at a pace that may change: nobody at a keyboard notices so little.
const PACE_LOOKS: Duration = Duration::from_millis(20);

/// Milliseconds since the Unix epoch: for people and for dates only. It may jump; nothing that must happen on time
/// depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WallMillis(pub u64);

/// The wait ran out before the future was ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time-out elapsed")
    }
}

impl std::error::Error for Elapsed {}

/// A process's view of time.
///
/// Monotonic time counts from the machine's start, so that moments of different processes can be compared. Both drivers
/// stand on tokio's timer; under the virtual one tokio's clock is paused and jumps from event to event. Timers have a
/// resolution of 1 ms and round up.
///
/// In a rehearsal the processes' time may be slower or faster than the machine's, and stand still: see
/// [`paced`](Self::paced).
#[derive(Clone)]
pub struct Clock {
    origin: Instant,
    origin_at: At,
    pace: Option<Rc<Running>>,
    /// What counts as the start of time.
    zero: At,
    wall: Rc<dyn Fn() -> WallMillis>,
    boot_id: Rc<str>,
}

impl Clock {
    /// A clock that stands at `at` now. `wall` tells the date; `boot_id` names the life of the machine within which
    /// moments can be compared. Must be called within a tokio runtime.
    #[must_use]
    pub fn starting_at(at: At, wall: Rc<dyn Fn() -> WallMillis>, boot_id: &str) -> Self {
        Self {
            origin: Instant::now(),
            origin_at: at,
            pace: None,
            zero: At::ZERO,
            wall,
            boot_id: boot_id.into(),
        }
    }

    /// The same, at the pace of a rehearsal.
    #[must_use]
    pub fn paced(mut self, pace: Rc<dyn Paced>) -> Self {
        self.pace = Some(Rc::new(Running::new(pace)));
        self
    }

    /// The same, on which it is zero now.
    #[must_use]
    pub fn from_zero(mut self) -> Self {
        self.zero += self.now().since(At::ZERO);
        self
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> At {
        let machine = self.machine_now();
        let now = self.pace.as_ref().map_or(machine, |pace| pace.now(machine));
        At::ZERO + now.since(self.zero)
    }

    fn machine_now(&self) -> At {
        self.origin_at + self.origin.elapsed()
    }

    /// The date. See [`WallMillis`] for what it must not be used for.
    #[must_use]
    pub fn wall_now(&self) -> WallMillis {
        (self.wall)()
    }

    /// Names the life of the machine: moments written down under another boot mean nothing.
    #[must_use]
    pub fn boot_id(&self) -> &str {
        &self.boot_id
    }

    /// Waits until `at`; ready at once if that has passed.
    pub fn sleep_until(&self, at: At) -> impl Future<Output = ()> + use<> {
        let until = self.zero + at.since(At::ZERO);
        let plain = self.pace.is_none().then(|| {
            // Its timer counts from here on, not from when it is waited for.
            tokio::time::sleep_until(self.origin + until.since(self.origin_at))
        });
        let clock = self.clone();
        async move {
            match (plain, &clock.pace) {
                (Some(plain), _) => plain.await,
                (None, Some(pace)) => clock.sleep_paced(pace, until).await,
                (None, None) => {}
            }
        }
    }

    /// Looks again and again whether the pace has changed.
    async fn sleep_paced(&self, pace: &Running, until: At) {
        loop {
            let machine = self.machine_now();
            if pace.now(machine) >= until {
                return;
            }
            let left = pace.paced.pace().until(until, machine).unwrap_or(PACE_LOOKS);
            tokio::time::sleep(left.min(PACE_LOOKS)).await;
        }
    }

    /// Waits for `wait`.
    pub fn sleep(&self, wait: Duration) -> impl Future<Output = ()> + use<> {
        self.sleep_until(self.now() + wait)
    }

    /// Waits until `at` if there is one, else for ever: for the optional deadline of a `select!`.
    pub fn sleep_until_some(&self, at: Option<At>) -> impl Future<Output = ()> + use<> {
        let wait = at.map(|at| self.sleep_until(at));
        async move {
            match wait {
                Some(wait) => wait.await,
                None => std::future::pending().await,
            }
        }
    }

    /// Gives `work` this long.
    ///
    /// # Errors
    /// [`Elapsed`] when the time ran out; the work is dropped.
    pub async fn timeout<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Result<T, Elapsed> {
        if self.pace.is_none() {
            return tokio::time::timeout(limit, work).await.map_err(|_| Elapsed);
        }
        tokio::select! {
            biased;
            done = work => Ok(done),
            () = self.sleep(limit) => Err(Elapsed),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("now", &self.now()).finish_non_exhaustive()
    }
}
