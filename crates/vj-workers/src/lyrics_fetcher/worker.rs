//! The worker: its loop.

use std::cell::RefCell;
use std::path::PathBuf;
use std::pin::pin;
use std::rc::Rc;

use vj_bus::{Board, Ctx, Event, Finish, Status, Worker};
use vj_core::ProcessName;
use vj_core::playback::Player;
use vj_core::settings::Key;
use vj_env::Store;

use super::ask::Secret;
use super::core::Core;
use super::ear::Ear;
use super::jobs::Jobs;
use super::keys::{Config, KEYS};
use super::offsets::Offsets;
use super::painter::ReadFile;
use super::tap::{TapedCache, TapedWeb};
use super::work::{Done, Kind, Work};
use crate::ports::Web;

/// What the worker needs from outside.
#[derive(Clone)]
pub struct Outside {
    /// Services that are asked by HTTP.
    pub web: Rc<dyn Web>,
    /// Files below the cache directory. No call of it may block: lines are due meanwhile.
    pub cache: Rc<dyn Store>,
    /// Where these files stand, for the visuals: the path of an image.
    pub cache_dir: PathBuf,
    /// Reads the user's workflow.
    pub read_file: ReadFile,
    /// For an OpenAI-compatible server.
    pub openai_key: Option<Secret>,
}

/// Finds the words of the track that plays, and tells the visuals what they say of it.
pub struct LyricsFetcher {
    outside: Outside,
}

impl LyricsFetcher {
    /// A worker in this world.
    #[must_use]
    pub fn new(outside: Outside) -> Self {
        Self { outside }
    }
}

impl Worker for LyricsFetcher {
    fn name(&self) -> ProcessName {
        ProcessName::LyricsFetcher
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn osc_addresses(&self) -> Vec<&'static str> {
        vec![
            "/karaoke/track",
            "/karaoke/lyrics/reset",
            "/karaoke/lyrics/line",
            "/karaoke/line/active",
            "/karaoke/refrain/reset",
            "/karaoke/refrain/line",
            "/karaoke/refrain/active",
            "/karaoke/keywords/reset",
            "/karaoke/keywords/line",
            "/karaoke/keywords/active",
            "/karaoke/categories/mood",
            "/karaoke/categories/NAME",
            "/karaoke/image",
        ]
    }

    async fn run(&mut self, ctx: &mut Ctx) -> Finish {
        let env = ctx.env.clone();
        let [spotify, virtualdj] = Player::ALL.map(Ear::to);
        let (mut to_spotify, mut to_virtualdj) = (pin!(spotify.follow(&env)), pin!(virtualdj.follow(&env)));
        let offsets = Offsets::recall(&env).await;
        let (web, tape, board) = (self.outside.web.clone(), ctx.tape.clone(), ctx.board.clone());
        let web = Rc::new(TapedWeb { web, tape, clock: env.clock.clone(), board });
        let cache = Rc::new(TapedCache { cache: self.outside.cache.clone(), tape: ctx.tape.clone() });
        let outside = Outside { web, cache, ..self.outside.clone() };
        let core = Rc::new(RefCell::new(Core::new(ctx, &outside, offsets)));
        let shown = core.clone();
        ctx.board.set_live_fields(move || shown.borrow().fields());
        let mut jobs = Jobs::new();
        ctx.board.set_status(Status::Running);
        loop {
            start(&core, &mut jobs);
            core.borrow().show(&ctx.board);
            let due = core.borrow().due();
            let is_heard = tokio::select! {
                biased;
                event = ctx.next() => {
                    if let Some(finish) = take_event(&core, &ctx.board, event) {
                        core.borrow_mut().fail_orders(&ctx.board);
                        return finish;
                    }
                    false
                }
                () = &mut to_spotify => false,
                () = &mut to_virtualdj => false,
                () = spotify.changed() => true,
                () = virtualdj.changed() => true,
                () = env.clock.sleep_until_some(due) => false,
                (_, done) = jobs.next() => {
                    take(&core, &ctx.board, done);
                    false
                }
            };
            if is_heard {
                let heard = [&spotify, &virtualdj].map(|ear| (ear.player, ear.heard()));
                core.borrow_mut().listen(heard);
            }
            core.borrow_mut().turn();
        }
    }
}

/// Starts and gives up what the core wants.
fn start(core: &RefCell<Core>, jobs: &mut Jobs<Kind, Done>) {
    let mut core = core.borrow_mut();
    for work in std::mem::take(&mut core.work) {
        match work {
            Work::GiveUp(kind) => core.counts.given_up += jobs.give_up(kind) as u64,
            Work::Start(kind, job) => {
                if jobs.count(kind) >= kind.limit() {
                    core.counts.given_up += 1;
                    if !kind.is_newest_first() {
                        continue;
                    }
                    jobs.give_up_oldest(kind);
                }
                jobs.push(kind, job);
            }
        }
    }
}

fn take_event(core: &RefCell<Core>, board: &Board, event: Event) -> Option<Finish> {
    match event {
        Event::Shutdown => return Some(Finish::Shutdown),
        Event::Restart => return Some(Finish::Restart),
        Event::SettingsChanged(keys) => {
            let config = board.with_settings(Config::of);
            core.borrow_mut().settings_changed(&keys, config);
        }
        Event::Command(command, responder) => core.borrow_mut().command(board, &command, responder),
        // Only the manager hears these.
        Event::Registered(_) | Event::Heartbeat(_) | Event::LinkLost { .. } => {}
    }
    None
}

fn take(core: &RefCell<Core>, board: &Board, done: Done) {
    let mut core = core.borrow_mut();
    match done {
        Done::Looked { attempt, looked } => core.looked(attempt, looked),
        Done::Analysed { number, analysed } => core.analysed(number, analysed),
        Done::Painted { number, result } => core.painted(number, result),
        Done::Ordered { order, looked, unkept } => core.ordered(board, order, looked, unkept),
        Done::Kept(Ok(())) | Done::Errand => {}
        Done::Kept(Err(error)) => core.env.log.warn(format!("failed to write to the cache: {error}")),
        Done::OffsetKept(responder, kept) => core.offset_kept(responder, kept),
    }
}
