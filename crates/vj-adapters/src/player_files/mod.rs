//! The files that VirtualDJ writes, on this machine.
//!
//! - `places`: where they usually are.
//! - `folder`: which files of a folder count, and their ends.
//! - `watch`: what the system tells of changes.
//! - `files`: all of it behind the worker's port.

mod files;
mod folder;
mod places;
mod watch;

pub use files::SystemPlayerFiles;
pub use places::{Home, usual_places};
