//! The pace of a rehearsal, in a file that all its processes read: one writes it, and whoever is killed need not be told again.

use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use vj_core::At;

use super::monotonic_nanos;
use crate::{Pace, Paced};

/// A line of three numbers and their sum; always of one length, so that one write replaces it.
const BYTES: usize = 84;

/// So long a pace that was read counts. Much shorter than anybody can hear, and a thousandth of a core at most.
const FRESH_NANOS: u64 = 1_000_000;

/// Reads a pace.
pub struct PaceFile {
    file: File,
    read: Cell<(u64, Pace)>,
}

/// Sets a pace.
pub struct Pacemaker {
    file: File,
    pace: Cell<Pace>,
}

impl PaceFile {
    /// Opens the file that a [`Pacemaker`] writes.
    ///
    /// # Errors
    /// What the system said, or that it is no such file.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let pace =
            read(&file).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it holds no pace"))?;
        Ok(Self { file, read: Cell::new((monotonic_nanos(), pace)) })
    }
}

impl Paced for PaceFile {
    fn pace(&self) -> Pace {
        let (read_at, known) = self.read.get();
        let now = monotonic_nanos();
        if now.saturating_sub(read_at) < FRESH_NANOS {
            return known;
        }
        // One that is just being written is read the next time.
        let pace = read(&self.file).unwrap_or(known);
        self.read.set((now, pace));
        pace
    }
}

impl Pacemaker {
    /// Makes the file, at the machine's own pace.
    ///
    /// # Errors
    /// What the system said.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
        write(&file, Pace::MACHINE)?;
        Ok(Self { file, pace: Cell::new(Pace::MACHINE) })
    }

    /// From now on so many seconds of the rehearsal pass in one of the machine; 0 = it stands still.
    ///
    /// # Errors
    /// What the system said.
    pub fn set_rate(&self, rate: f64) -> io::Result<()> {
        let pace = self.pace.get().changed(At::from_nanos(monotonic_nanos()), rate);
        write(&self.file, pace)?;
        self.pace.set(pace);
        Ok(())
    }
}

impl Paced for Pacemaker {
    fn pace(&self) -> Pace {
        self.pace.get()
    }
}

/// A millionth is finer than anybody sets.
fn micros(rate: f64) -> u64 {
    (rate * 1e6).round() as u64
}

fn write(file: &File, pace: Pace) -> io::Result<()> {
    let (machine, rehearsal, rate) = (pace.machine.as_nanos(), pace.rehearsal.as_nanos(), micros(pace.rate));
    let sum = machine.wrapping_add(rehearsal).wrapping_add(rate);
    file.write_all_at(format!("{machine:020} {rehearsal:020} {rate:020} {sum:020}\n").as_bytes(), 0)
}

fn read(file: &File) -> Option<Pace> {
    let mut bytes = [0; BYTES];
    file.read_exact_at(&mut bytes, 0).ok()?;
    let mut numbers = std::str::from_utf8(&bytes).ok()?.split_whitespace().map(str::parse::<u64>);
    let mut next = || numbers.next()?.ok();
    let (machine, rehearsal, rate, sum) = (next()?, next()?, next()?, next()?);
    let is_whole = machine.wrapping_add(rehearsal).wrapping_add(rate) == sum;
    is_whole.then(|| Pace {
        machine: At::from_nanos(machine),
        rehearsal: At::from_nanos(rehearsal),
        rate: rate as f64 / 1e6,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_read_and_what_is_no_pace_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pace");
        let maker = Pacemaker::create(&path).unwrap();
        maker.set_rate(0.25).unwrap();
        maker.set_rate(8.0).unwrap();
        let file = PaceFile::open(&path).unwrap();
        assert_eq!(file.pace(), maker.pace());
        maker.set_rate(0.0).unwrap();
        let deadline = monotonic_nanos() + 10_000_000_000;
        while file.pace() != maker.pace() {
            assert!(monotonic_nanos() < deadline, "it is never read");
        }
        std::fs::write(&path, "1 2 3 7\n").unwrap();
        assert!(PaceFile::open(&path).is_err());
        // Whoever has it open stays with what was read last.
        assert_eq!(file.pace(), maker.pace());
    }
}
