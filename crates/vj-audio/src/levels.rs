//! Seven band levels and the overall level, 0..1: what a fader on screen shows.

use crate::fft::MEAN_SQUARE_PER_POWER;
use crate::limits::HOP_SEC;

/// Number of level bands.
pub const LEVEL_BANDS: usize = 7;

/// Edges of the level bands in Hz: sub-bass, bass, low mid, mid, high mid, presence, air.
pub(crate) const LEVEL_EDGES_HZ: [f32; LEVEL_BANDS + 1] =
    [20.0, 60.0, 250.0, 500.0, 2_000.0, 4_000.0, 6_000.0, 20_000.0];

/// How many of the bands are taken from the long window of the low-rate stream. A 46 ms window has its bins
/// 21 Hz apart and a Hann window smears a tone over four of them: it cannot tell 40 Hz from 80 Hz.
pub(crate) const LOW_LEVEL_BANDS: usize = 2;

/// What dance music has in each band relative to its overall level (amplitude): the usual slope of 4 to 5 dB
/// an octave. Only the lower end of a band's range depends on it, so that a leak 30 dB down never fills an
/// empty band's display.
const USUAL_SHARE: [f32; LEVEL_BANDS] = [0.5, 0.7, 0.35, 0.3, 0.15, 0.08, 0.08];
/// The ceiling of a band is never lower than this part of its usual share.
const CEILING_SHARE_MIN: f32 = 1.0;

/// Below this overall level (-60 dBFS RMS) there is no music, only the noise of the room and the converter.
const GATE_CLOSED: f32 = 1e-3;
/// From here on (-54 dBFS RMS) the gate is fully open; in between it opens smoothly.
const GATE_OPEN: f32 = 2e-3;
/// What moves is heard even below the gate, from here (-94 dBFS RMS) ...
const QUIET_CLOSED: f32 = 2e-5;
/// ... and fully from here (-86 dBFS RMS): a microphone that was turned down too far hears the beat all the same. Hiss and hum do not
/// move.
const QUIET_OPEN: f32 = 5e-5;
/// What moves is heard below the gate only where the loudest hop of late is below this (-34 dBFS RMS).
const LOUD: f32 = 2e-2;
/// A sound moves when its loudest hop of late is this many times louder than its softest (8 dB).
const MOVING: f32 = 2.5;
/// The loudest is forgotten, and the softest, at 3 dB/s.
const MOVING_DECAY_PER_HOP: f32 = 0.996_552;
/// The ceiling of the overall level never falls below -34 dBFS, so that what is just above the gate reads as
/// small.
const CEILING_MIN: f32 = 0.02;
/// The ceilings fall by 1 dB/s: a breakdown stays visibly quieter, and a quieter track fills the range again
/// after a while.
const CEILING_DECAY_PER_HOP: f32 = 0.998_849;
/// Levels under this are exactly 0.
const LEVEL_MIN: f32 = 1e-4;
/// Exponent from amplitude to display: slightly compressed, near what the eye takes as proportional.
const DISPLAY_EXPONENT: f32 = 0.8;

/// The levels stage: absolute gate, range that adapts over seconds, attack and release.
#[derive(Debug, Clone)]
pub(crate) struct Levels {
    bands: [f32; LEVEL_BANDS],
    overall: f32,
    band_ceilings: [f32; LEVEL_BANDS],
    ceiling: f32,
    gate: f32,
    /// RMS of the loudest and of the softest hop of late.
    loudest: f32,
    softest: f32,
    hearing: Hearing,
    ear: f32,
    /// Share of the way to a higher and to a lower level taken per hop.
    attack_per_hop: f32,
    release_per_hop: f32,
}

impl Levels {
    /// Levels that rise and fall with these time constants; 0 = at once.
    pub(crate) fn new(attack_ms: u16, release_ms: u16) -> Self {
        Self {
            attack_per_hop: share_per_hop(attack_ms),
            release_per_hop: share_per_hop(release_ms),
            bands: [0.0; LEVEL_BANDS],
            overall: 0.0,
            band_ceilings: [0.0; LEVEL_BANDS],
            ceiling: CEILING_MIN,
            gate: 0.0,
            loudest: QUIET_CLOSED,
            softest: 1.0,
            hearing: Hearing::USUAL,
            ear: 0.0,
        }
    }

    /// Changes the time constants.
    pub(crate) fn set_times(&mut self, attack_ms: u16, release_ms: u16) {
        self.attack_per_hop = share_per_hop(attack_ms);
        self.release_per_hop = share_per_hop(release_ms);
    }

    /// Takes the sums of squared magnitudes in each band of one hop.
    pub(crate) fn hop(&mut self, powers: &[f32; LEVEL_BANDS]) {
        let rms = (powers.iter().sum::<f32>() * MEAN_SQUARE_PER_POWER).sqrt();
        self.gate = gate(rms);
        self.loudest = (self.loudest * MOVING_DECAY_PER_HOP).max(rms).max(QUIET_CLOSED);
        self.softest = (self.softest / MOVING_DECAY_PER_HOP).min(rms).max(QUIET_CLOSED / MOVING);
        self.hearing =
            Hearing { is_quiet_sound: self.loudest > MOVING * self.softest && self.loudest < LOUD };
        self.ear = self.hearing.gate(rms);
        self.ceiling = (self.ceiling * CEILING_DECAY_PER_HOP).max(CEILING_MIN).max(rms);
        self.overall = self.follow(self.overall, self.gate * display(rms / self.ceiling));
        for (band, power) in powers.iter().enumerate() {
            let amplitude = (power * MEAN_SQUARE_PER_POWER).sqrt();
            let lowest = self.ceiling * USUAL_SHARE[band] * CEILING_SHARE_MIN;
            let ceiling = (self.band_ceilings[band] * CEILING_DECAY_PER_HOP).max(lowest).max(amplitude);
            self.band_ceilings[band] = ceiling;
            self.bands[band] = self.follow(self.bands[band], self.gate * display(amplitude / ceiling));
        }
    }

    /// The band levels, 0..1.
    pub(crate) fn bands(&self) -> &[f32; LEVEL_BANDS] {
        &self.bands
    }

    /// The overall level, 0..1.
    pub(crate) fn overall(&self) -> f32 {
        self.overall
    }

    /// How far the absolute silence gate is open, 0..1.
    pub(crate) fn gate(&self) -> f32 {
        self.gate
    }

    /// How far open the ear for beats, onsets and pitch is, 0..1.
    pub(crate) fn ear(&self) -> f32 {
        self.ear
    }

    /// How the stages that look for beats, onsets and pitch listen.
    pub(crate) fn hearing(&self) -> Hearing {
        self.hearing
    }

    /// The loudest that the overall RMS has been over the last seconds.
    pub(crate) fn ceiling(&self) -> f32 {
        self.ceiling
    }

    /// Exponential attack and release, and a floor under which the level is exactly 0.
    fn follow(&self, level: f32, target: f32) -> f32 {
        let share = if target >= level { self.attack_per_hop } else { self.release_per_hop };
        let next = if share >= 1.0 { target } else { level + (target - level) * share };
        // Only where it ends: a slow attack begins with less.
        if next.max(target) < LEVEL_MIN { 0.0 } else { next }
    }

    pub(crate) fn reset(&mut self) {
        *self = Self {
            bands: [0.0; LEVEL_BANDS],
            overall: 0.0,
            band_ceilings: [0.0; LEVEL_BANDS],
            ceiling: CEILING_MIN,
            gate: 0.0,
            loudest: QUIET_CLOSED,
            softest: 0.0,
            ..*self
        };
        // What the ceilings decay to in silence, so that the rest state is a fixed point from its first hop
        // on.
        self.hop(&[0.0; LEVEL_BANDS]);
    }
}

/// How the stages listen that look for beats, onsets and pitch: what moves they hear below the gate, too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hearing {
    /// Nothing was loud of late, but something moves.
    is_quiet_sound: bool,
}

impl Hearing {
    /// Nothing quiet is heard.
    pub(crate) const USUAL: Self = Self { is_quiet_sound: false };

    /// How far open the ear is at an overall level, 0..1.
    pub(crate) fn gate(self, rms: f32) -> f32 {
        let quiet = if self.is_quiet_sound { opening(rms, QUIET_CLOSED, QUIET_OPEN) } else { 0.0 };
        gate(rms).max(quiet)
    }
}

/// How far the absolute silence gate is open at an overall level, 0..1.
fn gate(rms: f32) -> f32 {
    opening(rms, GATE_CLOSED, GATE_OPEN)
}

fn opening(rms: f32, closed: f32, open: f32) -> f32 {
    let open = ((rms - closed) / (open - closed)).clamp(0.0, 1.0);
    open * open * (3.0 - 2.0 * open)
}

fn display(share: f32) -> f32 {
    libm::powf(share, DISPLAY_EXPONENT).min(1.0)
}

/// Share of the way taken in a hop with this time constant.
fn share_per_hop(time_constant_ms: u16) -> f32 {
    if time_constant_ms == 0 {
        return 1.0;
    }
    (1.0 - libm::exp(-1e3 * HOP_SEC / f64::from(time_constant_ms))) as f32
}

#[cfg(test)]
mod tests {
    use super::{LEVEL_BANDS, Levels};

    #[test]
    fn silence_after_music_settles_at_rest() {
        let mut levels = Levels::new(0, 120);
        for _ in 0..100 {
            levels.hop(&[0.1; LEVEL_BANDS]);
        }
        assert!(levels.bands().iter().all(|level| *level > 0.5));
        for _ in 0..60_00 {
            levels.hop(&[0.0; LEVEL_BANDS]);
        }
        let mut rest = Levels::new(0, 120);
        rest.reset();
        assert_eq!(format!("{levels:?}"), format!("{rest:?}"));
    }
}
