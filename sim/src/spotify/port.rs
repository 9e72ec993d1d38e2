//! The fake service behind the port of the worker: what the real adapter would make of its answers, without HTTP.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use vj_core::playback::{Playback, PlaybackKind, StuckPosition, Track};
use vj_env::LocalBoxFuture;
use vj_workers::ports::{OpenPlayback, PlaybackSource, Rest, SourceError};

use super::service::{Granted, Now, Says, Service};
use super::tape::SongKind;
use crate::http::TapeTime;

/// The player as a monitor asks it. Cloning gives the same one.
#[derive(Clone)]
pub struct FakePlayer {
    service: Rc<RefCell<Service>>,
    time: TapeTime,
    /// A sign-in that was refused twice is asked no more.
    refusals: Rc<Cell<u32>>,
    access: Rc<RefCell<String>>,
    refresh: Rc<RefCell<String>>,
    stuck: Rc<RefCell<StuckPosition>>,
    /// Until when it wants rest. Like the sign-in, it is known to whoever asks, also after a crash.
    rests_until_sec: Rc<Cell<f64>>,
}

impl FakePlayer {
    /// Somebody is signed in to this service.
    #[must_use]
    pub fn new(service: Rc<RefCell<Service>>, time: TapeTime) -> Self {
        let access = service.borrow().access_token();
        let refresh = service.borrow().refresh_token();
        Self {
            service,
            time,
            refusals: Rc::default(),
            access: Rc::new(RefCell::new(access)),
            refresh: Rc::new(RefCell::new(refresh)),
            stuck: Rc::default(),
            rests_until_sec: Rc::default(),
        }
    }

    /// For a stage, whatever its settings are.
    #[must_use]
    pub fn open(&self) -> OpenPlayback {
        let player = self.clone();
        Rc::new(move |_| Rc::new(player.clone()))
    }

    fn ask(&self) -> Result<Playback, SourceError> {
        const SIGN_IN_TWICE: u32 = 2;
        if self.refusals.get() >= SIGN_IN_TWICE {
            return Err(SourceError::SignInNeeded("sign in again".to_owned()));
        }
        let now = (self.time)();
        let left_sec = self.rests_until_sec.get() - now;
        // Clocks count in smaller steps.
        if left_sec > 1e-6 {
            return Err(SourceError::RetryAfter(Rest::limited(Duration::from_secs_f64(left_sec))));
        }
        let mut says = self.service.borrow_mut().say(now, &self.access.borrow());
        if says == Says::Unauthorized {
            self.renew(now)?;
            says = self.service.borrow_mut().say(now, &self.access.borrow());
        }
        match says {
            Says::Playing(now, manner) if manner.arrives() => {
                let mut playback = now.map(playback).unwrap_or_default();
                self.stuck.borrow_mut().mend(&mut playback);
                Ok(playback)
            }
            Says::Limited { sec, .. } => {
                self.rests_until_sec.set(now + sec as f64);
                Err(SourceError::RetryAfter(Rest::limited(Duration::from_secs(sec))))
            }
            Says::NoPremium => Err(SourceError::SignInNeeded("no Premium".to_owned())),
            Says::Playing(..) | Says::Status(_) | Says::Unauthorized => {
                Err(SourceError::Transient("no answer that can be understood".to_owned()))
            }
        }
    }

    fn renew(&self, now: f64) -> Result<(), SourceError> {
        let granted = self.service.borrow_mut().grant(now, &self.refresh.borrow());
        match granted {
            Granted::Tokens { access, refresh } => {
                self.refusals.set(0);
                *self.access.borrow_mut() = access;
                if let Some(refresh) = refresh {
                    *self.refresh.borrow_mut() = refresh;
                }
                Ok(())
            }
            Granted::Invalid => {
                self.refusals.set(self.refusals.get() + 1);
                Err(if self.refusals.get() == 1 {
                    SourceError::Transient("invalid_grant, once".to_owned())
                } else {
                    SourceError::SignInNeeded("sign in again".to_owned())
                })
            }
            Granted::Down => Err(SourceError::Transient("out of order".to_owned())),
        }
    }
}

impl PlaybackSource for FakePlayer {
    fn name(&self) -> String {
        "tape".to_owned()
    }

    fn poll(&self) -> LocalBoxFuture<'static, Result<Playback, SourceError>> {
        let player = self.clone();
        Box::pin(async move { player.ask() })
    }
}

fn playback(now: Now) -> Playback {
    let kind = match &now.song {
        None if now.is_ad => PlaybackKind::Ad,
        None => PlaybackKind::Unknown,
        Some(song) => match song.kind {
            SongKind::Track => PlaybackKind::Track,
            SongKind::Local => PlaybackKind::Local,
            SongKind::Episode => PlaybackKind::Podcast,
        },
    };
    let track = now.song.map(|song| Track {
        album: if song.kind == SongKind::Episode { song.artist.clone() } else { song.album },
        artist: song.artist,
        title: song.title,
        duration: Duration::from_secs_f64(song.duration_sec),
    });
    let position = now.at_sec.map(|sec| Duration::from_millis((sec * 1_000.0) as u64));
    Playback { track, position, is_playing: now.is_playing, kind, play: None }
}
