//! The bytes of a compressed file, as symphonia reads them.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use symphonia::core::io::MediaSource;

/// A file that claims to be as long as its contents say.
///
/// symphonia's MP4 reader (0.6.1) steps over an atom that ends beyond the file: of an M4A that lacks its last byte it would
/// play nothing. If the file's end is where the last atom ends, it plays what is there, and what is missing is a read beyond the
/// end, as in every other container.
pub(super) struct CodecSource {
    file: File,
    /// What is there; where symphonia looks for tags at the end.
    file_len: u64,
    /// Where a seek to the end goes.
    stated_len: u64,
}

impl CodecSource {
    pub(super) fn new(mut file: File) -> io::Result<Self> {
        let file_len = file.metadata()?.len();
        let stated_len = stated_len(&mut file, file_len)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Self { file, file_len, stated_len })
    }
}

/// Where the last top-level atom of an MP4 ends, if that is beyond the end of the file; else the length of the file.
fn stated_len(file: &mut File, file_len: u64) -> io::Result<u64> {
    let mut at = 0_u64;
    while file_len.saturating_sub(at) >= 16 {
        let mut header = [0; 16];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut header)?;
        if at == 0 && &header[4..8] != b"ftyp" {
            break;
        }
        // ISO/IEC 14496-12: 32 bits of size; 1 = 64 bits after the type, 0 = to the end of the file.
        let size = match u32::from_be_bytes([header[0], header[1], header[2], header[3]]) {
            1 => header[8..].iter().fold(0, |size, byte| size << 8 | u64::from(*byte)),
            size => u64::from(size),
        };
        if size < 8 {
            break;
        }
        at = at.saturating_add(size);
    }
    Ok(at.max(file_len).min(i64::MAX as u64))
}

impl Read for CodecSource {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Seek for CodecSource {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match to {
            SeekFrom::End(offset) => {
                let beyond =
                    || io::Error::new(io::ErrorKind::InvalidInput, "a seek before the start of the file");
                self.file
                    .seek(SeekFrom::Start(self.stated_len.checked_add_signed(offset).ok_or_else(beyond)?))
            }
            to => self.file.seek(to),
        }
    }
}

impl MediaSource for CodecSource {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.file_len)
    }
}
