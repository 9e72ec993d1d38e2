//! The disk of the simulated machine: it outlives every process.

use std::io;
use std::rc::{Rc, Weak};
use std::time::Duration;

use vj_env::{Gate, LocalBoxFuture, Store};

use super::handle::World;
use super::machine::Machine;
use crate::history::What;

impl World {
    /// From now on nothing more can be written to disk, or it can again.
    pub fn set_disk_full(&self, full: bool) {
        let (kind, target, detail) = ("disk_full".to_owned(), "disk".to_owned(), String::new());
        self.note(if full { What::Fault { kind, target, detail } } else { What::Mended { kind, target } });
        self.machine.disk_full.set(full);
    }

    /// From now on each file takes so long to be read or written.
    pub fn set_disk_slow(&self, takes: Duration) {
        let (kind, target) = ("disk_slow".to_owned(), "disk".to_owned());
        self.note(if takes > Duration::ZERO {
            What::Fault { kind, target, detail: format!("{} s a file", takes.as_secs_f64()) }
        } else {
            What::Mended { kind, target }
        });
        self.machine.disk_takes.set(takes);
    }

    /// A file of the state directory, as a process would find it.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<Vec<u8>> {
        self.machine.disk.borrow().get(name).cloned()
    }

    /// The files in a folder of the state directory, by their names below it.
    #[must_use]
    pub fn files_below(&self, folder: &str) -> Vec<(String, Vec<u8>)> {
        let disk = self.machine.disk.borrow();
        let below = disk.iter().filter_map(|(name, bytes)| {
            let name = name.strip_prefix(folder)?.strip_prefix('/')?;
            Some((name.to_owned(), bytes.clone()))
        });
        below.collect()
    }

    /// Puts a file into the state directory, as an earlier night or somebody's editor left it.
    pub fn put_file(&self, name: &str, bytes: &[u8]) {
        self.machine.disk.borrow_mut().insert(name.to_owned(), bytes.to_vec());
    }
}

/// The disk as one process sees it.
pub(super) struct SimStore {
    pub(super) machine: Weak<Machine>,
    pub(super) gate: Rc<Gate>,
}

impl SimStore {
    fn machine(&self) -> io::Result<Rc<Machine>> {
        let gone = || io::Error::other("the process is gone");
        if self.gate.is_killed() { Err(gone()) } else { self.machine.upgrade().ok_or_else(gone) }
    }
}

impl SimStore {
    /// What the disk takes for a file: nothing, unless it is slow. Whoever dies meanwhile has done nothing.
    async fn takes_its_time(&self) -> io::Result<()> {
        let machine = self.machine()?;
        let takes = machine.disk_takes.get();
        if takes > Duration::ZERO {
            machine.clock.sleep(takes).await;
        }
        Ok(())
    }
}

impl Store for SimStore {
    fn read<'a>(&'a self, file: &'a str) -> LocalBoxFuture<'a, io::Result<Option<Vec<u8>>>> {
        Box::pin(async move {
            self.takes_its_time().await?;
            Ok(self.machine()?.disk.borrow().get(file).cloned())
        })
    }

    fn replace<'a>(&'a self, file: &'a str, bytes: &'a [u8]) -> LocalBoxFuture<'a, io::Result<()>> {
        Box::pin(async move {
            self.takes_its_time().await?;
            let machine = self.machine()?;
            if machine.disk_full.get() {
                return Err(io::ErrorKind::StorageFull.into());
            }
            machine.disk.borrow_mut().insert(file.to_owned(), bytes.to_vec());
            Ok(())
        })
    }

    fn remove<'a>(&'a self, file: &'a str) -> LocalBoxFuture<'a, io::Result<()>> {
        Box::pin(async move {
            self.machine()?.disk.borrow_mut().remove(file);
            Ok(())
        })
    }
}
