//! What plays, by whoever of VirtualDJ knows better: its decks, where they tell (OSC), then its files.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use vj_core::At;
use vj_core::playback::Playback;
use vj_env::{Env, LocalBoxFuture};

use super::deck_voice::DeckVoice;
use super::deck_words::questions;
use super::decks::Decks;
use super::file_source::FileSource;
use super::trust::Trust;
use crate::ports::{Datagrams, Network, PlaybackSource, SourceError};

/// VirtualDJ forgets who subscribed when it ends.
const SUBSCRIBE_EVERY: Duration = Duration::from_secs(10);

/// Between two questions to the decks, at most, however seldom the files are looked at.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// So long the decks wait for the files: a share may hang for ever.
const FILES_GET: Duration = Duration::from_millis(200);

/// Between two attempts to take the port.
const RETRY: Duration = Duration::from_secs(5);

/// The way to the decks.
pub(super) struct DeckLink {
    network: Rc<dyn Network>,
    listen: SocketAddr,
    send: SocketAddr,
    socket: RefCell<Option<Rc<dyn Datagrams>>>,
    /// Why there is none, and when to try again.
    refused: RefCell<Option<(String, At)>>,
    decks: RefCell<Decks>,
    subscribed_at: Cell<Option<At>>,
}

impl DeckLink {
    pub(super) fn new(network: Rc<dyn Network>, listen: SocketAddr, send: SocketAddr) -> Rc<Self> {
        let (socket, refused, decks, subscribed_at) = Default::default();
        Rc::new(Self { network, listen, send, socket, refused, decks, subscribed_at })
    }

    /// Whether it leads from here to there.
    pub(super) fn is_between(&self, listen: SocketAddr, send: SocketAddr) -> bool {
        self.listen == listen && self.send == send
    }

    fn ask(&self, now: At) {
        let Some(socket) = self.open(now) else { return };
        let is_due = self.subscribed_at.get().is_none_or(|at| now.since(at) >= SUBSCRIBE_EVERY);
        if is_due {
            self.subscribed_at.set(Some(now));
            questions("subscribe").iter().for_each(|question| socket.send(question));
        }
        questions("query").iter().for_each(|question| socket.send(question));
    }

    fn open(&self, now: At) -> Option<Rc<dyn Datagrams>> {
        if let Some(socket) = &*self.socket.borrow() {
            return Some(socket.clone());
        }
        if self.refused.borrow().as_ref().is_some_and(|(_, at)| now < *at) {
            return None;
        }
        match self.network.datagrams(self.listen, self.send) {
            Ok(socket) => {
                *self.refused.borrow_mut() = None;
                *self.socket.borrow_mut() = Some(socket.clone());
                Some(socket)
            }
            Err(why) => {
                *self.refused.borrow_mut() = Some((why, now + RETRY));
                None
            }
        }
    }

    fn status(&self, now: At) -> String {
        if let Some((why, _)) = &*self.refused.borrow() {
            return why.clone();
        }
        if self.decks.borrow().is_alive(now) {
            return "answers".to_owned();
        }
        format!("VirtualDJ does not answer by OSC on {} (oscPort, oscPortBack)", self.send)
    }

    async fn changed(&self, env: &Env) {
        let Some(socket) = self.socket.borrow().clone() else { return std::future::pending().await };
        loop {
            let datagram = socket.next().await;
            if self.decks.borrow_mut().take(env.clock.now(), &datagram) {
                return;
            }
        }
    }
}

/// A look at the files, which may hang.
type Looking = LocalBoxFuture<'static, Result<Playback, SourceError>>;

/// Both.
pub(super) struct RealTimeSource {
    pub(super) env: Env,
    /// Where the tempo of the decks goes; none where it comes with their beats.
    pub(super) voice: Option<Rc<DeckVoice>>,
    pub(super) files: Rc<FileSource>,
    /// The look that hangs.
    pub(super) looking: Rc<RefCell<Option<Looking>>>,
    pub(super) link: Option<Rc<DeckLink>>,
    pub(super) trust: Rc<RefCell<Trust>>,
}

impl RealTimeSource {
    fn live_link(&self) -> Option<&Rc<DeckLink>> {
        let now = self.env.clock.now();
        self.link.as_ref().filter(|link| link.decks.borrow().is_alive(now))
    }
}

impl PlaybackSource for RealTimeSource {
    fn name(&self) -> String {
        if self.live_link().is_some() { "osc".to_owned() } else { self.files.name() }
    }

    fn status(&self) -> String {
        let files = self.files.status();
        match &self.link {
            None => files,
            Some(link) => format!("osc: {}; files: {files}", link.status(self.env.clock.now())),
        }
    }

    fn poll(&self) -> LocalBoxFuture<'static, Result<Playback, SourceError>> {
        let (env, link, trust) = (self.env.clone(), self.link.clone(), self.trust.clone());
        let voice = self.voice.clone();
        if let Some(link) = &link {
            link.ask(env.clock.now());
        }
        // The files are looked at all the same: what they tell meanwhile is known when the decks fall silent.
        let (files, looking) = (self.files.clone(), self.looking.clone());
        let mut look = looking.take().unwrap_or_else(|| files.poll());
        Box::pin(async move {
            let by_file = if link.is_none() {
                look.await
            } else if let Ok(by_file) = env.clock.timeout(FILES_GET, &mut look).await {
                by_file
            } else {
                looking.replace(Some(look));
                Ok(files.known())
            };
            let now = env.clock.now();
            let by_deck = link.as_ref().and_then(|link| {
                let mut decks = link.decks.borrow_mut();
                let playback = decks.is_alive(now).then(|| decks.playback(now))?;
                if let Some((voice, bpm)) = voice.as_ref().zip(decks.bpm()) {
                    voice.tempo(bpm);
                }
                Some(playback)
            });
            Ok(trust.borrow_mut().settle(now, link.is_some(), by_deck, by_file?))
        })
    }

    fn changed(&self) -> LocalBoxFuture<'_, ()> {
        let Some(link) = &self.link else { return self.files.changed() };
        Box::pin(async {
            tokio::select! {
                biased;
                () = link.changed(&self.env) => {}
                () = self.files.changed() => {}
            }
        })
    }

    fn next_in(&self, interval: Duration, is_playing: bool) -> Duration {
        let now = self.env.clock.now();
        let wait = self.files.next_in(interval, is_playing);
        // Asked more seldom than this it would seem to have gone each time.
        let wait = if self.link.is_some() { wait.min(ASK_EVERY) } else { wait };
        let settles = self.live_link().and_then(|link| link.decks.borrow().settles_at(now));
        settles.map_or(wait, |at| wait.min(at.since(now)))
    }
}
