//! What the system tells of changes: folders are watched, never files, since a file that is replaced is another one.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use notify::event::{EventKind, ModifyKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

/// Folders that are watched.
pub(super) struct Watch {
    /// None where the system has no such thing, or no more of it: looking now and then must do.
    watcher: Option<RecommendedWatcher>,
    /// With what makes a folder another one of the same name.
    folders: BTreeMap<PathBuf, (u64, u64)>,
}

impl Watch {
    /// Watches nothing yet; `changed` is told of changes, from a thread of the system's.
    pub(super) fn new(changed: Arc<Notify>) -> Self {
        let tell = move |event: notify::Result<Event>| {
            // An error means that something may have been missed.
            if event.as_ref().map_or(true, |event| is_change(event.kind)) {
                changed.notify_one();
            }
        };
        Self { watcher: notify::recommended_watcher(tell).ok(), folders: BTreeMap::new() }
    }

    /// Watches these folders, those of them that are there.
    pub(super) fn set<'a>(&mut self, folders: impl Iterator<Item = &'a Path>) {
        let Some(watcher) = &mut self.watcher else { return };
        let there: BTreeMap<PathBuf, (u64, u64)> = folders
            .filter_map(|folder| {
                let metadata = fs::metadata(folder).ok().filter(fs::Metadata::is_dir)?;
                Some((folder.to_owned(), (metadata.dev(), metadata.ino())))
            })
            .collect();
        if there == self.folders {
            return;
        }
        for gone in self.folders.iter().filter(|(path, id)| there.get(*path) != Some(id)) {
            // One that was removed is not watched any more.
            let _ = watcher.unwatch(gone.0);
        }
        let mut watched = BTreeMap::new();
        for (path, id) in there {
            let is_watched = self.folders.get(&path) == Some(&id);
            if is_watched || watcher.watch(&path, RecursiveMode::NonRecursive).is_ok() {
                watched.insert(path, id);
            }
        }
        self.folders = watched;
    }
}

/// Reading a file is no change of it, or each look would call for the next.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Create(_) | EventKind::Remove(_) => true,
        EventKind::Modify(what) => !matches!(what, ModifyKind::Metadata(_)),
        EventKind::Any | EventKind::Other => true,
        EventKind::Access(_) => false,
    }
}
