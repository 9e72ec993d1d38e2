//! The control plane: named stream sockets, and the lock that says who may own each name.

use std::io;
use std::path::PathBuf;

use tokio::io::{AsyncRead, AsyncWrite};
use vj_core::ProcessName;

use crate::LocalBoxFuture;

/// A byte stream between two processes.
pub trait Link: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Link for T {}

/// A [`Link`] of either driver.
pub type BoxLink = Box<dyn Link>;

/// Why a process could not take its name on the bus.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Somebody holds the lock of this name. Do not retry: exit 3.
    #[error("{name} is already running{}", pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default())]
    AlreadyRunning {
        /// The name.
        name: ProcessName,
        /// The holder, as far as its lock file tells.
        pid: Option<u32>,
    },
    /// Something that is not a socket of ours stands in the socket's place. Nothing was removed.
    #[error("{} is not a socket of vj: move it away, it is not removed", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The path of the socket is longer than the system can bind.
    #[error("the socket path {} has {len} bytes, and the system allows {max}: choose a shorter --bus-dir", path.display())]
    PathTooLong {
        /// The path.
        path: PathBuf,
        /// Its length in bytes.
        len: usize,
        /// The most that works on every system.
        max: usize,
    },
    /// The bus directory cannot be used.
    #[error("the bus directory {} {why}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it, as the end of the sentence.
        why: String,
    },
    /// The system refused.
    #[error("failed to {what} {}: {source}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Why nobody could be reached under a name.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No socket of that name.
    #[error("{0} is not running")]
    NotRunning(ProcessName),
    /// A socket stands there and nobody serves it.
    #[error("{0} left a stale socket and does not run")]
    Stale(ProcessName),
    /// The system refused.
    #[error("failed to connect to {name}: {source}")]
    Io {
        /// To whom.
        name: ProcessName,
        /// What the system said.
        source: io::Error,
    },
}

/// Takes in connections under a name, and holds the name's lock.
pub trait Listener {
    /// The next client.
    ///
    /// Cancel-safe: a client is either returned or still waiting.
    fn accept(&mut self) -> LocalBoxFuture<'_, io::Result<BoxLink>>;

    /// Takes the socket away, then lets go of the lock: the orderly end. A process that is killed does neither; the
    /// kernel drops the lock, and the next holder removes the socket.
    fn close(self: Box<Self>);
}

/// Named sockets of one bus.
pub trait ControlPlane {
    /// Takes the lock of `name` (trying for [`vj_core::limits::LOCK_PATIENCE`]), removes a stale socket and binds.
    ///
    /// # Errors
    /// See [`ServeError`]; on error nothing was changed.
    fn serve(&self, name: ProcessName) -> LocalBoxFuture<'_, Result<Box<dyn Listener>, ServeError>>;

    /// Connects to whoever serves `name`. Never touches the lock.
    ///
    /// # Errors
    /// See [`ConnectError`].
    fn connect(&self, name: ProcessName) -> LocalBoxFuture<'_, Result<BoxLink, ConnectError>>;

    /// The names of which a socket stands on the bus, in order; nobody need serve them.
    fn scan(&self) -> Vec<ProcessName>;

    /// Where the socket of `name` stands, for people.
    fn socket_path(&self, name: ProcessName) -> PathBuf;
}
