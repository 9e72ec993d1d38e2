//! The commands, one file each: its arguments and `run`, which returns the exit code or why it failed.

pub(crate) mod analyze;
pub(crate) mod rehearse;
