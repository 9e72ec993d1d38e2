//! `vj cache clear`: entries taken away. A show that reads one meanwhile has it, or looks its song up anew.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use vj_workers::lyrics_fetcher::{CacheFile, RecordKind};

use super::folder::{Folder, Found, What};
use crate::columns::bytes;
use crate::terminal::{Paint, print_line};

/// What was taken away.
#[derive(Debug, Default)]
struct Cleared {
    files: u64,
    bytes: u64,
    failures: u64,
}

/// Takes away what is asked for; nothing else than files that the cache made.
pub(super) fn run(dir: &Path, only: Option<RecordKind>) -> Result<ExitCode> {
    let folder = Folder::look(dir)?;
    let paint = Paint::for_stderr();
    let mut cleared = Cleared::default();
    for found in &folder.found {
        match is_wanted(found, only).and_then(|wanted| if wanted { remove(found) } else { Ok(false) }) {
            Ok(true) => {
                cleared.files += 1;
                cleared.bytes += found.bytes;
            }
            Ok(false) => {}
            Err(error) => {
                cleared.failures += 1;
                let path = found.path.display();
                eprintln!("{} failed to remove {path}: {error}", paint.alarm("error:"));
            }
        }
    }
    folder.name_foreign(&paint.strong("note:"));
    let files = if cleared.files == 1 { "file" } else { "files" };
    print_line(format_args!(
        "Removed {} {files} ({}) from {}.",
        cleared.files,
        bytes(cleared.bytes),
        dir.display()
    ))?;
    Ok(if cleared.failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether a file goes. What is still being written stays in any case.
fn is_wanted(found: &Found, only: Option<RecordKind>) -> std::io::Result<bool> {
    let Some(only) = only else {
        return Ok(!matches!(found.what, What::Unfinished { is_abandoned: false }));
    };
    Ok(match found.what {
        What::Kept(CacheFile::Image) => only == RecordKind::Image,
        // Lyrics, and that there are none, lie in one place.
        What::Kept(CacheFile::Entry) => {
            found.record()?.is_some_and(|read| read.is_ok_and(|(kind, _)| kind == only))
        }
        What::Kept(CacheFile::SetAside) | What::Unfinished { .. } => false,
    })
}

/// Whether it was there to be removed.
fn remove(found: &Found) -> std::io::Result<bool> {
    match fs::remove_file(&found.path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
