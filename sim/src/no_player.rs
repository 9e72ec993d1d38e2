//! A player that is not on this machine.

use std::rc::Rc;

use vj_core::playback::Playback;
use vj_env::LocalBoxFuture;
use vj_workers::ports::{OpenPlayback, PlaybackSource, SourceError};

/// Has nothing to say, ever.
pub struct NoPlayer;

impl NoPlayer {
    /// Makes it, whatever the settings are.
    #[must_use]
    pub fn open() -> OpenPlayback {
        Rc::new(|_| Rc::new(Self))
    }
}

impl PlaybackSource for NoPlayer {
    fn name(&self) -> String {
        "none".to_owned()
    }

    fn poll(&self) -> LocalBoxFuture<'static, Result<Playback, SourceError>> {
        Box::pin(async {
            Err(SourceError::NotConfigured("there is no such player on this machine".to_owned()))
        })
    }
}
