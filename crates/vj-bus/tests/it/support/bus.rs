//! A bus of real Unix sockets in a directory of its own, and processes on it that are tasks of the test.

use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Once;
use std::task::{Context, Poll};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::JoinHandle;
use vj_bus::launch::{Launch, TelemetryConfig};
use vj_bus::{Client, Worker, service};
use vj_core::ProcessName;
use vj_env::real::{BusDir, FileStore, UdpTelemetry, UnixControl, real_clock};
use vj_env::{
    BoxLink, Clock, ConnectError, ControlPlane, Env, Listener, LocalBoxFuture, Log, Scope, ServeError,
    Shutdown,
};

use super::probe::{Ears, Probe};
use super::raw::Raw;

/// One bus.
pub(crate) struct Bus {
    dir: TempDir,
    clock: Clock,
    next_pid: Cell<u32>,
}

/// One process on it.
pub(crate) struct Process {
    pub(crate) env: Env,
    pub(crate) pid: u32,
    exit: JoinHandle<i32>,
    links: Rc<Cell<usize>>,
}

impl Process {
    /// Waits for the end and tells the exit code.
    pub(crate) async fn exit_code(self) -> i32 {
        super::within_deadline(self.exit).await.unwrap()
    }

    /// What SIGKILL does: no code of the process runs any more, the kernel closes what it held.
    pub(crate) async fn kill(self) {
        self.exit.abort();
        self.env.scope.kill();
        let _ = self.exit.await;
        tokio::task::yield_now().await;
    }

    /// Connections that this process holds open, of those that it took in.
    pub(crate) fn links(&self) -> usize {
        self.links.get()
    }
}

impl Bus {
    pub(crate) fn new() -> Self {
        raise_descriptor_limit();
        let dir = tempfile::Builder::new().prefix("vj-bus-").tempdir().unwrap();
        Self { dir, clock: real_clock(), next_pid: Cell::new(101) }
    }

    /// The bus directory.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("bus")
    }

    pub(crate) fn state_dir(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What clients use.
    pub(crate) fn control(&self) -> UnixControl {
        UnixControl::new(BusDir::look_at(&self.path()), self.clock.clone())
    }

    pub(crate) fn socket(&self, name: ProcessName) -> PathBuf {
        self.control().socket_path(name)
    }

    /// Starts a worker; it may not serve yet when this returns.
    pub(crate) fn start<W: Worker>(&self, worker: W, launch: Launch) -> Process {
        let pid = self.next_pid.replace(self.next_pid.get() + 1);
        let links = Rc::<Cell<usize>>::default();
        let control = BusDir::create(&self.path()).unwrap();
        let control = UnixControl::new(control, self.clock.clone());
        let env = Env {
            name: worker.name(),
            pid,
            clock: self.clock.clone(),
            scope: Scope::new(),
            control: Rc::new(Counting { control, links: links.clone() }),
            telemetry: Rc::new(UdpTelemetry::new().unwrap()),
            store: Rc::new(FileStore::new(&self.state_dir())),
            shutdown: Shutdown::new(),
            log: Log::new(self.clock.clone(), |_| {}),
        };
        let exit = tokio::task::spawn_local(to_its_end(env.clone(), worker, launch));
        Process { env, pid, exit, links }
    }

    /// Starts a [`Probe`] and waits until its loop runs.
    pub(crate) async fn start_probe(&self, name: ProcessName, launch: Launch) -> (Process, Ears) {
        let (probe, mut ears) = Probe::new(name);
        let process = self.start(probe, launch);
        ears.wait_for(&super::probe::Heard::Started).await;
        (process, ears)
    }

    /// A client of `name`, which must serve.
    pub(crate) async fn client(&self, name: ProcessName) -> Client {
        Client::connect(&self.control(), &self.clock, name).await.unwrap()
    }

    /// A connection to `name` on which anything can be said.
    pub(crate) async fn raw(&self, name: ProcessName) -> Raw {
        Raw::new(self.control().connect(name).await.unwrap())
    }
}

/// A process ends when its life does: what it left unfinished then never moves again.
pub(crate) async fn to_its_end<W: Worker>(env: Env, worker: W, launch: Launch) -> i32 {
    let scope = env.scope.clone();
    let code = service::run(env, worker, launch).await;
    scope.kill();
    code
}

/// No fixed receivers: tests must not bother whoever listens on this machine.
pub(crate) fn launch() -> Launch {
    Launch {
        telemetry: TelemetryConfig { targets: Vec::new(), ..TelemetryConfig::default() },
        ..Launch::default()
    }
}

pub(crate) fn exists(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// Some tests hold both ends of more than 256 connections, and they run side by side.
fn raise_descriptor_limit() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let limit = getrlimit(Resource::Nofile);
        let wanted = limit.maximum.map_or(4096, |most| most.min(4096));
        if limit.current.is_some_and(|now| now < wanted) {
            setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum }).unwrap();
        }
    });
}

/// The real control plane, counting the links that it took in and that are still open.
struct Counting {
    control: UnixControl,
    links: Rc<Cell<usize>>,
}

impl ControlPlane for Counting {
    fn serve(&self, name: ProcessName) -> LocalBoxFuture<'_, Result<Box<dyn Listener>, ServeError>> {
        Box::pin(async move {
            let listener = self.control.serve(name).await?;
            Ok(Box::new(CountingListener { listener, links: self.links.clone() }) as Box<dyn Listener>)
        })
    }

    fn connect(&self, name: ProcessName) -> LocalBoxFuture<'_, Result<BoxLink, ConnectError>> {
        self.control.connect(name)
    }

    fn scan(&self) -> Vec<ProcessName> {
        self.control.scan()
    }

    fn socket_path(&self, name: ProcessName) -> PathBuf {
        self.control.socket_path(name)
    }
}

struct CountingListener {
    listener: Box<dyn Listener>,
    links: Rc<Cell<usize>>,
}

impl Listener for CountingListener {
    fn accept(&mut self) -> LocalBoxFuture<'_, io::Result<BoxLink>> {
        Box::pin(async move {
            let link = self.listener.accept().await?;
            self.links.set(self.links.get() + 1);
            Ok(Box::new(Counted { link, links: self.links.clone() }) as BoxLink)
        })
    }

    fn close(self: Box<Self>) {
        self.listener.close();
    }
}

struct Counted {
    link: BoxLink,
    links: Rc<Cell<usize>>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.links.set(self.links.get() - 1);
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.link).poll_read(cx, buf)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.link).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.link).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.link).poll_shutdown(cx)
    }
}
