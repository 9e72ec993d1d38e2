//! The files that VirtualDJ writes on the simulated machine, and what may happen to them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use vj_env::{Clock, LocalBoxFuture};
use vj_workers::ports::{FoundFile, Look, PlayerFiles};

/// What a look at a disk takes.
const LOOK_TAKES: Duration = Duration::from_millis(2);

/// What somebody does to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileDeed {
    /// Writes it over in place: for a moment it is empty.
    Write(Vec<u8>),
    /// Adds to its end.
    Append(Vec<u8>),
    /// Puts a new one in its place by renaming.
    Replace(Vec<u8>),
    /// Makes it empty.
    Empty,
    /// Takes it away.
    Remove,
    /// Says that it was written, and writes nothing.
    Touch,
    /// Nobody may read it.
    Lock,
    /// Everybody may again.
    Unlock,
}

#[derive(Default)]
struct File {
    bytes: Vec<u8>,
    written_at_sec: u64,
    is_locked: bool,
}

/// A folder of such files. Cloning gives the same one.
#[derive(Clone, Default)]
pub struct PlayerDisk {
    files: Rc<RefCell<BTreeMap<String, File>>>,
    /// Who wants to be told of changes; a network share tells nobody.
    watchers: Rc<RefCell<Vec<Rc<Notify>>>>,
    is_mute: Rc<Cell<bool>>,
    is_hanging: Rc<Cell<bool>>,
}

impl PlayerDisk {
    /// Does it, at this date. Returns false where it cannot be done.
    pub fn act(&self, name: &str, deed: FileDeed, date_sec: u64) -> bool {
        let mut files = self.files.borrow_mut();
        if deed == FileDeed::Remove {
            files.remove(name);
        } else {
            let file = files.entry(name.to_owned()).or_default();
            match deed {
                FileDeed::Write(bytes) | FileDeed::Replace(bytes) => file.bytes = bytes,
                FileDeed::Append(bytes) => file.bytes.extend(bytes),
                FileDeed::Empty => file.bytes.clear(),
                FileDeed::Lock => file.is_locked = true,
                FileDeed::Unlock => file.is_locked = false,
                FileDeed::Touch | FileDeed::Remove => {}
            }
            file.written_at_sec = date_sec;
        }
        drop(files);
        if !self.is_mute.get() {
            for watcher in &*self.watchers.borrow() {
                watcher.notify_one();
            }
        }
        true
    }

    /// From now on the system tells nobody of changes, as on a network share, or it does again.
    pub fn set_mute(&self, is_mute: bool) {
        self.is_mute.set(is_mute);
    }

    /// From now on a look that begins never ends, as on a share that is gone, or it does again.
    pub fn set_hanging(&self, is_hanging: bool) {
        self.is_hanging.set(is_hanging);
    }

    /// The folder, as one process sees it.
    #[must_use]
    pub fn seen_by(&self, clock: &Clock) -> Rc<dyn PlayerFiles> {
        let changed = Rc::new(Notify::new());
        // Those of processes that are gone are forgotten.
        let mut watchers = self.watchers.borrow_mut();
        watchers.retain(|watcher| Rc::strong_count(watcher) > 1);
        watchers.push(changed.clone());
        Rc::new(Seen { disk: self.clone(), clock: clock.clone(), changed })
    }
}

struct Seen {
    disk: PlayerDisk,
    clock: Clock,
    changed: Rc<Notify>,
}

impl PlayerFiles for Seen {
    fn look(&self, _: &str) -> LocalBoxFuture<'static, Look> {
        let (disk, wait) = (self.disk.clone(), self.clock.sleep(LOOK_TAKES));
        Box::pin(async move {
            if disk.is_hanging.get() {
                std::future::pending::<()>().await;
            }
            wait.await;
            let mut look = Look { places: "the simulated folder".to_owned(), ..Look::default() };
            for (path, file) in &*disk.files.borrow() {
                if file.is_locked {
                    look.unreadable.push(format!("{path}: permission denied"));
                } else {
                    look.files.push(FoundFile {
                        path: path.clone(),
                        bytes: file.bytes.clone(),
                        written_at_sec: Some(file.written_at_sec),
                    });
                }
            }
            look
        })
    }

    fn changed(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.changed.notified())
    }
}
