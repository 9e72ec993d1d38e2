//! Hears an audio input: opens it, notices when it is gone or falls silent, and opens it again when it is back.

use std::mem;
use std::rc::Rc;
use std::time::Duration;

use vj_audio::{Analyzer, AnalyzerConfig, AudioBlock, FeatureFrame};
use vj_core::At;
use vj_core::mutants::{self, Mutant};
use vj_env::{Clock, LocalBoxFuture};

use super::shift::Shift;
use super::tap::Tap;
use crate::ports::{AudioBackend, AudioError, SoundFormat, SoundInput};

/// Between two attempts to open an input: it should be heard within two seconds of its return.
const RETRY: Duration = Duration::from_secs(1);

/// A sound system that takes longer to open an input hangs.
const OPENS_WITHIN: Duration = Duration::from_secs(10);

/// Until the first sound of an input. A monitor gets it only when its sink is filled the next time, which may be a player's
/// whole buffer later: up to two seconds.
const FIRST_SOUND_WITHIN: Duration = Duration::from_secs(5);

/// An input that delivers nothing for this long is dead, whatever its sound system says. Buffers have some 10 ms.
const STALLED_AFTER: Duration = Duration::from_secs(2);

/// Sound that is exactly zero for this long is worth a word: a muted channel, a wrong route, or a system that does not
/// let us listen. A monitor of a machine that plays nothing gives the same, so it is no fault by itself.
const SILENCE_SAID_AFTER_SEC: f64 = 10.0;

/// What hearing led to.
pub(super) enum Heard {
    /// Nothing beyond the ticks.
    Nothing,
    /// Sound has begun to come in, from this device and in this format.
    Began { device: String, format: SoundFormat },
    /// There is no sound now, and why.
    Lost(AudioError),
}

type Attempt = LocalBoxFuture<'static, Result<Box<dyn SoundInput>, AudioError>>;

enum Hearing {
    /// Nothing is open; at `due` it is tried again.
    Waiting,
    /// The sound system is asked; at `due` it has taken too long.
    Opening(Attempt),
    /// It has answered.
    Opened(Result<Box<dyn SoundInput>, AudioError>),
    /// It is open; the analyser is there once sound has come. At `due` it has delivered nothing for too long.
    Open { input: Box<dyn SoundInput>, analyzer: Option<Box<Analyzer>> },
}

impl Hearing {
    /// Ready when there is something to do before `due`. Cancel-safe.
    async fn changed(&mut self) {
        match self {
            Self::Waiting => std::future::pending().await,
            Self::Opening(attempt) => *self = Self::Opened(attempt.await),
            Self::Opened(_) => {}
            Self::Open { input, .. } => input.changed().await,
        }
    }
}

/// An audio input and its analyser.
pub(super) struct Live {
    backend: Rc<dyn AudioBackend>,
    /// The wanted device, empty for the preferred one; from the first sound on the one that is heard and no other.
    name: String,
    hearing: Hearing,
    due: Option<At>,
    config: AnalyzerConfig,
    latency_ms: f64,
    shift: Shift,
    tap: Tap,
    buffer: Vec<f32>,
    /// Samples of exactly zero since the last other one, and how many make a second.
    zeros: u64,
    samples_per_sec: f64,
    silence_said: bool,
    /// Of the openings before this one.
    overruns: u64,
}

impl Live {
    /// An input that is not open yet.
    pub(super) fn new(
        backend: Rc<dyn AudioBackend>,
        name: String,
        config: AnalyzerConfig,
        latency_ms: f64,
        tap: Tap,
        now: At,
    ) -> Self {
        Self {
            backend,
            name,
            hearing: Hearing::Waiting,
            due: Some(now),
            config,
            latency_ms,
            shift: Shift::new(latency_ms),
            tap,
            buffer: Vec::new(),
            zeros: 0,
            samples_per_sec: f64::INFINITY,
            silence_said: false,
            overruns: 0,
        }
    }

    /// Ready when [`hear`](Self::hear) has something to do. Cancel-safe.
    pub(super) async fn changed(&mut self, clock: &Clock) {
        tokio::select! {
            // What has come counts before what was waited for too long: a process that stood still finds both.
            biased;
            () = self.hearing.changed() => {}
            () = clock.sleep_until_some(self.due) => {}
        }
    }

    /// Changes the analyser's switches, and by how much it is announced earlier, in full run.
    pub(super) fn set_config(&mut self, config: AnalyzerConfig, latency_ms: f64) {
        self.config = config;
        if self.latency_ms != latency_ms {
            self.latency_ms = latency_ms;
            self.shift = Shift::new(latency_ms);
        }
        if let Hearing::Open { analyzer: Some(analyzer), .. } = &mut self.hearing {
            analyzer.set_config(config);
        }
    }

    /// The analyser's switches.
    pub(super) fn config(&self) -> AnalyzerConfig {
        self.config
    }

    /// Samples that were lost since the worker was not there in time.
    pub(super) fn overruns(&self) -> u64 {
        match &self.hearing {
            Hearing::Open { input, .. } => self.overruns + input.overruns(),
            _ => self.overruns,
        }
    }

    /// Whether the newest sample was something else than exactly zero.
    pub(super) fn has_signal(&self) -> bool {
        self.zeros == 0
    }

    /// Whether it is time to say that there is only silence: once each time.
    pub(super) fn must_say_silence(&mut self) -> bool {
        let must = !self.silence_said && self.zeros as f64 >= SILENCE_SAID_AFTER_SEC * self.samples_per_sec;
        self.silence_said |= must;
        must
    }

    /// Goes on from where it is: opens what is to be opened, gives up what takes too long, hears what has come in and
    /// hands out its ticks. Says what changed, and when the oldest sample came.
    pub(super) fn hear(&mut self, now: At, each: impl FnMut(&FeatureFrame)) -> (Heard, Option<At>) {
        let is_due = self.due.is_some_and(|due| due <= now);
        match mem::replace(&mut self.hearing, Hearing::Waiting) {
            Hearing::Waiting if is_due => {
                self.hearing = Hearing::Opening(self.backend.open_input(&self.name));
                self.due = Some(now + OPENS_WITHIN);
            }
            Hearing::Opening(_) if is_due => {
                return (self.lose(now, AudioError::Retry(self.about("takes too long to open"))), None);
            }
            Hearing::Opened(Err(error)) => return (self.lose(now, error), None),
            Hearing::Opened(Ok(input)) => {
                self.hearing = Hearing::Open { input, analyzer: None };
                self.due = Some(now + FIRST_SOUND_WITHIN);
            }
            Hearing::Open { input, analyzer } => return self.listen(now, is_due, input, analyzer, each),
            still => self.hearing = still,
        }
        (Heard::Nothing, None)
    }

    fn listen(
        &mut self,
        now: At,
        is_due: bool,
        mut input: Box<dyn SoundInput>,
        mut analyzer: Option<Box<Analyzer>>,
        mut each: impl FnMut(&FeatureFrame),
    ) -> (Heard, Option<At>) {
        self.buffer.clear();
        let arrived = match input.read(&mut self.buffer) {
            Ok(arrived) => arrived,
            Err(error) => {
                self.overruns += input.overruns();
                return (self.lose(now, error), None);
            }
        };
        let mut heard = Heard::Nothing;
        if !self.buffer.is_empty() {
            self.due = Some(now + STALLED_AFTER);
        } else if is_due {
            // It may come to life again when it is opened anew; the old stream is of no use to anybody.
            self.overruns += input.overruns();
            return (self.lose(now, AudioError::Retry(self.about("delivers nothing any more"))), None);
        }
        if analyzer.is_none() && !self.buffer.is_empty() {
            match self.begin(&*input, now) {
                Ok(made) => analyzer = Some(Box::new(made)),
                Err(error) => return (self.lose(now, error), None),
            }
            heard = Heard::Began { device: input.device().to_owned(), format: input.format() };
        }
        if let Some(analyzer) = &mut analyzer {
            self.count_zeros();
            let shift = &mut self.shift;
            let block = AudioBlock::interleaved(&self.buffer, input.format().channels);
            self.tap.hear(now, block);
            analyzer.push_with(block, |frame| {
                if let Some(frame) = shift.pass(frame) {
                    each(&frame);
                }
            });
        }
        self.hearing = Hearing::Open { input, analyzer };
        (heard, arrived)
    }

    /// What was before is no part of this sound, also in the same format: a fresh analyser.
    fn begin(&mut self, input: &dyn SoundInput, now: At) -> Result<Analyzer, AudioError> {
        let SoundFormat { sample_rate_hz, channels, .. } = input.format();
        let analyzer = Analyzer::new(sample_rate_hz, self.config)
            .map_err(|error| AudioError::Retry(self.about(&format!("cannot be heard: {error}"))))?;
        input.device().clone_into(&mut self.name);
        // Its newest sample came just now, its first as much earlier as there are.
        let frames = self.buffer.len() / usize::from(channels.max(1));
        let before = Duration::from_secs_f64(frames as f64 / f64::from(sample_rate_hz));
        self.tap.begin(now - before, sample_rate_hz);
        self.shift = Shift::new(self.latency_ms);
        self.samples_per_sec = f64::from(sample_rate_hz) * f64::from(channels);
        (self.zeros, self.silence_said) = (0, false);
        Ok(analyzer)
    }

    fn count_zeros(&mut self) {
        match self.buffer.iter().rposition(|sample| *sample != 0.0) {
            None => self.zeros += self.buffer.len() as u64,
            Some(last) => {
                self.zeros = (self.buffer.len() - 1 - last) as u64;
                self.silence_said = false;
            }
        }
    }

    fn lose(&mut self, now: At, error: AudioError) -> Heard {
        self.hearing = Hearing::Waiting;
        if mutants::is_on(Mutant::AnotherInput) {
            self.name.clear();
        }
        self.due = match error {
            AudioError::Retry(_) => Some(now + RETRY),
            AudioError::Fatal(_) => None,
        };
        Heard::Lost(error)
    }

    fn about(&self, what: &str) -> String {
        let name = if self.name.is_empty() { String::new() } else { format!(" \"{}\"", self.name) };
        format!("the audio input{name} {what}: trying again")
    }
}
