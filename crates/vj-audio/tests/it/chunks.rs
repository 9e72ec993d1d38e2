//! What comes out depends on the samples, not on how they were cut into blocks.

use proptest::prelude::*;
use vj_audio::{Analyzer, AnalyzerConfig, AudioBlock, FeatureFrame};

use crate::signal::{house, noise};

fn frames_in_chunks(rate: u32, channels: u16, samples: &[f32], sizes: &[usize]) -> Vec<FeatureFrame> {
    let mut analyzer = Analyzer::new(rate, AnalyzerConfig::default()).unwrap();
    let (mut frames, mut rest) = (Vec::new(), samples);
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (block, after) = rest.split_at((size * usize::from(channels)).min(rest.len()));
        analyzer.push_with(AudioBlock::interleaved(block, channels), |frame| frames.push(*frame));
        rest = after;
    }
    frames
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_chunking_gives_the_same_frames_bit_for_bit(
        sizes in prop::collection::vec(1usize..3_000, 1..12),
        rate in prop::sample::select(vec![11_025u32, 22_050, 44_100, 48_000]),
        channels in 1u16..4,
    ) {
        let (mut music, _) = house(rate, 3.0, 128.0, 0.1);
        music.extend(noise(rate, 0.5, 0.1));
        let samples: Vec<f32> = music.iter().flat_map(|x| std::iter::repeat_n(*x, usize::from(channels))).collect();
        let whole = frames_in_chunks(rate, channels, &samples, &[usize::MAX / 8]);
        prop_assert_eq!(frames_in_chunks(rate, channels, &samples, &sizes), whole);
    }
}

#[test]
fn single_samples_give_the_same_frames_as_one_block() {
    let (music, _) = house(44_100, 2.0, 140.0, 0.0);
    assert_eq!(
        frames_in_chunks(44_100, 1, &music, &[1]),
        frames_in_chunks(44_100, 1, &music, &[usize::MAX / 8])
    );
}
