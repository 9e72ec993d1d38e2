//! Small files in the state directory, replaced whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::unfinished::beside;
use crate::{LocalBoxFuture, Store};

/// Counts the writes of this process.
static TURNS: AtomicU64 = AtomicU64::new(0);

/// Files below one directory, which is made when the first is written.
///
/// The calls block: the files have a few hundred bytes, and one thread does everything.
pub struct FileStore {
    dir: PathBuf,
}

impl FileStore {
    /// The store in `dir`.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// [`Store::replace`] for those who have no time to wait in: it is done when it returns.
    ///
    /// # Errors
    /// What the system said, with the path; the old file then stands.
    pub fn replace_now(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        self.replace_beside(file, bytes).map_err(|error| with_path(&self.dir.join(file), error))
    }

    /// [`Store::read`] for those who have no time to wait in.
    ///
    /// # Errors
    /// What the system said, with the path.
    pub fn read_now(&self, file: &str) -> io::Result<Option<Vec<u8>>> {
        let path = self.dir.join(file);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(with_path(&path, error)),
        }
    }

    /// [`Store::remove`] for those who have no time to wait in.
    ///
    /// # Errors
    /// What the system said, with the path.
    pub fn remove_now(&self, file: &str) -> io::Result<()> {
        let path = self.dir.join(file);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(with_path(&path, error)),
            _ => Ok(()),
        }
    }

    /// Removes what a process that died while it wrote left beside the files of this directory.
    ///
    /// Whoever starts a show, and nothing runs yet, may do this.
    pub fn sweep(&self) {
        let dirs = [self.dir.clone(), self.dir.join("overrides")];
        for entry in dirs.iter().filter_map(|dir| fs::read_dir(dir).ok()).flatten().flatten() {
            let path = entry.path();
            let is_left =
                path.extension().and_then(|it| it.to_str()).is_some_and(|it| it.starts_with("tmp-"));
            if is_left {
                let _ = fs::remove_file(path);
            }
        }
    }

    fn replace_beside(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.dir.join(file);
        let parent = path.parent().unwrap_or(&self.dir);
        DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        // Process and turn keep two apart, be they of one file, or of two that differ in their ending.
        let beside = beside(&path, TURNS.fetch_add(1, Ordering::Relaxed));
        let written = (|| {
            let mut new =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
            new.write_all(bytes)?;
            new.sync_all()?;
            fs::rename(&beside, &path)?;
            File::open(parent)?.sync_all()
        })();
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written
    }
}

fn with_path(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

impl Store for FileStore {
    fn read<'a>(&'a self, file: &'a str) -> LocalBoxFuture<'a, io::Result<Option<Vec<u8>>>> {
        Box::pin(async move { self.read_now(file) })
    }

    fn replace<'a>(&'a self, file: &'a str, bytes: &'a [u8]) -> LocalBoxFuture<'a, io::Result<()>> {
        Box::pin(async move { self.replace_now(file, bytes) })
    }

    fn remove<'a>(&'a self, file: &'a str) -> LocalBoxFuture<'a, io::Result<()>> {
        Box::pin(async move { self.remove_now(file) })
    }
}
