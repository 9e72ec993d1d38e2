//! Structure: breakdown, build-up, drop.
//!
//! After Yadati et al. (ISMIR 2014) a drop is where the bass comes back at once after it was away. The stage
//! follows the bass against its own level of the last half minute: away for two seconds is a breakdown, a
//! steady rise of the upper bands meanwhile a build-up, and the return of the bass after either the drop.
//! Each flag has hysteresis.

use crate::limits::HOP_SEC;

/// Values of the trend history per second.
const SAMPLES_PER_SECOND: usize = 10;
const HOPS_PER_SAMPLE: u64 = 10;
/// The trend looks back over 5 s.
const TREND_SAMPLES: usize = 5 * SAMPLES_PER_SECOND;

/// Fast mean of the bass: 150 ms, longer than the gap in a kick's own cycle, shorter than a beat.
const FAST_PER_HOP: f32 = 0.065;
/// Slow mean of a band: 600 ms, one to two beats.
const SLOW_PER_HOP: f32 = 0.016_5;
/// The reference levels fall by 0.15 dB/s ...
const REFERENCE_FALL_DB_PER_HOP: f32 = 0.001_5;
/// ... and rise by 3 dB/s, so that a single boom does not set them.
const REFERENCE_RISE_DB_PER_HOP: f32 = 0.03;
/// Level in dBFS that stands for nothing at all.
const FLOOR_DB: f32 = -70.0;

/// Bass this far under its reference is away ...
const AWAY_DB: f32 = 9.0;
/// ... and this near to it is back.
const BACK_DB: f32 = 4.5;
/// Bass must be away this long to be called a breakdown.
const BREAKDOWN_SEC: f64 = 2.0;
/// Rise of the upper bands that counts towards a build-up, in dB/s.
const BUILD_UP_DB_PER_SEC: f32 = 0.7;
/// Both halves of the trend history must rise by this share of the whole.
const STEADY_SHARE: f32 = 0.25;
/// Seconds of net rise that raise the flag.
const BUILD_UP_SEC: f64 = 1.5;
/// Seconds of bass away (or of build-up) without which its return is no drop.
const TENSION_SEC: f64 = 3.5;
/// The drop flag stays up this long: eight beats at 120 BPM.
const DROP_SEC: f64 = 4.0;

/// A part of a track as visuals care for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Section {
    /// Rising tension before a drop.
    BuildUp,
    /// The return of bass and drums.
    Drop,
    /// Bass and drums are away.
    Breakdown,
}

/// A section that begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct StructureChange {
    /// Which one.
    pub section: Section,
    /// True at its beginning, false at its end.
    pub begins: bool,
    /// When it began or ended, in seconds of sample time: at or before the announcement.
    pub time: f64,
    /// The tick at which it is told, in seconds.
    pub announced_at: f64,
}

/// What the stage takes per hop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StructureInput {
    /// Mean square below 250 Hz.
    pub(crate) bass: f32,
    /// Mean square above 2 kHz.
    pub(crate) upper: f32,
    /// Mean square of everything.
    pub(crate) total: f32,
    /// State of the silence gate, 0..1.
    pub(crate) gate: f32,
}

/// The structure stage.
#[derive(Debug, Clone)]
pub(crate) struct StructureTracker {
    bass_fast: f32,
    bass_slow: f32,
    upper_slow: f32,
    total_slow: f32,
    bass_reference_db: f32,
    upper_db: [f32; TREND_SAMPLES],
    total_db: [f32; TREND_SAMPLES],
    /// Values of the history that were heard since the gate opened: before it is full there is no trend.
    heard_samples: usize,
    upper_trend: f32,
    total_trend: f32,
    away_sec: f64,
    rising_sec: f64,
    tension_sec: f64,
    drop_left_sec: f64,
    build_up: bool,
    breakdown: bool,
}

impl StructureTracker {
    pub(crate) fn new() -> Self {
        Self {
            bass_fast: 0.0,
            bass_slow: 0.0,
            upper_slow: 0.0,
            total_slow: 0.0,
            bass_reference_db: FLOOR_DB,
            upper_db: [FLOOR_DB; TREND_SAMPLES],
            total_db: [FLOOR_DB; TREND_SAMPLES],
            heard_samples: 0,
            upper_trend: 0.0,
            total_trend: 0.0,
            away_sec: 0.0,
            rising_sec: 0.0,
            tension_sec: 0.0,
            drop_left_sec: 0.0,
            build_up: false,
            breakdown: false,
        }
    }

    /// Hop number `hop`, which ends at `now` seconds; calls `change(section, begins, time)` for each change.
    pub(crate) fn hop(
        &mut self,
        hop: u64,
        input: StructureInput,
        now: f64,
        mut change: impl FnMut(Section, bool, f64),
    ) {
        self.follow(hop, input);
        let bass_db = decibel(self.bass_fast);
        let away = decibel(self.bass_slow) < self.bass_reference_db - AWAY_DB
            && bass_db < self.bass_reference_db - AWAY_DB + 2.0;
        let back = bass_db > self.bass_reference_db - BACK_DB;
        let before = (self.build_up, self.breakdown, self.drop_left_sec > 0.0);

        self.away_sec = if away {
            self.away_sec + HOP_SEC
        } else if back {
            0.0
        } else {
            self.away_sec
        };
        let rising =
            self.upper_trend > BUILD_UP_DB_PER_SEC && !(back && self.upper_trend < 2.0 * BUILD_UP_DB_PER_SEC);
        let step = if input.gate > 0.0 && rising && self.drop_left_sec <= 0.0 { HOP_SEC } else { -HOP_SEC };
        self.rising_sec = (self.rising_sec + step).clamp(0.0, BUILD_UP_SEC);

        let dropped = back && self.tension_sec >= TENSION_SEC && self.jumped() && self.drop_left_sec <= 0.0;
        let tense = self.away_sec > 0.0 || self.build_up;
        self.tension_sec = if tense {
            (self.tension_sec + HOP_SEC).min(TENSION_SEC)
        } else {
            (self.tension_sec - 4.0 * HOP_SEC).max(0.0)
        };
        self.drop_left_sec = if dropped { DROP_SEC } else { (self.drop_left_sec - HOP_SEC).max(0.0) };
        if dropped {
            (self.tension_sec, self.away_sec, self.rising_sec) = (0.0, 0.0, 0.0);
        }
        self.breakdown = self.away_sec >= BREAKDOWN_SEC && input.gate > 0.0;
        self.build_up = if self.build_up { self.rising_sec > 0.0 } else { self.rising_sec >= BUILD_UP_SEC };

        let lead = if self.breakdown { self.away_sec } else { 0.0 };
        for (was, is, section, since) in [
            (before.0, self.build_up, Section::BuildUp, self.rising_sec),
            (before.1, self.breakdown, Section::Breakdown, lead),
            (before.2, self.drop_left_sec > 0.0, Section::Drop, 0.0),
        ] {
            if was != is {
                change(section, is, if is { now - since } else { now });
            }
        }
    }

    /// True when the bass is far louder now than over the last beats.
    fn jumped(&self) -> bool {
        decibel(self.bass_fast) > decibel(self.bass_slow) + 2.5
    }

    fn follow(&mut self, hop: u64, input: StructureInput) {
        self.bass_fast = settle(self.bass_fast + (input.bass - self.bass_fast) * FAST_PER_HOP);
        self.bass_slow = settle(self.bass_slow + (input.bass - self.bass_slow) * SLOW_PER_HOP);
        self.upper_slow = settle(self.upper_slow + (input.upper - self.upper_slow) * SLOW_PER_HOP);
        self.total_slow = settle(self.total_slow + (input.total - self.total_slow) * SLOW_PER_HOP);
        let bass_db = decibel(self.bass_slow);
        let reference = self.bass_reference_db;
        self.bass_reference_db = if bass_db > reference {
            bass_db.min(reference + REFERENCE_RISE_DB_PER_HOP)
        } else {
            (reference - REFERENCE_FALL_DB_PER_HOP).max(FLOOR_DB)
        };
        if hop.is_multiple_of(HOPS_PER_SAMPLE) {
            self.sample(input.gate);
        }
    }

    /// Takes a value of the trend history.
    fn sample(&mut self, gate: f32) {
        self.heard_samples = if gate > 0.0 { (self.heard_samples + 1).min(TREND_SAMPLES) } else { 0 };
        for (history, power) in [(&mut self.upper_db, self.upper_slow), (&mut self.total_db, self.total_slow)]
        {
            history.copy_within(1.., 0);
            history[TREND_SAMPLES - 1] = decibel(power);
        }
        let heard = self.heard_samples == TREND_SAMPLES;
        self.upper_trend = if heard { steady_rise(&self.upper_db) } else { 0.0 };
        self.total_trend = if heard { slope_per_sec(&self.total_db) } else { 0.0 };
    }

    /// True while a build-up is on.
    pub(crate) fn build_up(&self) -> bool {
        self.build_up
    }

    /// True for some seconds from a drop on.
    pub(crate) fn drop(&self) -> bool {
        self.drop_left_sec > 0.0
    }

    /// The sections that are on.
    pub(crate) fn sections(&self) -> [Option<Section>; 3] {
        [
            self.build_up.then_some(Section::BuildUp),
            self.breakdown.then_some(Section::Breakdown),
            self.drop().then_some(Section::Drop),
        ]
    }

    /// Where the loudness is heading, -1..1; 3 dB/s reads as 0.76.
    pub(crate) fn energy_trend(&self) -> f32 {
        libm::tanhf(self.total_trend / 3.0)
    }

    pub(crate) fn reset(&mut self) {
        *self = Self::new();
    }
}

fn settle(x: f32) -> f32 {
    if x < 1e-12 { 0.0 } else { x }
}

/// Mean square to dBFS, never below [`FLOOR_DB`].
fn decibel(mean_square: f32) -> f32 {
    (10.0 * libm::log10f(mean_square.max(1e-12))).max(FLOOR_DB)
}

/// Slope of `history` per second where both of its halves rise, else 0: a riser is steady, while a new
/// instrument is a step.
fn steady_rise(history: &[f32; TREND_SAMPLES]) -> f32 {
    let (earlier, later) = history.split_at(TREND_SAMPLES / 2);
    let whole = slope_per_sec(history);
    let slower = slope_per_sec(earlier).min(slope_per_sec(later));
    if slower > STEADY_SHARE * whole { whole } else { 0.0 }
}

/// Slope of the straight line through `history`, per second.
fn slope_per_sec(history: &[f32]) -> f32 {
    let centre = (history.len() - 1) as f32 / 2.0;
    let (mut covariance, mut variance) = (0.0, 0.0);
    for (i, value) in history.iter().enumerate() {
        let from_centre = i as f32 - centre;
        covariance += from_centre * (value - history[0]);
        variance += from_centre * from_centre;
    }
    covariance / variance * SAMPLES_PER_SECOND as f32
}
