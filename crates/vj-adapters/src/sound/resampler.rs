//! One rate for sounds of different rates.
//!
//! A windowed sinc (Smith, "Digital Audio Resampling", ccrma.stanford.edu/~jos/resample), evaluated at the exact ratio of the two
//! rates: a table of one filter for each of the phases that there are. Nobody waits for it, so it is good and not fast.

use std::f64::consts::PI;

/// Zero crossings on each side: up to 85 % of the half of the lower rate all is as it was.
const CROSSINGS: usize = 32;

/// Of a Kaiser window: side lobes 100 dB down.
const KAISER_BETA: f64 = 10.0;

/// A little below half of the lower rate, so that what folds over lies where hardly anything is.
const ROLL_OFF: f64 = 0.95;

/// Turns interleaved samples of one rate into another.
pub struct Resampler {
    channels: usize,
    /// Output frames per input frame, as a fraction in lowest terms.
    up: usize,
    down: usize,
    /// One filter a phase.
    phases: Vec<Vec<f32>>,
    /// Input frames on each side of an output frame.
    half: usize,
    /// What is not used up yet, interleaved; begins `half` frames before the sound.
    pending: Vec<f32>,
    /// Where the next output frame lies: in input frames from the start of `pending`, and the phase after it.
    at: usize,
    phase: usize,
    /// Frames that came and went, so that neither end is lost or made up.
    taken: u64,
    given: u64,
}

impl Resampler {
    /// From one rate to another, of so many channels.
    ///
    /// # Panics
    /// If one of the numbers is 0.
    #[must_use]
    pub fn new(from_hz: u32, to_hz: u32, channels: u16) -> Self {
        assert!(from_hz > 0 && to_hz > 0 && channels > 0, "a sound has a rate and channels");
        let divisor = common_divisor(from_hz, to_hz);
        let (up, down) = ((to_hz / divisor) as usize, (from_hz / divisor) as usize);
        // Against the lower of the two rates, in cycles a frame of the input.
        let cutoff = ROLL_OFF * (f64::from(to_hz) / f64::from(from_hz)).min(1.0);
        let half = (CROSSINGS as f64 / cutoff).ceil() as usize;
        let channels = usize::from(channels);
        let phases = if up == down {
            Vec::new()
        } else {
            (0..up).map(|phase| filter(phase, up, half, cutoff)).collect()
        };
        let pending = vec![0.0; half * channels];
        Self { channels, up, down, phases, half, pending, at: half, phase: 0, taken: 0, given: 0 }
    }

    /// Takes interleaved frames, and adds what comes out of them to `out`.
    pub fn push(&mut self, frames: &[f32], out: &mut Vec<f32>) {
        self.taken += (frames.len() / self.channels) as u64;
        if self.up == self.down {
            out.extend_from_slice(frames);
            return;
        }
        self.pending.extend_from_slice(frames);
        self.run(out);
    }

    /// The sound is over: adds what is still under way.
    pub fn finish(mut self, out: &mut Vec<f32>) {
        if self.up == self.down {
            return;
        }
        self.pending.extend(std::iter::repeat_n(0.0, (self.half + 1) * self.channels));
        let wanted = (self.taken * self.up as u64).div_ceil(self.down as u64);
        let before = out.len();
        let already = self.given;
        self.run(out);
        let left = usize::try_from(wanted.saturating_sub(already)).unwrap_or(usize::MAX);
        out.truncate(before + left.saturating_mul(self.channels));
    }

    fn run(&mut self, out: &mut Vec<f32>) {
        let frames = self.pending.len() / self.channels;
        while self.at + self.half < frames {
            let filter = &self.phases[self.phase];
            let first = (self.at + 1 - self.half) * self.channels;
            for channel in 0..self.channels {
                let samples = self.pending[first + channel..].iter().step_by(self.channels);
                out.push(samples.zip(filter).map(|(sample, weight)| sample * weight).sum());
            }
            self.given += 1;
            self.phase += self.down;
            self.at += self.phase / self.up;
            self.phase %= self.up;
        }
        // What no later frame looks at any more.
        let done = (self.at + 1).saturating_sub(self.half).min(frames);
        self.pending.drain(..done * self.channels);
        self.at -= done;
    }
}

/// The weights of the input frames around an output frame that lies `phase` of `up` behind one of them.
fn filter(phase: usize, up: usize, half: usize, cutoff: f64) -> Vec<f32> {
    let behind = phase as f64 / up as f64;
    let weights: Vec<f64> = (0..2 * half)
        .map(|tap| {
            let from = (tap + 1) as f64 - half as f64 - behind;
            let sinc = if from == 0.0 { 1.0 } else { (PI * cutoff * from).sin() / (PI * cutoff * from) };
            sinc * kaiser(from / half as f64)
        })
        .collect();
    // A level stays what it is in each phase.
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| (weight / sum) as f32).collect()
}

/// A Kaiser window over -1 to 1.
fn kaiser(x: f64) -> f64 {
    if x.abs() >= 1.0 { 0.0 } else { bessel(KAISER_BETA * (1.0 - x * x).sqrt()) / bessel(KAISER_BETA) }
}

/// The modified Bessel function of order 0, by its power series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..60 {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        sum += term;
    }
    sum
}

fn common_divisor(mut one: u32, mut other: u32) -> u32 {
    while other > 0 {
        (one, other) = (other, one % other);
    }
    one
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tone(hz: f64, rate_hz: u32, frames: usize) -> Vec<f32> {
        (0..frames).map(|n| (2.0 * PI * hz * n as f64 / f64::from(rate_hz)).sin() as f32).collect()
    }

    fn resampled(sound: &[f32], from_hz: u32, to_hz: u32, channels: u16, block: usize) -> Vec<f32> {
        let mut resampler = Resampler::new(from_hz, to_hz, channels);
        let mut out = Vec::new();
        sound.chunks(block * usize::from(channels)).for_each(|block| resampler.push(block, &mut out));
        resampler.finish(&mut out);
        out
    }

    #[test]
    fn a_tone_stays_the_same_tone() {
        for (from_hz, to_hz) in [(48_000, 44_100), (44_100, 48_000), (22_050, 44_100), (96_000, 44_100)] {
            let out = resampled(&tone(1_000.0, from_hz, from_hz as usize), from_hz, to_hz, 1, 1_000);
            assert_eq!(out.len(), to_hz as usize);
            let expected = tone(1_000.0, to_hz, to_hz as usize);
            let inner = 2_000..out.len() - 2_000;
            let off = inner.map(|n| (out[n] - expected[n]).abs()).fold(0.0, f32::max);
            assert!(off < 1e-3, "{from_hz} to {to_hz}: {off}");
        }
    }

    #[test]
    fn what_the_lower_rate_does_not_have_is_gone() {
        let out = resampled(&tone(23_500.0, 48_000, 48_000), 48_000, 44_100, 1, 4_800);
        let loudest = out[2_000..42_000].iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        assert!(loudest < 1e-3, "{loudest}");
    }

    #[test]
    fn channels_stay_apart_and_the_same_rate_changes_nothing() {
        let stereo: Vec<f32> = tone(440.0, 48_000, 9_600).into_iter().flat_map(|left| [left, 0.25]).collect();
        let out = resampled(&stereo, 48_000, 44_100, 2, 777);
        assert_eq!(out.len(), 2 * 8_820);
        assert!(out.chunks(2).skip(200).take(8_400).all(|frame| (frame[1] - 0.25).abs() < 1e-4));
        assert_eq!(resampled(&stereo, 48_000, 48_000, 2, 100), stereo);
    }

    proptest! {
        #[test]
        fn the_blocks_do_not_matter_and_no_frame_is_lost(frames in 0_usize..3_000, block in 1_usize..900) {
            let sound = tone(500.0, 48_000, frames);
            let out = resampled(&sound, 48_000, 44_100, 1, block);
            prop_assert_eq!(out.len(), (frames * 147).div_ceil(160));
            prop_assert_eq!(out, resampled(&sound, 48_000, 44_100, 1, 4_000));
        }
    }
}
