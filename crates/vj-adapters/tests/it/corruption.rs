//! A file with wrong bytes in it may end early with an error. It never panics and never grows without bounds.

use proptest::prelude::*;
use tempfile::tempdir;
use vj_adapters::FileBackend;
use vj_workers::ports::AudioBackend;

use crate::support::{SAMPLES, noise_16, sample, wav_16, write};

/// Reads, seeks about and reads again, whatever comes.
fn survive(bytes: &[u8]) {
    let dir = tempdir().unwrap();
    let path = write(&dir, "broken", bytes);
    let Ok(mut file) = FileBackend::new().open_file(&path) else { return };
    for frame in [0, 30_000, 10_000, 1_000_000] {
        let _ = file.seek(frame);
        let mut samples = Vec::new();
        let mut frames = 0;
        while let Ok(more @ 1..) = file.read(4_096, &mut samples) {
            samples.clear();
            frames += more;
            assert!(frames < 10_000_000, "a small file cannot hold so much sound");
        }
    }
}

/// How files of each kind begin.
static STARTS: [&[u8]; 7] =
    [b"fLaC", b"OggS", b"ID3\x04", b"\xff\xfb\x90", b"\xff\xf1", b"RIFF\0\0\0\0WAVE", b"\0\0\0\x18ftypM4A "];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn wrong_bytes_in_a_compressed_file(
        which in 0..SAMPLES.len(),
        spots in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut bytes = std::fs::read(sample(SAMPLES[which])).unwrap();
        for (spot, value) in spots {
            let at = spot.index(bytes.len());
            bytes[at] = value;
        }
        survive(&bytes);
    }

    #[test]
    fn wrong_bytes_in_the_first_part(
        which in 0..SAMPLES.len(),
        spots in prop::collection::vec((0_usize..600, any::<u8>()), 1..6),
    ) {
        let mut bytes = std::fs::read(sample(SAMPLES[which])).unwrap();
        for (at, value) in spots {
            bytes[at] = value;
        }
        survive(&bytes);
    }

    #[test]
    fn wrong_bytes_in_the_header_of_a_wav(spots in prop::collection::vec((0_usize..48, any::<u8>()), 1..6)) {
        let dir = tempdir().unwrap();
        let mut bytes = std::fs::read(wav_16(&dir, 44_100, 2, &noise_16(2_000))).unwrap();
        for (at, value) in spots {
            bytes[at] = value;
        }
        survive(&bytes);
    }

    #[test]
    fn any_bytes_at_all(start in prop::sample::select(&STARTS[..]), rest in prop::collection::vec(any::<u8>(), 0..4_000)) {
        let mut bytes = start.to_vec();
        bytes.extend(rest);
        survive(&bytes);
    }
}
