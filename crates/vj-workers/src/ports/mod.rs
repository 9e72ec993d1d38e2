//! What the workers need from outside, named from their side. `vj-adapters` implements it over real decoders and
//! devices, the simulator over tapes.

mod playback;
mod sound;

pub use playback::{OpenPlayback, PlaybackSource, SourceError};
pub use sound::{AudioBackend, AudioError, InputInfo, SoundFile, SoundFormat, SoundInput, choose_input};
