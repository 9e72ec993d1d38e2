//! Files and audio inputs of this machine.

use std::path::Path;

use vj_workers::ports::{AudioBackend, AudioError, SoundFile};
#[cfg(feature = "live-capture")]
use vj_workers::ports::{InputInfo, SoundInput};

use crate::FileBackend;

/// Everything that the audio worker can hear on this machine.
pub struct SystemBackend {
    files: FileBackend,
}

impl SystemBackend {
    /// Opens nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self { files: FileBackend::new() }
    }
}

impl Default for SystemBackend {
    fn default() -> Self {
        Self::new()
    }
}

impl AudioBackend for SystemBackend {
    fn open_file(&self, path: &Path) -> Result<Box<dyn SoundFile>, AudioError> {
        self.files.open_file(path)
    }

    #[cfg(feature = "live-capture")]
    fn inputs(&self) -> Result<Vec<InputInfo>, AudioError> {
        crate::capture::inputs().map_err(AudioError::Retry)
    }

    #[cfg(feature = "live-capture")]
    fn open_input(&self, name: &str) -> Result<Box<dyn SoundInput>, AudioError> {
        match crate::capture::CapturedInput::open(name) {
            Ok(input) => Ok(Box::new(input)),
            Err(error) => Err(AudioError::Retry(format!("failed to open an audio input: {error}"))),
        }
    }
}
