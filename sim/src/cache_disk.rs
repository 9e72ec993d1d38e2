//! The cache directory of the simulated machine: a folder of its disk, and a disk takes its time.

use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use vj_env::{Clock, Env, LocalBoxFuture, Store};
use vj_workers::lyrics_fetcher::ReadFile;

/// Its name on the disk.
pub const CACHE: &str = "cache";

/// What a small file takes to be read.
const READ_TAKES: Duration = Duration::from_millis(1);

/// What a file takes to be written, synced and renamed: a process may die meanwhile.
const WRITE_TAKES: Duration = Duration::from_millis(8);

/// The cache, as one process sees it.
#[derive(Clone)]
pub struct CacheDisk {
    disk: Rc<dyn Store>,
    clock: Clock,
}

impl CacheDisk {
    /// On the disk of this process's machine.
    #[must_use]
    pub fn of(env: &Env) -> Self {
        Self { disk: env.store.clone(), clock: env.clock.clone() }
    }

    /// Reads any file of the machine, as a user names it.
    #[must_use]
    pub fn reads_files(self) -> ReadFile {
        Rc::new(move |path: PathBuf| {
            let disk = self.disk.clone();
            Box::pin(async move {
                let found = disk.read(&path.display().to_string()).await?;
                found.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
            })
        })
    }
}

impl Store for CacheDisk {
    fn read<'a>(&'a self, file: &'a str) -> LocalBoxFuture<'a, io::Result<Option<Vec<u8>>>> {
        Box::pin(async move {
            self.clock.sleep(READ_TAKES).await;
            self.disk.read(&format!("{CACHE}/{file}")).await
        })
    }

    fn replace<'a>(&'a self, file: &'a str, bytes: &'a [u8]) -> LocalBoxFuture<'a, io::Result<()>> {
        Box::pin(async move {
            self.clock.sleep(WRITE_TAKES).await;
            self.disk.replace(&format!("{CACHE}/{file}"), bytes).await
        })
    }

    fn remove<'a>(&'a self, file: &'a str) -> LocalBoxFuture<'a, io::Result<()>> {
        Box::pin(async move { self.disk.remove(&format!("{CACHE}/{file}")).await })
    }
}
