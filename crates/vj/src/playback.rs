//! Where the monitors of a real show ask what is playing.

use std::path::Path;
use std::rc::Rc;

use vj_adapters::spotify::SpotifyPlayer;
use vj_core::playback::Playback;
use vj_env::{Env, LocalBoxFuture};
use vj_workers::ports::{PlaybackSource, SourceError};
use vj_workers::{SpotifyMonitor, VirtualDjMonitor};

/// The worker that watches Spotify. Its sign-in stands in the state directory.
pub(crate) fn spotify(env: &Env, state: &Path) -> SpotifyMonitor {
    let player = SpotifyPlayer::new(state, env);
    SpotifyMonitor::new(Rc::new(move |settings| player.source(settings)))
}

/// The worker that watches VirtualDJ.
pub(crate) fn virtualdj() -> VirtualDjMonitor {
    VirtualDjMonitor::new(Rc::new(|_| Rc::new(Nobody("no way to VirtualDJ is part of this build"))))
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
