//! A WAV file that grows: one channel of 32-bit floats. It can be read at any moment, whatever happens to its writer.
//!
//! The sizes in its header are brought up to date once a second, behind the samples: so they never promise what is not there.
//! Beyond 4 GiB it becomes an RF64 (EBU Tech 3306), for whose sizes room is kept from the start.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

/// Bytes before the first sample.
const HEAD: usize = 80;

/// Bytes of a sample.
const SAMPLE: u64 = 4;

/// See the module.
pub struct GrowingWav {
    file: BufWriter<File>,
    rate_hz: u32,
    /// Samples that are in it.
    frames: u64,
}

impl GrowingWav {
    /// Makes an empty one.
    ///
    /// # Errors
    /// What the system said.
    pub fn create(path: &Path, rate_hz: u32) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        let mut wav = Self { file: BufWriter::with_capacity(64 * 1024, file), rate_hz, frames: 0 };
        wav.file.write_all(&head(rate_hz, 0))?;
        wav.file.flush()?;
        Ok(wav)
    }

    /// Samples a second.
    #[must_use]
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// Samples that are in it.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Bytes that it has.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        HEAD as u64 + self.frames * SAMPLE
    }

    /// Says that its samples have another rate. Only while there is none.
    pub fn set_rate(&mut self, rate_hz: u32) {
        if self.frames == 0 {
            self.rate_hz = rate_hz;
        }
    }

    /// Adds samples.
    ///
    /// # Errors
    /// What the system said.
    pub fn write(&mut self, samples: &[f32]) -> io::Result<()> {
        for sample in samples {
            self.file.write_all(&sample.to_le_bytes())?;
        }
        self.frames += samples.len() as u64;
        Ok(())
    }

    /// Adds silence. A hole in the file: an hour of it takes no time, and most disks keep it for nothing.
    ///
    /// # Errors
    /// What the system said.
    pub fn write_silence(&mut self, frames: u64) -> io::Result<()> {
        self.file.flush()?;
        self.frames += frames;
        self.file.get_ref().set_len(self.bytes())?;
        self.file.seek(SeekFrom::Start(self.bytes())).map(drop)
    }

    /// Brings what was added, and then the header, into the file.
    ///
    /// # Errors
    /// What the system said.
    pub fn settle(&mut self) -> io::Result<()> {
        self.file.flush()?;
        let file = self.file.get_mut();
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&head(self.rate_hz, self.frames))?;
        file.seek(SeekFrom::End(0)).map(drop)
    }

    /// The file, to wait for the disk.
    pub(super) fn file(&self) -> &File {
        self.file.get_ref()
    }
}

/// The header: RIFF, or RF64 where the sizes are too long for it. A chunk that nobody reads keeps its room.
fn head(rate_hz: u32, frames: u64) -> [u8; HEAD] {
    let data = frames * SAMPLE;
    let riff = HEAD as u64 - 8 + data;
    let short = u32::try_from(riff).ok().zip(u32::try_from(data).ok());
    let mut head = [0; HEAD];
    let mut put = |at: usize, bytes: &[u8]| head[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, if short.is_some() { b"RIFF" } else { b"RF64" });
    put(4, &short.map_or(u32::MAX, |(riff, _)| riff).to_le_bytes());
    put(8, b"WAVE");
    put(12, if short.is_some() { b"JUNK" } else { b"ds64" });
    put(16, &28_u32.to_le_bytes());
    if short.is_none() {
        put(20, &riff.to_le_bytes());
        put(28, &data.to_le_bytes());
        put(36, &frames.to_le_bytes());
    }
    put(48, b"fmt ");
    put(52, &16_u32.to_le_bytes());
    // Floats, one channel.
    put(56, &3_u16.to_le_bytes());
    put(58, &1_u16.to_le_bytes());
    put(60, &rate_hz.to_le_bytes());
    put(64, &(rate_hz * SAMPLE as u32).to_le_bytes());
    put(68, &(SAMPLE as u16).to_le_bytes());
    put(70, &32_u16.to_le_bytes());
    put(72, b"data");
    put(76, &short.map_or(u32::MAX, |(_, data)| data).to_le_bytes());
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path) -> (u32, Vec<f32>) {
        let mut reader = hound::WavReader::open(path).unwrap();
        (reader.spec().sample_rate, reader.samples::<f32>().map(Result::unwrap).collect())
    }

    #[test]
    fn it_can_be_read_at_any_moment_and_holds_what_was_settled_at_least() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audio.wav");
        let mut wav = GrowingWav::create(&path, 48_000).unwrap();
        assert_eq!(read(&path), (48_000, vec![]));
        wav.set_rate(22_050);
        wav.write(&[0.5, -0.25]).unwrap();
        wav.settle().unwrap();
        assert_eq!(read(&path), (22_050, vec![0.5, -0.25]));
        wav.write_silence(3).unwrap();
        wav.write(&[1.0]).unwrap();
        // Killed here: what was settled is there, and what came later is no harm.
        assert_eq!(read(&path).1, [0.5, -0.25]);
        wav.settle().unwrap();
        assert_eq!(read(&path).1, [0.5, -0.25, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), wav.bytes());
        assert!(GrowingWav::create(&path, 1).is_err(), "nothing is written over");
    }

    #[test]
    fn beyond_4_gib_it_is_an_rf64() {
        let at = |head: &[u8; HEAD], at: usize| u64::from_le_bytes(head[at..at + 8].try_into().unwrap());
        let most = (u64::from(u32::MAX) - HEAD as u64 + 8) / SAMPLE;
        assert_eq!(&head(48_000, most)[..4], b"RIFF");
        let long = head(48_000, most + 1);
        assert_eq!((&long[..4], &long[12..16]), (&b"RF64"[..], &b"ds64"[..]));
        assert_eq!((at(&long, 28), at(&long, 36)), ((most + 1) * SAMPLE, most + 1));
        assert_eq!(long[76..80], [0xff; 4]);
    }
}
