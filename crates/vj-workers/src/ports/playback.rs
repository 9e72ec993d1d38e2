//! What is playing, as the monitors ask for it.

use std::rc::Rc;
use std::time::Duration;

use vj_core::playback::Playback;
use vj_core::settings::Settings;
use vj_env::LocalBoxFuture;

/// A rest that a service asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// How long it still is.
    pub wait: Duration,
    /// What is wrong with it, where that is anything but too many questions.
    pub why: Option<String>,
}

impl Rest {
    /// It was asked too often.
    #[must_use]
    pub fn limited(wait: Duration) -> Self {
        Self { wait, why: None }
    }
}

/// Why a source did not say what plays, and what its monitor does about it. The last known track stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// It asks not to be asked for so long: wait exactly that, and show it.
    #[error("rate limited")]
    RetryAfter(Rest),
    /// It did not answer, or not in a way that can be understood: ask again, ever more seldom.
    #[error("{0}")]
    Transient(String),
    /// The user must sign in again; says how. Asking goes on at leisure, since that happens somewhere else.
    #[error("{0}")]
    SignInNeeded(String),
    /// There is nothing to ask yet, which is no fault; says what would change that. It is looked for at leisure.
    #[error("{0}")]
    NotConfigured(String),
}

/// Somebody who knows what is playing.
pub trait PlaybackSource {
    /// What is asked, for people: `web_api`, say.
    fn name(&self) -> String;

    /// How it is while it answers, for people.
    fn status(&self) -> String {
        "ok".to_owned()
    }

    /// The rest that its better way wants while another one answers, or may begin to: then it is asked as ever, and leaves the
    /// better way alone by itself.
    fn rest_meanwhile(&self) -> Option<Rest> {
        None
    }

    /// Asks. It may take long: the monitor's loop turns meanwhile. Only one question is under way at a time, and it is dropped
    /// only when the monitor ends or starts over.
    fn poll(&self) -> LocalBoxFuture<'static, Result<Playback, SourceError>>;

    /// Ready when there is something new before the next question is due. Cancel-safe. A source that has to be asked never is.
    fn changed(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }

    /// How long to wait until the next question, where `interval` is what the settings say.
    fn next_in(&self, interval: Duration, is_playing: bool) -> Duration {
        let _ = is_playing;
        interval
    }
}

/// Makes the source that the settings ask for; it is made anew when they change.
pub type OpenPlayback = Rc<dyn Fn(&Settings) -> Rc<dyn PlaybackSource>>;
