//! Whole shows on the simulated machine: the shipping manager and workers, in virtual time. One phenomenon a file.
//!
//! Every deadline is in virtual time; a test of minutes takes milliseconds.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod spotify_schema;
mod support;
mod virtualdj;

mod adoption;
mod audio_device;
mod audio_faults;
mod audio_seek;
mod audio_settings;
mod audio_ticks;
mod checkers_catch;
mod crashes;
mod damaged_files;
mod end_to_end;
mod fault_plans;
mod freezes;
mod hangs;
mod instances;
mod links;
mod lyrics;
mod lyrics_cache;
mod lyrics_images;
mod lyrics_lrclib;
mod lyrics_model;
mod lyrics_orders;
mod lyrics_report;
mod lyrics_timing;
mod machine;
mod orders;
mod osc_debugger;
mod osc_debugger_asked;
mod playback;
mod program;
mod registration;
mod rehearsal;
mod rehearsed_decks;
mod report_page;
mod scenario_files;
mod scenarios;
mod show_goes_on;
mod shutdown;
