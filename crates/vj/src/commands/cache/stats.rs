//! `vj cache stats`: what is kept, counted.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use vj_env::WallMillis;
use vj_env::real::stamp;
use vj_workers::lyrics_fetcher::{CacheFile, RecordKind};

use super::folder::{Folder, What};
use crate::columns::{bytes, columns};
use crate::terminal::{Paint, print_line};

const HEADINGS: [&str; 5] = ["KIND", "ENTRIES", "SIZE", "OLDEST", "NEWEST"];

/// Files of one kind.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    count: u64,
    bytes: u64,
    /// The dates of the oldest and the newest entry.
    span_ms: Option<(u64, u64)>,
}

impl Tally {
    fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
    }

    fn add_dated(&mut self, bytes: u64, at_ms: u64) {
        self.add(bytes);
        let (oldest, newest) = self.span_ms.unwrap_or((at_ms, at_ms));
        self.span_ms = Some((oldest.min(at_ms), newest.max(at_ms)));
    }
}

/// All of them.
#[derive(Debug, Default)]
struct Stats {
    /// As [`RecordKind::ALL`].
    kinds: [Tally; 4],
    /// What looks like entries and is none: damaged, or of another version.
    unusable: Tally,
    set_aside: Tally,
    unfinished: Tally,
    foreign: usize,
}

/// Prints how much there is.
pub(super) fn run(dir: &Path, as_json: bool) -> Result<ExitCode> {
    let stats = count(&Folder::look(dir)?)?;
    if as_json {
        print_line(document(dir, &stats))?;
    } else {
        io::stdout().lock().write_all(page(dir, &stats, Paint::for_stdout()).as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn count(folder: &Folder) -> Result<Stats> {
    let mut stats = Stats { foreign: folder.foreign.len(), ..Stats::default() };
    for found in &folder.found {
        match found.what {
            What::Kept(CacheFile::Entry) => {
                let read =
                    found.record().with_context(|| format!("failed to read {}", found.path.display()))?;
                match read {
                    Some(Ok((kind, record))) => stats.of(kind).add_dated(found.bytes, record.at_ms),
                    Some(Err(_)) => stats.unusable.add(found.bytes),
                    None => {}
                }
            }
            // It is no entry of its own: another file names it.
            What::Kept(CacheFile::Image) => stats.of(RecordKind::Image).bytes += found.bytes,
            What::Kept(CacheFile::SetAside) => stats.set_aside.add(found.bytes),
            What::Unfinished { .. } => stats.unfinished.add(found.bytes),
        }
    }
    Ok(stats)
}

impl Stats {
    fn of(&mut self, kind: RecordKind) -> &mut Tally {
        let at = RecordKind::ALL.iter().position(|it| *it == kind);
        &mut self.kinds[at.expect("each kind is among all of them")]
    }

    fn bytes(&self) -> u64 {
        let others = [self.unusable, self.set_aside, self.unfinished];
        self.kinds.iter().chain(&others).map(|tally| tally.bytes).sum()
    }
}

fn document(dir: &Path, stats: &Stats) -> Value {
    let dated = |tally: &Tally| {
        let (oldest, newest) = tally.span_ms.unzip();
        json!({"entries": tally.count, "bytes": tally.bytes, "oldest_ms": oldest, "newest_ms": newest})
    };
    let bare = |tally: &Tally| json!({"files": tally.count, "bytes": tally.bytes});
    let kinds: serde_json::Map<_, _> = RecordKind::ALL
        .iter()
        .zip(&stats.kinds)
        .map(|(kind, tally)| (kind.as_str().to_owned(), dated(tally)))
        .collect();
    json!({
        "cache_dir": dir.display().to_string(), "bytes": stats.bytes(), "kinds": kinds,
        "unusable": bare(&stats.unusable), "set_aside": bare(&stats.set_aside), "unfinished": bare(&stats.unfinished),
        "foreign": stats.foreign,
    })
}

fn page(dir: &Path, stats: &Stats, paint: Paint) -> String {
    let names = ["lyrics", "not found", "analysis", "images"];
    let date = |at_ms: Option<u64>| at_ms.map_or_else(|| "-".to_owned(), |at_ms| stamp(WallMillis(at_ms)));
    let row = |name: &str, tally: &Tally| {
        let (oldest, newest) = tally.span_ms.unzip();
        vec![name.to_owned(), tally.count.to_string(), bytes(tally.bytes), date(oldest), date(newest)]
    };
    let rows: Vec<_> = names.iter().zip(&stats.kinds).map(|(name, tally)| row(name, tally)).collect();
    let mut page = format!("{}, {}\n", dir.display(), bytes(stats.bytes()));
    page += &columns(&HEADINGS, &rows, paint);
    for (name, tally, what) in [
        ("of no use", stats.unusable, "damaged, or of another version"),
        ("set aside", stats.set_aside, "damaged entries (.damaged)"),
        ("unfinished", stats.unfinished, "being written, or left over by a crash"),
    ] {
        if tally.count > 0 {
            page += &format!("{name}: {} in {}, {what}\n", bytes(tally.bytes), files(tally.count));
        }
    }
    if stats.foreign > 0 {
        page += &format!("foreign: {}, not of the cache's making\n", files(stats.foreign as u64));
    }
    page
}

fn files(count: u64) -> String {
    format!("{count} {}", if count == 1 { "file" } else { "files" })
}
