//! Pitch: sines and saws of the singing and playing range within one per cent.

use crate::signal::{RATE, frames, noise, saw, sine};

#[test]
fn sines_and_saws_are_told_within_one_per_cent() {
    for rate in [22_050, RATE, 48_000] {
        for hz in [80.0, 110.0, 155.6, 220.0, 329.6, 440.0, 587.3, 800.0, 1_000.0] {
            for (name, samples) in [("sine", sine(rate, 0.6, hz, 0.3)), ("saw", saw(rate, 0.6, hz, 0.3))] {
                for frame in &frames(rate, &samples)[12..] {
                    let off = f64::from(frame.pitch_hz) / hz - 1.0;
                    assert!(
                        off.abs() < 0.01,
                        "{name} of {hz} Hz at {rate} Hz came out as {}",
                        frame.pitch_hz
                    );
                    assert!(frame.pitch_confidence > 0.6);
                }
            }
        }
    }
}

#[test]
fn noise_has_no_pitch() {
    let frames = frames(RATE, &noise(RATE, 3.0, 0.3));
    let voiced = frames.iter().filter(|frame| frame.pitch_hz > 0.0).count();
    assert!(voiced * 20 < frames.len(), "{voiced} of {}", frames.len());
}
