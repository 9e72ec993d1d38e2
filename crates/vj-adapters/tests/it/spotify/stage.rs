//! A fake service with a tape, and a worker's world beside it.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::LocalSet;
use vj_adapters::spotify::SpotifyPlayer;
use vj_adapters::spotify::local::LocalPlayer;
use vj_core::ProcessName;
use vj_core::playback::Playback;
use vj_core::settings::{Settings, Source};
use vj_env::real::{BusDir, FileStore, UdpTelemetry, UnixControl, real_clock};
use vj_env::{Env, LocalBoxFuture, Log, Scope, Shutdown};
use vj_sim::http::Server;
use vj_sim::spotify::{Event, Service, Song, SongKind, Tape};
use vj_workers::ports::{PlaybackSource, SourceError};

/// Nothing here should take longer, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a test as a worker's one thread does.
pub(crate) fn on_one_thread(test: impl AsyncFnOnce()) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        real_clock().timeout(PATIENCE, test()).await.expect("it takes far too long");
    });
    runtime.shutdown_background();
}

/// A song of a minute.
pub(super) fn song(title: &str) -> Event {
    let (artist, album, kind) = ("Björk".to_owned(), "Homogenic".to_owned(), SongKind::Track);
    Event::Play(Song { artist, title: title.to_owned(), album, duration_sec: 60.0, at_sec: 0.0, kind })
}

/// A world with a fake service in it.
pub(super) struct Stage {
    pub(super) temp: TempDir,
    pub(super) env: Env,
    /// What the worker said.
    pub(super) said: Rc<RefCell<Vec<String>>>,
    pub(super) server: Server,
    pub(super) service: Rc<RefCell<Service>>,
    /// What time of the tape it is.
    pub(super) time: Rc<Cell<f64>>,
    local: Rc<dyn LocalPlayer>,
}

impl Stage {
    /// Nobody has signed in.
    pub(super) fn new(tape: Vec<(f64, Event)>) -> Self {
        Self::of(Tape::of(tape))
    }

    /// The same with a tape of a file.
    pub(super) fn of(tape: Tape) -> Self {
        let temp = TempDir::new().unwrap();
        let (env, said) = env(&temp);
        let time = Rc::<Cell<f64>>::default();
        let read = time.clone();
        let service = Rc::new(RefCell::new(Service::new(tape)));
        let server = Server::bind().unwrap();
        let clock = env.clock.clone();
        server.serve(service.clone(), Rc::new(move || read.get()), clock, &env.scope).unwrap();
        Self { temp, env, said, server, service, time, local: Rc::new(NobodyHere) }
    }

    /// With this player on the machine.
    pub(super) fn with_local(mut self, local: Rc<dyn LocalPlayer>) -> Self {
        self.local = local;
        self
    }

    pub(super) fn state(&self) -> PathBuf {
        self.temp.path().join("state")
    }

    pub(super) fn token_file(&self) -> PathBuf {
        self.state().join("spotify_token.json")
    }

    /// Puts a sign-in there by hand.
    pub(super) fn put_token(&self, token: Value) {
        fs::create_dir_all(self.state()).unwrap();
        fs::write(self.token_file(), token.to_string()).unwrap();
    }

    /// Signs in.
    pub(super) fn signed_in(self) -> Self {
        self.put_token(json!({"access_token": "access-1", "refresh_token": "refresh-1"}));
        self
    }

    pub(super) fn token(&self) -> Value {
        serde_json::from_slice(&fs::read(self.token_file()).unwrap()).unwrap()
    }

    /// What the monitor's process makes of its settings.
    pub(super) fn player(&self) -> SpotifyPlayer {
        SpotifyPlayer::with(&self.state(), &self.env, self.local.clone())
    }

    pub(super) fn settings(&self, more: Value) -> Settings {
        let at = self.server.address();
        let (api, auth) = (format!("http://{at}/v1/"), format!("http://{at}/"));
        let mut layer = json!({"api_base_url": api, "auth_base_url": auth, "client_id": "app-1"});
        layer.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        let mut settings = Settings::new(vj_workers::spotify_monitor::KEYS);
        settings.set_layer(Source::File, layer.as_object().unwrap().clone()).unwrap();
        settings
    }

    /// The source that a monitor would ask.
    pub(super) fn source(&self) -> Rc<dyn PlaybackSource> {
        self.player().source(&self.settings(json!({})))
    }

    /// Asks at this second of the tape.
    pub(super) async fn ask(
        &self,
        source: &dyn PlaybackSource,
        at_sec: f64,
    ) -> Result<Playback, SourceError> {
        self.time.set(at_sec);
        source.poll().await
    }

    /// Questions so far: what plays, and for tokens.
    pub(super) fn asked(&self) -> (usize, usize) {
        let service = self.service.borrow();
        let tokens = service.asked().iter().filter(|it| it.for_token).count();
        (service.asked().len() - tokens, tokens)
    }
}

/// A worker's world in a folder of its own, and what it says.
pub(super) fn env(temp: &TempDir) -> (Env, Rc<RefCell<Vec<String>>>) {
    let clock = real_clock();
    let said = Rc::<RefCell<Vec<String>>>::default();
    let heard = said.clone();
    let log = Log::new(clock.clone(), move |record| heard.borrow_mut().push(record.message.clone()));
    let env = Env {
        name: ProcessName::SpotifyMonitor,
        pid: std::process::id(),
        scope: Scope::new(),
        control: Rc::new(UnixControl::new(BusDir::look_at(&temp.path().join("bus")), clock.clone())),
        telemetry: Rc::new(UdpTelemetry::new().unwrap()),
        store: Rc::new(FileStore::new(&temp.path().join("state"))),
        shutdown: Shutdown::new(),
        clock,
        log,
    };
    (env, said)
}

pub(super) fn title(playback: &Playback) -> &str {
    playback.track.as_ref().map_or("", |track| &track.title)
}

/// No player runs on this machine.
struct NobodyHere;

impl LocalPlayer for NobodyHere {
    fn name(&self) -> &'static str {
        "nobody"
    }

    fn playing(&self) -> LocalBoxFuture<'_, Result<Option<Playback>, SourceError>> {
        Box::pin(async { Ok(None) })
    }
}

/// A player on this machine that always says the same.
pub(super) struct Somebody(pub(super) RefCell<Option<Playback>>);

impl LocalPlayer for Somebody {
    fn name(&self) -> &'static str {
        "somebody"
    }

    fn playing(&self) -> LocalBoxFuture<'_, Result<Option<Playback>, SourceError>> {
        Box::pin(async { Ok(self.0.borrow().clone()) })
    }
}
