//! The cache on disk. A disk may take its time; the worker's thread does not wait for it.

use std::io;
use std::path::{Path, PathBuf};

use tokio::task::JoinHandle;
use vj_env::real::FileStore;
use vj_env::{LocalBoxFuture, Store};

/// Files below the cache directory, each put there whole or not at all, by threads that may wait.
pub struct CacheDir {
    dir: PathBuf,
}

impl CacheDir {
    /// The cache in `dir`, which is made when the first file is written.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// Removes what processes that died left half-written in these folders. It has begun when this returns, and nobody needs to
    /// wait for it. How many files that were.
    pub fn clear_abandoned(&self, folders: &'static [&'static str]) -> JoinHandle<usize> {
        let dir = self.dir.clone();
        tokio::task::spawn_blocking(move || FileStore::new(&dir).clear_abandoned(folders))
    }

    /// Does something to a file where waiting is allowed. Given up by whoever asked, it is done all the same.
    fn work<T: Send + 'static>(
        &self,
        file: &str,
        work: impl FnOnce(&FileStore, &str) -> io::Result<T> + Send + 'static,
    ) -> LocalBoxFuture<'static, io::Result<T>> {
        let (dir, file) = (self.dir.clone(), file.to_owned());
        Box::pin(async move {
            if !is_inside(&file) {
                return Err(not_inside(&file));
            }
            let worked = tokio::task::spawn_blocking(move || work(&FileStore::new(&dir), &file));
            worked.await.unwrap_or_else(|error| Err(io::Error::other(error)))
        })
    }
}

/// Whether a name stays below the folder that it is meant for.
fn is_inside(file: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains('\\');
    !file.contains('\0') && file.split('/').all(part)
}

fn not_inside(file: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("'{file}' does not lie in the cache"))
}

impl Store for CacheDir {
    fn read<'a>(&'a self, file: &'a str) -> LocalBoxFuture<'a, io::Result<Option<Vec<u8>>>> {
        self.work(file, FileStore::read_now)
    }

    fn read_at_most<'a>(
        &'a self,
        file: &'a str,
        bytes_max: usize,
    ) -> LocalBoxFuture<'a, io::Result<Option<Vec<u8>>>> {
        self.work(file, move |files, file| files.read_at_most_now(file, bytes_max))
    }

    fn rename<'a>(&'a self, file: &'a str, to: &'a str) -> LocalBoxFuture<'a, io::Result<()>> {
        let to = to.to_owned();
        self.work(
            file,
            move |files, file| {
                if is_inside(&to) { files.rename_now(file, &to) } else { Err(not_inside(&to)) }
            },
        )
    }

    fn replace<'a>(&'a self, file: &'a str, bytes: &'a [u8]) -> LocalBoxFuture<'a, io::Result<()>> {
        let bytes = bytes.to_vec();
        self.work(file, move |files, file| files.replace_now(file, &bytes))
    }

    fn remove<'a>(&'a self, file: &'a str) -> LocalBoxFuture<'a, io::Result<()>> {
        self.work(file, FileStore::remove_now)
    }
}
