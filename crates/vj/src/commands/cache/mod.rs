//! `vj cache`: what was found out about songs, looked at, taken away, or written out. It reads files only, so it works with
//! everything dead, and asks nothing of a show that runs.
//!
//! - `folder`: what lies there, by name.
//! - `stats`, `clear`, `export`: the three things that can be done with it.

mod clear;
mod command;
mod export;
mod folder;
mod stats;

pub(crate) use command::{CacheArgs, run};
