//! The commands, one file each: its arguments and `run`, which returns the exit code or why it failed.

pub(crate) mod analyze;
pub(crate) mod cache;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod console;
pub(crate) mod devices;
pub(crate) mod doctor;
mod doctor_lyrics;
mod doctor_spotify;
pub(crate) mod down;
pub(crate) mod logs;
pub(crate) mod orders;
pub(crate) mod osc;
pub(crate) mod record;
pub(crate) mod rehearse;
mod rehearse_aims;
mod rehearse_hands;
mod rehearse_live;
pub(crate) mod set;
mod set_check;
mod set_facts;
mod set_new;
pub(crate) mod spotify;
pub(crate) mod status;
pub(crate) mod up;
pub(crate) mod worker;
