//! What lies in the cache's folder, by name. Links are not followed: what one leads to is not the cache's.

use std::fs::{self, DirEntry, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use vj_env::real::{is_abandoned, writer_of};
use vj_workers::lyrics_fetcher::{CacheFile, Record, RecordError, RecordKind};

use crate::terminal::harmless;

/// How many files that are not the cache's are named; a folder may be the wrong one, and full.
const NAMED_MAX: usize = 20;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// An entry, its image, or an entry that was set aside.
    Kept(CacheFile),
    /// Being written, or left over by who was at it.
    Unfinished { is_abandoned: bool },
}

/// A file that the cache made.
#[derive(Debug)]
pub(super) struct Found {
    /// Below the cache, as `lyrics/HASH.json`.
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) what: What,
    pub(super) bytes: u64,
}

/// The folder, looked at.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// By name.
    pub(super) found: Vec<Found>,
    /// What is not of the cache's making.
    pub(super) foreign: Vec<PathBuf>,
}

impl Folder {
    /// Looks. A folder that is not there is empty.
    pub(super) fn look(dir: &Path) -> Result<Self> {
        let mut folder = Self::default();
        for entry in entries(dir)? {
            let name = entry.file_name();
            let known = RecordKind::FOLDERS.into_iter().find(|known| name.to_str() == Some(known));
            match known.filter(|_| entry.file_type().is_ok_and(|it| it.is_dir())) {
                Some(known) => folder.look_into(known, &entry.path())?,
                None => folder.foreign.push(entry.path()),
            }
        }
        folder.found.sort_by(|a, b| a.name.cmp(&b.name));
        folder.foreign.sort();
        Ok(folder)
    }

    fn look_into(&mut self, folder: &str, path: &Path) -> Result<()> {
        for entry in entries(path)? {
            let path = entry.path();
            let what = what_of(folder, &path);
            let about = match entry.metadata() {
                Ok(about) => about,
                // A show that runs has taken it away since.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => {
                    return Err(error).with_context(|| format!("failed to look at {}", path.display()));
                }
            };
            let name = entry.file_name().to_str().map(|name| format!("{folder}/{name}"));
            match (what, name) {
                (Some(what), Some(name)) if about.is_file() => {
                    self.found.push(Found { name, path, what, bytes: about.len() });
                }
                _ => self.foreign.push(path),
            }
        }
        Ok(())
    }

    /// Names on standard error what is not of the cache's making.
    pub(super) fn name_foreign(&self, note: &str) {
        for path in self.foreign.iter().take(NAMED_MAX) {
            let name = harmless(&path.display().to_string());
            eprintln!("{note} {name} is not of the cache's making, and left alone");
        }
        if let Some(more @ 1..) = self.foreign.len().checked_sub(NAMED_MAX) {
            eprintln!("{note} so are {more} more");
        }
    }
}

impl Found {
    /// The entry in it, or why it is none; nothing if it is not there any more.
    pub(super) fn record(&self) -> io::Result<Option<Result<(RecordKind, Record), RecordError>>> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        // One byte more than an entry has says that it is too long.
        let mut bytes = Vec::new();
        file.take(Record::BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
        Ok(Some(Record::read_at(&self.name, &bytes)))
    }
}

fn what_of(folder: &str, path: &Path) -> Option<What> {
    let of = |path: &Path| CacheFile::of(folder, path.file_name()?.to_str()?);
    if writer_of(path).is_none() {
        return of(path).map(What::Kept);
    }
    // It would have become an entry, or an image, of the same name but for the ending.
    of(&path.with_extension("json")).map(|_| What::Unfinished { is_abandoned: is_abandoned(path) })
}

fn entries(dir: &Path) -> Result<Vec<DirEntry>> {
    let listed = match fs::read_dir(dir) {
        Ok(listed) => listed.collect::<io::Result<Vec<_>>>(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    listed.with_context(|| format!("failed to look into {}", dir.display()))
}
