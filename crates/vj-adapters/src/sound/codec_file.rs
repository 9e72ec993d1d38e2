//! A compressed file, as the port wants it: frames counted, blocks of any size, an exact seek, one clear end.

use std::path::{Path, PathBuf};

use vj_workers::ports::{AudioError, SoundFile, SoundFormat};

use super::codec_stream::{CodecStream, Length, Step};
use super::fault;
use crate::limits::PREROLL_FRAMES;

/// An open file that symphonia decodes.
pub(super) struct CodecFile {
    path: PathBuf,
    stream: CodecStream,
    format: SoundFormat,
    /// Time stamp of frame 0: what the first block of the file had.
    first_stamp: i64,
    /// The block that was decoded last, and how many of its frames have been handed out.
    block: Vec<f32>,
    taken: usize,
    /// The frame that is read next.
    position: u64,
    end: Option<End>,
}

/// Why no more frames come.
#[derive(Clone)]
enum End {
    Proper,
    Fault(AudioError),
}

impl CodecFile {
    /// Opens a file and decodes its first block, which tells what it really is.
    pub(super) fn open(path: &Path) -> Result<Self, AudioError> {
        let mut stream = CodecStream::open(path)?;
        let mut block = Vec::new();
        let first = stream.next_block(&mut block);
        let (sample_rate_hz, channels) = stream.spec.unwrap_or_default();
        let first_stamp = match first {
            Step::Block(stamp) => stamp,
            Step::End | Step::TornEnd => {
                return Err(fault::bad_header(path, "it ends before its sound begins"));
            }
            Step::Broken(error) => return Err(fault::broken(path, 0, sample_rate_hz, error)),
        };
        let format = SoundFormat { sample_rate_hz, channels, frames: stream.length.frames };
        Ok(Self {
            path: path.to_owned(),
            format: fault::check_format(path, format)?,
            stream,
            first_stamp,
            block,
            taken: 0,
            position: 0,
            end: None,
        })
    }

    fn channels(&self) -> usize {
        usize::from(self.format.channels)
    }

    /// Frames of the block that have not been handed out.
    fn left(&self) -> usize {
        self.block.len() / self.channels() - self.taken
    }

    /// Decodes the next block and returns its time stamp, or notes why there is none.
    fn decode(&mut self) -> Option<i64> {
        self.taken = 0;
        let step = self.stream.next_block(&mut self.block);
        let end = match step {
            Step::Block(stamp) if self.same_format() => {
                self.trim_padding();
                return Some(stamp);
            }
            Step::Block(_) => End::Fault(self.broken("its sample rate or number of channels changes")),
            Step::End => self.proper_end(),
            Step::TornEnd if self.promise_kept() => End::Proper,
            Step::TornEnd => End::Fault(self.cut_off()),
            // Tags and other appendages after the last frame.
            Step::Broken(_) if self.promise_kept() => End::Proper,
            Step::Broken(error) => End::Fault(self.broken(error)),
        };
        self.block.clear();
        self.end = Some(end);
        None
    }

    /// Takes off what the last packet has beyond the stated length: the encoder filled it up.
    fn trim_padding(&mut self) {
        if let Length { frames: Some(frames), promised: Some(promised) } = self.stream.length
            && frames == promised
        {
            let left = usize::try_from(frames.saturating_sub(self.position)).unwrap_or(usize::MAX);
            self.block.truncate(left.saturating_mul(self.channels()));
        }
    }

    fn same_format(&self) -> bool {
        self.stream.spec == Some((self.format.sample_rate_hz, self.format.channels))
    }

    fn promise_kept(&self) -> bool {
        self.stream.length.promised.is_some_and(|promised| self.position >= promised)
    }

    fn proper_end(&self) -> End {
        match self.stream.length.promised {
            Some(promised) if self.position < promised => End::Fault(self.cut_off()),
            _ => End::Proper,
        }
    }

    fn cut_off(&self) -> AudioError {
        let of = self.stream.length.promised.and(self.format.frames);
        fault::cut_off(&self.path, self.position, self.format.sample_rate_hz, of)
    }

    fn broken(&self, reason: impl std::fmt::Display) -> AudioError {
        fault::broken(&self.path, self.position, self.format.sample_rate_hz, reason)
    }

    fn take(&mut self, frames: usize) -> &[f32] {
        let channels = self.channels();
        let from = self.taken * channels;
        self.taken += frames;
        self.position += frames as u64;
        &self.block[from..from + frames * channels]
    }

    /// Decodes and throws away up to `frame`, or to the end.
    fn skip_to(&mut self, frame: u64) {
        while self.position < frame && self.end.is_none() {
            if self.left() > 0 {
                let missing = usize::try_from(frame - self.position).unwrap_or(usize::MAX);
                self.take(missing.min(self.left()));
            } else {
                self.decode();
            }
        }
    }

    /// Lands some way before `frame`, by the container's index. False when it has to be read from the start instead.
    ///
    /// On a stream opened anew: symphonia's FLAC reader (0.6.1) remembers the number of the last frame that it saw and,
    /// gone back to the very start of a frame, takes all that follow for damaged.
    fn jump_before(&mut self, frame: u64) -> Result<bool, AudioError> {
        let last = self.format.frames.map_or(frame, |frames| frames.saturating_sub(1).min(frame));
        let goal = last.saturating_sub(PREROLL_FRAMES);
        if goal == 0 {
            return Ok(false);
        }
        self.stream = CodecStream::open(&self.path)?;
        if !self.stream.seek_near(self.first_stamp.saturating_add_unsigned(goal)) {
            return Ok(false);
        }
        (self.position, self.end) = (goal, None);
        let Some(stamp) = self.decode() else { return Ok(false) };
        // A packet is stamped; where it lies is where we are, whatever was asked for.
        let Ok(position) = u64::try_from(stamp - self.first_stamp) else { return Ok(false) };
        self.position = position;
        Ok(position <= frame)
    }
}

impl SoundFile for CodecFile {
    fn format(&self) -> SoundFormat {
        self.format
    }

    fn read(&mut self, frames: usize, out: &mut Vec<f32>) -> Result<usize, AudioError> {
        let mut done = 0;
        while done < frames {
            if self.left() > 0 {
                let count = self.left().min(frames - done);
                out.extend_from_slice(self.take(count));
                done += count;
                continue;
            }
            match &self.end {
                None => drop(self.decode()),
                Some(End::Fault(error)) if done == 0 => return Err(error.clone()),
                Some(_) => break,
            }
        }
        Ok(done)
    }

    fn seek(&mut self, frame: u64) -> Result<(), AudioError> {
        let near = self.end.is_none() && (self.position..=self.position + PREROLL_FRAMES).contains(&frame);
        if !near && !self.jump_before(frame)? {
            *self = Self::open(&self.path)?;
        }
        self.skip_to(frame);
        match &self.end {
            Some(End::Fault(error)) if self.position < frame => Err(error.clone()),
            _ => Ok(()),
        }
    }
}
