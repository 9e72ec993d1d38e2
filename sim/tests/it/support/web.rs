//! A web whose answers a test writes, and a player that a test drives.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;
use vj_core::At;
use vj_core::playback::{Playback, PlaybackKind, Track};
use vj_env::{Clock, LocalBoxFuture};
use vj_workers::ports::{OpenPlayback, PlaybackSource, SourceError, Web, WebAnswer, WebFailure, WebRequest};

/// What a service answers, and after how long.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) answer: Result<WebAnswer, WebFailure>,
    pub(crate) after_sec: f64,
}

impl Reply {
    pub(crate) fn status(status: u16, body: &str) -> Self {
        let answer = WebAnswer { status, retry_after: None, body: body.as_bytes().to_vec() };
        Self { answer: Ok(answer), after_sec: 0.08 }
    }

    pub(crate) fn json(body: &Value) -> Self {
        Self::status(200, &body.to_string())
    }

    pub(crate) fn unreachable() -> Self {
        Self { answer: Err(WebFailure::Unreachable("connection refused".to_owned())), after_sec: 0.001 }
    }

    pub(crate) fn after(mut self, sec: f64) -> Self {
        self.after_sec = sec;
        self
    }

    pub(crate) fn retry_after(mut self, sec: u64) -> Self {
        if let Ok(answer) = &mut self.answer {
            answer.retry_after = Some(Duration::from_secs(sec));
        }
        self
    }
}

/// A question that was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) t: f64,
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Value,
}

type Route = (String, Box<dyn Fn(&Asked) -> Reply>);

/// The web. What is not routed cannot be reached.
#[derive(Clone, Default)]
pub(crate) struct FakeWeb {
    clock: Rc<RefCell<Option<Clock>>>,
    routes: Rc<RefCell<Vec<Route>>>,
    asked: Rc<RefCell<Vec<Asked>>>,
}

impl FakeWeb {
    /// From now on this is answered to every question whose address contains `part`.
    pub(crate) fn on(&self, part: &str, reply: Reply) {
        self.answers(part, move |_| reply.clone());
    }

    pub(crate) fn answers(&self, part: &str, reply: impl Fn(&Asked) -> Reply + 'static) {
        self.routes.borrow_mut().push((part.to_owned(), Box::new(reply)));
    }

    /// LRCLIB knows this song and no other.
    pub(crate) fn lrclib(&self, candidate: Value) {
        self.on("/api/get", Reply::json(&candidate));
        self.on("/api/search", Reply::json(&json!([candidate])));
    }

    /// LRCLIB knows no song.
    pub(crate) fn lrclib_knows_nothing(&self) {
        let not_found =
            json!({"message": "Failed to find specified track", "name": "TrackNotFound", "statusCode": 404});
        self.on("/api/get", Reply::status(404, &not_found.to_string()));
        self.on("/api/search", Reply::json(&json!([])));
    }

    /// The questions whose address contains `part`, in order.
    pub(crate) fn asked(&self, part: &str) -> Vec<Asked> {
        self.asked.borrow().iter().filter(|asked| asked.url.contains(part)).cloned().collect()
    }
}

impl Web for FakeWeb {
    fn ask(&self, request: WebRequest) -> LocalBoxFuture<'static, Result<WebAnswer, WebFailure>> {
        let clock = self.clock.borrow_mut().get_or_insert_with(simulated_clock).clone();
        let WebRequest { url, headers, body, .. } = request;
        let body = serde_json::from_slice(&body).unwrap_or_default();
        let asked = Asked { t: clock.now().as_secs_f64(), url, headers, body };
        let routes = self.routes.borrow();
        let route = routes.iter().rev().find(|(part, _)| asked.url.contains(part.as_str()));
        let reply = route.map_or_else(Reply::unreachable, |(_, reply)| reply(&asked));
        drop(routes);
        self.asked.borrow_mut().push(asked);
        Box::pin(async move {
            clock.sleep(Duration::from_secs_f64(reply.after_sec)).await;
            reply.answer
        })
    }
}

/// The clock of the machine: set by [`FakePlayer::on`].
fn simulated_clock() -> Clock {
    panic!("the web was asked before the show began")
}

struct Deck {
    track: Option<Track>,
    at: At,
    sec: f64,
    is_playing: bool,
    play: u64,
}

/// A player. Its monitor hears of a change at once.
#[derive(Clone)]
pub(crate) struct FakePlayer {
    deck: Rc<RefCell<Deck>>,
    clock: Rc<RefCell<Option<Clock>>>,
    changed: Rc<Notify>,
    plays: Rc<Cell<u64>>,
}

impl FakePlayer {
    pub(crate) fn new() -> Self {
        let deck = Deck { track: None, at: At::ZERO, sec: 0.0, is_playing: false, play: 0 };
        Self {
            deck: Rc::new(RefCell::new(deck)),
            clock: Rc::default(),
            changed: Rc::default(),
            plays: Rc::default(),
        }
    }

    pub(crate) fn open(&self) -> OpenPlayback {
        let player = self.clone();
        Rc::new(move |_| Rc::new(player.clone()))
    }

    /// It and the web stand on this machine.
    pub(crate) fn on(&self, clock: &Clock, web: &FakeWeb) {
        *self.clock.borrow_mut() = Some(clock.clone());
        *web.clock.borrow_mut() = Some(clock.clone());
    }

    /// A track begins; returns when.
    pub(crate) fn plays(&self, track: &Track) -> f64 {
        self.plays.set(self.plays.get() + 1);
        self.set(|deck, play| {
            (deck.track, deck.sec, deck.is_playing, deck.play) = (Some(track.clone()), 0.0, true, play);
        })
    }

    pub(crate) fn stops(&self) -> f64 {
        self.set(|deck, _| deck.track = None)
    }

    pub(crate) fn pauses(&self, is_paused: bool) -> f64 {
        self.set(|deck, _| deck.is_playing = !is_paused)
    }

    pub(crate) fn seeks(&self, sec: f64) -> f64 {
        self.set(|deck, _| deck.sec = sec)
    }

    fn now(&self) -> At {
        self.clock.borrow().as_ref().map_or(At::ZERO, Clock::now)
    }

    fn set(&self, change: impl FnOnce(&mut Deck, u64)) -> f64 {
        let now = self.now();
        let mut deck = self.deck.borrow_mut();
        deck.sec = deck.sec_at(now);
        deck.at = now;
        change(&mut deck, self.plays.get());
        self.changed.notify_one();
        now.as_secs_f64()
    }
}

impl Deck {
    fn sec_at(&self, now: At) -> f64 {
        self.sec + if self.is_playing { now.since(self.at).as_secs_f64() } else { 0.0 }
    }
}

impl PlaybackSource for FakePlayer {
    fn name(&self) -> String {
        "fake".to_owned()
    }

    fn poll(&self) -> LocalBoxFuture<'static, Result<Playback, SourceError>> {
        let deck = self.deck.borrow();
        let playback = Playback {
            track: deck.track.clone(),
            position: deck.track.as_ref().map(|_| Duration::from_secs_f64(deck.sec_at(self.now()))),
            is_playing: deck.is_playing && deck.track.is_some(),
            kind: PlaybackKind::Track,
            play: Some(deck.play),
        };
        Box::pin(async move { Ok(playback) })
    }

    fn changed(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.changed.notified())
    }
}
