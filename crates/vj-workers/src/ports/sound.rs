//! Sound, as the audio worker asks for it.

use std::path::Path;

/// What a sound is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoundFormat {
    /// Frames a second.
    pub sample_rate_hz: u32,
    /// Samples in a frame, 1 to 32.
    pub channels: u16,
    /// Frames in the whole file, if it says so. It may be wrong; the end is where reading ends.
    pub frames: Option<u64>,
}

/// Why there is no sound, and what the worker does about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AudioError {
    /// It cannot be played, now or later: say so, be degraded, and wait for another setting.
    #[error("{0}")]
    Fatal(String),
    /// It is not there now and may come: say so, be degraded, and try again.
    #[error("{0}")]
    Retry(String),
}

/// An open sound file, decoded as it is read.
pub trait SoundFile {
    /// What it is made of.
    fn format(&self) -> SoundFormat;

    /// Appends up to `frames` interleaved frames to `out` as floats, full scale = 1, and returns how many there were. 0 is
    /// the end, and stays the end.
    ///
    /// # Errors
    /// [`AudioError::Fatal`] when the file is broken from here on; what came before was delivered. Names the file and,
    /// in seconds, the place.
    fn read(&mut self, frames: usize, out: &mut Vec<f32>) -> Result<usize, AudioError>;

    /// Goes to `frame` (0 = the first), exactly. Beyond the end is the end.
    ///
    /// # Errors
    /// [`AudioError::Fatal`] when the file cannot be read there.
    fn seek(&mut self, frame: u64) -> Result<(), AudioError>;
}

/// Where sound comes from.
pub trait AudioBackend {
    /// Opens a sound file.
    ///
    /// # Errors
    /// [`AudioError::Retry`] when there is no such file, [`AudioError::Fatal`] when it is no sound that we can decode;
    /// names the file and says what is allowed.
    fn open_file(&self, path: &Path) -> Result<Box<dyn SoundFile>, AudioError>;
}
