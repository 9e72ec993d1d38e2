//! The worker.

use std::cell::RefCell;
use std::rc::Rc;

use vj_bus::{Ctx, Finish, Worker};
use vj_core::ProcessName;
use vj_core::playback::Player;
use vj_core::settings::{Key, Settings};
use vj_env::Env;

use super::beats::Beats;
use super::deck_voice::DeckVoice;
use super::file_source::{FileSource, State};
use super::files::Pattern;
use super::keys::{FILE_PATH, KEYS, OS2L, OSC, OSC_LISTEN, OSC_SEND, TRACKLIST_PATTERN, address};
use super::real_time::{DeckLink, RealTimeSource};
use super::tap::{TapedFiles, TapedNetwork};
use super::trust::Trust;
use crate::playback::{self, Monitor};
use crate::ports::{Network, PlaybackSource, PlayerFiles};

/// Watches VirtualDJ.
pub struct VirtualDjMonitor {
    files: Rc<dyn PlayerFiles>,
    network: Rc<dyn Network>,
}

impl VirtualDjMonitor {
    /// A worker that finds VirtualDJ's files in `files`, and its decks on `network`.
    #[must_use]
    pub fn new(files: Rc<dyn PlayerFiles>, network: Rc<dyn Network>) -> Self {
        Self { files, network }
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
        [&playback::ADDRESSES[..], &["/audio/beat/deck", "/audio/bpm/deck"]].concat()
    }

    async fn run(&mut self, ctx: &mut Ctx) -> Finish {
        let env = ctx.env.clone();
        let state = State::begin(&env, ctx.board.with_settings(pattern)).await;
        let on_stage = Rc::default();
        let voice = Rc::new(DeckVoice::new(ctx.telemetry.clone(), Rc::clone(&on_stage)));
        let files = Rc::new(TapedFiles::new(self.files.clone(), ctx.tape.clone()));
        let network = Rc::new(TapedNetwork { network: self.network.clone(), tape: ctx.tape.clone() });
        let sources = Sources {
            env: env.clone(),
            voice: voice.clone(),
            files,
            network: network.clone(),
            state,
            link: RefCell::default(),
            trust: Rc::default(),
        };
        let beats = Beats { env, board: ctx.board.clone(), voice, network };
        let open = |settings: &Settings| sources.open(settings);
        playback::run(ctx, Monitor { player: Player::VirtualDj, open: &open, on_stage }, beats.tend()).await
    }
}

fn pattern(settings: &Settings) -> Option<Pattern> {
    Pattern::parse(&settings.text(TRACKLIST_PATTERN))
}

/// What stays while the settings change.
struct Sources {
    env: Env,
    voice: Rc<DeckVoice>,
    files: Rc<dyn PlayerFiles>,
    network: Rc<dyn Network>,
    state: Rc<RefCell<State>>,
    link: RefCell<Option<Rc<DeckLink>>>,
    trust: Rc<RefCell<Trust>>,
}

impl Sources {
    fn open(&self, settings: &Settings) -> Rc<dyn PlaybackSource> {
        self.state.borrow_mut().set_pattern(pattern(settings));
        let ways = address(&settings.text(OSC_LISTEN)).zip(address(&settings.text(OSC_SEND)));
        let ways = ways.filter(|_| settings.bool(OSC));
        let mut link = self.link.borrow_mut();
        // One that stays keeps its port and what it has heard.
        let stays =
            link.as_ref().zip(ways).is_some_and(|(link, (listen, send))| link.is_between(listen, send));
        if !stays {
            *link = ways.map(|(listen, send)| DeckLink::new(self.network.clone(), listen, send));
        }
        let path = settings.text(FILE_PATH);
        let files = Rc::new(FileSource::new(&self.env, self.files.clone(), path, self.state.clone()));
        let (env, link, trust) = (self.env.clone(), link.clone(), self.trust.clone());
        let voice = (!settings.bool(OS2L)).then(|| self.voice.clone());
        Rc::new(RealTimeSource { env, voice, files, looking: Rc::default(), link, trust })
    }
}
