//! Unix sockets under `NAME.sock`, owned by whoever holds the `flock` of `NAME.lock`.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::{UnixListener, UnixStream};
use vj_core::ProcessName;
use vj_core::limits::LOCK_PATIENCE;
use vj_core::mutants::{self, Mutant};

use super::{BusDir, LockFile};
use crate::{BoxLink, Clock, ConnectError, ControlPlane, Listener, LocalBoxFuture, ServeError};

/// How often a taken lock is tried again within [`LOCK_PATIENCE`].
const LOCK_RETRY: Duration = Duration::from_millis(20);

/// The control plane on a real machine.
pub struct UnixControl {
    dir: BusDir,
    clock: Clock,
    /// The user whose processes are let in.
    lets_in: u32,
}

impl UnixControl {
    /// The control plane of the bus in `dir`.
    #[must_use]
    pub fn new(dir: BusDir, clock: Clock) -> Self {
        Self::letting_in(rustix::process::geteuid().as_raw(), dir, clock)
    }

    /// The same, served to processes of the user `uid` instead of those of the user that this process runs as.
    #[must_use]
    pub fn letting_in(uid: u32, dir: BusDir, clock: Clock) -> Self {
        Self { dir, clock, lets_in: uid }
    }

    async fn lock(&self, name: ProcessName) -> Result<LockFile, ServeError> {
        let path = self.dir.lock(name);
        let give_up_at = self.clock.now() + LOCK_PATIENCE;
        loop {
            let failed = |source| ServeError::Io { what: "lock", path: path.clone(), source };
            match LockFile::try_take(&path).map_err(failed)? {
                Ok(lock) => return Ok(lock),
                Err(holder) if self.clock.now() >= give_up_at => {
                    return Err(ServeError::AlreadyRunning { name, pid: holder.pid });
                }
                Err(_) => self.clock.sleep(LOCK_RETRY).await,
            }
        }
    }
}

fn remove_stale(path: &Path) -> Result<(), ServeError> {
    match fs::symlink_metadata(path) {
        Err(_) => Ok(()),
        Ok(found) if found.file_type().is_socket() => match fs::remove_file(path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(ServeError::Io { what: "remove the stale socket", path: path.to_owned(), source })
            }
            _ => Ok(()),
        },
        Ok(_) => Err(ServeError::Foreign { path: path.to_owned() }),
    }
}

impl ControlPlane for UnixControl {
    fn serve(&self, name: ProcessName) -> LocalBoxFuture<'_, Result<Box<dyn Listener>, ServeError>> {
        Box::pin(async move {
            let path = self.dir.bindable_socket(name)?;
            let lock = self.lock(name).await.inspect_err(|_| {
                if mutants::is_on(Mutant::UnlinkByANonHolder) {
                    let _ = fs::remove_file(&path);
                }
            })?;
            remove_stale(&path)?;
            let failed = |what| move |source| ServeError::Io { what, path: self.dir.socket(name), source };
            let socket = UnixListener::bind(&path).map_err(failed("bind"))?;
            fs::set_permissions(&path, Permissions::from_mode(0o600))
                .map_err(failed("close to other users"))?;
            let lets_in = self.lets_in;
            Ok(Box::new(UnixListening { socket, path, lets_in, _lock: lock }) as Box<dyn Listener>)
        })
    }

    fn connect(&self, name: ProcessName) -> LocalBoxFuture<'_, Result<BoxLink, ConnectError>> {
        Box::pin(async move {
            match UnixStream::connect(self.dir.socket(name)).await {
                Ok(stream) => Ok(Box::new(stream) as BoxLink),
                Err(source) => Err(match source.kind() {
                    io::ErrorKind::NotFound => ConnectError::NotRunning(name),
                    io::ErrorKind::ConnectionRefused => ConnectError::Stale(name),
                    _ => ConnectError::Io { name, source },
                }),
            }
        })
    }

    fn scan(&self) -> Vec<ProcessName> {
        self.dir.scan()
    }

    fn socket_path(&self, name: ProcessName) -> PathBuf {
        self.dir.socket(name)
    }
}

struct UnixListening {
    socket: UnixListener,
    path: PathBuf,
    lets_in: u32,
    /// Held for as long as the socket is ours; the kernel lets go of it when the process dies, however it dies.
    _lock: LockFile,
}

impl Listener for UnixListening {
    fn accept(&mut self) -> LocalBoxFuture<'_, io::Result<BoxLink>> {
        Box::pin(async move {
            loop {
                let (stream, _) = self.socket.accept().await?;
                // The modes of directory and socket keep others out already, unless somebody has opened them.
                if stream.peer_cred().is_ok_and(|peer| peer.uid() == self.lets_in) {
                    return Ok(Box::new(stream) as BoxLink);
                }
            }
        })
    }

    fn close(self: Box<Self>) {
        // First the socket, while the lock still says that it is ours. If that fails the next holder removes it.
        let _ = fs::remove_file(&self.path);
    }
}
