//! A show on the simulated machine: which processes there are, and what each runs.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use vj_bus::{Client, Launch, TelemetryConfig, Worker, service};
use vj_core::ProcessName;
use vj_core::playback::Player;
use vj_core::settings::{Key, Settings, Source};
use vj_env::{Env, LocalBoxFuture, Processes};
use vj_supervisor::ProcessManager;
use vj_workers::lyrics_fetcher::Outside;
use vj_workers::ports::{AudioBackend, Network, OpenPlayback, Web};
use vj_workers::{AudioAnalyzer, LyricsFetcher, OscDebugger, SpotifyMonitor, VirtualDjMonitor};

use crate::cache_disk::CacheDisk;
use crate::ground::Ground;
use crate::no_network::NoNetwork;
use crate::no_player::NoPlayer;
use crate::no_web::NoWeb;
use crate::player_files::PlayerDisk;
use crate::sound_cards::SoundCards;
use crate::test_worker::TestWorker;
use crate::world::{Program, World, WorldConfig};

/// Where the visuals of a simulated show listen.
pub const VISUALS: ([u8; 4], u16) = ([127, 0, 0, 1], 9000);

/// Where the debugger of a simulated show listens, if nothing else is set.
pub const DEBUGGER: ([u8; 4], u16) = ([127, 0, 0, 1], 9001);

/// Between two looks of the guardian.
const GUARD_LOOKS: Duration = Duration::from_secs(1);

/// Between two looks at whether a show is over.
const DOWN_LOOKS: Duration = Duration::from_millis(20);

/// What a show consists of.
pub struct Stage {
    /// From which everything random is drawn.
    pub seed: u64,
    /// The workers that the manager watches, and the config file's table of each.
    pub workers: BTreeMap<ProcessName, Map<String, Value>>,
    /// Where sound comes from.
    pub backend: Rc<dyn AudioBackend>,
    /// The `[playback]` table.
    pub prefer: Vec<Player>,
    /// What Spotify says it plays.
    pub spotify: OpenPlayback,
    /// What VirtualDJ writes down.
    pub virtualdj: PlayerDisk,
    /// Where VirtualDJ tells of its decks; nowhere to begin with.
    pub network: Rc<dyn Network>,
    /// Services that are asked by HTTP; none answers to begin with.
    pub web: Rc<dyn Web>,
    /// The machine's audio inputs; none to begin with.
    pub cards: SoundCards,
    /// Who else gets the OSC of a real show.
    pub listeners: Vec<SocketAddr>,
    /// Whether a real show runs at a pace that can be changed.
    pub paced: bool,
    /// Whether the OSC log is kept, or what comes with every tick is only hashed.
    pub keep_osc: bool,
}

impl Stage {
    /// A show of these workers.
    #[must_use]
    pub fn new(seed: u64, backend: Rc<dyn AudioBackend>) -> Self {
        let (workers, cards, listeners) = Default::default();
        let (spotify, virtualdj) = (NoPlayer::open(), PlayerDisk::default());
        let (network, web) = (Rc::new(NoNetwork), Rc::new(NoWeb));
        Self {
            seed,
            workers,
            backend,
            prefer: Launch::default().prefer,
            spotify,
            virtualdj,
            network,
            web,
            cards,
            listeners,
            paced: false,
            keep_osc: true,
        }
    }

    /// Adds a worker with its table of the config file.
    #[must_use]
    pub fn with(mut self, worker: ProcessName, table: Value) -> Self {
        self.workers.insert(worker, table.as_object().cloned().unwrap_or_default());
        self
    }

    /// The machine, with nothing started yet.
    #[must_use]
    pub fn build(self) -> World {
        let visuals = SocketAddr::from(VISUALS);
        let Self {
            seed, workers, backend, prefer, spotify, virtualdj, network, web, cards, keep_osc, ..
        } = self;
        let (heard, played) = (cards.clone(), virtualdj.clone());
        let program: Program = Rc::new(move |env: Env, processes: Rc<dyn Processes>| {
            let telemetry = TelemetryConfig { targets: vec![visuals], ..TelemetryConfig::default() };
            let mut launch = Launch { telemetry, prefer: prefer.clone(), ..Launch::default() };
            let supervision = workers.get(&ProcessName::ProcessManager);
            if let Some(sec) = supervision.and_then(|table| table.get("heartbeat")).and_then(Value::as_f64) {
                launch.heartbeat = Duration::from_secs_f64(sec);
            }
            if let Some(table) = workers.get(&env.name) {
                launch.layers.push((Source::File, table.clone()));
            }
            match env.name {
                ProcessName::ProcessManager => {
                    let shown = workers.keys().filter(|name| name.is_worker());
                    let enabled: Vec<_> = shown.map(|worker| (*worker, true)).collect();
                    boxed(service::run(env, ProcessManager::new(processes, enabled), launch))
                }
                ProcessName::AudioAnalyzer => {
                    let backend = heard.backend(backend.clone(), env.clock.clone());
                    boxed(service::run(env, AudioAnalyzer::new(backend), launch))
                }
                ProcessName::SpotifyMonitor => {
                    boxed(service::run(env, SpotifyMonitor::new(spotify.clone()), launch))
                }
                ProcessName::VirtualDjMonitor => {
                    let files = played.seen_by(&env.clock);
                    boxed(service::run(env, VirtualDjMonitor::new(files, network.clone()), launch))
                }
                ProcessName::LyricsFetcher => {
                    let outside = Outside {
                        web: web.clone(),
                        cache: Rc::new(CacheDisk::of(&env)),
                        cache_dir: "/cache".into(),
                        read_file: CacheDisk::of(&env).reads_files(),
                        openai_key: None,
                    };
                    boxed(service::run(env, LyricsFetcher::new(outside), launch))
                }
                ProcessName::OscDebugger => boxed(service::run(env, OscDebugger, launch)),
                ProcessName::TestWorker => boxed(service::run(env, TestWorker, launch)),
            }
        });
        World::new(WorldConfig {
            seed,
            keep_osc,
            keep_logs: true,
            visuals,
            cards,
            player_files: virtualdj,
            program,
        })
    }
}

fn boxed(life: impl Future<Output = i32> + 'static) -> LocalBoxFuture<'static, i32> {
    Box::pin(life)
}

/// The settings of a process.
#[must_use]
pub fn keys(name: ProcessName) -> &'static [Key] {
    match name {
        ProcessName::ProcessManager => vj_supervisor::KEYS,
        ProcessName::AudioAnalyzer => vj_workers::audio_analyzer::KEYS,
        ProcessName::SpotifyMonitor => vj_workers::spotify_monitor::KEYS,
        ProcessName::VirtualDjMonitor => vj_workers::virtualdj_monitor::KEYS,
        ProcessName::LyricsFetcher => vj_workers::lyrics_fetcher::KEYS,
        ProcessName::OscDebugger => vj_workers::osc_debugger::KEYS,
        ProcessName::TestWorker => crate::test_worker::KEYS,
    }
}

/// What the settings of a process must hold together.
///
/// # Errors
/// Which key is wrong, and what is allowed.
pub fn check(name: ProcessName, settings: &Settings) -> Result<(), String> {
    match name {
        ProcessName::ProcessManager => ProcessManager::check(settings),
        ProcessName::AudioAnalyzer => AudioAnalyzer::check(settings),
        ProcessName::SpotifyMonitor => SpotifyMonitor::check(settings),
        ProcessName::VirtualDjMonitor => VirtualDjMonitor::check(settings),
        ProcessName::LyricsFetcher => LyricsFetcher::check(settings),
        ProcessName::OscDebugger => OscDebugger::check(settings),
        ProcessName::TestWorker => TestWorker::check(settings),
    }
}

/// Starts the manager, and again when it is gone, as the guardian of a live show does; for ever.
pub async fn guard(ground: Rc<dyn Ground>) {
    loop {
        if ground.pid_of(ProcessName::ProcessManager).is_none() {
            ground.start(ProcessName::ProcessManager);
        }
        ground.clock().sleep(GUARD_LOOKS).await;
    }
}

/// Ends the show in order, as `vj down` does: through the manager, which ends last.
pub(crate) async fn down(world: &World) -> i32 {
    let Ok(mut client) = Client::connect(&*world.control(), world.clock(), ProcessName::ProcessManager).await
    else {
        return service::EXIT_FAILED;
    };
    let answer = client.call("shutdown", json!({"workers": true})).await;
    while world.live().iter().any(|(_, name)| *name == ProcessName::ProcessManager) {
        world.clock().sleep(DOWN_LOOKS).await;
    }
    answer.ok().map_or(service::EXIT_FAILED, |_| service::EXIT_FINE)
}
