//! Sound files, live sound, players and the network through the ports, as the workers use them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../sound_server/mod.rs"]
#[cfg(all(target_os = "linux", feature = "live-capture"))]
mod sound_server;

mod cache_dir;
mod capture;
mod chunking;
mod compressed;
mod corruption;
mod network;
mod refusals;
mod seeking;
mod services;
mod spotify;
mod support;
mod tags;
mod truncation;
mod wav_formats;
mod wav_lengths;
mod web;
