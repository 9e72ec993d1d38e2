//! `vj cache export`: all entries, a JSON document a line.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use vj_workers::lyrics_fetcher::{CacheFile, Record, RecordKind};

use super::folder::{Folder, Found, What};
use crate::terminal::{Paint, print_line};

/// Writes them out.
pub(super) fn run(dir: &Path, to: &Path) -> Result<ExitCode> {
    let folder = Folder::look(dir)?;
    if to == Path::new("-") {
        let mut out = BufWriter::new(io::stdout().lock());
        write(dir, &folder, &mut out)?;
        out.flush()?;
        return Ok(ExitCode::SUCCESS);
    }
    let count = Target::of(to)
        .and_then(|target| target.fill(|out| write(dir, &folder, out)))
        .with_context(|| format!("failed to write {}", to.display()))?;
    let entries = if count == 1 { "entry" } else { "entries" };
    print_line(format_args!("Exported {count} {entries} to {}.", to.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a line for each entry; returns how many there are.
fn write(dir: &Path, folder: &Folder, out: &mut dyn Write) -> Result<u64> {
    let mut count = 0;
    let note = Paint::for_stderr().strong("note:");
    for found in folder.found.iter().filter(|found| found.what == What::Kept(CacheFile::Entry)) {
        match line_of(dir, found)? {
            Some(Ok(line)) => {
                writeln!(out, "{line}")?;
                count += 1;
            }
            Some(Err(why)) => eprintln!("{note} {} is left out: {why}", found.path.display()),
            None => {}
        }
    }
    Ok(count)
}

/// An entry's line, or why it has none; nothing if it is not there any more.
fn line_of(dir: &Path, found: &Found) -> Result<Option<Result<Value, String>>> {
    let read = found.record().with_context(|| format!("failed to read {}", found.path.display()))?;
    Ok(read.map(|read| {
        let (kind, record) = read.map_err(|error| error.to_string())?;
        let mut line = json!({
            "kind": kind.as_str(), "artist": record.artist, "title": record.title, "at_ms": record.at_ms,
            "key": record.key(),
        });
        match kind {
            RecordKind::Image => line["path"] = image_of(dir, &record)?.into(),
            _ => line["text"] = record.text.into(),
        }
        Ok(line)
    }))
}

fn image_of(dir: &Path, record: &Record) -> Result<String, String> {
    let path = dir.join(record.image_file().unwrap_or_default());
    if path.is_file() { Ok(path.display().to_string()) } else { Err("its image is not there".to_owned()) }
}

/// Where an export goes.
enum Target {
    /// A file, which is there whole or as it was before.
    File(PathBuf),
    /// Something that can only be written into, such as a pipe: to replace it would be wrong.
    Stream(PathBuf),
}

impl Target {
    fn of(to: &Path) -> Result<Self> {
        // A link stays one.
        let to = fs::canonicalize(to).unwrap_or_else(|_| to.to_owned());
        Ok(match fs::metadata(&to) {
            Ok(about) if about.is_dir() => anyhow::bail!("it is a folder"),
            Ok(about) if !about.is_file() => Self::Stream(to),
            _ => Self::File(to),
        })
    }

    fn fill(&self, write: impl FnOnce(&mut dyn Write) -> Result<u64>) -> Result<u64> {
        let path = match self {
            Self::Stream(path) => {
                let mut out = BufWriter::new(File::options().write(true).open(path)?);
                let count = write(&mut out)?;
                out.flush()?;
                return Ok(count);
            }
            Self::File(path) => path,
        };
        let mut beside = path.clone().into_os_string();
        beside.push(format!(".tmp-{}", std::process::id()));
        let mut out = BufWriter::new(File::create_new(&beside)?);
        let written = (|| {
            let count = write(&mut out)?;
            out.into_inner()?.sync_all()?;
            fs::rename(&beside, path)?;
            Ok(count)
        })();
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written
    }
}
