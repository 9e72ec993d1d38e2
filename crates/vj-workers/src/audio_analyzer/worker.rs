//! The audio worker's loop.

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use vj_bus::{Ctx, Event, Finish, Status, Worker};
use vj_core::settings::Key;
use vj_core::{At, ProcessName};

use super::keys::{KEYS, Source, analyzer_config};
use super::player::Player;
use super::show::Place;
use super::{announce, show};
use crate::ports::{AudioBackend, AudioError};

/// Between two attempts to open a file that is not there.
const RETRY: Duration = Duration::from_secs(2);

/// Ticks between two updates of the figures in heartbeats and `get_state`.
const FIGURES_EVERY_TICKS: u64 = 60;

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
        let (player, retry_at, said, figures) = Default::default();
        let mut life = Life { backend: self.backend.clone(), player, retry_at, said, figures };
        life.open(ctx).await;
        loop {
            let due = life.due();
            let clock = ctx.env.clock.clone();
            tokio::select! {
                biased;
                event = ctx.next() => match event {
                    Event::Shutdown => return Finish::Shutdown,
                    Event::Restart => return Finish::Restart,
                    Event::SettingsChanged(keys) => life.settings_changed(ctx, &keys).await,
                    Event::Command(command, responder) => responder.unknown(&command.cmd),
                    // Only the manager hears these.
                    Event::Registered(_) | Event::Heartbeat(_) | Event::LinkLost { .. } => {}
                },
                () = clock.sleep_until_some(due) => life.wake(ctx).await,
            }
        }
    }
}

/// One life of the loop.
struct Life {
    backend: Rc<dyn AudioBackend>,
    player: Option<Player>,
    /// When to try to open the source again.
    retry_at: Option<At>,
    /// Why there is no sound, as it was said last.
    said: Option<String>,
    figures: Figures,
}

/// What the worker counts.
#[derive(Default)]
struct Figures {
    ticks: u64,
    beats: u64,
    jumps: u64,
    bpm: f32,
    confidence: f32,
}

impl Life {
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
        self.retry_at = None;
        let source = ctx.board.with_settings(Source::of);
        let opened = match &source {
            Source::Device => {
                let why = "live capture is not part of this build: set source to \"file:PATH\"";
                Err(AudioError::Fatal(why.to_owned()))
            }
            Source::File(path) => self.open_file(ctx, path).await,
        };
        ctx.board.set_field("source_ended", false);
        match opened {
            Ok(player) => {
                let format = player.format();
                ctx.board.set_field("sample_rate_hz", format.sample_rate_hz);
                ctx.board.set_field("channels", format.channels);
                let rate = f64::from(format.sample_rate_hz);
                ctx.board.set_field("duration_sec", format.frames.map(|frames| frames as f64 / rate));
                self.player = Some(player);
                self.said = None;
                self.show_figures(ctx);
                ctx.board.set_status(Status::Running);
            }
            Err(error) => self.degrade(ctx, &error),
        }
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
        let epoch = show::epoch(&ctx.env, &source).await;
        Player::new(file, config, is_loop, Place::new(epoch, latency_ms), ctx.env.clock.now())
    }

    fn degrade(&mut self, ctx: &Ctx, error: &AudioError) {
        self.player = None;
        self.retry_at = match error {
            AudioError::Retry(_) => Some(ctx.env.clock.now() + RETRY),
            AudioError::Fatal(_) => None,
        };
        for field in ["sample_rate_hz", "channels", "duration_sec", "position_sec"] {
            ctx.board.set_field(field, Value::Null);
        }
        // Said once, not at each attempt.
        let why = error.to_string();
        if self.said.as_ref() != Some(&why) {
            ctx.board.fail(why.clone());
            self.said = Some(why);
        }
        if ctx.board.status() != Status::Degraded {
            announce::silence(&ctx.telemetry, ctx.board.with_settings(analyzer_config));
        }
        ctx.board.set_status(Status::Degraded);
    }

    async fn settings_changed(&mut self, ctx: &Ctx, keys: &[&str]) {
        if keys.iter().any(|key| !key.starts_with("enable_")) {
            self.open(ctx).await;
        } else if let Some(player) = &mut self.player {
            player.set_config(ctx.board.with_settings(analyzer_config));
        }
    }

    fn tick(&mut self, ctx: &Ctx) {
        let Some(player) = &mut self.player else { return };
        let has_pitch = player.config().enable_pitch;
        let figures = &mut self.figures;
        let played = player.tick(ctx.env.clock.now(), |frame| {
            figures.ticks += 1;
            figures.beats += u64::from(frame.beat);
            (figures.bpm, figures.confidence) = (frame.tempo_bpm, frame.tempo_confidence);
            announce::tick(&ctx.telemetry, frame, has_pitch);
        });
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

    fn show_figures(&self, ctx: &Ctx) {
        let Figures { ticks, beats, jumps, bpm, confidence } = self.figures;
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
        let position = self.player.as_ref().map(|player| player.position_sec(ctx.env.clock.now()));
        ctx.board.set_field("position_sec", position);
    }
}
