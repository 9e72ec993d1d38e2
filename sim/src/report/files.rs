//! The folder of a report.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::html::html;
use super::meta::ReportMeta;
use super::summary::Summary;
use crate::history::{self, Entry};
use crate::osc_log::{self, OscLine};

/// A file of the report could not be written; what was there before still stands.
#[derive(Debug, Error)]
#[error("failed to write {}", path.display())]
pub struct ReportError {
    /// Which file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// Writes `report.html`, `report.json`, `osc.jsonl` and `history.jsonl` into `dir`, which is made if it is not there. Each
/// file appears whole or not at all.
///
/// # Errors
/// The first file that could not be written, by its path.
pub fn write(
    dir: &Path,
    meta: &ReportMeta,
    entries: &[Entry],
    lines: &[OscLine],
) -> Result<Summary, ReportError> {
    let summary = Summary::of(meta, entries, lines);
    fs::create_dir_all(dir).map_err(|source| ReportError { path: dir.to_owned(), source })?;
    replace(&dir.join("osc.jsonl"), |out| osc_log::write_jsonl(lines, out))?;
    replace(&dir.join("history.jsonl"), |out| history::write_jsonl(entries, out))?;
    replace(&dir.join("report.json"), |out| out.write_all(summary.to_json().as_bytes()))?;
    // The page last: whoever sees it finds what it speaks of.
    replace(&dir.join("report.html"), |out| out.write_all(html(meta, &summary, entries, lines).as_bytes()))?;
    Ok(summary)
}

fn replace(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), ReportError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".tmp");
    let beside = PathBuf::from(beside);
    let written = File::create(&beside).and_then(|file| {
        let mut out = BufWriter::new(file);
        fill(&mut out)?;
        out.flush()?;
        fs::rename(&beside, path)
    });
    written.map_err(|source| {
        // Best effort: the error that is told is the one that matters.
        let _ = fs::remove_file(&beside);
        ReportError { path: path.to_owned(), source }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::killed_once;

    #[test]
    fn four_whole_files_and_no_leftovers() {
        let dir = tempfile::tempdir().unwrap();
        let into = dir.path().join("new/report");
        let (entries, lines) = killed_once();
        for _ in 0..2 {
            write(&into, &ReportMeta::default(), &entries, &lines).unwrap();
        }
        let mut names: Vec<_> = fs::read_dir(&into)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["history.jsonl", "osc.jsonl", "report.html", "report.json"]);
        let history = File::open(into.join("history.jsonl")).unwrap();
        assert_eq!(history::read_jsonl(io::BufReader::new(history)).unwrap(), entries);
        let osc = File::open(into.join("osc.jsonl")).unwrap();
        assert_eq!(osc_log::read_jsonl(io::BufReader::new(osc)).unwrap(), lines);
    }

    #[test]
    fn an_error_names_the_path() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("report.json")).unwrap();
        let error = write(dir.path(), &ReportMeta::default(), &[], &[]).unwrap_err();
        assert!(error.to_string().starts_with("failed to write "), "{error}");
        assert_eq!(error.path, dir.path().join("report.json"));
        let file = dir.path().join("osc.jsonl");
        let error = write(&file, &ReportMeta::default(), &[], &[]).unwrap_err();
        assert_eq!(error.path, file);
    }
}
