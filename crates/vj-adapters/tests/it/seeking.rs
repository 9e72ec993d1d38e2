//! A seek goes to the frame, exactly.

use std::path::Path;

use proptest::prelude::*;
use tempfile::tempdir;

use crate::support::{SAMPLES, noise_16, open, read_all, read_on, sample, wav_16};

/// After each seek, in one open file, the rest is the same as in a file that was read through.
fn check(path: &Path, seeks: &[u64]) {
    let whole = read_all(path);
    let mut file = open(path);
    let channels = usize::from(file.format().channels);
    for frame in seeks {
        file.seek(*frame).unwrap();
        let (rest, end) = read_on(&mut *file, 1_000);
        end.unwrap();
        let from = (*frame as usize * channels).min(whole.len());
        let different = rest.iter().zip(&whole[from..]).position(|(a, b)| a != b);
        assert_eq!(different, None, "{}: first different sample after frame {frame}", path.display());
        assert_eq!(rest.len(), whole.len() - from, "{}: length after frame {frame}", path.display());
    }
}

#[test]
fn every_kind_of_file_goes_to_the_frame() {
    for name in SAMPLES {
        let path = sample(name);
        let frames = read_all(&path).len() as u64 / u64::from(open(&path).format().channels);
        let seeks: Vec<u64> =
            (0..40).map(|n| n * frames / 39).chain([1, 0, frames - 1, 1_152, 12_345]).collect();
        check(&path, &seeks);
    }
}

#[test]
fn backwards_and_forwards_while_reading() {
    for name in SAMPLES {
        let path = sample(name);
        let whole = read_all(&path);
        let mut file = open(&path);
        let channels = usize::from(file.format().channels);
        for frame in [20_000_u64, 20_100, 20_050, 3, 0, 15_000] {
            file.seek(frame).unwrap();
            let mut block = Vec::new();
            assert_eq!(file.read(100, &mut block), Ok(100));
            let from = frame as usize * channels;
            assert_eq!(block, whole[from..from + 100 * channels], "{name} at frame {frame}");
        }
    }
}

#[test]
fn beyond_the_end_is_the_end() {
    let dir = tempdir().unwrap();
    let wav = wav_16(&dir, 44_100, 1, &noise_16(1_000));
    for path in SAMPLES.map(sample).iter().chain([&wav]) {
        for frame in [10_000_000, u64::MAX / 2] {
            let mut file = open(path);
            file.seek(frame).unwrap();
            assert_eq!(file.read(1, &mut Vec::new()), Ok(0), "{}", path.display());
            file.seek(0).unwrap();
            assert_eq!(file.read(1, &mut Vec::new()), Ok(1), "{}", path.display());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn wav_seeks_in_any_order(seeks in prop::collection::vec(0_u64..6_000, 1..10), channels in 1_u16..=4) {
        let dir = tempdir().unwrap();
        check(&wav_16(&dir, 44_100, channels, &noise_16(5_000 * usize::from(channels))), &seeks);
    }
}
