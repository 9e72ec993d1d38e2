//! Hears an audio input.

use serde::{Deserialize, Serialize};
use vj_audio::{Analyzer, AnalyzerConfig, AudioBlock, FeatureFrame};
use vj_core::At;
use vj_core::show::DEVICE;
use vj_env::Env;

use super::shift::Shift;
use crate::ports::{AudioError, InputState, SoundFormat, SoundInput};

/// Sound that is exactly zero for this long is worth a word: a muted channel, a wrong route, or a system that does not
/// let us listen. A monitor of a machine that plays nothing gives the same, so it is no fault by itself.
const SILENCE_SAID_AFTER_SEC: u64 = 10;

/// What hearing led to.
pub(super) enum Heard {
    /// Nothing beyond the ticks.
    Sound,
    /// Sound has begun to come in, from this device and in this format.
    Began { device: String, format: SoundFormat },
    /// There is no sound now, and why.
    Lost(String),
}

/// An audio input and its analyser.
pub(super) struct Live {
    input: Box<dyn SoundInput>,
    state: InputState,
    analyzer: Option<Analyzer>,
    config: AnalyzerConfig,
    shift: Shift,
    buffer: Vec<f32>,
    /// Samples of exactly zero since the last other one, and since when it was last said.
    zeros: u64,
    silence_said: bool,
}

impl Live {
    pub(super) fn new(input: Box<dyn SoundInput>, config: AnalyzerConfig, latency_ms: f64) -> Self {
        Self {
            input,
            state: InputState::Opening,
            analyzer: None,
            config,
            shift: Shift::new(latency_ms),
            buffer: Vec::new(),
            zeros: 0,
            silence_said: false,
        }
    }

    /// Ready when there is something to hear. Cancel-safe.
    pub(super) async fn changed(&mut self) {
        self.input.changed().await;
    }

    pub(super) fn set_config(&mut self, config: AnalyzerConfig, latency_ms: f64) {
        self.config = config;
        self.shift = Shift::new(latency_ms);
        if let Some(analyzer) = &mut self.analyzer {
            analyzer.set_config(config);
        }
    }

    pub(super) fn config(&self) -> AnalyzerConfig {
        self.config
    }

    pub(super) fn overruns(&self) -> u64 {
        self.input.overruns()
    }

    /// Seconds of exact zeros up to now.
    pub(super) fn silent_sec(&self) -> f64 {
        match &self.state {
            InputState::Open { format, .. } => {
                self.zeros as f64 / f64::from(format.sample_rate_hz) / f64::from(format.channels)
            }
            _ => 0.0,
        }
    }

    /// Whether it is time to say that there is only silence: once each time.
    pub(super) fn must_say_silence(&mut self) -> bool {
        let must = !self.silence_said && self.silent_sec() >= SILENCE_SAID_AFTER_SEC as f64;
        self.silence_said |= must;
        must
    }

    /// Hears what has come in, hands out its ticks, and says what changed and when the oldest sample came.
    pub(super) fn hear(
        &mut self,
        mut each: impl FnMut(&FeatureFrame),
    ) -> Result<(Heard, Option<At>), AudioError> {
        let state = self.input.state();
        let mut heard = Heard::Sound;
        if state != self.state {
            heard = match &state {
                InputState::Opening => Heard::Sound,
                InputState::Failed(why) => Heard::Lost(why.clone()),
                InputState::Open { device, format, .. } => {
                    // Also with the same format: what was before the gap is no part of this sound.
                    let analyzer = Analyzer::new(format.sample_rate_hz, self.config);
                    self.analyzer = Some(analyzer.map_err(|e| AudioError::Fatal(e.to_string()))?);
                    (self.zeros, self.silence_said) = (0, false);
                    Heard::Began { device: device.clone(), format: *format }
                }
            };
            if !matches!(state, InputState::Open { .. }) {
                self.analyzer = None;
            }
            self.state = state;
        }
        self.buffer.clear();
        let arrived = self.input.read(&mut self.buffer);
        if let (InputState::Open { format, .. }, Some(analyzer)) = (&self.state, &mut self.analyzer) {
            match self.buffer.iter().rposition(|sample| *sample != 0.0) {
                None => self.zeros += self.buffer.len() as u64,
                Some(last) => {
                    self.zeros = (self.buffer.len() - 1 - last) as u64;
                    self.silence_said = false;
                }
            }
            let shift = &mut self.shift;
            analyzer.push_with(AudioBlock::interleaved(&self.buffer, format.channels), |frame| {
                if let Some(frame) = shift.pass(frame) {
                    each(&frame);
                }
            });
        }
        Ok((heard, arrived))
    }
}

#[derive(Serialize, Deserialize)]
struct Choice {
    name: String,
}

/// The device that was chosen earlier in this show where nobody had named one.
pub(super) async fn chosen_before(env: &Env) -> String {
    match env.store.read(DEVICE).await {
        Ok(None) => String::new(),
        Ok(Some(bytes)) => match serde_json::from_slice::<Choice>(&bytes) {
            Ok(choice) => choice.name,
            Err(error) => {
                let aside = format!("{DEVICE}.damaged");
                env.log.warn(format!("{DEVICE} is damaged ({error}): set aside as {aside}"));
                if env.store.replace(&aside, &bytes).await.is_ok() {
                    let _ = env.store.remove(DEVICE).await;
                }
                String::new()
            }
        },
        Err(error) => {
            env.log.warn(format!("failed to read which audio input was chosen: {error}"));
            String::new()
        }
    }
}

/// Writes the choice down: after a crash it is this device again, and never silently another.
pub(super) async fn choose(env: &Env, name: &str) {
    let bytes = serde_json::to_vec(&Choice { name: name.to_owned() }).expect("a text can always be written");
    if let Err(error) = env.store.replace(DEVICE, &bytes).await {
        env.log.warn(format!("after a crash another audio input might be chosen: {error}"));
    }
}
