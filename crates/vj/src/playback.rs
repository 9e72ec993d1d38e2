//! Where the monitors of a real show ask what is playing.

use std::path::Path;
use std::rc::Rc;

use vj_adapters::spotify::SpotifyPlayer;
use vj_adapters::{SystemNetwork, SystemPlayerFiles};
use vj_env::Env;
use vj_workers::{SpotifyMonitor, VirtualDjMonitor};

/// The worker that watches Spotify. Its sign-in stands in the state directory.
pub(crate) fn spotify(env: &Env, state: &Path) -> SpotifyMonitor {
    let player = SpotifyPlayer::new(state, env);
    SpotifyMonitor::new(Rc::new(move |settings| player.source(settings)))
}

/// The worker that watches VirtualDJ.
pub(crate) fn virtualdj() -> VirtualDjMonitor {
    VirtualDjMonitor::new(Rc::new(SystemPlayerFiles::new()), Rc::new(SystemNetwork))
}
