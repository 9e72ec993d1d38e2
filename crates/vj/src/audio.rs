//! Where the audio worker of a real show gets its sound.

use std::rc::Rc;

use vj_adapters::SystemBackend;
use vj_workers::AudioAnalyzer;

/// The audio worker.
pub(crate) fn worker() -> AudioAnalyzer {
    AudioAnalyzer::new(Rc::new(SystemBackend::new()))
}
