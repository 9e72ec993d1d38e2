//! Small files in the state directory, replaced whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::unfinished::{beside, is_abandoned};
use crate::store::too_long;
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

    /// [`Store::read_at_most`] for those who have no time to wait in.
    ///
    /// # Errors
    /// What the system said, with the path; or that it is too long, or no file.
    pub fn read_at_most_now(&self, file: &str, bytes_max: usize) -> io::Result<Option<Vec<u8>>> {
        let path = self.dir.join(file);
        match read_at_most(&path, bytes_max) {
            Ok(Some(bytes)) => Ok(Some(bytes)),
            Ok(None) => Err(too_long(path.display(), bytes_max)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(with_path(&path, error)),
        }
    }

    /// [`Store::rename`] for those who have no time to wait in.
    ///
    /// # Errors
    /// What the system said, with the path.
    pub fn rename_now(&self, file: &str, to: &str) -> io::Result<()> {
        let path = self.dir.join(file);
        fs::rename(&path, self.dir.join(to)).map_err(|error| with_path(&path, error))
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

    /// Removes what nobody will finish in these folders, at any time: whoever writes meanwhile is not disturbed. Returns how
    /// many files that were.
    pub fn clear_abandoned(&self, folders: &[&str]) -> usize {
        let listed = folders.iter().filter_map(|folder| fs::read_dir(self.dir.join(folder)).ok());
        let paths = listed.flatten().flatten().map(|entry| entry.path());
        paths.filter(|path| is_abandoned(path) && fs::remove_file(path).is_ok()).count()
    }

    fn replace_beside(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.dir.join(file);
        let parent = path.parent().unwrap_or(&self.dir);
        make_folder(parent)?;
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

/// Makes a folder, and those above it that are missing.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let missing: Vec<_> = folder.ancestors().take_while(|it| !it.exists()).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    for above in missing.into_iter().rev().filter_map(Path::parent) {
        // Else a power cut may take the folder, and what is in it, away. Where it may not be opened, that is a risk to take:
        // the file matters now.
        let _ = File::open(above).and_then(|above| above.sync_all());
    }
    Ok(())
}

/// None: it is longer. What is no file is not opened: a pipe would be waited for.
fn read_at_most(path: &Path, bytes_max: usize) -> io::Result<Option<Vec<u8>>> {
    let about = fs::metadata(path)?;
    if !about.is_file() {
        return Err(io::Error::other("not a file"));
    }
    if about.len() > bytes_max as u64 {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    // It may grow while it is read.
    File::open(path)?.take(bytes_max as u64 + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() <= bytes_max).then_some(bytes))
}

fn with_path(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

impl Store for FileStore {
    fn read<'a>(&'a self, file: &'a str) -> LocalBoxFuture<'a, io::Result<Option<Vec<u8>>>> {
        Box::pin(async move { self.read_now(file) })
    }

    fn read_at_most<'a>(
        &'a self,
        file: &'a str,
        bytes_max: usize,
    ) -> LocalBoxFuture<'a, io::Result<Option<Vec<u8>>>> {
        Box::pin(async move { self.read_at_most_now(file, bytes_max) })
    }

    fn rename<'a>(&'a self, file: &'a str, to: &'a str) -> LocalBoxFuture<'a, io::Result<()>> {
        Box::pin(async move { self.rename_now(file, to) })
    }

    fn replace<'a>(&'a self, file: &'a str, bytes: &'a [u8]) -> LocalBoxFuture<'a, io::Result<()>> {
        Box::pin(async move { self.replace_now(file, bytes) })
    }

    fn remove<'a>(&'a self, file: &'a str) -> LocalBoxFuture<'a, io::Result<()>> {
        Box::pin(async move { self.remove_now(file) })
    }
}
