//! The numbers of the law.

use std::time::Duration;

/// Longest duration that a key may have: a day. Beyond that it is a slip of the pen, not a wish.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// Shortest period, delay or wait that makes sense on a machine that is busy with a show.
const SHORTEST: Duration = Duration::from_millis(100);

/// Delays that a back-off may list.
const BACKOFF_LEN_MAX: usize = 32;

/// Restarts that a window may allow.
const RESTARTS_MAX: u32 = 1_000;

/// The numbers of the law; the default is what the documents promise. Each field but the last two is a config key
/// of `[supervision]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Law {
    /// A worker sends a heartbeat each so often. The manager looks at the clock as often while a worker runs, to notice
    /// its own freezes.
    pub heartbeat: Duration,
    /// Silence that makes a worker unhealthy.
    pub unhealthy_after: Duration,
    /// Silence after which it is killed.
    pub kill_after: Duration,
    /// Delays before the restarts of a streak; the last one is repeated.
    pub backoff: Vec<Duration>,
    /// With this many restarts in the window, the next crash gives the worker up. 0: never restart.
    pub max_restarts: u32,
    /// How far back a restart counts towards `max_restarts`.
    pub restart_window: Duration,
    /// From SIGTERM to SIGKILL, in a stop that a person asked for. 0: kill at once.
    pub stop_grace: Duration,
    /// Health of this length, without a gap, ends a streak: the next crash starts the delays over.
    pub healthy_resets_after: Duration,
    /// A step that comes later than promised by more than this shows that the manager itself was frozen. Together with
    /// one heartbeat and one look at the clock it just fits into `unhealthy_after`, so that a shorter freeze cannot
    /// make a healthy worker look unhealthy.
    pub freeze_tolerance: Duration,
}

impl Default for Law {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(5),
            unhealthy_after: Duration::from_secs(15),
            kill_after: Duration::from_secs(30),
            backoff: [1, 2, 4, 8, 16, 30].map(Duration::from_secs).to_vec(),
            max_restarts: 5,
            restart_window: Duration::from_secs(60),
            stop_grace: Duration::from_secs(5),
            healthy_resets_after: Duration::from_secs(60),
            freeze_tolerance: Duration::from_secs(5),
        }
    }
}

impl Law {
    /// Checks every number, in the order of the fields.
    ///
    /// # Errors
    /// The first key that makes no sense, with what is allowed.
    pub fn validate(&self) -> Result<(), LawError> {
        within("supervision.heartbeat", self.heartbeat, SHORTEST)?;
        within("supervision.unhealthy_after", self.unhealthy_after, SHORTEST)?;
        longer("supervision.unhealthy_after", self.unhealthy_after, "heartbeat", self.heartbeat)?;
        within("supervision.kill_after", self.kill_after, SHORTEST)?;
        longer("supervision.kill_after", self.kill_after, "unhealthy_after", self.unhealthy_after)?;
        if !(1..=BACKOFF_LEN_MAX).contains(&self.backoff.len()) {
            let found = format!("a list of {}", self.backoff.len());
            return Err(LawError::new(
                "supervision.backoff",
                found,
                format!("a list of 1 to {BACKOFF_LEN_MAX} delays"),
            ));
        }
        for delay in &self.backoff {
            within("supervision.backoff", *delay, SHORTEST)?;
        }
        if self.max_restarts > RESTARTS_MAX {
            let found = self.max_restarts.to_string();
            return Err(LawError::new("supervision.max_restarts", found, format!("0 to {RESTARTS_MAX}")));
        }
        within("supervision.restart_window", self.restart_window, SHORTEST)?;
        within("supervision.stop_grace", self.stop_grace, Duration::ZERO)?;
        within("supervision.healthy_resets_after", self.healthy_resets_after, SHORTEST)?;
        within("supervision.freeze_tolerance", self.freeze_tolerance, SHORTEST)
    }

    /// The same law with every duration divided by `by`, for tests that must not wait.
    ///
    /// # Errors
    /// `by` is not between 1 and 10.
    pub fn scaled(&self, by: f64) -> Result<Self, LawError> {
        if !(1.0..=10.0).contains(&by) {
            return Err(LawError::new("VJ_TIME_SCALE", by.to_string(), "1 to 10".to_owned()));
        }
        Ok(Self {
            heartbeat: self.heartbeat.div_f64(by),
            unhealthy_after: self.unhealthy_after.div_f64(by),
            kill_after: self.kill_after.div_f64(by),
            backoff: self.backoff.iter().map(|delay| delay.div_f64(by)).collect(),
            max_restarts: self.max_restarts,
            restart_window: self.restart_window.div_f64(by),
            stop_grace: self.stop_grace.div_f64(by),
            healthy_resets_after: self.healthy_resets_after.div_f64(by),
            freeze_tolerance: self.freeze_tolerance.div_f64(by),
        })
    }

    /// The delay before restart number `index` of a streak, counted from 0.
    #[must_use]
    pub fn delay(&self, index: usize) -> Duration {
        // An empty list is refused by `validate`; should it get here all the same, a second is better than a panic.
        let last = self.backoff.last().copied().unwrap_or(Duration::from_secs(1));
        self.backoff.get(index).copied().unwrap_or(last)
    }

    /// How often the supervisor looks at the clock while a worker runs: never so short that it spins.
    pub(super) fn watch(&self) -> Duration {
        self.heartbeat.max(Duration::from_millis(1))
    }
}

fn within(key: &'static str, found: Duration, shortest: Duration) -> Result<(), LawError> {
    if (shortest..=LONGEST).contains(&found) {
        return Ok(());
    }
    Err(LawError::new(key, secs(found), format!("{} to {}", secs(shortest), secs(LONGEST))))
}

fn longer(key: &'static str, found: Duration, than: &str, bound: Duration) -> Result<(), LawError> {
    if found > bound {
        return Ok(());
    }
    Err(LawError::new(key, secs(found), format!("more than {than} ({})", secs(bound))))
}

fn secs(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

/// A number of the law makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} is {found}, allowed is {allowed}")]
pub struct LawError {
    /// The key, with its table: `supervision.kill_after`.
    pub key: &'static str,
    /// What it was.
    pub found: String,
    /// What is allowed.
    pub allowed: String,
}

impl LawError {
    fn new(key: &'static str, found: String, allowed: String) -> Self {
        Self { key, found, allowed }
    }
}
