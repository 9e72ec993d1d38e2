//! Sound, as the audio worker asks for it.

use std::path::Path;

use vj_core::At;
use vj_env::LocalBoxFuture;

/// What a build without live capture says.
const NO_CAPTURE: &str = "live capture is not part of this build: set source to \"file:PATH\"";

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

/// How an audio input is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputState {
    /// Nobody knows yet: devices are asked.
    Opening,
    /// Sound comes in.
    Open {
        /// The device's name.
        device: String,
        /// What its sound is made of; `frames` is `None`.
        format: SoundFormat,
        /// Counts the openings: after an outage the same device may come back with another format.
        opening: u64,
    },
    /// There is no sound now, and why, as a sentence. It is tried again for as long as somebody holds the input.
    Failed(String),
}

/// An audio input that looks after itself: it opens its device, notices when that vanishes or falls silent, and opens it
/// again when it is back. It never takes another device than the one that it first took.
pub trait SoundInput {
    /// How it is now.
    fn state(&self) -> InputState;

    /// Ready when samples wait or the state has changed. Cancel-safe.
    fn changed(&mut self) -> LocalBoxFuture<'_, ()>;

    /// Appends the interleaved samples that wait, as floats with full scale = 1, and says when the oldest of them came.
    /// They are all of the opening that [`state`](Self::state) tells of.
    fn read(&mut self, out: &mut Vec<f32>) -> Option<At>;

    /// Samples that were lost since the worker did not fetch them in time.
    fn overruns(&self) -> u64;
}

/// An audio input of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputInfo {
    /// Its name, by which it is chosen.
    pub name: String,
    /// It hears what the machine plays: a monitor, or a loopback driver.
    pub is_loopback: bool,
    /// The one that is taken where none is named.
    pub is_preferred: bool,
    /// What its sound is made of.
    pub format: SoundFormat,
}

/// Where sound comes from.
pub trait AudioBackend {
    /// The inputs of this machine that can be opened. May take seconds: not for a worker's loop.
    ///
    /// # Errors
    /// Why they cannot be listed.
    fn inputs(&self) -> Result<Vec<InputInfo>, AudioError> {
        Err(AudioError::Fatal(NO_CAPTURE.to_owned()))
    }

    /// An input by name; with an empty name the preferred one. Returns at once: the device may come later.
    ///
    /// # Errors
    /// [`AudioError::Fatal`] when this build has no live capture.
    fn open_input(&self, name: &str) -> Result<Box<dyn SoundInput>, AudioError> {
        let _ = name;
        Err(AudioError::Fatal(NO_CAPTURE.to_owned()))
    }

    /// Opens a sound file.
    ///
    /// # Errors
    /// [`AudioError::Retry`] when there is no such file, [`AudioError::Fatal`] when it is no sound that we can decode;
    /// names the file and says what is allowed.
    fn open_file(&self, path: &Path) -> Result<Box<dyn SoundFile>, AudioError>;
}
