//! VirtualDJ's files behind the worker's port.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use vj_env::LocalBoxFuture;
use vj_workers::ports::{Look, PlayerFiles};

use super::folder;
use super::places::{Home, usual_places};
use super::watch::Watch;

/// Looks that may hang at a time, on a share that is gone: each holds a thread.
const HANGING_MAX: usize = 2;

/// The files on this machine.
pub struct SystemPlayerFiles {
    changed: Arc<Notify>,
    watch: Arc<Mutex<Watch>>,
    under_way: Arc<AtomicUsize>,
}

impl SystemPlayerFiles {
    /// Watches nothing until the first look.
    #[must_use]
    pub fn new() -> Self {
        let changed = Arc::new(Notify::new());
        let watch = Arc::new(Mutex::new(Watch::new(changed.clone())));
        Self { changed, watch, under_way: Arc::default() }
    }
}

impl Default for SystemPlayerFiles {
    fn default() -> Self {
        Self::new()
    }
}

impl PlayerFiles for SystemPlayerFiles {
    fn look(&self, file_path: &str) -> LocalBoxFuture<'static, Look> {
        let places =
            if file_path.is_empty() { usual_places(&Home::find()) } else { vec![in_home(file_path)] };
        let shown = if file_path.is_empty() { "the usual places".to_owned() } else { file_path.to_owned() };
        if self.under_way.fetch_add(1, Ordering::SeqCst) >= HANGING_MAX {
            self.under_way.fetch_sub(1, Ordering::SeqCst);
            let unreadable = vec![format!("{shown} does not answer")];
            return Box::pin(async move { Look { unreadable, places: shown, ..Look::default() } });
        }
        let (watch, under_way) = (self.watch.clone(), self.under_way.clone());
        let looked = tokio::task::spawn_blocking(move || {
            let mut found = Look { places: shown, ..Look::default() };
            // Watched before it is looked at: what changes in between is told.
            watch
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .set(places.iter().flat_map(|it| folders(it)));
            for place in &places {
                folder::look(place, &mut found);
            }
            under_way.fetch_sub(1, Ordering::SeqCst);
            found
        });
        Box::pin(async move { looked.await.unwrap_or_default() })
    }

    fn changed(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.changed.notified())
    }
}

/// A place, if it is a folder, and the one that holds it: there it appears.
fn folders(place: &Path) -> impl Iterator<Item = &Path> {
    [Some(place), place.parent()].into_iter().flatten()
}

/// `~` is the user's own folder, also where no shell has said so.
fn in_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), Home::find().home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => path.into(),
    }
}
