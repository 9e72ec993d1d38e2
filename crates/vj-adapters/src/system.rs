//! Files and audio inputs of this machine.

use std::path::{Path, PathBuf};

use vj_workers::ports::{AudioBackend, AudioError, SoundFile};
#[cfg(feature = "live-capture")]
use {
    vj_env::LocalBoxFuture,
    vj_workers::ports::{InputInfo, SoundInput},
};

use crate::FileBackend;

/// Everything that the audio worker can hear on this machine.
#[derive(Default)]
pub struct SystemBackend {
    files: FileBackend,
    #[cfg_attr(
        not(feature = "live-capture"),
        allow(dead_code, reason = "without live capture nobody asks it")
    )]
    server: Option<PathBuf>,
}

impl SystemBackend {
    /// Opens nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with the PulseAudio server whose socket is at `path` instead of the one that the environment names.
    #[must_use]
    pub fn on_server(path: &Path) -> Self {
        Self { server: Some(path.to_owned()), ..Self::default() }
    }
}

impl AudioBackend for SystemBackend {
    fn open_file(&self, path: &Path) -> Result<Box<dyn SoundFile>, AudioError> {
        if path.is_relative() {
            // Nobody knows from which folder it was meant: not from that of a process in the background.
            let path = path.display();
            return Err(AudioError::Fatal(format!(
                "file:{path} is a relative path (allowed: one that begins with /)"
            )));
        }
        self.files.open_file(path)
    }

    #[cfg(feature = "live-capture")]
    fn inputs(&self) -> Result<Vec<InputInfo>, AudioError> {
        crate::capture::inputs(self.server.as_deref()).map_err(AudioError::Retry)
    }

    #[cfg(feature = "live-capture")]
    fn open_input(&self, name: &str) -> LocalBoxFuture<'static, Result<Box<dyn SoundInput>, AudioError>> {
        Box::pin(crate::capture::open(self.server.clone(), name.to_owned()))
    }
}
