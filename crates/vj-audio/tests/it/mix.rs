//! A recording of what the analyser hears gives what it said, bit for bit.

use proptest::prelude::*;
use vj_audio::{Analyzer, AnalyzerConfig, AudioBlock, FeatureFrame};

use crate::signal::{house, noise};

const RATE: u32 = 44_100;

fn frames(samples: &[f32], channels: u16) -> Vec<FeatureFrame> {
    let mut analyzer = Analyzer::new(RATE, AnalyzerConfig::default()).unwrap();
    let mut frames = Vec::new();
    // Blocks as a sound system hands them out.
    for block in samples.chunks(441 * usize::from(channels)) {
        frames.extend(analyzer.push(AudioBlock::interleaved(block, channels)));
    }
    frames
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_mix_alone_gives_the_frames_of_all_channels(channels in 1u16..7, seed in 0u32..1_000) {
        let (mut music, _) = house(RATE, 3.0, 128.0, 0.1);
        music.extend(noise(RATE, 0.5, 0.1));
        music.extend(vec![0.0; RATE as usize]);
        // Each channel is another, some of it is no sound at all, and one half cancels the other out.
        let samples: Vec<f32> = music.iter().enumerate().flat_map(|(at, x)| {
            (0..channels).map(move |channel| match (at as u32 + seed) % 1_009 {
                0 => f32::NAN,
                1 => f32::INFINITY,
                2 => 1e-30,
                _ if at % 20_000 < 4_000 => if channel % 2 == 0 { *x } else { -*x },
                _ => *x * (0.3 + 0.1 * f32::from(channel)),
            })
        }).collect();
        let mut mono = Vec::new();
        for block in samples.chunks(100 * usize::from(channels)) {
            AudioBlock::interleaved(block, channels).mix_into(&mut mono);
        }
        prop_assert_eq!(mono.len() * usize::from(channels), samples.len());
        prop_assert_eq!(frames(&mono, 1), frames(&samples, channels));
    }
}
