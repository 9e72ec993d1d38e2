//! Whatever comes in, what goes out is finite and in range.

use proptest::prelude::*;
use vj_audio::{Analyzer, AnalyzerConfig, AudioBlock, FeatureFrame};

use crate::signal::{RATE, noise, silence};

fn check(frame: &FeatureFrame) {
    let unit = |x: f32| (0.0..=1.0).contains(&x);
    assert!(frame.levels.iter().all(|level| unit(*level)) && unit(frame.rms), "{frame:?}");
    assert!(frame.spectrum.is_none_or(|spectrum| spectrum.iter().all(|value| unit(*value))), "{frame:?}");
    assert!(
        unit(frame.onset_strength) && unit(frame.brightness) && unit(frame.tempo_confidence),
        "{frame:?}"
    );
    assert!((0.0..1.0).contains(&frame.beat_phase) && (1..=4).contains(&frame.beat_in_bar), "{frame:?}");
    assert!(frame.tempo_bpm == 0.0 || (40.0..300.0).contains(&frame.tempo_bpm), "{frame:?}");
    assert!(frame.pitch_hz == 0.0 || (40.0..2_000.0).contains(&frame.pitch_hz), "{frame:?}");
    assert!(unit(frame.pitch_confidence) && (-1.0..=1.0).contains(&frame.energy_trend), "{frame:?}");
    assert!(
        frame
            .onsets
            .iter()
            .all(|onset| onset.time.is_finite() && onset.time <= frame.time_sec && unit(onset.strength)),
        "{frame:?}"
    );
    assert!(frame.beat_event.is_none_or(|beat| beat.time.is_finite()), "{frame:?}");
}

fn run(rate: u32, channels: u16, samples: &[f32]) {
    let mut analyzer = Analyzer::new(rate, AnalyzerConfig::default()).unwrap();
    analyzer.push_with(AudioBlock::interleaved(samples, channels), check);
}

fn any_sample() -> impl Strategy<Value = f32> {
    prop_oneof![4 => -1.0f32..1.0, 1 => any::<f32>(), 1 => Just(0.0), 1 => prop::sample::select(vec![f32::NAN, f32::INFINITY, 1e-40, -1e30])]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_samples_at_any_rate(
        rate in 8_000u32..200_000,
        channels in 0u16..6,
        pattern in prop::collection::vec(any_sample(), 1..4_000),
        repeats in 1usize..60,
    ) {
        run(rate, channels, &pattern.repeat(repeats));
    }
}

/// A property test found one: the shortest lag that is looked at, refined by a peak beyond it.
#[test]
fn a_pitch_beyond_the_range_is_none() {
    for hz in (1_850..2_600).step_by(10) {
        let radians = std::f32::consts::TAU * hz as f32 / RATE as f32;
        let whistle: Vec<f32> = (0..RATE / 4).map(|n| 0.5 * (radians * n as f32).sin()).collect();
        run(RATE, 1, &whistle);
    }
}

#[test]
fn dc_clipping_and_denormals_do_no_harm() {
    let clipped: Vec<f32> = noise(RATE, 3.0, 50.0).iter().map(|x| x.clamp(-1.0, 1.0)).collect();
    let square: Vec<f32> = (0..3 * RATE).map(|i| if i / 200 % 2 == 0 { 1.0 } else { -1.0 }).collect();
    let denormal = vec![f32::MIN_POSITIVE / 4.0; 2 * RATE as usize];
    for samples in [clipped, square, denormal, vec![f32::MAX; RATE as usize], vec![f32::NAN; RATE as usize]] {
        run(RATE, 1, &samples);
    }
}

#[test]
fn a_constant_offset_is_no_sound() {
    let mut analyzer = Analyzer::new(RATE, AnalyzerConfig::default()).unwrap();
    let last = analyzer.push(AudioBlock::mono(&vec![0.5; 4 * RATE as usize])).last().unwrap();
    assert!(
        last.rms < 0.01 && last.levels.iter().all(|level| *level < 0.01) && last.pitch_hz == 0.0,
        "{last:?}"
    );
}

#[test]
fn poison_in_the_stream_is_forgotten() {
    let mut samples = noise(RATE, 1.0, 0.2);
    samples.extend([f32::NAN; 5_000]);
    samples.extend(silence(RATE, 1.0));
    let clean = noise(RATE, 2.0, 0.2);
    samples.extend(&clean);
    run(RATE, 1, &samples);
}
