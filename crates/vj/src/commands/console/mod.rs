//! `vj console`: the terminal console.
//!
//! - `command`: takes the terminal, runs the console, gives it back.
//! - `host`: what the console asks of this program: start the show, list inputs and sets, rehearse.
//! - `sets`: the sets that there are.

mod command;
mod host;
mod recordings;
mod sets;

pub(crate) use command::{ConsoleArgs, run};
