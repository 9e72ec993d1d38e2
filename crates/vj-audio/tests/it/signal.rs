//! Sounds to test with: deterministic, made from arithmetic.

use vj_audio::{Analyzer, AnalyzerConfig, AudioBlock, FeatureFrame, Transcript};

pub(crate) const RATE: u32 = 44_100;

/// Uniform noise in ±1 from a linear congruential generator: the same everywhere.
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2).wrapping_add(1))
    }

    pub(crate) fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}

pub(crate) fn silence(rate: u32, seconds: f64) -> Vec<f32> {
    vec![0.0; (f64::from(rate) * seconds) as usize]
}

pub(crate) fn noise(rate: u32, seconds: f64, amplitude: f32) -> Vec<f32> {
    let mut noise = Noise::new(7);
    silence(rate, seconds).iter().map(|_| amplitude * noise.next()).collect()
}

pub(crate) fn sine(rate: u32, seconds: f64, hz: f64, amplitude: f64) -> Vec<f32> {
    let step = std::f64::consts::TAU * hz / f64::from(rate);
    (0..silence(rate, seconds).len()).map(|i| (amplitude * libm::sin(step * i as f64)) as f32).collect()
}

/// A band-limited saw: harmonics up to 10 kHz or the Nyquist frequency.
pub(crate) fn saw(rate: u32, seconds: f64, hz: f64, amplitude: f64) -> Vec<f32> {
    let harmonics = (10_000f64.min(f64::from(rate) / 2.0) / hz) as usize;
    let mut out = silence(rate, seconds);
    for harmonic in 1..=harmonics {
        let part = sine(rate, seconds, hz * harmonic as f64, amplitude * 0.6 / harmonic as f64);
        out.iter_mut().zip(part).for_each(|(y, x)| *y += x);
    }
    out
}

/// Adds a kick: a sine that falls from 160 to 50 Hz.
pub(crate) fn add_kick(out: &mut [f32], rate: u32, at: f64, amplitude: f64) {
    let mut phase = 0.0;
    add(out, rate, at, 0.25, |t| {
        phase += std::f64::consts::TAU * (50.0 + 110.0 * libm::exp(-t / 0.03)) / f64::from(rate);
        amplitude * libm::sin(phase) * libm::exp(-t / 0.08)
    });
}

/// Adds a snare: noise over a 190 Hz tone.
pub(crate) fn add_snare(out: &mut [f32], rate: u32, at: f64, amplitude: f64) {
    let mut noise = Noise::new(11);
    add(out, rate, at, 0.2, |t| {
        let tone = libm::sin(std::f64::consts::TAU * 190.0 * t);
        amplitude * (0.6 * f64::from(noise.next()) + 0.5 * tone) * libm::exp(-t / 0.05)
    });
}

/// Adds a hat: differentiated noise, so mostly high.
pub(crate) fn add_hat(out: &mut [f32], rate: u32, at: f64, amplitude: f64) {
    let mut noise = Noise::new(23);
    let mut last = 0.0;
    add(out, rate, at, 0.06, |t| {
        let now = f64::from(noise.next());
        let high = now - last;
        last = now;
        amplitude * 0.5 * high * libm::exp(-t / 0.015)
    });
}

fn add(out: &mut [f32], rate: u32, at: f64, seconds: f64, mut sound: impl FnMut(f64) -> f64) {
    let start = (at * f64::from(rate)).round() as usize;
    for i in 0..(seconds * f64::from(rate)) as usize {
        if let Some(y) = out.get_mut(start + i) {
            *y += sound(i as f64 / f64::from(rate)) as f32;
        }
    }
}

/// Four-to-the-floor: kick on each beat, snare on two and four, hat on every "and". Beats start at `first`.
pub(crate) fn house(rate: u32, seconds: f64, bpm: f64, first: f64) -> (Vec<f32>, Vec<f64>) {
    let mut out = silence(rate, seconds);
    let period = 60.0 / bpm;
    let beats: Vec<f64> =
        (0..).map(|beat| first + f64::from(beat) * period).take_while(|beat| *beat < seconds).collect();
    for (i, beat) in beats.iter().enumerate() {
        add_kick(&mut out, rate, *beat, 0.7);
        if i % 2 == 1 {
            add_snare(&mut out, rate, *beat, 0.35);
        }
        add_hat(&mut out, rate, beat + period / 2.0, 0.3);
    }
    (out, beats)
}

/// All frames of `samples`, one channel, in blocks of 512.
pub(crate) fn frames(rate: u32, samples: &[f32]) -> Vec<FeatureFrame> {
    let mut analyzer = Analyzer::new(rate, AnalyzerConfig::default()).unwrap();
    let mut frames = Vec::new();
    for block in samples.chunks(512) {
        analyzer.push_with(AudioBlock::mono(block), |frame| frames.push(*frame));
    }
    frames
}

/// The transcript of `samples`, one channel.
pub(crate) fn transcript(rate: u32, samples: &[f32]) -> Transcript {
    let mut transcript = Transcript::new(rate);
    for frame in frames(rate, samples) {
        transcript.push(&frame);
    }
    transcript.finish(samples.len() as f64 / f64::from(rate), 0.0)
}

/// F-measure of `estimated` against `reference` from `from` seconds on, with a window of ±70 ms.
pub(crate) fn f_measure(reference: &[f64], estimated: &[f64], from: f64) -> f64 {
    let reference: Vec<f64> = reference.iter().copied().filter(|time| *time >= from).collect();
    let estimated: Vec<f64> = estimated.iter().copied().filter(|time| *time >= from).collect();
    let hits =
        reference.iter().filter(|beat| estimated.iter().any(|time| (*beat - time).abs() <= 0.07)).count();
    2.0 * hits as f64 / (reference.len() + estimated.len()).max(1) as f64
}
