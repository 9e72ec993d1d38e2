//! A WAV file of 16-bit samples, as the fixtures are. Whatever else there is to decode is the adapters' matter.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use hound::{SampleFormat, WavReader};
use vj_workers::ports::{AudioError, SoundFile, SoundFormat};

/// Full scale of 16 bits.
const FULL_SCALE: f32 = 32_768.0;

/// An open file.
pub(crate) struct WavTape {
    reader: WavReader<BufReader<File>>,
    name: String,
}

impl WavTape {
    /// Opens it.
    pub(crate) fn open(path: &Path) -> Result<Self, AudioError> {
        let name = path.display().to_string();
        let reader = WavReader::open(path).map_err(|error| AudioError::Retry(format!("{name}: {error}")))?;
        let spec = reader.spec();
        if (spec.bits_per_sample, spec.sample_format) != (16, SampleFormat::Int) {
            return Err(AudioError::Retry(format!("{name}: its samples are not integers of 16 bits")));
        }
        Ok(Self { reader, name })
    }

    fn broken(&self, error: &dyn std::fmt::Display) -> AudioError {
        AudioError::Fatal(format!("{}: {error}", self.name))
    }
}

impl SoundFile for WavTape {
    fn format(&self) -> SoundFormat {
        let spec = self.reader.spec();
        let frames = Some(u64::from(self.reader.duration()));
        SoundFormat { sample_rate_hz: spec.sample_rate, channels: spec.channels, frames }
    }

    fn read(&mut self, frames: usize, out: &mut Vec<f32>) -> Result<usize, AudioError> {
        let channels = usize::from(self.reader.spec().channels);
        let before = out.len();
        for sample in self.reader.samples::<i16>().take(frames * channels) {
            match sample {
                Ok(sample) => out.push(f32::from(sample) / FULL_SCALE),
                Err(error) => return Err(AudioError::Fatal(format!("{}: {error}", self.name))),
            }
        }
        Ok((out.len() - before) / channels)
    }

    fn seek(&mut self, frame: u64) -> Result<(), AudioError> {
        let frame = u32::try_from(frame).unwrap_or(u32::MAX).min(self.reader.duration());
        self.reader.seek(frame).map_err(|error| self.broken(&error))
    }
}
