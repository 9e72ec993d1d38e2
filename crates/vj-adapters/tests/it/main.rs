//! Sound files through the port, as the audio worker uses it.

mod chunking;
mod compressed;
mod corruption;
mod refusals;
mod seeking;
mod support;
mod truncation;
mod wav_formats;
mod wav_lengths;
