//! What cannot be played is refused by name, with the reason and with what is allowed.

use std::path::Path;

use tempfile::tempdir;
use vj_workers::ports::AudioError;

use crate::support::{noise_16, refusal, sample, wav_16, write};

const ALLOWED: &str = "(allowed: WAV, FLAC, MP3, OGG Vorbis, AAC in ADTS or M4A)";

#[track_caller]
fn check(path: &Path, reason: &str) {
    assert_eq!(refusal(path), AudioError::Fatal(format!("{}: {reason}", path.display())));
}

#[test]
fn a_file_that_is_not_there_may_come() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("gone.wav");
    assert_eq!(refusal(&path), AudioError::Retry(format!("{}: no such file", path.display())));
}

#[test]
fn directories_and_devices() {
    let dir = tempdir().unwrap();
    check(dir.path(), &format!("is a directory, not a sound file {ALLOWED}"));
    check(Path::new("/dev/zero"), &format!("is a device, pipe or socket, not a sound file {ALLOWED}"));
}

#[test]
fn what_is_no_sound() {
    let dir = tempdir().unwrap();
    let reason = format!("not a sound file of a known kind {ALLOWED}");
    check(&write(&dir, "empty.wav", b""), &reason);
    check(&write(&dir, "notes.mp3", b"Call the lighting people. ".repeat(1_000).as_slice()), &reason);
    check(&write(&dir, "picture.flac", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), &reason);
    check(&write(&dir, "film.avi", b"RIFF\x10\0\0\0AVI LIST"), &reason);
}

#[test]
fn noise_is_never_taken_for_music() {
    let dir = tempdir().unwrap();
    let noise: Vec<u8> = noise_16(200_000).iter().flat_map(|x| x.to_le_bytes()).collect();
    check(&write(&dir, "noise", &noise), &format!("not a sound file of a known kind {ALLOWED}"));
}

#[test]
fn codecs_that_we_do_not_have() {
    check(&sample("refused-opus.ogg"), &format!("Opus cannot be decoded {ALLOWED}"));
    check(&sample("refused-alac.m4a"), &format!("Apple Lossless (ALAC) cannot be decoded {ALLOWED}"));
    check(&sample("refused.mp2"), &format!("MPEG layer 2 cannot be decoded {ALLOWED}"));
    check(&sample("refused-film.mp4"), "has no audio track");
}

#[test]
fn headers_that_make_no_sense() {
    let dir = tempdir().unwrap();
    let whole = std::fs::read(wav_16(&dir, 44_100, 1, &noise_16(100))).unwrap();
    let with = |at: usize, bytes: &[u8]| {
        let mut wav = whole.clone();
        wav[at..at + bytes.len()].copy_from_slice(bytes);
        write(&dir, "odd.wav", &wav)
    };
    check(&with(22, &[0, 0]), "has 0 channels (allowed: 1 to 32)");
    check(&with(22, &[33, 0]), "has 33 channels (allowed: 1 to 32)");
    check(&with(24, &[0, 0, 0, 0]), "has a sample rate of 0 Hz (allowed: 8000 to 384000 Hz)");
    check(&with(24, &[0xff; 4]), "has a sample rate of 4294967295 Hz (allowed: 8000 to 384000 Hz)");
    check(
        &with(20, &[2, 0]),
        &format!("WAV format 0x0002 with 16 bits a sample cannot be decoded {ALLOWED}"),
    );
    check(&with(34, &[0, 0]), &format!("WAV format 0x0001 with 0 bits a sample cannot be decoded {ALLOWED}"));
    check(&with(12, b"junk"), "has a broken header: its samples come before their format");
    check(&with(36, b"junk"), "has a broken header: it ends before its samples begin");
    for cut in [12, 15, 20, 30, 40, 43] {
        check(
            &write(&dir, "cut.wav", &whole[..cut]),
            "has a broken header: it ends before its samples begin",
        );
    }
}
