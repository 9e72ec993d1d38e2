//! Digital silence is free, and the shortcut through it cannot be told from the long way.

use std::time::Duration;

use proptest::prelude::*;
use vj_audio::{Analyzer, AnalyzerConfig, AudioBlock, FeatureFrame};

use crate::signal::{RATE, house};

fn night(mut analyzer: Analyzer, before: &[f32], silent_samples: usize, block: usize) -> Vec<FeatureFrame> {
    let mut frames = Vec::new();
    let (after, _) = house(RATE, 4.0, 135.0, 0.05);
    let silence = vec![0.0; silent_samples];
    for part in [before, &silence, &after] {
        for block in part.chunks(block) {
            analyzer.push_with(AudioBlock::mono(block), |frame| frames.push(*frame));
        }
    }
    frames
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_fast_path_is_identical_to_the_slow_one(extra in 0usize..200_000, block in 64usize..5_000) {
        let (music, _) = house(RATE, 6.0, 128.0, 0.1);
        let analyzer = || Analyzer::new(RATE, AnalyzerConfig::default()).unwrap();
        let silent = 22 * RATE as usize + extra;
        let fast = night(analyzer(), &music, silent, block);
        let slow = night(analyzer().without_fast_path(), &music, silent, block);
        prop_assert_eq!(fast, slow);
    }
}

#[test]
fn push_silence_is_a_block_of_zeros() {
    let run = |with_zeros: bool| {
        let mut analyzer = Analyzer::new(RATE, AnalyzerConfig::default()).unwrap();
        let mut frames = Vec::new();
        let (music, _) = house(RATE, 3.0, 128.0, 0.1);
        for _ in 0..2 {
            analyzer.push_with(AudioBlock::mono(&music), |frame| frames.push(*frame));
            if with_zeros {
                analyzer.push_with(AudioBlock::mono(&vec![0.0; 1_300_001]), |frame| frames.push(*frame));
            } else {
                analyzer.push_silence(1_300_001, |frame| frames.push(*frame));
            }
        }
        frames
    };
    assert_eq!(run(true), run(false));
}

/// A simulated night must take seconds. Beside a control in the same run, and each at its best of several rounds: the machine may
/// be busy, and may be slow.
#[test]
#[allow(clippy::disallowed_methods, reason = "this test measures wall time")]
fn a_silent_night_takes_a_small_part_of_what_music_takes() {
    let (music, _) = house(RATE, 10.0, 128.0, 0.1);
    let silence = vec![0.0; music.len()];
    let mut best = [Duration::MAX; 2];
    for _ in 0..5 {
        for (best, sound) in best.iter_mut().zip([&music, &silence]) {
            let mut analyzer = Analyzer::new(RATE, AnalyzerConfig::default()).unwrap();
            // Long enough that whatever rang has died away.
            analyzer.push_silence(30 * u64::from(RATE), |_| {});
            let start = std::time::Instant::now();
            for block in sound.chunks(735) {
                analyzer.push_with(AudioBlock::mono(block), |_| {});
            }
            *best = start.elapsed().min(*best);
        }
    }
    let [music, silence] = best;
    assert!(silence * 10 < music, "10 s of silence took {silence:?}, of music {music:?}");
}
