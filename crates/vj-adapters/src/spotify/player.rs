//! Spotify as its monitor asks for it: the Web API where somebody has signed in, else the player on this machine.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use vj_core::playback::{Playback, PlaybackKind, StuckPosition, Track};
use vj_core::settings::Settings;
use vj_env::{Clock, Env, LocalBoxFuture};
use vj_workers::ports::{PlaybackSource, SourceError};

use super::account::Account;
use super::answer::{Answer, Item, ItemKind};
use super::failure::Failure;
use super::local::{LocalPlayer, of_this_machine};
use super::web_api::{Service, WebApi};

/// A rest that is longer than this is worth asking the player on this machine instead.
const LONG_REST: Duration = Duration::from_secs(60);

/// While nothing plays it is asked this many times more seldom: a limit of the service counts every question.
const IDLE_TIMES: u32 = 2;

/// What the monitor of Spotify asks, for as long as its process lives.
pub struct SpotifyPlayer {
    account: Rc<Account>,
    local: Rc<dyn LocalPlayer>,
    clock: Clock,
}

impl SpotifyPlayer {
    /// Keeps its sign-in in the state directory, and finds the player on this machine by itself.
    #[must_use]
    pub fn new(state: &Path, env: &Env) -> Self {
        Self::with(state, env, of_this_machine(env))
    }

    /// The same with another player on this machine.
    #[must_use]
    pub fn with(state: &Path, env: &Env, local: Rc<dyn LocalPlayer>) -> Self {
        Self { account: Account::new(state, env), local, clock: env.clock.clone() }
    }

    /// The source that the settings ask for.
    #[must_use]
    pub fn source(&self, settings: &Settings) -> Rc<dyn PlaybackSource> {
        self.account.try_again();
        let ways = match settings.text("source").as_str() {
            "web_api" => Ways::WebApi,
            "local" => Ways::Local,
            _ => Ways::Auto,
        };
        Rc::new(Source(Rc::new(Asked {
            ways,
            account: self.account.clone(),
            api: Rc::new(WebApi::new(&Service::of(settings))),
            local: self.local.clone(),
            clock: self.clock.clone(),
            answered: RefCell::new(if ways == Ways::Local { self.local.name() } else { WEB_API }.to_owned()),
            local_was_there: Cell::new(false),
            stuck: RefCell::default(),
        })))
    }
}

/// How the Web API is called where people read it.
const WEB_API: &str = "web_api";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ways {
    Auto,
    WebApi,
    Local,
}

struct Source(Rc<Asked>);

struct Asked {
    ways: Ways,
    account: Rc<Account>,
    api: Rc<WebApi>,
    local: Rc<dyn LocalPlayer>,
    clock: Clock,
    /// Who answered last, for people.
    answered: RefCell<String>,
    /// Whether the player on this machine has run since the source was opened.
    local_was_there: Cell<bool>,
    /// Whether the service says of a paused player that it plays.
    stuck: RefCell<StuckPosition>,
}

impl PlaybackSource for Source {
    fn name(&self) -> String {
        self.0.answered.borrow().clone()
    }

    fn poll(&self) -> LocalBoxFuture<'static, Result<Playback, SourceError>> {
        let asked = self.0.clone();
        Box::pin(async move { asked.poll().await })
    }

    fn changed(&self) -> LocalBoxFuture<'_, ()> {
        let is_local = self.0.ways == Ways::Local || *self.0.answered.borrow() != WEB_API;
        if is_local { self.0.local.changed() } else { Box::pin(std::future::pending()) }
    }

    fn next_in(&self, interval: Duration, is_playing: bool) -> Duration {
        if is_playing { interval } else { interval * IDLE_TIMES }
    }
}

impl Asked {
    async fn poll(&self) -> Result<Playback, SourceError> {
        match self.ways {
            // A player that does not run plays nothing.
            Ways::Local => self.local().await.map(Option::unwrap_or_default),
            Ways::WebApi => self.web().await.map_err(into_source_error),
            Ways::Auto => match self.web().await {
                Ok(playback) => Ok(playback),
                Err(failure) => self.instead(failure).await,
            },
        }
    }

    /// What the player on this machine says, where the Web API will not say anything for long.
    async fn instead(&self, failure: Failure) -> Result<Playback, SourceError> {
        let note = match &failure {
            Failure::NotConfigured(_) => String::new(),
            Failure::Wait { wait, .. } if *wait <= LONG_REST => return Err(into_source_error(failure)),
            Failure::Expired | Failure::Transient(_) => return Err(into_source_error(failure)),
            // What is wrong with the better way stays to be seen.
            Failure::Wait { .. } | Failure::SignIn(_) | Failure::Refused(_) => format!("; {failure}"),
        };
        let playback = match self.local().await {
            Ok(Some(playback)) => playback,
            // It was there, and has ended: so has what it played.
            Ok(None) if self.local_was_there.get() => Playback::default(),
            _ => return Err(into_source_error(failure)),
        };
        self.answered.borrow_mut().push_str(&note);
        Ok(playback)
    }

    async fn web(&self) -> Result<Playback, Failure> {
        WEB_API.clone_into(&mut self.answered.borrow_mut());
        let asked_at = self.clock.now();
        let answer = self.account.playing(&self.api).await?;
        // The service looked about half way between question and answer.
        let ago = self.clock.now().since(asked_at) / 2;
        let mut playback = answer.map(playback).unwrap_or_default();
        self.stuck.borrow_mut().mend(&mut playback);
        // A device that always says 0 says nothing, and is known by that.
        if let Some(position) = playback.position.as_mut().filter(|it| playback.is_playing && !it.is_zero()) {
            *position += ago;
        }
        Ok(playback)
    }

    async fn local(&self) -> Result<Option<Playback>, SourceError> {
        let playback = self.local.playing().await;
        self.local.name().clone_into(&mut self.answered.borrow_mut());
        if let Ok(Some(_)) = playback {
            self.local_was_there.set(true);
        }
        playback
    }
}

fn into_source_error(failure: Failure) -> SourceError {
    match failure {
        Failure::Wait { wait, .. } => SourceError::RetryAfter(wait),
        Failure::NotConfigured(why) => SourceError::NotConfigured(why),
        Failure::SignIn(why) | Failure::Refused(why) => SourceError::SignInNeeded(why),
        Failure::Expired => SourceError::Transient(failure.to_string()),
        Failure::Transient(why) => SourceError::Transient(why),
    }
}

/// In the monitor's words.
fn playback(answer: Answer) -> Playback {
    let kind = match (&answer.item, answer.kind) {
        (Some(item), ItemKind::Track) if item.uri.starts_with("spotify:local:") => PlaybackKind::Local,
        (Some(_), ItemKind::Track) => PlaybackKind::Track,
        (Some(_), ItemKind::Episode) => PlaybackKind::Podcast,
        (_, ItemKind::Ad) => PlaybackKind::Ad,
        _ => PlaybackKind::Unknown,
    };
    Playback {
        position: answer.progress_ms.map(Duration::from_millis),
        is_playing: answer.is_playing,
        track: answer.item.filter(|_| kind != PlaybackKind::Ad).map(track),
        kind,
        play: None,
    }
}

fn track(item: Item) -> Track {
    let Item { title, artist, album, duration_ms, .. } = item;
    Track { artist, title, album, duration: duration_ms.map(Duration::from_millis).unwrap_or_default() }
}
