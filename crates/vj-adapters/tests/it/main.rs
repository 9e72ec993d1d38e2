//! Sound files through the port, as the audio worker uses it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chunking;
mod compressed;
mod corruption;
mod refusals;
mod seeking;
mod support;
mod truncation;
mod wav_formats;
mod wav_lengths;
