//! The binary as a user runs it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod analyze_json;
mod analyze_text;
mod cache;
mod causality;
mod config;
mod config_document;
mod config_errors;
mod console;
mod doctor_lyrics;
mod failures;
mod help;
mod live;
mod osc_screens;
mod pcap;
mod playback;
mod real_show;
mod record;
mod refusal_screens;
mod regressions;
mod rehearse;
mod rehearse_aims;
mod rehearse_decks;
mod rehearse_hands;
mod screen;
mod sets;
mod show;
mod show_screens;
mod status_screens;
mod support;
