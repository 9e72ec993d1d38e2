//! Small files that survive a crash.

use std::fmt::Display;
use std::io;

use crate::LocalBoxFuture;

/// A process's part of the state directory: small files under short relative names such as `overrides/audio_analyzer.json`.
pub trait Store {
    /// The whole file, or none.
    ///
    /// # Errors
    /// What the system said, with the path.
    fn read<'a>(&'a self, file: &'a str) -> LocalBoxFuture<'a, io::Result<Option<Vec<u8>>>>;

    /// The same, but a file of more bytes than this is an error of the kind `FileTooLarge`, and costs no memory.
    ///
    /// # Errors
    /// What the system said, with the path; or that it is too long.
    fn read_at_most<'a>(
        &'a self,
        file: &'a str,
        bytes_max: usize,
    ) -> LocalBoxFuture<'a, io::Result<Option<Vec<u8>>>> {
        // Of what is in memory anyway nothing is saved.
        Box::pin(async move {
            let found = self.read(file).await?;
            if found.as_ref().is_some_and(|bytes| bytes.len() > bytes_max) {
                return Err(too_long(file, bytes_max));
            }
            Ok(found)
        })
    }

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

    /// Gives the file another name, in place of whatever had it.
    ///
    /// # Errors
    /// What the system said, with the path.
    fn rename<'a>(&'a self, file: &'a str, to: &'a str) -> LocalBoxFuture<'a, io::Result<()>> {
        Box::pin(async move {
            if let Some(bytes) = self.read(file).await? {
                self.replace(to, &bytes).await?;
            }
            self.remove(file).await
        })
    }
}

/// What [`Store::read_at_most`] says of a file that is too long.
pub(crate) fn too_long(file: impl Display, bytes_max: usize) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, format!("{file}: longer than {bytes_max} bytes"))
}
