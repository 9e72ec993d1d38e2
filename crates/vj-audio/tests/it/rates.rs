//! The same music at another sample rate gives nearly the same result.

use crate::signal::{f_measure, house, transcript};

#[test]
fn beats_and_tempo_do_not_depend_on_the_sample_rate() {
    for rate in [16_000, 22_050, 44_100, 48_000, 96_000] {
        let (music, beats) = house(rate, 20.0, 126.0, 0.25);
        let transcript = transcript(rate, &music);
        let told: Vec<f64> = transcript.beats.iter().map(|beat| beat.time).collect();
        let f = f_measure(&beats, &told, 5.0);
        assert!(
            f > 0.95 && (transcript.tempo_bpm - 126.0).abs() < 0.6,
            "{rate} Hz: F {f}, {} BPM",
            transcript.tempo_bpm
        );
    }
}

#[test]
fn levels_do_not_depend_on_the_sample_rate() {
    let levels = |rate: u32| {
        let (music, _) = house(rate, 6.0, 126.0, 0.25);
        let frames = crate::signal::frames(rate, &music);
        let mut mean = [0.0f32; 4];
        for frame in &frames[120..] {
            for (sum, level) in mean.iter_mut().zip(frame.levels) {
                *sum += level / (frames.len() - 120) as f32;
            }
        }
        mean
    };
    let reference = levels(44_100);
    for rate in [22_050, 48_000, 96_000] {
        for (band, (a, b)) in levels(rate).iter().zip(reference).enumerate() {
            // The noise in the drums spreads over more hertz at a higher rate, so it is not quite the same
            // music.
            assert!((a - b).abs() < 0.08, "{rate} Hz, band {band}: {a} for {b}");
        }
    }
}
