//! The state directory of the simulated machine: it outlives every process.

use std::io;
use std::rc::{Rc, Weak};

use vj_env::{Gate, LocalBoxFuture, Store};

use super::machine::Machine;

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

impl Store for SimStore {
    fn read<'a>(&'a self, file: &'a str) -> LocalBoxFuture<'a, io::Result<Option<Vec<u8>>>> {
        Box::pin(async move { Ok(self.machine()?.disk.borrow().get(file).cloned()) })
    }

    fn replace<'a>(&'a self, file: &'a str, bytes: &'a [u8]) -> LocalBoxFuture<'a, io::Result<()>> {
        Box::pin(async move {
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
