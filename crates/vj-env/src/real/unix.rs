//! Unix sockets under `NAME.sock`, owned by whoever holds the `flock` of `NAME.lock`.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use tokio::net::{UnixListener, UnixStream};
use vj_core::ProcessName;
use vj_core::limits::LOCK_PATIENCE;

use super::BusDir;
use crate::{BoxLink, Clock, ConnectError, ControlPlane, Listener, LocalBoxFuture, ServeError};

/// How often a taken lock is tried again within [`LOCK_PATIENCE`].
const LOCK_RETRY: Duration = Duration::from_millis(20);

/// The control plane on a real machine.
pub struct UnixControl {
    dir: BusDir,
    clock: Clock,
}

impl UnixControl {
    /// The control plane of the bus in `dir`.
    #[must_use]
    pub fn new(dir: BusDir, clock: Clock) -> Self {
        Self { dir, clock }
    }

    async fn lock(&self, name: ProcessName) -> Result<File, ServeError> {
        let path = self.dir.lock(name);
        let failed = |source| ServeError::Io { what: "open the lock", path: path.clone(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        let give_up_at = self.clock.now() + LOCK_PATIENCE;
        while let Err(error) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
            if error != rustix::io::Errno::WOULDBLOCK {
                return Err(ServeError::Io { what: "lock", path: path.clone(), source: error.into() });
            }
            if self.clock.now() >= give_up_at {
                let mut pid = String::new();
                let _ = file.read_to_string(&mut pid);
                return Err(ServeError::AlreadyRunning { name, pid: pid.trim().parse().ok() });
            }
            self.clock.sleep(LOCK_RETRY).await;
        }
        let written = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        written.map_err(|source| ServeError::Io { what: "write", path: path.clone(), source })?;
        Ok(file)
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
            let lock = self.lock(name).await?;
            remove_stale(&path)?;
            let failed = |what| move |source| ServeError::Io { what, path: self.dir.socket(name), source };
            let socket = UnixListener::bind(&path).map_err(failed("bind"))?;
            fs::set_permissions(&path, Permissions::from_mode(0o600))
                .map_err(failed("close to other users"))?;
            Ok(Box::new(UnixListening { socket, path, _lock: lock }) as Box<dyn Listener>)
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
    /// Held for as long as the socket is ours; the kernel lets go of it when the process dies, however it dies.
    _lock: File,
}

impl Listener for UnixListening {
    fn accept(&mut self) -> LocalBoxFuture<'_, io::Result<BoxLink>> {
        Box::pin(async move { self.socket.accept().await.map(|(stream, _)| Box::new(stream) as BoxLink) })
    }

    fn close(self: Box<Self>) {
        // First the socket, while the lock still says that it is ours. If that fails the next holder removes it.
        let _ = fs::remove_file(&self.path);
    }
}
