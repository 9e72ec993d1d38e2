//! A WAV file, read by hound.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use vj_workers::ports::{AudioError, SoundFile, SoundFormat};

use super::fault;
use super::wav_header::WavHeader;
use crate::limits::FRAMES_AT_ONCE;

/// An open WAV file.
///
/// Each block of samples is handed to hound as a small WAV of its own, under a clean header: so a seek is a seek in the
/// file, files beyond 4 GiB are nothing special, and hound reads from memory.
pub(super) struct WavFile {
    path: PathBuf,
    file: File,
    header: WavHeader,
    /// The frame that is read next; the file stands there.
    position: u64,
    /// A clean header and a block of samples. Kept to be used again.
    small_wav: Vec<u8>,
    failed: Option<AudioError>,
}

impl WavFile {
    pub(super) fn new(path: &Path, file: File, header: WavHeader) -> Result<Self, AudioError> {
        let mut wav =
            Self { path: path.to_owned(), file, header, position: 0, small_wav: Vec::new(), failed: None };
        wav.seek(0)?;
        Ok(wav)
    }

    /// Reads `frames` frames, which are there.
    fn read_block(&mut self, frames: usize, out: &mut Vec<f32>) -> Result<(), hound::Error> {
        let bytes = frames * self.header.frame_bytes();
        self.small_wav.clear();
        self.small_wav.extend_from_slice(&self.header.clean(bytes as u32));
        let head = self.small_wav.len();
        self.small_wav.resize(head + bytes, 0);
        self.file.read_exact(&mut self.small_wav[head..])?;
        let mut samples = hound::WavReader::new(&self.small_wav[..])?;
        if self.header.is_float() {
            for sample in samples.samples::<f32>() {
                out.push(sample?);
            }
        } else {
            let scale = self.header.int_scale();
            for sample in samples.samples::<i32>() {
                out.push(sample? as f32 * scale);
            }
        }
        Ok(())
    }

    fn fail(&mut self, error: AudioError) -> AudioError {
        self.failed = Some(error.clone());
        error
    }

    fn cut_off(&self) -> Option<AudioError> {
        let stated = self.header.frames_stated?;
        Some(fault::cut_off(&self.path, self.header.frames, self.header.sample_rate_hz, Some(stated)))
    }
}

impl SoundFile for WavFile {
    fn format(&self) -> SoundFormat {
        SoundFormat {
            sample_rate_hz: self.header.sample_rate_hz,
            channels: self.header.channels,
            frames: Some(self.header.frames_stated.unwrap_or(self.header.frames)),
        }
    }

    fn read(&mut self, frames: usize, out: &mut Vec<f32>) -> Result<usize, AudioError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let left = usize::try_from(self.header.frames - self.position).unwrap_or(usize::MAX);
        let wanted = frames.min(left);
        if wanted == 0 && frames > 0 {
            return self.cut_off().map_or(Ok(0), |error| Err(self.fail(error)));
        }
        let mut done = 0;
        while done < wanted {
            let block = (wanted - done).min(FRAMES_AT_ONCE);
            let whole = out.len();
            if let Err(error) = self.read_block(block, out) {
                out.truncate(whole);
                let error = fault::broken(&self.path, self.position, self.header.sample_rate_hz, error);
                let error = self.fail(error);
                return if done > 0 { Ok(done) } else { Err(error) };
            }
            done += block;
            self.position += block as u64;
        }
        Ok(done)
    }

    fn seek(&mut self, frame: u64) -> Result<(), AudioError> {
        if frame > self.header.frames
            && let Some(error) = self.cut_off()
        {
            return Err(self.fail(error));
        }
        let frame = frame.min(self.header.frames);
        let byte = self.header.data_start + frame * self.header.frame_bytes() as u64;
        if let Err(error) = self.file.seek(SeekFrom::Start(byte)) {
            let error = fault::broken(&self.path, frame, self.header.sample_rate_hz, error);
            return Err(self.fail(error));
        }
        (self.position, self.failed) = (frame, None);
        Ok(())
    }
}
