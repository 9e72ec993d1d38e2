//! Sound files, as the audio worker's port asks for them.

mod backend;
mod codec_file;
mod codec_source;
mod codec_stream;
mod fault;
mod wav_file;
mod wav_header;

pub use backend::FileBackend;
