//! Opening a file: what it is, by its content.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use vj_workers::ports::{AudioBackend, AudioError, SoundFile};

use super::codec_file::CodecFile;
use super::fault;
use super::wav_file::WavFile;
use super::wav_header::{Parsed, WavHeader};

/// Sound files from the file system.
///
/// | kind | read by | its end |
/// |---|---|---|
/// | WAV: 8 to 32 bit integers, 32 bit floats, RF64 | hound | see below |
/// | WAV: 64 bit floats, A-law, µ-law | symphonia | the header's length |
/// | FLAC, M4A (AAC-LC) | symphonia | the length that the file states; less is an error |
/// | OGG Vorbis | symphonia | the page marked as last; none is an error |
/// | MP3 | symphonia | the count in the LAME tag, without the encoder's delay and padding; without a tag, the end of the file |
/// | AAC in ADTS | symphonia | the end of the file; half a packet is an error |
///
/// A WAV that states a length and is shorter was cut off, by a full disk or a broken copy: what is there is delivered,
/// then an error. A WAV whose recorder was killed states none, as the recorder would have filled it in at the end (a data size
/// of 0 or 0xFFFFFFFF, or another placeholder): there the end of the file is the end of the sound, and no error.
///
/// Samples are handed on as they are, NaN and beyond full scale too; making them harmless is the analyser's work.
#[derive(Debug, Clone, Copy, Default)]
pub struct FileBackend;

impl FileBackend {
    /// The backend. It holds nothing.
    pub fn new() -> Self {
        Self
    }
}

impl AudioBackend for FileBackend {
    fn open_file(&self, path: &Path) -> Result<Box<dyn SoundFile>, AudioError> {
        let mut file = open_regular(path)?;
        if !is_wave(&mut file).map_err(|error| fault::unreadable(path, error))? {
            return Ok(Box::new(CodecFile::open(path)?));
        }
        match WavHeader::parse(path, &mut file)? {
            Parsed::Plain(header) => Ok(Box::new(WavFile::new(path, file, header)?)),
            Parsed::ForSymphonia => Ok(Box::new(CodecFile::open(path)?)),
        }
    }
}

/// Opens what is a file; asks first, since opening a pipe would wait for its writer.
fn open_regular(path: &Path) -> Result<File, AudioError> {
    let refused = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => fault::missing(path),
        _ => fault::unreadable(path, error),
    };
    let kind = path.metadata().map_err(refused)?.file_type();
    if kind.is_dir() {
        return Err(fault::not_a_file(path, "a directory"));
    }
    if !kind.is_file() {
        return Err(fault::not_a_file(path, "a device, pipe or socket"));
    }
    File::open(path).map_err(refused)
}

fn is_wave(file: &mut File) -> std::io::Result<bool> {
    let mut start = Vec::with_capacity(12);
    file.by_ref().take(12).read_to_end(&mut start)?;
    file.seek(SeekFrom::Start(0))?;
    let form = |at: usize, len: usize| start.get(at..at + len);
    let riff = matches!(form(0, 4), Some(b"RIFF" | b"RF64" | b"BW64"));
    Ok(riff && form(8, 4) == Some(b"WAVE"))
}
