//! Sound files, as the audio worker's port asks for them.

mod backend;
mod codec_file;
mod codec_source;
mod codec_stream;
mod fault;
mod join;
mod resampler;
mod tags;
mod wav_file;
mod wav_header;

pub use backend::FileBackend;
pub use join::{JoinError, Joined, join};
pub use resampler::Resampler;
pub use tags::Tags;
