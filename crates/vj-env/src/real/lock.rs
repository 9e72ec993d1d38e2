//! Locks that the kernel drops when their holder dies, however it dies: `flock` on a file that holds the holder's pid.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

/// A new holder writes its pid right after it got the lock; one that reads in between tries again this often ...
const PID_TRIES: u32 = 20;
/// ... after this.
const PID_RETRY: Duration = Duration::from_millis(1);

/// A held lock. Dropping it, or dying, lets go of it; the file stays.
#[derive(Debug)]
pub struct LockFile {
    file: File,
}

/// Who holds a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// Its process, as it wrote it down itself; `None` if it has not come to that.
    pub pid: Option<u32>,
}

impl LockFile {
    /// Takes the lock, making its file if there is none, and writes this process's pid into it; or says who holds it.
    /// Does not wait.
    ///
    /// # Errors
    /// What the system said.
    pub fn try_take(path: &Path) -> io::Result<Result<Self, Holder>> {
        let file = open(path)?;
        if !try_lock(&file)? {
            return Ok(Err(Holder { pid: read_pid(&file)? }));
        }
        let mut lock = Self { file };
        lock.write(&format!("{}\n", std::process::id()))?;
        Ok(Ok(lock))
    }

    /// Takes the lock for somebody who only clears up, if it is free: the file names nobody meanwhile, since whoever looked would
    /// take this process for the one that the lock is about, and might end it.
    ///
    /// # Errors
    /// What the system said.
    pub fn try_hold_unnamed(path: &Path) -> io::Result<Option<Self>> {
        let file = open(path)?;
        if !try_lock(&file)? {
            return Ok(None);
        }
        let mut lock = Self { file };
        lock.write("")?;
        Ok(Some(lock))
    }

    /// Who holds the lock; nobody if there is no such file.
    ///
    /// This takes the lock for a moment if it is free, and a starter that comes in that moment has to try again. So it
    /// is for those who start and stop processes, never for clients.
    ///
    /// # Errors
    /// What the system said.
    pub fn holder(path: &Path) -> io::Result<Option<Holder>> {
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        for _ in 0..PID_TRIES {
            if try_lock(&file)? {
                return Ok(None);
            }
            if let Some(pid) = read_pid(&file)? {
                return Ok(Some(Holder { pid: Some(pid) }));
            }
            #[allow(clippy::disallowed_methods, reason = "a millisecond, in the real driver only")]
            std::thread::sleep(PID_RETRY);
        }
        Ok(Some(Holder { pid: None }))
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(text.as_bytes())
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn try_lock(file: &File) -> io::Result<bool> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn read_pid(mut file: &File) -> io::Result<Option<u32>> {
    let mut text = String::new();
    file.rewind()?;
    // Bytes that are no text are no pid either.
    let _ = file.read_to_string(&mut text);
    Ok(text.trim().parse().ok())
}
