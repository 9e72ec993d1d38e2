//! Small files that survive a crash.

use std::io;

use crate::LocalBoxFuture;

/// A process's part of the state directory: small files under short relative names such as `overrides/audio_analyzer.json`.
pub trait Store {
    /// The whole file, or none.
    ///
    /// # Errors
    /// What the system said, with the path.
    fn read<'a>(&'a self, file: &'a str) -> LocalBoxFuture<'a, io::Result<Option<Vec<u8>>>>;

    /// Puts a new file in place of the old, whole or not at all: written beside it, synced, renamed. After a crash
    /// either the old bytes are there or the new ones.
    ///
    /// # Errors
    /// What the system said, with the path; the old file then stands.
    fn replace<'a>(&'a self, file: &'a str, bytes: &'a [u8]) -> LocalBoxFuture<'a, io::Result<()>>;

    /// Takes the file away, if there is one.
    ///
    /// # Errors
    /// What the system said, with the path.
    fn remove<'a>(&'a self, file: &'a str) -> LocalBoxFuture<'a, io::Result<()>>;
}
