//! The worker.

use std::rc::Rc;

use vj_bus::{Ctx, Finish, Worker};
use vj_core::ProcessName;
use vj_core::playback::Player;
use vj_core::settings::Key;

use super::keys::KEYS;
use crate::playback::{self, Monitor};
use crate::ports::OpenPlayback;

/// Watches Spotify.
pub struct SpotifyMonitor {
    open: OpenPlayback,
}

impl SpotifyMonitor {
    /// A worker that asks what `open` makes.
    #[must_use]
    pub fn new(open: OpenPlayback) -> Self {
        Self { open }
    }
}

impl Worker for SpotifyMonitor {
    fn name(&self) -> ProcessName {
        ProcessName::SpotifyMonitor
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn osc_addresses(&self) -> Vec<&'static str> {
        playback::ADDRESSES.to_vec()
    }

    async fn run(&mut self, ctx: &mut Ctx) -> Finish {
        let open = self.open.clone();
        let monitor = Monitor { player: Player::Spotify, open: &*open, on_stage: Rc::default() };
        playback::run(ctx, monitor, std::future::pending()).await
    }
}
