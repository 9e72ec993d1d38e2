//! The loop of both monitors.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use vj_bus::{Ctx, Event, Finish, Status};
use vj_core::At;
use vj_core::playback::{Changes, Detector, Playback, Player, Standing, choose};
use vj_core::settings::Settings;
use vj_env::LocalBoxFuture;

use super::asking::{Asking, Health};
use super::rival::{CHANGES, Rival, SPEAKS, STANDING, STANDING_SINCE, TOLD_AT, TRACKS};
use super::said::Said;
use super::voice::Voice;
use crate::ports::{PlaybackSource, SourceError};

/// The key of both tables that says how often the source is asked, in seconds.
pub(crate) const POLL_INTERVAL: &str = "poll_interval";

/// The question behind the end of a track is asked so much later: its player needs a moment to go on to the next.
const BEHIND_THE_END: Duration = Duration::from_millis(300);

type Answer = Result<Playback, SourceError>;

/// What a monitor is about.
pub(crate) struct Monitor<'a> {
    /// Whose player.
    pub(crate) player: Player,
    /// Makes the source; again whenever the settings change.
    pub(crate) open: &'a dyn Fn(&Settings) -> Rc<dyn PlaybackSource>,
    /// Holds whether it is the current player, for what else is told of it.
    pub(crate) on_stage: Rc<Cell<bool>>,
}

/// Watches one player until told to end or to start over. `beside` is what else the monitor does meanwhile; it never ends.
pub(crate) async fn run(ctx: &mut Ctx, monitor: Monitor<'_>, beside: impl Future<Output = ()>) -> Finish {
    let rival = Rival::of(monitor.player);
    let env = ctx.env.clone();
    let mut following = pin!(rival.follow(&env));
    let mut beside = pin!(beside);
    let clock = env.clock.clone();
    let mut life = Life::begin(ctx, monitor.player, monitor.on_stage.clone());
    let mut source = ctx.board.with_settings(|settings| (monitor.open)(settings));
    let mut asked: Option<LocalBoxFuture<'static, Answer>> = None;
    life.show(ctx, &*source);
    ctx.board.set_status(Status::Running);
    loop {
        let idle = asked.is_none();
        let ask_at = idle.then_some(life.asking.due);
        let standing_at = life.shared.borrow().detector.standing_changes_at(clock.now());
        tokio::select! {
            biased;
            event = ctx.next() => match event {
                Event::Shutdown => return Finish::Shutdown,
                Event::Restart => return Finish::Restart,
                Event::SettingsChanged(keys) => {
                    if !keys.is_empty() {
                        source = ctx.board.with_settings(|settings| (monitor.open)(settings));
                        asked = None;
                        life.asking.due = clock.now();
                    }
                    let _ = life.stand(ctx, &rival);
                }
                Event::Command(command, responder) => responder.unknown(&command.cmd),
                // Only the manager hears these.
                Event::Registered(_) | Event::Heartbeat(_) | Event::LinkLost { .. } => {}
            },
            () = &mut following => {}
            () = &mut beside => {}
            () = rival.changed() => {
                let _ = life.stand(ctx, &rival);
            }
            answer = answered(&mut asked) => {
                asked = None;
                if monitor.player == Player::Spotify {
                    // Of VirtualDJ it is noted what its files and decks say, which is more.
                    ctx.tape.note(json!({"spotify": {"said": Said::of(&answer)}}));
                }
                life.take(ctx, &rival, &*source, answer);
            }
            () = source.changed(), if idle && !life.asking.is_held_off(clock.now()) => asked = Some(source.poll()),
            () = clock.sleep_until_some(ask_at) => asked = Some(source.poll()),
            () = clock.sleep_until_some(life.voice.position_due) => life.position(ctx),
            () = clock.sleep_until_some(standing_at) => {
                let _ = life.stand(ctx, &rival);
            }
        }
    }
}

async fn answered(asked: &mut Option<LocalBoxFuture<'static, Answer>>) -> Answer {
    match asked {
        Some(asked) => asked.await,
        None => std::future::pending().await,
    }
}

/// What `get_state` looks at too.
struct Shared {
    detector: Detector,
    health: Health,
}

/// One life of the loop.
struct Life {
    player: Player,
    shared: Rc<RefCell<Shared>>,
    asking: Asking,
    voice: Voice,
    standing: Standing,
    is_current: bool,
    on_stage: Rc<Cell<bool>>,
    /// When the visuals were last told of a track, as the other knows it.
    told_at_sec: f64,
    /// What was said in the log of how the source is.
    said: String,
    polls: u64,
    /// Changes of track, play state or place, and of the track alone.
    changes: u64,
    tracks: u64,
}

impl Life {
    fn begin(ctx: &Ctx, player: Player, on_stage: Rc<Cell<bool>>) -> Self {
        let now = ctx.env.clock.now();
        let asking = Asking::new(now);
        let shared =
            Rc::new(RefCell::new(Shared { detector: Detector::new(), health: asking.health.clone() }));
        let (looked_at, clock) = (shared.clone(), ctx.env.clock.clone());
        ctx.board.set_live_fields(move || live_fields(&looked_at.borrow(), clock.now()));
        let life = Self {
            player,
            shared,
            asking,
            voice: Voice::new(player),
            standing: Standing::Gone,
            is_current: false,
            on_stage,
            told_at_sec: 0.0,
            said: String::new(),
            polls: 0,
            changes: 0,
            tracks: 0,
        };
        life.show_standing(ctx);
        life
    }

    /// The source answered, or failed to.
    fn take(&mut self, ctx: &Ctx, rival: &Rival, source: &dyn PlaybackSource, answer: Answer) {
        let now = ctx.env.clock.now();
        let interval = ctx.board.with_settings(|settings| settings.number(POLL_INTERVAL));
        let interval = Duration::from_secs_f64(interval / ctx.time_scale);
        self.polls += 1;
        match answer {
            Ok(playback) => {
                let (changes, wait) = {
                    let detector = &mut self.shared.borrow_mut().detector;
                    let changes = detector.report(now, &playback);
                    let wait = source.next_in(interval, detector.is_playing());
                    let behind_the_end = detector.remaining(now).filter(|left| !left.is_zero());
                    (changes, wait.min(behind_the_end.map_or(wait, |left| left + BEHIND_THE_END)))
                };
                self.asking.answered(now, wait, source.status(), source.rest_meanwhile());
                if changes.track {
                    self.log_track(ctx);
                }
                self.show_changes(ctx, changes);
                // Who speaks is settled first, so that the visuals hear it from one.
                if !self.stand(ctx, rival) {
                    self.voice.tell(&ctx.telemetry, now, &self.shared.borrow().detector, changes);
                    self.show_told(ctx);
                }
            }
            Err(error) => {
                self.asking.failed(now, interval, error, source.rest_meanwhile().is_some());
                let changes = self.shared.borrow_mut().detector.unheard(now);
                self.show_changes(ctx, changes);
                if !self.stand(ctx, rival) {
                    self.voice.tell(&ctx.telemetry, now, &self.shared.borrow().detector, changes);
                }
            }
        }
        self.shared.borrow_mut().health = self.asking.health.clone();
        let degraded = self.asking.is_failing();
        ctx.board.set_status(if degraded { Status::Degraded } else { Status::Running });
        self.show(ctx, source);
    }

    /// Whoever follows the track hears of a change at once.
    fn show_changes(&mut self, ctx: &Ctx, changes: Changes) {
        if changes.any() || changes.correction {
            self.changes += 1;
            self.tracks += u64::from(changes.track);
            ctx.board.set_stat(CHANGES, self.changes);
            ctx.board.set_stat(TRACKS, self.tracks);
            ctx.board.beat_now();
        }
    }

    fn position(&mut self, ctx: &Ctx) {
        let now = ctx.env.clock.now();
        self.voice.position(&ctx.telemetry, now, &self.shared.borrow().detector);
    }

    /// Settles who speaks to the visuals. Returns whether it is this one from now on: then it has told how things are.
    fn stand(&mut self, ctx: &Ctx, rival: &Rival) -> bool {
        let now = ctx.env.clock.now();
        let standing = self.shared.borrow().detector.standing(now);
        let players = rival.standing().map(|other| [(self.player, standing), (rival.player, other)]);
        let chosen = players.map(|players| choose(&ctx.prefer.borrow(), &players) == Some(self.player));
        let is_current = chosen.unwrap_or(false);
        let was = (std::mem::replace(&mut self.standing, standing), self.is_current);
        self.is_current = is_current;
        self.on_stage.set(is_current);
        if was != (standing, is_current) {
            self.show_standing(ctx);
            ctx.board.beat_now();
        }
        ctx.board.set_field("is_current", is_current);
        let others_word = rival.told_at_sec();
        // Of two words of the same moment nobody knows which arrived last.
        let is_last = others_word > 0.0 && others_word >= self.voice.told_at_sec();
        if is_current && !rival.speaks() && is_last {
            // The other had the last word, since one of the two stood still or did not know of the other yet, and what it
            // said is not true any more: things are told anew.
            self.voice.set_current(false, &ctx.telemetry, now, &self.shared.borrow().detector);
        }
        let becomes = self.voice.set_current(is_current, &ctx.telemetry, now, &self.shared.borrow().detector);
        self.show_told(ctx);
        becomes
    }

    /// The other must know who had the last word.
    fn show_told(&mut self, ctx: &Ctx) {
        let told_at = self.voice.told_at_sec();
        if std::mem::replace(&mut self.told_at_sec, told_at) != told_at {
            ctx.board.set_stat(TOLD_AT, told_at);
            ctx.board.beat_now();
        }
    }

    fn show_standing(&self, ctx: &Ctx) {
        ctx.board.set_stat(STANDING, self.standing.as_str());
        ctx.board.set_stat(SPEAKS, self.is_current);
        ctx.board.set_stat(STANDING_SINCE, ctx.env.clock.now().as_secs_f64());
    }

    fn show(&mut self, ctx: &Ctx, source: &dyn PlaybackSource) {
        let now = ctx.env.clock.now();
        ctx.board.set_field("source", source.name());
        ctx.board.set_stat("polls", self.polls);
        let words = self.asking.health.in_words(now);
        ctx.board.set_stat("source_status", words.clone());
        // Said once, whatever changes in it from second to second.
        let said = self.asking.health.in_short(now);
        if said != self.said && self.asking.health != Health::Asked {
            let line = format!("{}: {words}", source.name());
            match self.asking.health {
                Health::Fails(_) | Health::Limited(_) => ctx.env.log.warn(line),
                _ => ctx.env.log.info(line),
            }
            self.said = said;
        }
    }

    fn log_track(&self, ctx: &Ctx) {
        let shared = self.shared.borrow();
        ctx.env.log.info(match shared.detector.track() {
            Some(track) => format!("now: {} - {}", track.artist, track.title),
            None => "now: nothing".to_owned(),
        });
    }
}

fn live_fields(shared: &Shared, now: At) -> Map<String, Value> {
    let Shared { detector, health } = shared;
    let track = detector.track().map(|track| {
        json!({
            "artist": track.artist, "title": track.title, "album": track.album,
            "duration_sec": track.duration.as_secs_f64(),
        })
    });
    let (correction_sec, corrected_in_sec) = detector.position_correction(now);
    let fields = json!({
        "track": track,
        "position_sec": detector.position_sec(now),
        "position_correction_sec": correction_sec,
        "position_corrected_in_sec": corrected_in_sec,
        "is_playing": detector.is_playing(),
        "kind": detector.kind().as_str(),
        "source_status": health.in_words(now),
    });
    fields.as_object().cloned().unwrap_or_default()
}
