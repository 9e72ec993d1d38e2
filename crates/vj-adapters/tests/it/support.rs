//! What the tests share: opening, reading, and WAVs written by hound.

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavSpec, WavWriter};
use tempfile::TempDir;
use vj_adapters::FileBackend;
use vj_workers::ports::{AudioBackend, AudioError, SoundFile};

/// All samples that can be played.
pub(crate) const SAMPLES: [&str; 6] =
    ["burst.flac", "burst.mp3", "burst-no-tag.mp3", "burst.ogg", "burst.aac", "burst.m4a"];

pub(crate) fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(name)
}

pub(crate) fn open(path: &Path) -> Box<dyn SoundFile> {
    FileBackend::new().open_file(path).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn refusal(path: &Path) -> AudioError {
    FileBackend::new().open_file(path).err().unwrap_or_else(|| panic!("{} was opened", path.display()))
}

/// Everything that is left, and how it ended.
pub(crate) fn read_on(file: &mut dyn SoundFile, frames_at_once: usize) -> (Vec<f32>, Result<(), AudioError>) {
    let mut out = Vec::new();
    loop {
        let before = out.len();
        match file.read(frames_at_once, &mut out) {
            Ok(0) => {
                assert_eq!(out.len(), before);
                assert_eq!(file.read(frames_at_once, &mut out), Ok(0), "the end stays the end");
                return (out, Ok(()));
            }
            Ok(frames) => {
                assert!(frames <= frames_at_once);
                assert_eq!(out.len() - before, frames * usize::from(file.format().channels));
            }
            Err(error) => {
                assert_eq!(out.len(), before, "an error delivers nothing");
                assert_eq!(file.read(frames_at_once, &mut out), Err(error.clone()), "broken stays broken");
                return (out, Err(error));
            }
        }
    }
}

/// A whole file that has nothing wrong with it.
pub(crate) fn read_all(path: &Path) -> Vec<f32> {
    let (samples, end) = read_on(&mut *open(path), 4_096);
    end.unwrap_or_else(|error| panic!("{error}"));
    samples
}

/// One channel of interleaved samples.
pub(crate) fn channel(samples: &[f32], channels: usize, which: usize) -> Vec<f32> {
    samples.iter().skip(which).step_by(channels).copied().collect()
}

/// Amplitude of `hz` in `samples` (a one-bin Fourier transform).
pub(crate) fn amplitude(samples: &[f32], rate_hz: u32, hz: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, x) in samples.iter().enumerate() {
        let angle = TAU * hz * n as f64 / f64::from(rate_hz);
        re += f64::from(*x) * angle.cos();
        im += f64::from(*x) * angle.sin();
    }
    2.0 * re.hypot(im) / samples.len() as f64
}

pub(crate) fn spec(
    sample_format: SampleFormat,
    bits_per_sample: u16,
    sample_rate: u32,
    channels: u16,
) -> WavSpec {
    WavSpec { channels, sample_rate, bits_per_sample, sample_format }
}

/// A 16 bit WAV with these samples.
pub(crate) fn wav_16(dir: &TempDir, rate_hz: u32, channels: u16, samples: &[i16]) -> PathBuf {
    let path = dir.path().join("sound.wav");
    let mut writer = WavWriter::create(&path, spec(SampleFormat::Int, 16, rate_hz, channels)).unwrap();
    for sample in samples {
        writer.write_sample(*sample).unwrap();
    }
    writer.finalize().unwrap();
    path
}

/// Samples without any regularity that could hide a slip.
pub(crate) fn noise_16(count: usize) -> Vec<i16> {
    let mut state = 0x2545_f491_u32;
    let step = |_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 16) as i16
    };
    (0..count).map(step).collect()
}

pub(crate) fn write(dir: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}
