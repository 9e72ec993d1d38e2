//! The audio worker's loop.

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use vj_audio::FeatureFrame;
use vj_bus::{Command, Ctx, Event, Finish, Responder, Status, Worker};
use vj_core::settings::Key;
use vj_core::{At, ProcessName};
use vj_env::Clock;

use super::benchmark::{BENCHMARK, Benchmark};
use super::keys::{KEYS, Source, analyzer_config};
use super::latency::Latency;
use super::live::{Heard, Live};
use super::outlet::Outlet;
use super::player::Player;
use super::seek::{self, SEEK};
use super::show::Place;
use super::tap::Tap;
use super::{announce, choice, show};
use crate::ports::{AudioBackend, AudioError, SoundFormat};

/// Between two attempts to open a file that is not there.
const RETRY: Duration = Duration::from_secs(2);

/// Ticks between two updates of the figures in heartbeats and `get_state`.
const FIGURES_EVERY_TICKS: u64 = 60;

/// Reasons for which there is no sound that are said until there is some again.
const REASONS_SAID: usize = 16;

/// Blocks over which the time from a block to its packets is summed up: seconds of sound.
const LATENCY_OVER: u32 = 300;

/// The audio worker.
pub struct AudioAnalyzer {
    backend: Rc<dyn AudioBackend>,
}

impl AudioAnalyzer {
    /// A worker that gets its sound from `backend`.
    #[must_use]
    pub fn new(backend: Rc<dyn AudioBackend>) -> Self {
        Self { backend }
    }
}

impl Worker for AudioAnalyzer {
    fn name(&self) -> ProcessName {
        ProcessName::AudioAnalyzer
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn osc_addresses(&self) -> Vec<&'static str> {
        announce::ADDRESSES.to_vec()
    }

    async fn run(&mut self, ctx: &mut Ctx) -> Finish {
        let mut life = Life::new(self.backend.clone());
        life.open(ctx).await;
        loop {
            let due = life.due();
            let measured = life.benchmark.as_ref().map(Benchmark::until);
            let clock = ctx.env.clock.clone();
            tokio::select! {
                biased;
                event = ctx.next() => match event {
                    Event::Shutdown => return Finish::Shutdown,
                    Event::Restart => {
                        if let Some(benchmark) = life.benchmark {
                            benchmark.give_up(&ctx.board);
                        }
                        return Finish::Restart;
                    }
                    Event::SettingsChanged(keys) => life.settings_changed(ctx, &keys).await,
                    Event::Command(command, responder) if command.cmd == BENCHMARK => {
                        Benchmark::begin(&mut life.benchmark, &ctx.board, clock.now(), &command, responder);
                    }
                    Event::Command(command, responder) if command.cmd == SEEK => {
                        life.seek(ctx, &command, responder).await;
                    }
                    Event::Command(command, responder) => responder.unknown(&command.cmd),
                    // Only the manager hears these.
                    Event::Registered(_) | Event::Heartbeat(_) | Event::LinkLost { .. } => {}
                },
                () = heard(&mut life.live, &clock) => life.hear(ctx).await,
                () = clock.sleep_until_some(due) => life.wake(ctx).await,
                () = clock.sleep_until_some(measured) => if let Some(benchmark) = life.benchmark.take() {
                    benchmark.end(&ctx.board);
                },
            }
        }
    }
}

/// Ready when an input wants something.
async fn heard(live: &mut Option<Live>, clock: &Clock) {
    match live {
        Some(live) => live.changed(clock).await,
        None => std::future::pending().await,
    }
}

/// One life of the loop.
struct Life {
    backend: Rc<dyn AudioBackend>,
    /// A file that plays, or an input that is heard; never both.
    player: Option<Player>,
    live: Option<Live>,
    outlet: Outlet,
    latency: Latency,
    /// Somebody measures.
    benchmark: Option<Benchmark>,
    /// When to try to open the source again.
    retry_at: Option<At>,
    /// Why there is no sound, as far as it was said since there was some.
    said: Vec<String>,
    figures: Figures,
}

/// What the worker counts.
#[derive(Default)]
struct Figures {
    ticks: u64,
    /// The count of ticks at which they were shown last.
    shown_at: u64,
    beats: u64,
    jumps: u64,
    bpm: f32,
    confidence: f32,
}

impl Figures {
    fn count(&mut self, frame: &FeatureFrame) {
        self.ticks += 1;
        self.beats += u64::from(frame.beat);
        (self.bpm, self.confidence) = (frame.tempo_bpm, frame.tempo_confidence);
    }
}

impl Life {
    fn new(backend: Rc<dyn AudioBackend>) -> Self {
        let (player, live, outlet, benchmark, retry_at, said, figures) = Default::default();
        Self { backend, player, live, outlet, latency: Latency::new(), benchmark, retry_at, said, figures }
    }

    fn due(&self) -> Option<At> {
        self.player.as_ref().and_then(Player::due).or(self.retry_at)
    }

    async fn wake(&mut self, ctx: &Ctx) {
        if self.player.is_some() {
            self.tick(ctx);
        } else {
            self.open(ctx).await;
        }
    }

    /// Opens the source that the settings name; without one the worker is degraded and says why.
    async fn open(&mut self, ctx: &Ctx) {
        self.player = None;
        self.live = None;
        self.retry_at = None;
        let source = ctx.board.with_settings(Source::of);
        ctx.board.set_field("source_ended", false);
        ctx.board.set_field("device", Value::Null);
        ctx.board.set_field("signal", Value::Null);
        let opened = match &source {
            Source::Device => return self.open_input(ctx).await,
            Source::File(path) => self.open_file(ctx, path).await,
        };
        match opened {
            Ok(player) => {
                let format = player.format();
                ctx.board.set_field("sample_rate_hz", format.sample_rate_hz);
                ctx.board.set_field("channels", format.channels);
                let rate = f64::from(format.sample_rate_hz);
                ctx.board.set_field("duration_sec", format.frames.map(|frames| frames as f64 / rate));
                self.player = Some(player);
                self.said.clear();
                self.show_figures(ctx);
                ctx.board.set_status(Status::Running);
            }
            Err(error) => self.degrade(ctx, &error),
        }
    }

    /// Takes the input that the settings name, or the one that was chosen earlier in this show, or lets one be chosen.
    async fn open_input(&mut self, ctx: &Ctx) {
        let (mut name, latency_ms, config) = ctx.board.with_settings(|settings| {
            (settings.text("device"), settings.number("latency_ms"), analyzer_config(settings))
        });
        if name.is_empty() {
            name = choice::read(&ctx.env).await;
        }
        let now = ctx.env.clock.now();
        self.live =
            Some(Live::new(self.backend.clone(), name, config, latency_ms, Tap::new(ctx.tape.clone()), now));
    }

    /// Hears what came in, and follows how the input is.
    async fn hear(&mut self, ctx: &Ctx) {
        let Some(live) = &mut self.live else { return };
        let has_pitch = live.config().enable_pitch;
        let (figures, outlet, rate_hz) = (&mut self.figures, &mut self.outlet, ctx.telemetry.rate_hz());
        let mut ticked = false;
        let (heard, arrived) = live.hear(ctx.env.clock.now(), |frame| {
            ticked = true;
            figures.count(frame);
            if let Some(frame) = outlet.pass(frame, rate_hz) {
                announce::tick(&ctx.telemetry, &frame, has_pitch);
            }
        });
        if let Some(arrived) = arrived.filter(|_| ticked) {
            let now = ctx.env.clock.now();
            self.latency.add(now.since(arrived));
            if let Some(benchmark) = &mut self.benchmark {
                benchmark.add(arrived, now);
            }
        }
        if live.must_say_silence() {
            let hint = "nothing but silence comes in: is anything playing, is the right device chosen (`vj devices`), \
                        may vj listen (privacy settings)?";
            ctx.env.log.warn(hint);
            ctx.board.set_field("signal", "silence");
        } else if ticked && live.has_signal() {
            ctx.board.set_field("signal", "ok");
        }
        match heard {
            Heard::Nothing => {}
            Heard::Lost(error) => self.lost(ctx, &error),
            Heard::Began { device, format } => self.began(ctx, device, format).await,
        }
        if self.figures.ticks >= self.figures.shown_at + FIGURES_EVERY_TICKS {
            self.show_figures(ctx);
        }
    }

    async fn began(&mut self, ctx: &Ctx, device: String, format: SoundFormat) {
        if ctx.board.with_settings(|settings| settings.text("device")).is_empty() {
            choice::write(&ctx.env, &device).await;
        }
        let SoundFormat { sample_rate_hz, channels, .. } = format;
        ctx.env.log.info(format!("listening to \"{device}\" ({sample_rate_hz} Hz, {channels} channels)"));
        ctx.board.set_field("sample_rate_hz", sample_rate_hz);
        ctx.board.set_field("channels", channels);
        ctx.board.set_field("device", device);
        self.said.clear();
        ctx.board.set_status(Status::Running);
    }

    /// The input is gone; it is looked for until it is back.
    fn lost(&mut self, ctx: &Ctx, error: &AudioError) {
        let live = self.live.take();
        self.degrade(ctx, error);
        (self.live, self.retry_at) = (live, None);
        for field in ["device", "signal"] {
            ctx.board.set_field(field, Value::Null);
        }
        self.show_figures(ctx);
    }

    async fn open_file(&self, ctx: &Ctx, path: &Path) -> Result<Player, AudioError> {
        let file = self.backend.open_file(path)?;
        let (source, is_loop, latency_ms, config) = ctx.board.with_settings(|settings| {
            (
                settings.text("source"),
                settings.bool("loop"),
                settings.number("latency_ms"),
                analyzer_config(settings),
            )
        });
        let place = show::place(&ctx.env, &source, latency_ms).await;
        let tap = Tap::new(ctx.tape.clone());
        Player::new(file, config, is_loop, place, tap, ctx.env.clock.now())
    }

    /// Goes to another place of the file; after a crash the show goes on from there.
    async fn seek(&mut self, ctx: &Ctx, command: &Command, responder: Responder) {
        let position = match seek::position(&command.args) {
            Ok(position) => position,
            Err(why) => return responder.refuse(why),
        };
        let Some(player) = &mut self.player else {
            return responder.refuse("no file is played, and nothing else can be jumped in");
        };
        let (source, latency_ms) =
            ctx.board.with_settings(|settings| (settings.text("source"), settings.number("latency_ms")));
        let now = ctx.env.clock.now();
        if let Err(error) = player.jump(now, Place::at(position, now, latency_ms)) {
            responder.refuse(error.to_string());
            return self.degrade(ctx, &error);
        }
        ctx.board.set_field("source_ended", false);
        show::keep(&ctx.env, &source, now, position).await;
        self.show_figures(ctx);
        responder.done();
    }

    fn degrade(&mut self, ctx: &Ctx, error: &AudioError) {
        self.player = None;
        self.live = None;
        self.retry_at = match error {
            AudioError::Retry(_) => Some(ctx.env.clock.now() + RETRY),
            AudioError::Fatal(_) => None,
        };
        for field in ["sample_rate_hz", "channels", "duration_sec", "position_sec"] {
            ctx.board.set_field(field, Value::Null);
        }
        // Said once, not at each attempt; also where two reasons take turns.
        let why = error.to_string();
        if self.said.len() < REASONS_SAID && !self.said.contains(&why) {
            ctx.board.fail(why.clone());
            self.said.push(why);
        }
        if ctx.board.status() != Status::Degraded {
            announce::silence(&ctx.telemetry, ctx.board.with_settings(analyzer_config));
        }
        ctx.board.set_status(Status::Degraded);
    }

    async fn settings_changed(&mut self, ctx: &Ctx, keys: &[&str]) {
        // An input that is open stays open for whatever does not concern it.
        let stays = |key: &&str| {
            key.starts_with("enable_")
                || matches!(*key, "attack_ms" | "release_ms")
                || (self.live.is_some() && matches!(*key, "latency_ms" | "loop"))
        };
        if !keys.iter().all(stays) {
            // Whoever asks for something else wants to hear what is wrong with that.
            self.said.clear();
            self.open(ctx).await;
        } else if let Some(live) = &mut self.live {
            ctx.board.with_settings(|settings| {
                live.set_config(analyzer_config(settings), settings.number("latency_ms"));
            });
        } else if let Some(player) = &mut self.player {
            player.set_config(ctx.board.with_settings(analyzer_config));
        }
    }

    fn tick(&mut self, ctx: &Ctx) {
        let Some(player) = &mut self.player else { return };
        let has_pitch = player.config().enable_pitch;
        let due = player.due();
        let (figures, outlet, rate_hz) = (&mut self.figures, &mut self.outlet, ctx.telemetry.rate_hz());
        let played = player.tick(ctx.env.clock.now(), |frame| {
            figures.count(frame);
            if let Some(frame) = outlet.pass(frame, rate_hz) {
                announce::tick(&ctx.telemetry, &frame, has_pitch);
            }
        });
        // A block of a file comes when it is due.
        if let (Some(benchmark), Some(due)) = (&mut self.benchmark, due) {
            benchmark.add(due, ctx.env.clock.now());
        }
        match played {
            Ok(None) => {}
            Ok(Some(late)) => {
                figures.jumps += 1;
                let late = late.as_secs_f64();
                ctx.env.log.warn(format!("stood still for {late:.1} s: going on where the show is now"));
            }
            Err(error) => return self.degrade(ctx, &error),
        }
        if player.has_ended() {
            announce::silence(&ctx.telemetry, ctx.board.with_settings(analyzer_config));
            ctx.board.set_field("source_ended", true);
            ctx.env.log.info("the file is over");
            self.show_figures(ctx);
        } else if self.figures.ticks.is_multiple_of(FIGURES_EVERY_TICKS) {
            self.show_figures(ctx);
        }
    }

    fn show_figures(&mut self, ctx: &Ctx) {
        let Figures { ticks, beats, jumps, bpm, confidence, .. } = self.figures;
        self.figures.shown_at = ticks;
        let stats: [(&str, Value); 7] = [
            ("ticks", json!(ticks)),
            ("beats", json!(beats)),
            ("jumps", json!(jumps)),
            ("bpm", json!(bpm)),
            ("bpm_confidence", json!(confidence)),
            ("packets_sent", json!(ctx.telemetry.sent())),
            ("packets_dropped", json!(ctx.telemetry.dropped())),
        ];
        for (name, value) in stats {
            ctx.board.set_stat(name, value);
        }
        if let Some(live) = &self.live {
            ctx.board.set_stat("overruns", live.overruns());
            if let Some(took) = self.latency.take_after(LATENCY_OVER) {
                ctx.board.set_stat("block_to_packet_ms_p50", took.p50_ms);
                ctx.board.set_stat("block_to_packet_ms_p99", took.p99_ms);
                ctx.board.set_stat("block_to_packet_ms_max", took.max_ms);
            }
        }
        let position = self.player.as_ref().map(|player| player.position_sec(ctx.env.clock.now()));
        ctx.board.set_field("position_sec", position);
    }
}
