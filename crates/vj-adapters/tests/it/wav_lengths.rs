//! WAVs whose header and contents disagree about the length.

use tempfile::tempdir;
use vj_workers::ports::AudioError;

use crate::support::{noise_16, open, read_all, read_on, wav_16, write};

const HEADER: usize = 44;

/// A mono 16 bit WAV of 1,000 frames at 10 kHz, its RIFF and data lengths replaced.
fn wav_stating(riff_len: u32, data_len: u32) -> Vec<u8> {
    let dir = tempdir().unwrap();
    let mut wav = std::fs::read(wav_16(&dir, 10_000, 1, &noise_16(1_000))).unwrap();
    wav[4..8].copy_from_slice(&riff_len.to_le_bytes());
    wav[HEADER - 4..HEADER].copy_from_slice(&data_len.to_le_bytes());
    wav
}

#[test]
fn a_recording_that_was_killed_is_read_to_its_end() {
    let dir = tempdir().unwrap();
    let whole = read_all(&write(&dir, "whole.wav", &wav_stating(2_036, 2_000)));
    for (riff_len, data_len) in
        [(0, 0), (36, 0), (u32::MAX, u32::MAX), (0x7fff_ffff, 0x7fff_f000), (0, 1 << 31)]
    {
        let mut wav = wav_stating(riff_len, data_len);
        assert_eq!(read_all(&write(&dir, "killed.wav", &wav)), whole, "{data_len:#x}");
        // Killed in the middle of a sample.
        wav.pop();
        assert_eq!(read_all(&write(&dir, "killed.wav", &wav)), whole[..999], "{data_len:#x}");
    }
}

#[test]
fn a_copy_that_lacks_its_end_says_so_after_what_is_there() {
    let dir = tempdir().unwrap();
    let whole = wav_stating(2_036, 2_000);
    let sound = read_all(&write(&dir, "whole.wav", &whole));
    for kept in [0, 1, 2, 3, 1_000, 1_999] {
        let path = write(&dir, "cut.wav", &whole[..HEADER + kept]);
        assert_eq!(open(&path).format().frames, Some(1_000));
        let (there, end) = read_on(&mut *open(&path), 64);
        assert_eq!(there, sound[..kept / 2]);
        let AudioError::Fatal(message) = end.unwrap_err() else { panic!("it will not grow again") };
        let at = (kept / 2) as f64 / 10_000.0;
        let expected =
            format!("{}: cut off at {at:.3} s of 0.100 s: the rest of the file is missing", path.display());
        assert_eq!(message, expected);
    }
}

#[test]
fn what_is_missing_cannot_be_sought() {
    let dir = tempdir().unwrap();
    let path = write(&dir, "cut.wav", &wav_stating(2_036, 2_000)[..HEADER + 1_000]);
    let mut file = open(&path);
    file.seek(500).unwrap();
    file.seek(501).unwrap_err();
    file.read(1, &mut Vec::new()).unwrap_err();
    file.seek(499).unwrap();
    assert_eq!(file.read(1, &mut Vec::new()), Ok(1));
}

#[test]
fn what_follows_the_sound_is_no_sound() {
    let dir = tempdir().unwrap();
    let whole = wav_stating(2_036, 2_000);
    let sound = read_all(&write(&dir, "whole.wav", &whole));
    let mut tagged = wav_stating(2_054, 2_000);
    tagged.extend(b"LIST\x0a\0\0\0INFOtagged");
    assert_eq!(read_all(&write(&dir, "tagged.wav", &tagged)), sound);
}

#[test]
fn an_empty_recording_is_empty() {
    let dir = tempdir().unwrap();
    assert!(read_all(&wav_16(&dir, 44_100, 2, &[])).is_empty());
}
