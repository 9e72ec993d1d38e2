//! When to ask a source next, and how it is.

use std::time::Duration;

use vj_core::At;

use crate::ports::{Rest, SourceError};

/// Between two questions to a source that fails, at most.
const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// Between two looks for what is not configured yet, or for a new sign-in.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// A source that failed so often in a row is worth a word.
const FAILURES_SAID: u32 = 3;

/// How too many questions are called.
const RATE_LIMITED: &str = "rate limited";

/// How the source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Health {
    /// It has not answered yet.
    Asked,
    /// It answers: what it says of itself, and the rest that its better way wants.
    Answers(String, Option<Resting>),
    /// It asked not to be asked for some time.
    Limited(Resting),
    /// It fails: why.
    Fails(String),
    /// The user must do something: what.
    Waits(String),
}

/// A rest that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resting {
    until: At,
    why: Option<String>,
}

impl Resting {
    fn new(now: At, rest: Rest) -> Self {
        Self { until: now + rest.wait, why: rest.why }
    }

    fn in_words(&self, now: At) -> String {
        let sec = self.until.since(now).as_secs_f64().ceil();
        match &self.why {
            None => format!("{RATE_LIMITED}, {sec} s"),
            Some(why) => format!("{why}, asking again in {sec} s"),
        }
    }

    /// The same at any second of it.
    fn in_short(&self) -> String {
        self.why.clone().unwrap_or_else(|| RATE_LIMITED.to_owned())
    }
}

impl Health {
    /// In words.
    pub(super) fn in_words(&self, now: At) -> String {
        match self {
            Self::Asked => "asked, no answer yet".to_owned(),
            Self::Limited(resting) => resting.in_words(now),
            Self::Answers(words, Some(resting)) => format!("{}; meanwhile: {words}", resting.in_words(now)),
            Self::Answers(words, None) | Self::Fails(words) | Self::Waits(words) => words.clone(),
        }
    }

    /// What is worth a line in the log: the same whatever changes in it from second to second.
    pub(super) fn in_short(&self, now: At) -> String {
        match self {
            Self::Limited(resting) => resting.in_short(),
            Self::Answers(words, Some(resting)) => format!("{}; {words}", resting.in_short()),
            other => other.in_words(now),
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
    /// Not before that, whatever happens.
    is_held_off: bool,
}

impl Asking {
    /// The first question is due now.
    pub(super) fn new(now: At) -> Self {
        Self { health: Health::Asked, failures: 0, due: now, is_held_off: false }
    }

    /// It answered, and says this of itself; the next question is due after `wait`. `rest` is what its better way wants.
    pub(super) fn answered(&mut self, now: At, wait: Duration, status: String, rest: Option<Rest>) {
        self.health = Health::Answers(status, rest.map(|rest| Resting::new(now, rest)));
        self.failures = 0;
        self.due = now + wait;
        self.is_held_off = false;
    }

    /// It did not. `interval` is what the settings say; `may_ask_on` says whether somebody else may answer during a rest.
    pub(super) fn failed(&mut self, now: At, interval: Duration, error: SourceError, may_ask_on: bool) {
        let (health, wait) = match error {
            SourceError::RetryAfter(rest) => {
                let wait = if may_ask_on { rest.wait.min(interval) } else { rest.wait };
                (Health::Limited(Resting::new(now, rest)), wait)
            }
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
        self.is_held_off = matches!(self.health, Health::Limited(_)) && !may_ask_on;
    }

    /// A source that asked for rest gets it, whatever it has to say.
    pub(super) fn is_held_off(&self, now: At) -> bool {
        self.is_held_off && now < self.due
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
                asking.failed(At::ZERO, interval, SourceError::Transient("gone".to_owned()), false);
                asking.due.since(At::ZERO).as_secs()
            })
            .collect();
        assert_eq!(waits, [2, 4, 8, 16, 30, 30, 30, 30]);
        assert!(asking.is_failing());
        asking.answered(At::ZERO, interval, "ok".to_owned(), None);
        assert_eq!((asking.due.since(At::ZERO), asking.is_failing()), (interval, false));
    }

    #[test]
    fn who_says_when_to_come_back_is_obeyed_to_the_second() {
        let (mut asking, interval, later) =
            (Asking::new(At::ZERO), Duration::from_secs(2), At::from_millis(10_500));
        let rest = Rest::limited(Duration::from_secs(51));
        asking.failed(At::ZERO, interval, SourceError::RetryAfter(rest.clone()), false);
        assert_eq!(asking.due, At::from_millis(51_000));
        assert_eq!(asking.health.in_words(later), "rate limited, 41 s");
        assert!(asking.is_held_off(later) && !asking.is_failing());
        let why = Some("Spotify is unavailable (503)".to_owned());
        asking.failed(At::ZERO, interval, SourceError::RetryAfter(Rest { why, ..rest }), false);
        assert_eq!(asking.health.in_words(later), "Spotify is unavailable (503), asking again in 41 s");
    }

    #[test]
    fn while_somebody_else_may_answer_it_is_asked_on_and_the_rest_stays_to_be_seen() {
        let (mut asking, interval, later) =
            (Asking::new(At::ZERO), Duration::from_secs(2), At::from_millis(1_500));
        let rest = Rest::limited(Duration::from_secs(500));
        asking.failed(At::ZERO, interval, SourceError::RetryAfter(rest.clone()), true);
        assert_eq!((asking.due, asking.is_held_off(later)), (At::ZERO + interval, false));
        assert_eq!(asking.health.in_words(later), "rate limited, 499 s");
        asking.answered(At::ZERO, interval, "ok".to_owned(), Some(rest));
        assert_eq!(asking.health.in_words(later), "rate limited, 499 s; meanwhile: ok");
        assert_eq!(asking.health.in_short(later), "rate limited; ok");
    }
}
