//! The analyser: cuts the stream into steps and ticks and runs the stages.

use crate::block::AudioBlock;
use crate::clock::SampleGrid;
use crate::config::AnalyzerConfig;
use crate::error::AnalyzerError;
use crate::frame::FeatureFrame;
use crate::limits::{REST_AFTER_SEC, SAMPLE_RATE_MAX, SAMPLE_RATE_MIN, STEPS_PER_SECOND, TICKS_PER_SECOND};
use crate::stages::{Stages, Step};

/// The streaming analyser.
///
/// Samples go in, in blocks of any size; frames come out, sixty per second of sample time. What comes out
/// depends on the samples alone, not on how they were cut into blocks.
pub struct Analyzer {
    sample_rate: u32,
    config: AnalyzerConfig,
    stages: Stages,
    ticks: SampleGrid,
    steps: SampleGrid,
    samples_seen: u64,
    /// Samples since the last step, in `pending[..pending_len]`.
    pending: Vec<f32>,
    pending_len: usize,
    next_tick: u64,
    next_step: u64,
    frame: FeatureFrame,
    /// Tempo when it was last due.
    tempo_told: f32,
    /// Steps of exact digital silence in a row.
    silent_steps: u32,
    /// Every stage is in its rest state and nothing but zeros has come since: a tick is a constant.
    at_rest: bool,
    /// The frame was filled at rest with the present switches, so it holds until a sound comes.
    rest_frame_ready: bool,
    /// Off only in the test that compares both paths.
    fast_path: bool,
}

impl Analyzer {
    /// An analyser of a stream at `sample_rate` Hz.
    ///
    /// # Errors
    /// [`AnalyzerError::SampleRate`] outside of 8 kHz to 384 kHz.
    pub fn new(sample_rate: u32, config: AnalyzerConfig) -> Result<Self, AnalyzerError> {
        if !(SAMPLE_RATE_MIN..=SAMPLE_RATE_MAX).contains(&sample_rate) {
            return Err(AnalyzerError::SampleRate { sample_rate });
        }
        let steps = SampleGrid::new(sample_rate, STEPS_PER_SECOND);
        Ok(Self {
            sample_rate,
            config,
            stages: Stages::new(sample_rate, &steps, &config),
            ticks: SampleGrid::new(sample_rate, TICKS_PER_SECOND),
            samples_seen: 0,
            pending: vec![0.0; steps.longest_step()],
            pending_len: 0,
            steps,
            next_tick: 1,
            next_step: 1,
            frame: FeatureFrame::neutral(),
            tempo_told: 0.0,
            silent_steps: 0,
            at_rest: false,
            rest_frame_ready: false,
            fast_path: true,
        })
    }

    /// Makes the analyser compute each hop of digital silence instead of taking the shortcut. The result is
    /// the same bit for bit; this is here so that a test can say so.
    #[doc(hidden)]
    #[must_use]
    pub fn without_fast_path(mut self) -> Self {
        self.fast_path = false;
        self
    }

    /// Sample rate in Hz.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Sample frames taken so far: the analyser's clock.
    pub fn samples_seen(&self) -> u64 {
        self.samples_seen
    }

    /// The switches in force.
    pub fn config(&self) -> AnalyzerConfig {
        self.config
    }

    /// Changes the switches from the next sample on. A stage that is switched off forgets what it knew, as it
    /// would be out of date when it is switched on again; the others go on undisturbed.
    pub fn set_config(&mut self, config: AnalyzerConfig) {
        if self.config.enable_bpm && !config.enable_bpm {
            self.stages.reset_bpm();
        }
        if self.config.enable_pitch && !config.enable_pitch {
            self.stages.pitch.reset();
        }
        if self.config.enable_structure && !config.enable_structure {
            self.stages.reset_structure(self.samples_seen as f64 / f64::from(self.sample_rate));
        }
        if self.config.enable_spectrum && !config.enable_spectrum {
            self.stages.spectrum.reset();
        }
        self.stages.levels.set_times(config.attack_ms, config.release_ms);
        self.config = config;
        self.rest_frame_ready = false;
    }

    /// The beat activation of the last hop, 0..1, of which there are 100 a second: for pictures of the chain.
    #[must_use]
    pub fn beat_activation(&self) -> f32 {
        self.stages.beat_activation()
    }

    /// Takes a block and hands each frame that falls due to `each`, in order. Does not allocate.
    pub fn push_with(&mut self, block: AudioBlock<'_>, mut each: impl FnMut(&FeatureFrame)) {
        if self.at_rest && self.fast_path && block.is_digital_silence() {
            self.rest_through(block.frames() as u64, &mut each);
            return;
        }
        let frames = block.frames();
        let mut taken = 0;
        while taken < frames {
            let boundary = self.steps.position(self.next_step).min(self.ticks.position(self.next_tick));
            let count = ((boundary - self.samples_seen) as usize).min(frames - taken);
            block.mix_down(taken, &mut self.pending[self.pending_len..self.pending_len + count]);
            taken += count;
            self.pending_len += count;
            self.samples_seen += count as u64;
            if self.samples_seen == self.steps.position(self.next_step) {
                self.step();
            }
            if self.samples_seen == self.ticks.position(self.next_tick) {
                self.tick(&mut each);
            }
        }
    }

    /// Takes `frames` sample frames of digital silence: the same as a block of zeros, without the zeros.
    pub fn push_silence(&mut self, frames: u64, mut each: impl FnMut(&FeatureFrame)) {
        const ZEROS: [f32; 1_024] = [0.0; 1_024];
        let mut left = frames;
        while left > 0 {
            if self.at_rest && self.fast_path {
                self.rest_through(left, &mut each);
                return;
            }
            let count = left.min(ZEROS.len() as u64);
            self.push_with(AudioBlock::mono(&ZEROS[..count as usize]), &mut each);
            left -= count;
        }
    }

    /// Takes a block and returns the frames that fell due. Convenient where an allocation does not matter.
    pub fn push(&mut self, block: AudioBlock<'_>) -> impl Iterator<Item = FeatureFrame> + use<> {
        let mut frames = Vec::new();
        self.push_with(block, |frame| frames.push(*frame));
        frames.into_iter()
    }

    /// One analysis step: the pending samples are complete.
    fn step(&mut self) {
        let samples = &self.pending[..self.pending_len];
        let silent = samples.iter().all(|sample| *sample == 0.0);
        let now = self.samples_seen as f64 / f64::from(self.sample_rate);
        let position = self.samples_seen - self.pending_len as u64;
        self.stages.step(Step { number: self.next_step, position, now }, samples, &self.config);
        self.next_step += 1;
        self.pending_len = 0;
        if !silent {
            self.silent_steps = 0;
            self.at_rest = false;
        } else if self.silent_steps < REST_AFTER_SEC * STEPS_PER_SECOND {
            self.silent_steps += 1;
            if self.silent_steps == REST_AFTER_SEC * STEPS_PER_SECOND {
                self.stages.reset(now);
                self.at_rest = true;
                self.rest_frame_ready = false;
            }
        }
    }

    fn tick(&mut self, each: &mut impl FnMut(&FeatureFrame)) {
        let now = self.samples_seen as f64 / f64::from(self.sample_rate);
        let next = self.ticks.position(self.next_tick + 1) as f64 / f64::from(self.sample_rate);
        let flags_before = (self.frame.build_up, self.frame.drop);
        self.stages.fill(&mut self.frame, &self.config, now, next);
        let flags_changed = flags_before != (self.frame.build_up, self.frame.drop);
        self.stamp(self.next_tick, flags_changed);
        self.next_tick += 1;
        // A frame that tells of an event must not be repeated.
        self.rest_frame_ready = self.at_rest && !self.frame.tells_events();
        each(&self.frame);
    }

    /// Number, time and due flags of the frame at tick `tick`, which stands at
    /// [`samples_seen`](Self::samples_seen).
    fn stamp(&mut self, tick: u64, flags_changed: bool) {
        self.frame.tick = tick;
        self.frame.time_sec = self.ticks.position(tick) as f64 / f64::from(self.sample_rate);
        let tempo = self.frame.tempo_bpm;
        self.frame.tempo_due = tick.is_multiple_of(u64::from(TICKS_PER_SECOND))
            || (tempo - self.tempo_told).abs() > 0.01 * self.tempo_told;
        if self.frame.tempo_due {
            self.tempo_told = tempo;
        }
        self.frame.structure_due = flags_changed || tick.is_multiple_of(u64::from(TICKS_PER_SECOND / 10));
    }

    /// Digital silence at rest: counters move, frames repeat.
    fn rest_through(&mut self, frames: u64, each: &mut impl FnMut(&FeatureFrame)) {
        let end = self.samples_seen + frames;
        let last_tick = self.ticks.last_at(end);
        while self.next_tick <= last_tick {
            self.samples_seen = self.ticks.position(self.next_tick);
            if self.rest_frame_ready {
                self.stamp(self.next_tick, false);
                self.next_tick += 1;
                each(&self.frame);
            } else {
                self.tick(each);
            }
        }
        self.samples_seen = end;
        let last_step = self.steps.last_at(end);
        self.next_step = last_step + 1;
        self.pending_len = (end - self.steps.position(last_step)) as usize;
        self.pending[..self.pending_len].fill(0.0);
    }
}
