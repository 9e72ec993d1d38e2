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

/// An audio input that is open. Dropping it closes it, without waiting for that.
///
/// It stays with its device: where a sound system would go on with another one, it fails.
pub trait SoundInput {
    /// The device's name, by which it can be opened again.
    fn device(&self) -> &str;

    /// What its sound is made of; `frames` is `None`.
    fn format(&self) -> SoundFormat;

    /// Ready when samples wait, or when the input has failed. Cancel-safe.
    fn changed(&mut self) -> LocalBoxFuture<'_, ()>;

    /// Appends the interleaved samples that wait, as floats with full scale = 1, and says when the oldest of them came;
    /// `None` if none did.
    ///
    /// # Errors
    /// [`AudioError::Retry`] with the reason once the input has failed.
    fn read(&mut self, out: &mut Vec<f32>) -> Result<Option<At>, AudioError>;

    /// Samples that were lost since they were not fetched in time.
    fn overruns(&self) -> u64;
}

/// An audio input of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputInfo {
    /// Its name, by which it is chosen.
    pub name: String,
    /// What the sound system calls it, where that is another name; it can be chosen by this too.
    pub id: String,
    /// It hears what the machine plays: a monitor, or a loopback driver.
    pub is_loopback: bool,
    /// The one that is taken where none is named.
    pub is_preferred: bool,
    /// What its sound is made of.
    pub format: SoundFormat,
}

/// Which of these inputs `wanted` means: a name, an id, or the part of a name that only one has. Empty means the preferred
/// one. `None` if none is meant, or if it cannot be told which: it is never guessed.
#[must_use]
pub fn choose_input<'a>(
    inputs: impl IntoIterator<Item = (&'a str, &'a str)>,
    preferred: Option<usize>,
    wanted: &str,
) -> Option<usize> {
    if wanted.is_empty() {
        return preferred;
    }
    let inputs: Vec<_> = inputs.into_iter().collect();
    let lower = wanted.to_lowercase();
    let part = || {
        let mut with = (0..inputs.len()).filter(|at| inputs[*at].0.to_lowercase().contains(&lower));
        with.next().filter(|_| with.next().is_none())
    };
    let by_name = inputs.iter().position(|(name, _)| *name == wanted);
    by_name.or_else(|| inputs.iter().position(|(_, id)| *id == wanted)).or_else(part)
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

    /// Opens an input by name; with an empty name the preferred one. May take as long as the sound system likes: whoever
    /// drops the future wants it no more, and whatever opens later is closed again.
    ///
    /// The future's error is [`AudioError::Retry`] while the device may still come, [`AudioError::Fatal`] when this build
    /// has no live capture.
    fn open_input(&self, name: &str) -> LocalBoxFuture<'static, Result<Box<dyn SoundInput>, AudioError>> {
        let _ = name;
        Box::pin(async { Err(AudioError::Fatal(NO_CAPTURE.to_owned())) })
    }

    /// Opens a sound file.
    ///
    /// # Errors
    /// [`AudioError::Retry`] when there is no such file, [`AudioError::Fatal`] when it is no sound that we can decode;
    /// names the file and says what is allowed.
    fn open_file(&self, path: &Path) -> Result<Box<dyn SoundFile>, AudioError>;
}
