//! Evidence for a build-up and a breakdown: what the last eight seconds sound like against the last half minute.
//!
//! Ten times a second the levels of bass, middle and upper bands, and how many kicks, snares and hats there were, become a
//! few numbers in decibels and hits per second, each relative to what this track had before. Two small networks weigh them.
//! None of them is enough on its own: a riser lifts the floor between the hats, a snare roll gets denser, a filter takes the
//! bass away, the kick stays out; a build-up has some of these, rarely all.

use crate::net::Net;

/// Values of the history per second.
pub(crate) const SAMPLES_PER_SECOND: usize = 10;
/// Length of the history: 8 s.
const HISTORY: usize = 8 * SAMPLES_PER_SECOND;
/// Slow mean of a band: 600 ms, one to two beats.
const SLOW_PER_HOP: f32 = 0.016_5;
/// Fast mean of the upper bands, whose least value of 400 ms is the floor between the hits: 50 ms.
const FAST_PER_HOP: f32 = 0.18;
const FLOOR_SAMPLES: usize = 4;
/// The reference levels fall by 0.15 dB/s ...
const REFERENCE_FALL_DB: f32 = 0.015;
/// ... and rise by 3 dB/s, so that a single boom does not set them.
const REFERENCE_RISE_DB: f32 = 0.3;
/// Level in dBFS that stands for nothing at all.
pub(crate) const FLOOR_DB: f32 = -70.0;

/// Levels that are followed: bass, middle, upper, the floor of upper, everything.
const LEVELS: usize = 5;
/// Which level's reference each is held against: the floor belongs to the upper bands.
const REFERENCE_OF: [usize; LEVELS] = [0, 1, 2, 2, 4];
/// The upper bands' place among the levels.
const UPPER: usize = 2;
/// Trends look back over 5 s.
const TREND: usize = 5 * SAMPLES_PER_SECOND;
/// Both halves of a steady rise have at least this share of the whole.
const STEADY_SHARE: f32 = 0.25;
/// The floor's place among the levels.
const FLOOR: usize = 3;
/// A riser has ended when the floor stays down for 0.8 s, against its highest of the 2 s before.
const FALLEN: usize = 8;
const BEFORE_FALL: usize = 2 * SAMPLES_PER_SECOND;
const DRUMS: usize = 3;
/// The kick's place among the drums.
pub(crate) const KICK: usize = 0;
/// Numbers that both networks see: each level against its reference, its change over 2 s and 5 s; hits per second of the last
/// second, the last three, and the three before them.
pub(crate) const INPUTS: usize = 3 * LEVELS + 3 * DRUMS;
const BUILD_UP_SIZES: [usize; 3] = [INPUTS, 32, 1];
const BUILD_UP_WEIGHTS: &[u8] = include_bytes!("weights/build_up.bin");
const BREAKDOWN_SIZES: [usize; 3] = [INPUTS, 16, 1];
const BREAKDOWN_WEIGHTS: &[u8] = include_bytes!("weights/breakdown.bin");

/// What a hop brings.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SectionInput {
    /// Mean square below 250 Hz.
    pub(crate) bass: f32,
    /// Mean square from 250 Hz to 2 kHz.
    pub(crate) middle: f32,
    /// Mean square above 2 kHz.
    pub(crate) upper: f32,
    /// Kick, snare and hat hits since the last hop.
    pub(crate) hits: [u8; DRUMS],
    /// State of the silence gate, 0..1.
    pub(crate) gate: f32,
}

/// How much the present sounds like each section, as logits: above 0 is more likely than not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SectionLogits {
    pub(crate) build_up: f32,
    pub(crate) breakdown: f32,
}

/// Follows levels and hits.
#[derive(Debug, Clone)]
pub(crate) struct SectionEvidence {
    build_up: Net,
    breakdown: Net,
    /// Slow means of bass, middle, upper, everything; the fast mean of upper.
    slow: [f32; 4],
    fast: f32,
    /// The least `fast` since the last sample, and of the samples before.
    least: f32,
    floors: [f32; FLOOR_SAMPLES],
    reference_db: [f32; LEVELS],
    /// Levels in dBFS, newest last.
    levels_db: [[f32; LEVELS]; HISTORY],
    hits: [[u8; DRUMS]; HISTORY],
    hits_now: [u8; DRUMS],
    /// Samples since the gate opened. It may close between two hits, so only a second of silence ends this.
    heard: usize,
    silent: usize,
}

impl SectionEvidence {
    pub(crate) fn new() -> Self {
        Self {
            build_up: Net::from_bytes(&BUILD_UP_SIZES, BUILD_UP_WEIGHTS),
            breakdown: Net::from_bytes(&BREAKDOWN_SIZES, BREAKDOWN_WEIGHTS),
            slow: [0.0; 4],
            fast: 0.0,
            least: 0.0,
            floors: [0.0; FLOOR_SAMPLES],
            reference_db: [FLOOR_DB; LEVELS],
            levels_db: [[FLOOR_DB; LEVELS]; HISTORY],
            hits: [[0; DRUMS]; HISTORY],
            hits_now: [0; DRUMS],
            heard: 0,
            silent: SAMPLES_PER_SECOND,
        }
    }

    pub(crate) fn reset(&mut self) {
        self.slow = [0.0; 4];
        (self.fast, self.least) = (0.0, 0.0);
        self.floors = [0.0; FLOOR_SAMPLES];
        self.reference_db = [FLOOR_DB; LEVELS];
        self.levels_db = [[FLOOR_DB; LEVELS]; HISTORY];
        self.hits = [[0; DRUMS]; HISTORY];
        self.hits_now = [0; DRUMS];
        (self.heard, self.silent) = (0, SAMPLES_PER_SECOND);
    }

    /// Takes a hop.
    pub(crate) fn hop(&mut self, input: SectionInput) {
        let total = input.bass + input.middle + input.upper;
        for (slow, now) in self.slow.iter_mut().zip([input.bass, input.middle, input.upper, total]) {
            *slow = settle(*slow + (now - *slow) * SLOW_PER_HOP);
        }
        self.fast = settle(self.fast + (input.upper - self.fast) * FAST_PER_HOP);
        self.least = self.least.min(self.fast);
        for (sum, hits) in self.hits_now.iter_mut().zip(input.hits) {
            *sum = sum.saturating_add(hits);
        }
    }

    /// Takes a sample of what the hops brought: ten times a second.
    pub(crate) fn sample(&mut self, gate: f32) {
        self.floors.rotate_left(1);
        self.floors[FLOOR_SAMPLES - 1] = self.least;
        self.least = self.fast;
        let floor = self.floors.iter().fold(f32::MAX, |least, value| least.min(*value));
        let [bass, middle, upper, total] = self.slow;
        let levels = [bass, middle, upper, floor, total].map(decibel);
        self.silent = if gate > 0.0 { 0 } else { (self.silent + 1).min(SAMPLES_PER_SECOND) };
        if self.silent == SAMPLES_PER_SECOND {
            self.heard = 0;
        } else if self.heard == 0 {
            // There is no trend from nothing to something.
            self.levels_db = [levels; HISTORY];
            self.hits = [[0; DRUMS]; HISTORY];
            self.heard = 1;
        } else {
            self.heard = (self.heard + 1).min(HISTORY);
        }
        self.levels_db.rotate_left(1);
        self.levels_db[HISTORY - 1] = levels;
        self.hits.rotate_left(1);
        self.hits[HISTORY - 1] = std::mem::take(&mut self.hits_now);
        for (reference, level) in self.reference_db.iter_mut().zip(levels) {
            *reference = if level > *reference {
                level.min(*reference + REFERENCE_RISE_DB)
            } else {
                (*reference - REFERENCE_FALL_DB).max(FLOOR_DB)
            };
        }
    }

    /// The numbers that the networks see.
    pub(crate) fn inputs(&self) -> [f32; INPUTS] {
        let mut inputs = [0.0; INPUTS];
        let (levels, rates) = inputs.split_at_mut(3 * LEVELS);
        let now = &self.levels_db[HISTORY - 1];
        for (level, inputs) in levels.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let ago = |seconds: usize| self.levels_db[HISTORY - 1 - seconds * SAMPLES_PER_SECOND][level];
            let under = now[level] - self.reference_db[REFERENCE_OF[level]];
            *inputs = [
                (under / 10.0).clamp(-3.0, 1.0),
                ((now[level] - ago(2)) / 5.0).clamp(-2.0, 2.0),
                ((now[level] - ago(5)) / 10.0).clamp(-2.0, 2.0),
            ];
        }
        for (drum, inputs) in rates.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let per_second = |from: usize, to: usize| {
                let span = HISTORY - from * SAMPLES_PER_SECOND..HISTORY - to * SAMPLES_PER_SECOND;
                let hits: u32 = self.hits[span].iter().map(|hits| u32::from(hits[drum])).sum();
                hits as f32 / (from - to) as f32 / 4.0
            };
            *inputs = [per_second(1, 0), per_second(3, 0), per_second(6, 3)];
        }
        inputs
    }

    /// What the networks make of them.
    pub(crate) fn logits(&mut self) -> SectionLogits {
        let inputs = self.inputs();
        let [build_up] = self.build_up.run(&inputs);
        let [breakdown] = self.breakdown.run(&inputs);
        SectionLogits { build_up, breakdown }
    }

    /// Seconds heard since the gate opened, up to the length of the history.
    pub(crate) fn heard_sec(&self) -> usize {
        self.heard / SAMPLES_PER_SECOND
    }

    /// Slope of the upper bands over the last 5 s in dB/s where both halves of them rise, else 0: a riser is steady, while a
    /// new instrument is a step.
    pub(crate) fn upper_rise(&self) -> f32 {
        if self.heard < TREND {
            return 0.0;
        }
        let history = &self.levels_db[HISTORY - TREND..];
        let (earlier, later) = history.split_at(TREND / 2);
        let whole = slope_per_sec(history, UPPER);
        let slower = slope_per_sec(earlier, UPPER).min(slope_per_sec(later, UPPER));
        if slower > STEADY_SHARE * whole { whole } else { 0.0 }
    }

    /// By how many dB the floor of the upper bands has fallen and stayed down: a riser's end.
    pub(crate) fn floor_fall(&self) -> f32 {
        let highest =
            |levels: &[[f32; LEVELS]]| levels.iter().fold(FLOOR_DB, |most, levels| most.max(levels[FLOOR]));
        let (before, fallen) = self.levels_db.split_at(HISTORY - FALLEN);
        highest(&before[before.len() - BEFORE_FALL..]) - highest(fallen)
    }

    /// By how many dB the lowest of bass, middle and upper bands lies under its reference.
    pub(crate) fn under_reference(&self) -> f32 {
        let now = &self.levels_db[HISTORY - 1];
        (0..=UPPER).map(|level| self.reference_db[level] - now[level]).fold(f32::MIN, f32::max)
    }

    /// Slope of the straight line through the overall level of the last 5 s, in dB/s; 0 before so much was heard.
    pub(crate) fn total_trend(&self) -> f32 {
        if self.heard < TREND { 0.0 } else { slope_per_sec(&self.levels_db[HISTORY - TREND..], LEVELS - 1) }
    }
}

pub(crate) fn settle(x: f32) -> f32 {
    if x < 1e-12 { 0.0 } else { x }
}

/// Mean square to dBFS, never below [`FLOOR_DB`].
pub(crate) fn decibel(mean_square: f32) -> f32 {
    (10.0 * libm::log10f(mean_square.max(1e-12))).max(FLOOR_DB)
}

/// Slope of the straight line through one level of `history`, per second.
fn slope_per_sec(history: &[[f32; LEVELS]], level: usize) -> f32 {
    let centre = (history.len() - 1) as f32 / 2.0;
    let (mut covariance, mut variance) = (0.0, 0.0);
    for (i, values) in history.iter().enumerate() {
        let from_centre = i as f32 - centre;
        covariance += from_centre * (values[level] - history[0][level]);
        variance += from_centre * from_centre;
    }
    covariance / variance * SAMPLES_PER_SECOND as f32
}
