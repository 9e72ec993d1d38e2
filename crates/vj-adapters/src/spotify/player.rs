//! Spotify as its monitor asks for it: the Web API where somebody has signed in, else the player on this machine.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use vj_core::At;
use vj_core::playback::{Playback, PlaybackKind, StuckPosition, Track};
use vj_core::settings::Settings;
use vj_env::{Clock, Env, LocalBoxFuture};
use vj_workers::ports::{PlaybackSource, Rest, SourceError};

use super::account::Account;
use super::answer::{Answer, Item, ItemKind};
use super::failure::Failure;
use super::local::{LocalPlayer, of_this_machine};
use super::web_api::{Service, WebApi};

/// A rest that is longer than this is worth asking the player on this machine instead.
const LONG_REST: Duration = Duration::from_secs(60);

/// So many questions without an answer in a row, and the player on this machine is asked instead.
const FAILURES: u32 = 2;

/// Between two questions to a Web API that does not answer, at most.
const RETRY_MAX: Duration = Duration::from_secs(15);

/// While the player on this machine answers, the Web API gets so long: the other must not go unheard for longer.
const PROBE: Duration = Duration::from_secs(5);

/// While nothing plays it is asked this many times more seldom: a limit of the service counts every question.
const IDLE_TIMES: u32 = 2;

/// But only after so long: whoever has just stopped starts something else, and that should be told as soon as ever.
const IDLE_AFTER: Duration = Duration::from_secs(60);

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
            stands_in: Cell::new(false),
            rest: RefCell::default(),
            outage: RefCell::default(),
            stuck: RefCell::default(),
            idle_since: Cell::new(None),
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
    /// Whether the player on this machine has answered since the Web API did.
    stands_in: Cell<bool>,
    /// Until when the Web API wants rest, while the player on this machine is asked instead.
    rest: RefCell<Option<(At, Rest)>>,
    /// Questions that the Web API did not answer.
    outage: RefCell<Option<Outage>>,
    /// Whether the service says of a paused player that it plays.
    stuck: RefCell<StuckPosition>,
    /// Since when nothing plays.
    idle_since: Cell<Option<At>>,
}

/// The Web API does not answer.
#[derive(Clone)]
struct Outage {
    /// How often in a row.
    failures: u32,
    /// Why, the last time.
    failure: Failure,
    /// When it is asked again, whoever asks before.
    retry_at: At,
}

impl PlaybackSource for Source {
    fn name(&self) -> String {
        self.0.answered.borrow().clone()
    }

    fn status(&self) -> String {
        let asked = &self.0;
        let answers = format!("{} answers", asked.local.name());
        match &*asked.outage.borrow() {
            _ if !asked.stands_in.get() => "ok".to_owned(),
            Some(outage) => format!("{}; {answers}", outage.failure),
            None if asked.rest.borrow().is_some() => answers,
            None => "ok".to_owned(),
        }
    }

    fn rest_meanwhile(&self) -> Option<Rest> {
        let rest = self.0.rest.borrow();
        let (until, rest) = rest.as_ref()?;
        let wait = until.since(self.0.clock.now());
        (!wait.is_zero()).then(|| Rest { wait, ..rest.clone() })
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
        let now = self.0.clock.now();
        let idle_since = self.0.idle_since.get().unwrap_or(now);
        self.0.idle_since.set((!is_playing).then_some(idle_since));
        if now.since(idle_since) < IDLE_AFTER { interval } else { interval * IDLE_TIMES }
    }
}

impl Asked {
    async fn poll(&self) -> Result<Playback, SourceError> {
        match self.ways {
            // A player that does not run plays nothing.
            Ways::Local => self.local().await.map(Option::unwrap_or_default),
            Ways::WebApi => self.web().await.map_err(into_source_error),
            Ways::Auto => match self.web_if_due().await {
                Ok(playback) => {
                    self.stands_in.set(false);
                    (*self.rest.borrow_mut(), *self.outage.borrow_mut()) = (None, None);
                    Ok(playback)
                }
                Err(failure) => self.instead(failure).await,
            },
        }
    }

    /// Asks the Web API, but for one that has just not answered while the player on this machine does.
    async fn web_if_due(&self) -> Result<Playback, Failure> {
        let outage = self.outage.borrow().clone();
        if let Some(outage) = &outage
            && self.stands_in.get()
            && self.clock.now() < outage.retry_at
        {
            return Err(outage.failure.clone());
        }
        let answer = if self.stands_in.get() {
            let answer = self.clock.timeout(PROBE, self.web()).await;
            answer.unwrap_or_else(|_| Err(Failure::Transient("Spotify does not answer".to_owned())))
        } else {
            self.web().await
        };
        let failed =
            answer.as_ref().err().filter(|it| matches!(it, Failure::Transient(_) | Failure::Expired));
        *self.outage.borrow_mut() = failed.map(|failure| {
            let failures = outage.map_or(0, |outage| outage.failures).saturating_add(1);
            let wait = Duration::from_secs(1 << failures.min(5).saturating_sub(1)).min(RETRY_MAX);
            Outage { failures, failure: failure.clone(), retry_at: self.clock.now() + wait }
        });
        answer
    }

    /// What the player on this machine says, where the Web API will not say anything for long. Once it has answered, it is
    /// heard until the Web API answers again.
    async fn instead(&self, failure: Failure) -> Result<Playback, SourceError> {
        let failures = self.outage.borrow().as_ref().map_or(0, |outage| outage.failures);
        let is_long = match &failure {
            Failure::Wait { wait, .. } => *wait > LONG_REST,
            Failure::Expired | Failure::Transient(_) => failures >= FAILURES,
            Failure::NotConfigured(_) | Failure::SignIn(_) | Failure::Refused(_) => true,
        };
        let is_asked = is_long || self.stands_in.get();
        let rest = rest_of(&failure).filter(|_| is_asked);
        *self.rest.borrow_mut() = rest.map(|rest| (self.clock.now() + rest.wait, rest));
        if !is_asked {
            return Err(into_source_error(failure));
        }
        let playback = match self.local().await {
            // It was there, and has ended: so has what it played.
            Ok(None) if self.stands_in.get() => Playback::default(),
            // One that stands says nothing about a track that may go on elsewhere.
            Ok(Some(playback)) if self.stands_in.get() || failures == 0 || playback.is_playing => playback,
            // What keeps the one way shut does not open the other: both are told.
            Err(SourceError::SignInNeeded(why) | SourceError::NotConfigured(why)) if is_nowhere(&failure) => {
                return Err(SourceError::NotConfigured(format!("{failure}; {why}")));
            }
            _ => return Err(into_source_error(failure)),
        };
        self.stands_in.set(true);
        if !matches!(failure, Failure::NotConfigured(_)) {
            // What is wrong with the better way stays to be seen.
            self.answered.borrow_mut().push_str(&format!("; {failure}"));
        }
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
        playback
    }
}

/// Whether the Web API cannot be asked at all.
fn is_nowhere(failure: &Failure) -> bool {
    matches!(failure, Failure::NotConfigured(_))
}

/// The rest that it asks for, in the monitor's words.
fn rest_of(failure: &Failure) -> Option<Rest> {
    match failure {
        Failure::Wait { wait, is_limit: true, .. } => Some(Rest::limited(*wait)),
        Failure::Wait { wait, why, is_limit: false } => Some(Rest { wait: *wait, why: Some(why.clone()) }),
        _ => None,
    }
}

fn into_source_error(failure: Failure) -> SourceError {
    if let Some(rest) = rest_of(&failure) {
        return SourceError::RetryAfter(rest);
    }
    match failure {
        Failure::NotConfigured(why) => SourceError::NotConfigured(why),
        Failure::SignIn(why) | Failure::Refused(why) => SourceError::SignInNeeded(why),
        Failure::Transient(why) => SourceError::Transient(why),
        Failure::Expired | Failure::Wait { .. } => SourceError::Transient(failure.to_string()),
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
