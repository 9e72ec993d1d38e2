//! The directory in which the sockets and locks of one bus stand.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use vj_core::ProcessName;

use crate::ServeError;

/// What `sun_path` holds on every system that we run on: 104 bytes on macOS (108 on Linux), the last of them zero.
const SOCKET_PATH_BYTES_MAX: usize = 103;

/// A bus directory that exists, is ours, and in which nobody else can put anything.
#[derive(Debug, Clone)]
pub struct BusDir {
    path: PathBuf,
}

impl BusDir {
    /// Opens the directory for serving, creating it with mode 0700.
    ///
    /// # Errors
    /// When it is a symlink, no directory, somebody else's or writable by others, or cannot be made.
    pub fn create(path: &Path) -> Result<Self, ServeError> {
        // A slash behind the name would be followed through a symlink.
        let path: &Path = &path.components().collect::<PathBuf>();
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        let found = fs::symlink_metadata(path);
        let wrong = |why: &str| ServeError::Directory { path: path.to_owned(), why: why.to_owned() };
        let found = match (made, found) {
            (_, Ok(found)) => found,
            (Err(source), _) | (Ok(()), Err(source)) => {
                return Err(ServeError::Io {
                    what: "create the bus directory",
                    path: path.to_owned(),
                    source,
                });
            }
        };
        if found.file_type().is_symlink() {
            return Err(wrong("is a symlink: name the directory itself"));
        }
        if !found.is_dir() {
            return Err(wrong("is not a directory"));
        }
        if found.uid() != rustix::process::geteuid().as_raw() {
            return Err(wrong("belongs to another user: choose another with --bus-dir"));
        }
        // Whoever may write here could put a socket of his own in the place of ours. Reading does no harm: the sockets
        // themselves are closed to others.
        if found.permissions().mode() & 0o022 != 0 {
            return Err(wrong(
                "can be written by other users: chmod 700 it, or choose another with --bus-dir",
            ));
        }
        Ok(Self { path: path.to_owned() })
    }

    /// Names the directory for clients, who create nothing and need not find it.
    #[must_use]
    pub fn look_at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The control socket of `name`.
    #[must_use]
    pub fn socket(&self, name: ProcessName) -> PathBuf {
        self.path.join(format!("{name}.sock"))
    }

    /// The lock of `name`. The file itself is never removed.
    #[must_use]
    pub fn lock(&self, name: ProcessName) -> PathBuf {
        self.path.join(format!("{name}.lock"))
    }

    /// The lock of the guardian. The file itself is never removed.
    #[must_use]
    pub fn up_lock(&self) -> PathBuf {
        self.path.join("up.lock")
    }

    /// The control socket of `name`, if the system can bind so long a path.
    ///
    /// # Errors
    /// [`ServeError::PathTooLong`].
    pub fn bindable_socket(&self, name: ProcessName) -> Result<PathBuf, ServeError> {
        let path = self.socket(name);
        let len = path.as_os_str().len();
        if len > SOCKET_PATH_BYTES_MAX {
            return Err(ServeError::PathTooLong { path, len, max: SOCKET_PATH_BYTES_MAX });
        }
        Ok(path)
    }

    /// The names of which a socket stands here, in order.
    #[must_use]
    pub fn scan(&self) -> Vec<ProcessName> {
        ProcessName::ALL.into_iter().filter(|name| fs::symlink_metadata(self.socket(*name)).is_ok()).collect()
    }
}
