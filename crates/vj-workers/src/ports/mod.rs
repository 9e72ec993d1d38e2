//! What the workers need from outside, named from their side. `vj-adapters` implements it over real decoders, devices,
//! and files, the simulator over tapes.

mod decks;
mod playback;
mod player_files;
mod sound;
mod web;

pub use decks::{Datagrams, Network, StreamPart, Streams};
pub use playback::{OpenPlayback, PlaybackSource, Rest, SourceError};
pub use player_files::{FoundFile, Look, PlayerFiles};
pub use sound::{AudioBackend, AudioError, InputInfo, SoundFile, SoundFormat, SoundInput, choose_input};
pub use web::{Method, Web, WebAnswer, WebFailure, WebRequest};
