//! The real driver: the same shows with real processes of `vj`, real sockets, files and datagrams, in real time.
//!
//! Nothing of what runs inside knows that it is watched. What happened is pieced together from outside, by what a user
//! could look at too: the locks and sockets on the bus, the ends of processes, the log files, the OSC that arrives. So
//! the history is of the same kind as that of the simulated machine, and the same checkers judge it.
//!
//! - [`RealMachine`] is a show in a temporary folder; `config` writes its config and its tapes, `deeds` is what a script may
//!   do with it.
//! - `console` is the console in a terminal.
//! - `eyes` watches the bus, `ears` the OSC, `log_files` what the processes said.
//! - `slow_control` is the weather on the script's own connections, `sound_server` the machine's audio inputs.
//! - `system` asks the system about processes.

mod config;
mod console;
mod deeds;
mod ears;
mod eyes;
mod log_files;
mod machine;
mod player_files;
mod slow_control;
mod sound_server;
mod system;

pub use machine::RealMachine;
