//! The header of a WAV file: what the samples are, where they stand, and how much of what it promises is there.
//!
//! hound reads samples well but believes every header: one from a recorder that was killed, or with an odd field, would be
//! refused whole. So the chunks are walked here, with patience, and hound gets a clean header that says the same.
//!
//! Sources: Multimedia Programming Interface and Data Specifications 1.0 (RIFF); the documentation of
//! WAVEFORMATEXTENSIBLE, where valid bits are left-justified in their container; EBU Tech 3306 (RF64).

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use vj_workers::ports::{AudioError, SoundFormat};

use super::fault;
use crate::limits::{WAV_HEADER_CHUNKS, WAV_PLACEHOLDER_BYTES};

const TAG_PCM: u16 = 0x0001;
const TAG_FLOAT: u16 = 0x0003;
const TAG_A_LAW: u16 = 0x0006;
const TAG_MU_LAW: u16 = 0x0007;
const TAG_EXTENSIBLE: u16 = 0xfffe;
/// What follows the format tag in the GUID of a sub-format.
const GUID_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

/// Who reads it.
pub(super) enum Parsed {
    /// Samples that hound reads.
    Plain(WavHeader),
    /// Samples that it does not, and symphonia does.
    ForSymphonia,
}

/// Where the samples stand and what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WavHeader {
    tag: u16,
    pub(super) channels: u16,
    pub(super) sample_rate_hz: u32,
    bits_per_sample: u16,
    bytes_per_sample: u16,
    /// Byte offset of the first sample.
    pub(super) data_start: u64,
    /// Whole frames that are in the file.
    pub(super) frames: u64,
    /// Frames that the header states, if the file is shorter than that.
    pub(super) frames_stated: Option<u64>,
}

impl WavHeader {
    /// Reads the header of `file`, which begins as a WAV does.
    pub(super) fn parse(path: &Path, file: &mut File) -> Result<Parsed, AudioError> {
        let unreadable = |error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => fault::bad_header(path, "it ends before its samples begin"),
            _ => fault::unreadable(path, error),
        };
        let file_len = file.metadata().map_err(unreadable)?.len();
        let mut start = [0; 12];
        file.read_exact(&mut start).map_err(unreadable)?;
        let riff_len = u64::from(le_u32(&start, 4));
        let (mut fmt, mut long_len) = (None, None);
        for _ in 0..WAV_HEADER_CHUNKS {
            let mut chunk = [0; 8];
            file.read_exact(&mut chunk).map_err(unreadable)?;
            let len = u64::from(le_u32(&chunk, 4));
            match &chunk[..4] {
                b"fmt " => fmt = Some(read_chunk(file, len, 40).map_err(unreadable)?),
                b"ds64" => long_len = le_u64(&read_chunk(file, len, 28).map_err(unreadable)?, 8),
                b"data" => {
                    let fmt =
                        fmt.ok_or_else(|| fault::bad_header(path, "its samples come before their format"))?;
                    let stated = if len == u64::from(u32::MAX) { long_len.unwrap_or(len) } else { len };
                    let data_start = file.stream_position().map_err(unreadable)?;
                    let extent = Extent::of(stated, riff_len, data_start, file_len);
                    return Self::describe(path, &fmt, data_start, extent);
                }
                _ => skip(file, len + len % 2).map_err(unreadable)?,
            }
        }
        Err(fault::bad_header(path, format!("no samples in its first {WAV_HEADER_CHUNKS} chunks")))
    }

    fn describe(path: &Path, fmt: &[u8], data_start: u64, extent: Extent) -> Result<Parsed, AudioError> {
        if fmt.len() < 16 {
            return Err(fault::bad_header(path, "its format chunk is too short"));
        }
        let (channels, sample_rate_hz) = (le_u16(fmt, 2), le_u32(fmt, 4));
        let (block_bytes, bits) = (le_u16(fmt, 12), le_u16(fmt, 14));
        fault::check_format(path, SoundFormat { sample_rate_hz, channels, frames: None })?;
        let tag = match le_u16(fmt, 0) {
            TAG_EXTENSIBLE if fmt.len() == 40 && fmt[26..] == GUID_TAIL => le_u16(fmt, 24),
            tag => tag,
        };
        let aligned = block_bytes > 0 && block_bytes % channels == 0;
        let bytes = if aligned { block_bytes / channels } else { bits.div_ceil(8) };
        let bits_per_sample = match (tag, bytes, bits) {
            // The one packing in use that is not left-justified: arecord's S24_LE.
            (TAG_PCM, 4, 24) => 24,
            (TAG_PCM, 1..=4, 1..) if bits <= 8 * bytes => 8 * bytes,
            (TAG_FLOAT, 4, 32) => 32,
            (TAG_FLOAT, 8, 64) | (TAG_A_LAW | TAG_MU_LAW, 1, 8) => return Ok(Parsed::ForSymphonia),
            _ => {
                return Err(fault::unsupported(
                    path,
                    format!("WAV format {tag:#06x} with {bits} bits a sample"),
                ));
            }
        };
        let block = u64::from(bytes) * u64::from(channels);
        Ok(Parsed::Plain(Self {
            tag,
            channels,
            sample_rate_hz,
            bits_per_sample,
            bytes_per_sample: bytes,
            data_start,
            frames: extent.bytes_there / block,
            frames_stated: extent.bytes_stated.map(|bytes| bytes / block),
        }))
    }

    /// True when the samples are floats.
    pub(super) fn is_float(&self) -> bool {
        self.tag == TAG_FLOAT
    }

    /// What the largest integer sample stands for: full scale = 1.
    pub(super) fn int_scale(&self) -> f32 {
        1.0 / (1_u64 << (self.bits_per_sample - 1)) as f32
    }

    /// Bytes in a frame.
    pub(super) fn frame_bytes(&self) -> usize {
        usize::from(self.bytes_per_sample) * usize::from(self.channels)
    }

    /// A clean header in front of `data_len` bytes of samples.
    pub(super) fn clean(&self, data_len: u32) -> [u8; 44] {
        let block = self.bytes_per_sample * self.channels;
        let mut header = [0; 44];
        let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, b"RIFF");
        put(4, &(data_len + 36).to_le_bytes());
        put(8, b"WAVEfmt ");
        put(16, &16_u32.to_le_bytes());
        put(20, &self.tag.to_le_bytes());
        put(22, &self.channels.to_le_bytes());
        put(24, &self.sample_rate_hz.to_le_bytes());
        put(28, &(self.sample_rate_hz * u32::from(block)).to_le_bytes());
        put(32, &block.to_le_bytes());
        put(34, &self.bits_per_sample.to_le_bytes());
        put(36, b"data");
        put(40, &data_len.to_le_bytes());
        header
    }
}

/// How many bytes of samples there are.
#[derive(Debug, PartialEq, Eq)]
struct Extent {
    bytes_there: u64,
    /// What the header states, if that is more and meant.
    bytes_stated: Option<u64>,
}

impl Extent {
    fn of(stated: u64, riff_len: u64, data_start: u64, file_len: u64) -> Self {
        let rest = file_len.saturating_sub(data_start);
        // An empty WAV that was closed properly has a RIFF length that fits the file.
        let unfinished = stated == 0 && riff_len + 8 != file_len;
        if unfinished || (stated > rest && stated >= WAV_PLACEHOLDER_BYTES) {
            return Self { bytes_there: rest, bytes_stated: None };
        }
        Self { bytes_there: stated.min(rest), bytes_stated: (stated > rest).then_some(stated) }
    }
}

/// Reads a chunk's first `keep` bytes and steps over the rest and its padding.
fn read_chunk(file: &mut File, len: u64, keep: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; len.min(keep) as usize];
    file.read_exact(&mut bytes)?;
    skip(file, len + len % 2 - bytes.len() as u64)?;
    Ok(bytes)
}

fn skip(file: &mut File, len: u64) -> io::Result<()> {
    file.seek(SeekFrom::Current(len as i64)).map(drop)
}

fn le_u16(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn le_u32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn le_u64(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::Extent;

    #[test]
    fn a_recorders_placeholder_is_no_promise() {
        for stated in [0, 0x7fff_f000, 0x8000_0000, 0xffff_ffff, 0xffff_ffff_ffff_ffff] {
            let extent = Extent::of(stated, 0, 44, 1_044);
            assert_eq!(extent, Extent { bytes_there: 1_000, bytes_stated: None }, "{stated:#x}");
        }
    }

    #[test]
    fn a_stated_length_is_meant() {
        assert_eq!(Extent::of(900, 936, 44, 1_044), Extent { bytes_there: 900, bytes_stated: None });
        assert_eq!(Extent::of(1_000, 1_036, 44, 1_044), Extent { bytes_there: 1_000, bytes_stated: None });
        assert_eq!(
            Extent::of(1_001, 1_037, 44, 1_044),
            Extent { bytes_there: 1_000, bytes_stated: Some(1_001) }
        );
    }

    #[test]
    fn an_empty_recording_that_was_closed_is_empty() {
        assert_eq!(Extent::of(0, 62, 44, 70), Extent { bytes_there: 0, bytes_stated: None });
    }
}
