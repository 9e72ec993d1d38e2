//! The worker.

use std::rc::Rc;

use vj_bus::{Ctx, Finish, Worker};
use vj_core::ProcessName;
use vj_core::playback::Player;
use vj_core::settings::{Key, Settings};

use super::file_source::{FileSource, State};
use super::files::Pattern;
use super::keys::{FILE_PATH, KEYS, TRACKLIST_PATTERN};
use crate::playback::{self, Monitor};
use crate::ports::{PlaybackSource, PlayerFiles};

/// Watches VirtualDJ.
pub struct VirtualDjMonitor {
    files: Rc<dyn PlayerFiles>,
}

impl VirtualDjMonitor {
    /// A worker that finds VirtualDJ's files in `files`.
    #[must_use]
    pub fn new(files: Rc<dyn PlayerFiles>) -> Self {
        Self { files }
    }
}

impl Worker for VirtualDjMonitor {
    fn name(&self) -> ProcessName {
        ProcessName::VirtualDjMonitor
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn osc_addresses(&self) -> Vec<&'static str> {
        playback::ADDRESSES.to_vec()
    }

    async fn run(&mut self, ctx: &mut Ctx) -> Finish {
        let env = ctx.env.clone();
        let pattern = ctx.board.with_settings(|settings| Pattern::parse(&settings.text(TRACKLIST_PATTERN)));
        let state = State::begin(&env, pattern).await;
        let files = self.files.clone();
        let open = move |settings: &Settings| -> Rc<dyn PlaybackSource> {
            let pattern = Pattern::parse(&settings.text(TRACKLIST_PATTERN));
            state.borrow_mut().set_pattern(pattern);
            Rc::new(FileSource::new(&env, files.clone(), settings.text(FILE_PATH), state.clone()))
        };
        playback::run(ctx, Monitor { player: Player::VirtualDj, open: &open }, std::future::pending()).await
    }
}
