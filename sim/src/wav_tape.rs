//! A WAV file of 16-bit samples, as the fixtures are, or of floats, as recordings are. Whatever else there is to decode is the adapters' matter.

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
        if !matches!(
            (spec.bits_per_sample, spec.sample_format),
            (16, SampleFormat::Int) | (32, SampleFormat::Float)
        ) {
            let why = "its samples are neither integers of 16 bits nor floats of 32";
            return Err(AudioError::Retry(format!("{name}: {why}")));
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
        let count = frames * channels;
        let read = if self.reader.spec().sample_format == SampleFormat::Float {
            self.reader.samples::<f32>().take(count).try_for_each(|sample| {
                out.push(sample?);
                Ok(())
            })
        } else {
            let scaled = |sample: i16| f32::from(sample) / FULL_SCALE;
            self.reader.samples().take(count).try_for_each(|sample| {
                out.push(scaled(sample?));
                Ok(())
            })
        };
        read.map_err(|error: hound::Error| self.broken(&error))?;
        Ok((out.len() - before) / channels)
    }

    fn seek(&mut self, frame: u64) -> Result<(), AudioError> {
        let frame = u32::try_from(frame).unwrap_or(u32::MAX).min(self.reader.duration());
        self.reader.seek(frame).map_err(|error| self.broken(&error))
    }
}
