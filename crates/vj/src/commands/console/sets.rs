//! The sets that there are: folders with a `set.toml`, in the places where they are looked for and one folder below.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use vj_console::SetEntry;
use vj_sim::set::Set;

/// Entries of a folder that are looked at: one with a million must not hold up anybody.
const ENTRIES_MAX: usize = 2_000;

/// All sets below these folders, each once.
pub(super) fn find(folders: &[PathBuf]) -> Vec<SetEntry> {
    self::folders(folders).map(|path| entry(&path)).collect()
}

/// The folders of all sets below these folders, each once.
pub(super) fn folders(folders: &[PathBuf]) -> impl Iterator<Item = PathBuf> {
    let mut seen = BTreeSet::new();
    let below = folders.iter().flat_map(|folder| {
        let inside = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut inside: Vec<_> = inside.take(ENTRIES_MAX).filter(|path| path.is_dir()).collect();
        inside.sort();
        std::iter::once(folder.clone()).chain(inside)
    });
    let sets = below.filter(|path| path.join("set.toml").is_file());
    sets.filter(move |path| seen.insert(fs::canonicalize(path).ok()))
}

fn entry(path: &Path) -> SetEntry {
    let shown = path.display().to_string();
    match Set::open(path) {
        Ok(set) => {
            let faults = match set.faults.len() {
                0 => "nothing breaks".to_owned(),
                1 => "one fault".to_owned(),
                n => format!("{n} faults"),
            };
            SetEntry { path: shown, title: set.title.clone(), about: faults }
        }
        Err(error) => {
            let name =
                path.file_name().map_or_else(|| shown.clone(), |name| name.to_string_lossy().into_owned());
            SetEntry { path: shown, title: name, about: format!("cannot be rehearsed: {error}") }
        }
    }
}
