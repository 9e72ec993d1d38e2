//! Several sound files, one after the other, as one WAV file.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavSpec, WavWriter};
use vj_workers::ports::{AudioBackend, AudioError, SoundFile};

use super::{FileBackend, Resampler};

/// Frames that are read at once.
const BLOCK_FRAMES: usize = 16_384;

/// What a WAV file takes: its sizes have 32 bits.
const BYTES_MAX: u64 = u32::MAX as u64 - (1 << 20);

/// Where no file has one of the two usual rates.
const RATE_HZ: u32 = 44_100;

/// Full scale of 16 bits.
const FULL_SCALE: f32 = 32_767.0;

/// Files that could not be joined.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// One of them cannot be played; its name is told.
    #[error("{0}")]
    Sound(AudioError),
    /// The new file cannot be written.
    #[error("failed to write {}: {why}", path.display())]
    Write {
        /// The new file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// A WAV file takes no more than 4 GB.
    #[error("{hours:.1} h of sound are more than one WAV file takes ({hours_max:.1} h at {rate_hz} Hz)")]
    TooLong {
        /// How long it would be.
        hours: f64,
        /// How long it may be.
        hours_max: f64,
        /// The rate of the new file.
        rate_hz: u32,
    },
}

/// What came of joining.
#[derive(Debug, Clone, PartialEq)]
pub struct Joined {
    /// The rate of the new file.
    pub rate_hz: u32,
    /// When each file ends in it, in seconds.
    pub ends_sec: Vec<f64>,
}

/// Decodes the files one after the other into a stereo WAV of 16 bits. All of them are opened before the first is decoded; the
/// rate is the one that most of the sound has, of 44.1 and 48 kHz.
///
/// # Errors
/// See [`JoinError`]. What was written until then is left where it is.
pub fn join(files: &[PathBuf], into: &Path) -> Result<Joined, JoinError> {
    let mut opened = Vec::new();
    for path in files {
        opened.push(FileBackend::new().open_file(path).map_err(JoinError::Sound)?);
    }
    let rate_hz = rate(&opened);
    let known_sec: f64 = opened.iter().map(|file| length_sec(&**file)).sum();
    check_length(known_sec, rate_hz)?;
    let written = |error: hound::Error| JoinError::Write { path: into.to_owned(), why: error.to_string() };
    let spec =
        WavSpec { channels: 2, sample_rate: rate_hz, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut writer = WavWriter::create(into, spec).map_err(written)?;
    let mut ends_sec = Vec::new();
    for mut file in opened {
        copy(&mut *file, rate_hz, &mut writer, &written)?;
        let frames = writer.duration();
        ends_sec.push(f64::from(frames) / f64::from(rate_hz));
    }
    writer.finalize().map_err(written)?;
    Ok(Joined { rate_hz, ends_sec })
}

fn length_sec(file: &dyn SoundFile) -> f64 {
    let format = file.format();
    format.frames.unwrap_or(0) as f64 / f64::from(format.sample_rate_hz.max(1))
}

fn rate(files: &[Box<dyn SoundFile>]) -> u32 {
    let sec_at = |rate_hz: u32| -> f64 {
        let of_rate = files.iter().filter(|file| file.format().sample_rate_hz == rate_hz);
        // A file that does not say how long it is counts a little.
        of_rate.map(|file| length_sec(&**file).max(1.0)).sum()
    };
    if sec_at(48_000) > sec_at(44_100) { 48_000 } else { RATE_HZ }
}

fn check_length(sec: f64, rate_hz: u32) -> Result<(), JoinError> {
    let sec_max = (BYTES_MAX / 4) as f64 / f64::from(rate_hz);
    if sec <= sec_max {
        return Ok(());
    }
    Err(JoinError::TooLong { hours: sec / 3_600.0, hours_max: sec_max / 3_600.0, rate_hz })
}

fn copy(
    file: &mut dyn SoundFile,
    rate_hz: u32,
    writer: &mut WavWriter<BufWriter<File>>,
    written: &impl Fn(hound::Error) -> JoinError,
) -> Result<(), JoinError> {
    let format = file.format();
    let mut resampler = Resampler::new(format.sample_rate_hz, rate_hz, 2);
    let (mut read, mut stereo, mut out) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        read.clear();
        let frames = file.read(BLOCK_FRAMES, &mut read).map_err(JoinError::Sound)?;
        if frames == 0 {
            break;
        }
        stereo.clear();
        read.chunks_exact(usize::from(format.channels.max(1))).for_each(|frame| stereo.extend(two_of(frame)));
        out.clear();
        resampler.push(&stereo, &mut out);
        write(&out, rate_hz, writer, written)?;
    }
    out.clear();
    resampler.finish(&mut out);
    write(&out, rate_hz, writer, written)
}

/// Two channels of any number: one is on both sides, of more than two each side has their mean.
fn two_of(frame: &[f32]) -> [f32; 2] {
    match frame {
        [left, right] => [*left, *right],
        all => [all.iter().sum::<f32>() / all.len().max(1) as f32; 2],
    }
}

fn write(
    samples: &[f32],
    rate_hz: u32,
    writer: &mut WavWriter<BufWriter<File>>,
    written: &impl Fn(hound::Error) -> JoinError,
) -> Result<(), JoinError> {
    let frames = u64::from(writer.duration()) + samples.len() as u64 / 2;
    check_length(frames as f64 / f64::from(rate_hz), rate_hz)?;
    for sample in samples {
        // What is no number is silence.
        let sample = if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 };
        writer.write_sample((sample * FULL_SCALE).round() as i16).map_err(written)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav(path: &Path, rate_hz: u32, channels: u16, sec: f64, level: i16) {
        let spec =
            WavSpec { channels, sample_rate: rate_hz, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let mut writer = WavWriter::create(path, spec).unwrap();
        for _ in 0..(sec * f64::from(rate_hz)) as usize * usize::from(channels) {
            writer.write_sample(level).unwrap();
        }
        writer.finalize().unwrap();
    }

    #[test]
    fn files_of_any_rate_and_channels_follow_each_other_in_one() {
        let dir = tempfile::tempdir().unwrap();
        let files = ["a.wav", "b.wav", "c.wav"].map(|name| dir.path().join(name));
        wav(&files[0], 48_000, 2, 2.0, 8_000);
        wav(&files[1], 22_050, 1, 1.0, 16_000);
        wav(&files[2], 44_100, 2, 0.5, -8_000);
        let into = dir.path().join("all.wav");
        let joined = join(&files, &into).unwrap();
        assert_eq!((joined.rate_hz, joined.ends_sec.as_slice()), (48_000, &[2.0, 3.0, 3.5][..]));
        let mut reader = hound::WavReader::open(&into).unwrap();
        assert_eq!((reader.spec().channels, reader.duration()), (2, 168_000));
        let samples: Vec<i16> = reader.samples().map(Result::unwrap).collect();
        for (sec, level) in [(1.0, 8_000), (2.5, 16_000), (3.25, -8_000)] {
            let at = (sec * 48_000.0) as usize * 2;
            assert!(samples[at..at + 2].iter().all(|sample| (sample - level).abs() < 3), "{sec}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_played_is_named_before_anything_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let (good, bad) = (dir.path().join("good.wav"), dir.path().join("bad.flac"));
        wav(&good, 44_100, 2, 0.1, 0);
        std::fs::write(&bad, "no sound").unwrap();
        let into = dir.path().join("all.wav");
        let error = join(&[good, bad], &into).unwrap_err().to_string();
        assert!(error.contains("bad.flac"), "{error}");
        assert!(!into.exists());
    }

    #[test]
    fn more_than_a_wav_takes_is_refused() {
        let error = check_length(100_000.0, 44_100).unwrap_err().to_string();
        assert!(
            error.starts_with("27.8 h of sound are more than one WAV file takes (6.8 h at 44100 Hz)"),
            "{error}"
        );
    }
}
