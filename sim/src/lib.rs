//! The simulator: the shipping workers and manager on a machine made of memory, under a clock that jumps.
//!
//! - [`world`] is that machine; [`driver`] runs it; the same seed gives the same bytes. [`stage`] says which processes
//!   there are, [`faults`] what breaks.
//! - [`real`] plays the same shows with real processes; a script sees only the [`ground`] that both have in common.
//! - [`console`] is one that looks on, without a terminal or in a real one ([`pty`]).
//! - [`picture`] makes a picture of a terminal.
//! - [`history`] and [`osc_log`] are what a run leaves behind; [`checkers`] judge by these alone.
//!   [`compare`] says what differs between two OSC logs.
//! - [`spotify`] and [`services`] are fakes of what workers ask, behind their ports and (over [`http`]) on ports of this machine.
//!   [`deck_stand_in`] is one of VirtualDJ's decks, with the [`deck_tape`] of what they tell.
//! - [`recorder`] makes a set of a live show.
//! - [`transport`] pauses, slows and moves a rehearsal over real processes.
//! - [`shrink`] makes the plan of a failed run small, [`timeline`] draws its last moments, and a [`regression`] is a run that once failed.
//! - [`scenarios`] are what must hold, one phenomenon each, in Rust or as a [`scenario_file`] that names its [`properties`];
//!   [`rehearsal`] plays a user's set, [`report`] shows it, and [`junit`] tells CI.

pub mod cache_disk;
pub mod checkers;
pub mod compare;
pub mod console;
pub mod curtain;
pub mod deck_message;
pub mod deck_network;
mod deck_newest;
mod deck_sockets;
pub mod deck_stand_in;
pub mod deck_tape;
pub mod driver;
pub mod evening;
pub mod faults;
pub mod ground;
pub mod history;
pub mod http;
mod jsonl;
pub mod junit;
pub mod no_network;
pub mod no_player;
pub mod no_web;
pub mod osc_log;
pub mod picture;
pub mod playback_tape;
pub mod player_files;
pub mod player_tape;
pub mod properties;
pub mod pty;
pub mod real;
pub mod recorder;
pub mod regression;
pub mod rehearsal;
pub mod report;
pub mod scenario_file;
pub mod scenarios;
pub mod services;
pub mod set;
pub mod shrink;
pub mod songbook;
pub mod sound_cards;
pub mod spotify;
pub mod stage;
pub mod tape;
pub mod test_worker;
pub mod timeline;
pub mod transport;
mod wav_tape;
pub mod world;
