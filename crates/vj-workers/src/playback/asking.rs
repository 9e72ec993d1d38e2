//! When to ask a source next, and how it is.

use std::time::Duration;

use vj_core::At;

use crate::ports::SourceError;

/// Between two questions to a source that fails, at most.
const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// Between two looks for what is not configured yet, or for a new sign-in.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// A source that failed so often in a row is worth a word.
const FAILURES_SAID: u32 = 3;

/// How the source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Health {
    /// It has not answered yet.
    Asked,
    /// It answers: what it says of itself.
    Answers(String),
    /// It asked not to be asked until then.
    Limited(At),
    /// It fails: why.
    Fails(String),
    /// The user must do something: what.
    Waits(String),
}

impl Health {
    /// In words.
    pub(super) fn in_words(&self, now: At) -> String {
        match self {
            Self::Asked => "asked, no answer yet".to_owned(),
            Self::Limited(until) => {
                format!("rate limited, {} s", until.since(now).as_secs_f64().ceil())
            }
            Self::Answers(words) | Self::Fails(words) | Self::Waits(words) => words.clone(),
        }
    }
}

/// The state of asking.
#[derive(Debug)]
pub(super) struct Asking {
    pub(super) health: Health,
    failures: u32,
    /// When the next question is due.
    pub(super) due: At,
}

impl Asking {
    /// The first question is due now.
    pub(super) fn new(now: At) -> Self {
        Self { health: Health::Asked, failures: 0, due: now }
    }

    /// It answered, and says this of itself; the next question is due after `wait`.
    pub(super) fn answered(&mut self, now: At, wait: Duration, status: String) {
        self.health = Health::Answers(status);
        self.failures = 0;
        self.due = now + wait;
    }

    /// It did not. `interval` is what the settings say.
    pub(super) fn failed(&mut self, now: At, interval: Duration, error: SourceError) {
        let (health, wait) = match error {
            SourceError::RetryAfter(wait) => (Health::Limited(now + wait), wait),
            SourceError::Transient(why) => {
                self.failures = self.failures.saturating_add(1);
                let doubled = interval.saturating_mul(1 << self.failures.min(6).saturating_sub(1));
                (Health::Fails(why), doubled.min(BACKOFF_MAX).max(interval))
            }
            SourceError::SignInNeeded(why) | SourceError::NotConfigured(why) => {
                (Health::Waits(why), LOOK_AGAIN.max(interval))
            }
        };
        self.health = health;
        self.due = now + wait;
    }

    /// Whether it has failed for long enough to be called degraded.
    pub(super) fn is_failing(&self) -> bool {
        self.failures >= FAILURES_SAID
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_source_is_asked_ever_more_seldom_and_at_once_as_before_when_it_answers() {
        let interval = Duration::from_secs(2);
        let mut asking = Asking::new(At::ZERO);
        let waits: Vec<u64> = (0..8)
            .map(|_| {
                asking.failed(At::ZERO, interval, SourceError::Transient("gone".to_owned()));
                asking.due.since(At::ZERO).as_secs()
            })
            .collect();
        assert_eq!(waits, [2, 4, 8, 16, 30, 30, 30, 30]);
        assert!(asking.is_failing());
        asking.answered(At::ZERO, interval, "ok".to_owned());
        assert_eq!((asking.due.since(At::ZERO), asking.is_failing()), (interval, false));
    }

    #[test]
    fn who_says_when_to_come_back_is_obeyed_to_the_second() {
        let mut asking = Asking::new(At::ZERO);
        asking.failed(At::ZERO, Duration::from_secs(2), SourceError::RetryAfter(Duration::from_secs(51)));
        assert_eq!(asking.due, At::from_millis(51_000));
        assert_eq!(asking.health.in_words(At::from_millis(10_500)), "rate limited, 41 s");
        assert!(!asking.is_failing());
    }
}
