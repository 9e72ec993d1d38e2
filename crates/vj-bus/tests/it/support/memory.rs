//! A bus in memory, for virtual time.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use vj_bus::{Client, Found, Launch, Worker};
use vj_core::{At, ProcessName};
use vj_env::{
    BoxLink, Clock, ConnectError, ControlPlane, Env, Listener, LocalBoxFuture, Log, Scope, ServeError,
    Shutdown, Store, Telemetry, WallMillis,
};

use super::bus::to_its_end;
use super::probe::{Ears, Heard, Probe};
use super::raw::Raw;

type Served = Rc<RefCell<BTreeMap<ProcessName, mpsc::UnboundedSender<BoxLink>>>>;
type Datagrams = Rc<RefCell<Vec<(SocketAddr, Vec<u8>)>>>;

/// One bus.
pub(crate) struct Memory {
    clock: Clock,
    plane: Rc<Plane>,
    store: Rc<MemoryStore>,
    pub(crate) sent: Datagrams,
    next_pid: Cell<u32>,
}

struct Plane {
    served: Served,
    /// Bytes that fit into each direction of a connection: what a kernel's socket buffer is.
    buffer_bytes: usize,
}

/// One process on it.
pub(crate) struct Process {
    pub(crate) env: Env,
    exit: JoinHandle<i32>,
}

impl Process {
    pub(crate) async fn exit_code(self) -> i32 {
        self.exit.await.unwrap()
    }

    /// What SIGKILL does.
    pub(crate) async fn kill(self) {
        self.exit.abort();
        self.env.scope.kill();
        let _ = self.exit.await;
        tokio::task::yield_now().await;
    }
}

impl Memory {
    pub(crate) fn new(buffer_bytes: usize) -> Self {
        let plane = Plane { served: Served::default(), buffer_bytes };
        Self {
            clock: Clock::starting_at(At::ZERO, Rc::new(|| WallMillis(0)), "the one boot"),
            plane: Rc::new(plane),
            store: Rc::default(),
            sent: Datagrams::default(),
            next_pid: Cell::new(101),
        }
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// From now on each write to the store takes this long.
    pub(crate) fn slow_down_store(&self, write: std::time::Duration) {
        self.store.write_takes.set(Some((self.clock.clone(), write)));
    }

    pub(crate) async fn start_probe(&self, name: ProcessName, launch: Launch) -> (Process, Ears) {
        let (probe, mut ears) = Probe::new(name);
        let process = self.start(probe, launch);
        ears.wait_for(&Heard::Started).await;
        (process, ears)
    }

    pub(crate) fn start<W: Worker>(&self, worker: W, launch: Launch) -> Process {
        let env = Env {
            name: worker.name(),
            pid: self.next_pid.replace(self.next_pid.get() + 1),
            clock: self.clock.clone(),
            scope: Scope::new(),
            control: self.plane.clone(),
            telemetry: Rc::new(MemoryTelemetry(self.sent.clone())),
            store: self.store.clone(),
            shutdown: Shutdown::new(),
            log: Log::new(self.clock.clone(), |_| {}),
        };
        let exit = tokio::task::spawn_local(to_its_end(env.clone(), worker, launch));
        Process { env, exit }
    }

    pub(crate) async fn client(&self, name: ProcessName) -> Client {
        Client::connect(&*self.plane, &self.clock, name).await.unwrap()
    }

    pub(crate) async fn discover(&self) -> Vec<Found> {
        vj_bus::discover(&*self.plane, &self.clock).await
    }

    pub(crate) async fn raw(&self, name: ProcessName) -> Raw {
        Raw::new(self.plane.connect(name).await.unwrap())
    }
}

impl ControlPlane for Plane {
    fn serve(&self, name: ProcessName) -> LocalBoxFuture<'_, Result<Box<dyn Listener>, ServeError>> {
        let (connected, connects) = mpsc::unbounded_channel();
        self.served.borrow_mut().insert(name, connected);
        let listening = Listening { name, served: self.served.clone(), connects };
        Box::pin(async move { Ok(Box::new(listening) as Box<dyn Listener>) })
    }

    fn connect(&self, name: ProcessName) -> LocalBoxFuture<'_, Result<BoxLink, ConnectError>> {
        let (here, there) = tokio::io::duplex(self.buffer_bytes);
        let connected = match self.served.borrow().get(&name) {
            None => Err(ConnectError::NotRunning(name)),
            Some(listener) if listener.send(Box::new(there)).is_err() => Err(ConnectError::Stale(name)),
            Some(_) => Ok(Box::new(here) as BoxLink),
        };
        Box::pin(async move { connected })
    }

    fn scan(&self) -> Vec<ProcessName> {
        self.served.borrow().keys().copied().collect()
    }

    fn socket_path(&self, name: ProcessName) -> PathBuf {
        format!("memory/{name}.sock").into()
    }
}

struct Listening {
    name: ProcessName,
    served: Served,
    connects: mpsc::UnboundedReceiver<BoxLink>,
}

impl Listener for Listening {
    fn accept(&mut self) -> LocalBoxFuture<'_, io::Result<BoxLink>> {
        Box::pin(async move { Ok(self.connects.recv().await.expect("the sender is on the bus")) })
    }

    fn close(self: Box<Self>) {
        self.served.borrow_mut().remove(&self.name);
    }
}

struct MemoryTelemetry(Datagrams);

impl Telemetry for MemoryTelemetry {
    fn send(&self, to: SocketAddr, packet: &[u8]) {
        self.0.borrow_mut().push((to, packet.to_vec()));
    }

    fn dropped(&self) -> u64 {
        0
    }

    fn listen(&self, _: SocketAddr) -> std::io::Result<Box<dyn vj_env::Datagrams>> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}

#[derive(Default)]
struct MemoryStore {
    files: RefCell<BTreeMap<String, Vec<u8>>>,
    write_takes: Cell<Option<(Clock, std::time::Duration)>>,
}

impl Store for MemoryStore {
    fn read<'a>(&'a self, file: &'a str) -> LocalBoxFuture<'a, io::Result<Option<Vec<u8>>>> {
        Box::pin(async move { Ok(self.files.borrow().get(file).cloned()) })
    }

    fn replace<'a>(&'a self, file: &'a str, bytes: &'a [u8]) -> LocalBoxFuture<'a, io::Result<()>> {
        Box::pin(async move {
            if let Some((clock, write)) = self.write_takes.take() {
                self.write_takes.set(Some((clock.clone(), write)));
                clock.sleep(write).await;
            }
            self.files.borrow_mut().insert(file.to_owned(), bytes.to_vec());
            Ok(())
        })
    }

    fn remove<'a>(&'a self, file: &'a str) -> LocalBoxFuture<'a, io::Result<()>> {
        Box::pin(async move {
            self.files.borrow_mut().remove(file);
            Ok(())
        })
    }
}
