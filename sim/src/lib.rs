//! The simulator: the shipping workers and manager on a machine made of memory, under a clock that jumps.
//!
//! - [`world`] is that machine; [`driver`] runs it; the same seed gives the same bytes. [`stage`] says which processes
//!   there are, [`faults`] what breaks by plan and [`chaos`] without one.
//! - [`real`] plays the same shows with real processes; a script sees only the [`ground`] that both have in common.
//! - [`console`] is one that looks on, without a terminal or in a real one ([`pty`]).
//! - [`picture`] makes a picture of a terminal.
//! - [`history`] and [`osc_log`] are what a run leaves behind; [`checkers`] judge by these alone.
//!   [`compare`] says what differs between two OSC logs.
//! - [`spotify`] and [`services`] are fakes of what workers ask, behind their ports and (over [`http`]) on ports of this machine.
//! - [`recorder`] makes a set of a live show.
//! - [`scenarios`] are what must hold, one phenomenon each; [`rehearsal`] plays a user's set, and [`report`] shows it, [`junit`] tells CI.

pub mod cache_disk;
pub mod chaos;
pub mod checkers;
pub mod compare;
pub mod console;
pub mod deck_network;
pub mod driver;
pub mod evening;
pub mod faults;
pub mod ground;
pub mod history;
pub mod http;
pub mod junit;
pub mod no_network;
pub mod no_player;
pub mod no_web;
pub mod osc_log;
pub mod picture;
pub mod playback_tape;
pub mod player_files;
pub mod player_tape;
pub mod pty;
pub mod real;
pub mod recorder;
pub mod rehearsal;
pub mod report;
pub mod scenarios;
pub mod services;
pub mod set;
pub mod songbook;
pub mod sound_cards;
pub mod spotify;
pub mod stage;
pub mod tape;
pub mod test_worker;
mod wav_tape;
pub mod world;
