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

/// A simulated night must take seconds. Measured below 100 ns a tick in release; the bound here allows for a
/// slow, shared machine and a debug build.
#[test]
#[allow(clippy::disallowed_methods, reason = "this test measures wall time")]
fn a_silent_night_takes_no_time() {
    let mut analyzer = Analyzer::new(RATE, AnalyzerConfig::default()).unwrap();
    analyzer.push_silence(30 * u64::from(RATE), |_| {});
    let block = vec![0.0; 735];
    let mut ticks = 0u32;
    let start = std::time::Instant::now();
    for _ in 0..60_000 {
        analyzer.push_with(AudioBlock::mono(&block), |_| ticks += 1);
    }
    let per_tick = start.elapsed() / ticks;
    assert_eq!(ticks, 60_000);
    assert!(per_tick < Duration::from_micros(2), "{per_tick:?} a tick");
}
