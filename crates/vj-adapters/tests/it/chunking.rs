//! What is read does not depend on how much is asked for at a time.

use proptest::prelude::*;
use tempfile::tempdir;

use crate::support::{SAMPLES, noise_16, open, read_all, read_on, sample, wav_16};

#[test]
fn any_block_size_gives_the_same_samples() {
    for name in SAMPLES {
        let path = sample(name);
        let whole = read_all(&path);
        for frames in [1, 7, 512, 1_151, 1_152, 1_153, 100_000, usize::MAX] {
            let (samples, end) = read_on(&mut *open(&path), frames);
            end.unwrap();
            assert!(samples == whole, "{name} in blocks of {frames}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn wav_blocks_of_any_sizes_join_up(channels in 1_u16..=6, blocks in prop::collection::vec(0_usize..3_000, 1..20)) {
        let dir = tempdir().unwrap();
        let written = noise_16(20_000 * usize::from(channels));
        let path = wav_16(&dir, 48_000, channels, &written);
        let mut file = open(&path);
        let mut samples = Vec::new();
        let mut position = 0;
        for frames in blocks {
            let expected = frames.min(20_000 - position);
            prop_assert_eq!(file.read(frames, &mut samples), Ok(expected));
            position += expected;
        }
        let expected: Vec<f32> =
            written[..position * usize::from(channels)].iter().map(|x| f32::from(*x) / 32_768.0).collect();
        prop_assert_eq!(samples, expected);
    }
}

#[test]
fn nothing_asked_is_nothing_read() {
    for name in SAMPLES {
        let mut file = open(&sample(name));
        assert_eq!(file.read(0, &mut Vec::new()), Ok(0));
        assert_eq!(file.read(1, &mut Vec::new()), Ok(1), "{name}");
    }
}
