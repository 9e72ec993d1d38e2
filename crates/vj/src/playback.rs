//! Where the monitors of a real show ask what is playing.

use std::rc::Rc;

use vj_adapters::{SystemNetwork, SystemPlayerFiles};
use vj_core::playback::Playback;
use vj_env::LocalBoxFuture;
use vj_workers::ports::{PlaybackSource, SourceError};
use vj_workers::{SpotifyMonitor, VirtualDjMonitor};

/// The worker that watches Spotify.
pub(crate) fn spotify() -> SpotifyMonitor {
    SpotifyMonitor::new(Rc::new(|_| Rc::new(Nobody("no way to Spotify is part of this build"))))
}

/// The worker that watches VirtualDJ.
pub(crate) fn virtualdj() -> VirtualDjMonitor {
    VirtualDjMonitor::new(Rc::new(SystemPlayerFiles::new()), Rc::new(SystemNetwork))
}

/// Nobody who could be asked, and why.
struct Nobody(&'static str);

impl PlaybackSource for Nobody {
    fn name(&self) -> String {
        "none".to_owned()
    }

    fn poll(&self) -> LocalBoxFuture<'static, Result<Playback, SourceError>> {
        let why = self.0.to_owned();
        Box::pin(async { Err(SourceError::NotConfigured(why)) })
    }
}
