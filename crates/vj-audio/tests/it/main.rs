//! What the analyser must do, in the words of its users.
//!
//! One file a promise. The sounds are made in `signal`; nothing is read from disk.
#![allow(clippy::unwrap_used, reason = "clippy allows it in tests, but not in what tests share")]

mod beats;
mod causality;
mod chunks;
mod levels;
mod mix;
mod onsets;
mod pitch;
mod rates;
mod rest;
mod robustness;
mod signal;
mod structure;
mod switches;
mod ticks;
mod transcript;
