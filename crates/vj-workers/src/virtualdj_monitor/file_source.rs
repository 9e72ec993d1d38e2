//! What plays, by VirtualDJ's files.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use vj_core::At;
use vj_core::playback::{Playback, PlaybackKind};
use vj_env::{Env, LocalBoxFuture};

use super::files::Pattern;
use super::memory::{self, Current};
use super::reader::Before;
use super::reader::Reader;
use crate::ports::{Look, PlaybackSource, PlayerFiles, SourceError};

/// The files do not say when a track ends. With its length known it has ended by then, also where it was slowed down.
const SLOWEST: f64 = 1.2;
const ENDS_LATER: Duration = Duration::from_secs(30);

/// A track of unknown length has ended after this.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// A look that takes longer hangs, on a share that is gone.
const LOOKS_FOR: Duration = Duration::from_secs(10);

/// By so much VirtualDJ is late with its history unless it is told otherwise: its setting `historyDelay`, in seconds.
const HISTORY_DELAY: std::ops::RangeInclusive<u64> = 40..=50;

/// So many late entries in a row are its setting, and no accident.
const LATE_SAID: u32 = 2;

/// What is said about it.
const LATE: &str = "VirtualDJ writes its history 45 s late: set its option historyDelay to 0";

/// The source; what it has seen stays in it while the settings around it change.
pub(super) struct FileSource {
    env: Env,
    files: Rc<dyn PlayerFiles>,
    file_path: String,
    state: Rc<RefCell<State>>,
}

/// What was seen.
pub(super) struct State {
    reader: Reader,
    current: Option<Current>,
    plays: u64,
    late_in_a_row: u32,
    is_late_said: bool,
    /// Whether it is written down what is current, or what the show began with.
    is_kept: bool,
    /// Whether it was said that it is not.
    is_loss_said: bool,
    status: String,
}

impl State {
    /// What a life begins with: what was current before, if the show remembers.
    pub(super) async fn begin(env: &Env, pattern: Option<Pattern>) -> Rc<RefCell<Self>> {
        let (before, last) = memory::recall(env).await;
        let plays = last.as_ref().map_or(0, |it| it.play);
        // One that is over is not announced again: it only marks what is old.
        let now = env.clock.now();
        let current = last.filter(|it| is_playing(it, now));
        let is_kept = before != Before::Nothing;
        let reader = Reader::new(pattern, before);
        let status = "looking for VirtualDJ's files".to_owned();
        let (late_in_a_row, is_late_said, is_loss_said) = (0, false, false);
        let state =
            Self { reader, current, plays, late_in_a_row, is_late_said, is_kept, is_loss_said, status };
        Rc::new(RefCell::new(state))
    }

    pub(super) fn set_pattern(&mut self, pattern: Option<Pattern>) {
        self.reader.set_pattern(pattern);
    }

    fn take(&mut self, env: &Env) -> bool {
        let Some(news) = self.reader.next_news() else { return false };
        // Where it is not known how late it is, nothing is known.
        match news.late_sec.map(|sec| HISTORY_DELAY.contains(&sec)) {
            Some(true) => self.late_in_a_row += 1,
            Some(false) => self.late_in_a_row = 0,
            None => {}
        }
        if self.late_in_a_row >= LATE_SAID && !self.is_late_said {
            self.is_late_said = true;
            env.log.warn(LATE);
        }
        let mut since = env.clock.now();
        match &self.current {
            Some(current) if news.is_correction && current.path == news.path => since = current.since,
            _ => self.plays += 1,
        }
        self.current = Some(Current { entry: news.entry, path: news.path, since, play: self.plays });
        true
    }

    /// What could not be written is written at the next look: a disk is not full for ever.
    fn was_kept(&mut self, env: &Env, kept: std::io::Result<()>) {
        match kept {
            Ok(()) => self.is_loss_said = false,
            Err(error) => {
                self.is_kept = false;
                if !std::mem::replace(&mut self.is_loss_said, true) {
                    env.log.warn(format!("after a crash the current track would be forgotten: {error}"));
                }
            }
        }
    }

    fn describe(&mut self, look: &Look) {
        self.status = if let Some(why) = look.unreadable.first().filter(|_| look.files.is_empty()) {
            format!("cannot be read: {why}")
        } else if look.files.is_empty() {
            format!("no file of VirtualDJ's in {}: waiting for one", look.places)
        } else if self.late_in_a_row >= LATE_SAID {
            LATE.to_owned()
        } else {
            "ok".to_owned()
        };
    }

    fn playback(&self, now: At) -> Playback {
        let Some(current) = self.current.as_ref().filter(|_| !self.reader.is_silent()) else {
            return Playback::default();
        };
        let track = &current.entry.track;
        let elapsed = now.since(current.since);
        Playback {
            // What is taken to be over stands still.
            position: Some(elapsed.min(track.known_duration().unwrap_or(LONGEST))),
            is_playing: is_playing(current, now),
            kind: PlaybackKind::Track,
            play: Some(current.play),
            track: Some(track.clone()),
        }
    }
}

fn is_playing(current: &Current, now: At) -> bool {
    let duration = current.entry.track.known_duration();
    let until = duration.map_or(LONGEST, |duration| duration.mul_f64(SLOWEST) + ENDS_LATER);
    now.since(current.since) < until
}

impl FileSource {
    pub(super) fn new(
        env: &Env,
        files: Rc<dyn PlayerFiles>,
        file_path: String,
        state: Rc<RefCell<State>>,
    ) -> Self {
        Self { env: env.clone(), files, file_path, state }
    }

    /// What plays by what was seen last.
    pub(super) fn known(&self) -> Playback {
        self.state.borrow().playback(self.env.clock.now())
    }
}

impl PlaybackSource for FileSource {
    fn name(&self) -> String {
        "files".to_owned()
    }

    fn status(&self) -> String {
        self.state.borrow().status.clone()
    }

    fn poll(&self) -> LocalBoxFuture<'static, Result<Playback, SourceError>> {
        let (env, state) = (self.env.clone(), self.state.clone());
        let look = (!state.borrow().reader.has_more()).then(|| self.files.look(&self.file_path));
        Box::pin(async move {
            if let Some(look) = look {
                let look = env.clock.timeout(LOOKS_FOR, look).await;
                let mut state = state.borrow_mut();
                match look {
                    Ok(look) => {
                        state.reader.look(env.clock.now(), &look.files);
                        state.describe(&look);
                    }
                    Err(_) => state.status = "cannot be read: the disk or share does not answer".to_owned(),
                }
            }
            let mut held = state.borrow_mut();
            let is_new = held.take(&env);
            if is_new || !held.is_kept {
                held.is_kept = true;
                // Behind the announcement: a disk may be slow, and the visuals should not wait for it.
                let (env, state) = (env.clone(), state.clone());
                let (before, current) = (held.reader.found().unwrap_or_default(), held.current.clone());
                env.scope.clone().spawn(async move {
                    let kept = memory::keep(&env, &before, current.as_ref()).await;
                    state.borrow_mut().was_kept(&env, kept);
                });
            }
            Ok(held.playback(env.clock.now()))
        })
    }

    fn changed(&self) -> LocalBoxFuture<'_, ()> {
        self.files.changed()
    }

    fn next_in(&self, interval: Duration, _: bool) -> Duration {
        let state = self.state.borrow();
        if state.reader.has_more() {
            return Duration::ZERO;
        }
        let sooner = state.reader.look_again_at().map(|at| at.since(self.env.clock.now()));
        sooner.map_or(interval, |sooner| sooner.min(interval))
    }
}
