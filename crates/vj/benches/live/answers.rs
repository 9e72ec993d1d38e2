//! How long an answer takes.

use std::future::Future;
use std::os::unix::net::UnixListener as StdUnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;
use vj_bus::{Client, Outcome};
use vj_core::ProcessName::AudioAnalyzer;
use vj_env::real::{BusDir, UnixControl, real_clock};
use vj_env::{Clock, Scope};
use vj_sim::driver;
use vj_sim::ground::Ground;
use vj_sim::real::RealMachine;

use crate::ask::{gone, when};
use crate::table::{Row, Table, Times};

/// Control, one client and one among many take turns, so that all see the same weather on a shared machine.
const ROUNDS: usize = 10;
const CALLS: usize = 2_000;
const WARM_UP: usize = 200;

const CLIENTS: usize = 50;
const RUSHES: usize = 20;

/// About what `get_state` asks, in bytes.
const REQUEST_BYTES: usize = 60;

/// One worker, asked by one client, by one among fifty idle ones, and by fifty at once.
pub(crate) async fn measure(machine: &RealMachine, table: &mut Table) {
    let worker = machine.start(AudioAnalyzer);
    when(machine, AudioAnalyzer, |state| state["status"] == "running").await;
    // This thread waits meanwhile, and with it all that watches the machine: a look at the bus every few milliseconds
    // would be found again in the 99th percentile.
    let folder = machine.folder().to_owned();
    let measured = std::thread::spawn(move || driver::run_real(Measured::on(&folder))).join().unwrap();
    // None if somebody wants this to end, which is then told to the machine too.
    measured.into_iter().for_each(|measured| measured.put_into(table));
    machine.kill(worker);
    gone(machine, AudioAnalyzer, worker).await;
}

struct Measured {
    state_bytes: usize,
    echo: Times,
    alone: Times,
    among_idle: Times,
    /// Of all rushes, the fewest that were served.
    served: usize,
    rush: Times,
    echo_rush: Times,
}

impl Measured {
    async fn on(folder: &Path) -> Self {
        let clock = real_clock();
        let bus = folder.join("bus");
        let mut client = connect(&bus, &clock).await;
        let state_bytes = client.call("get_state", Value::Null).await.ok().unwrap().data.to_string().len();
        let echo_at = folder.join("echo.sock");
        let listener = StdUnixListener::bind(&echo_at).unwrap();
        // It waits for clients until this program ends.
        std::thread::spawn(move || driver::run_real(echo(listener, state_bytes)));
        let mut bare = UnixStream::connect(&echo_at).await.unwrap();

        let (mut echo, mut alone, mut among_idle) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            echo.extend(bare_trips(&clock, &mut bare, state_bytes).await);
            alone.extend(round_trips(&clock, &mut client).await);
            let mut idle = Vec::new();
            for _ in 0..CLIENTS {
                let mut client = connect(&bus, &clock).await;
                client.call("get_state", Value::Null).await.ok().unwrap();
                idle.push(client);
            }
            among_idle.extend(round_trips(&clock, &mut client).await);
        }

        let (mut served, mut rush, mut echo_rush) = (CLIENTS, Vec::new(), Vec::new());
        for _ in 0..RUSHES {
            let (_, took) = at_once(&clock, || bare_visit(echo_at.clone(), state_bytes)).await;
            echo_rush.push(took);
            let (now_served, took) = at_once(&clock, || visit(bus.clone(), clock.clone())).await;
            served = served.min(now_served);
            rush.push(took);
        }
        Self {
            state_bytes,
            echo: Times::of(echo),
            alone: Times::of(alone),
            among_idle: Times::of(among_idle),
            served,
            rush: Times::of(rush),
            echo_rush: Times::of(echo_rush),
        }
    }

    fn put_into(self, table: &mut Table) {
        table.add(Row {
            what: "`get_state` round trip, one client",
            figure: self.alone.in_us(),
            goal: "p50 30, p99 120 µs",
            ancestor: "151 ms",
            control: format!("bare echo of {} framed bytes: {}", self.state_bytes, self.echo.in_us()),
        });
        let ratio = self.among_idle.at(0.5).as_secs_f64() / self.alone.at(0.5).as_secs_f64();
        table.add(Row {
            what: "the same with 50 idle clients",
            figure: format!("{}: {ratio:.2} times the above", self.among_idle.in_us()),
            goal: "1.5 times",
            ancestor: "713 ms",
            control: "the row above".to_owned(),
        });
        table.add(Row {
            what: "50 clients at once",
            figure: format!("{} served in {}", self.served, self.rush.in_ms()),
            goal: "50 served",
            ancestor: "7 of 50",
            control: format!("bare echo: {}", self.echo_rush.in_ms()),
        });
    }
}

async fn connect(bus: &Path, clock: &Clock) -> Client {
    let control = UnixControl::new(BusDir::look_at(bus), clock.clone());
    Client::connect(&control, clock, AudioAnalyzer).await.unwrap()
}

async fn round_trips(clock: &Clock, client: &mut Client) -> Vec<Duration> {
    let mut times = Vec::with_capacity(CALLS);
    for call in 0..WARM_UP + CALLS {
        let began = clock.now();
        let outcome = client.call("get_state", Value::Null).await;
        assert!(matches!(outcome, Outcome::Replied(_)), "{outcome:?}");
        if call >= WARM_UP {
            times.push(clock.now().since(began));
        }
    }
    times
}

/// As many clients at once: how many were served, and how long that took for all of them.
async fn at_once<F: Future<Output = bool> + 'static>(
    clock: &Clock,
    visit: impl Fn() -> F,
) -> (usize, Duration) {
    let began = clock.now();
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn_local(visit());
    }
    let served = clients.join_all().await.into_iter().filter(|is_served| *is_served).count();
    (served, clock.now().since(began))
}

/// One of them; it is served if it is answered in time.
async fn visit(bus: PathBuf, clock: Clock) -> bool {
    let control = UnixControl::new(BusDir::look_at(&bus), clock.clone());
    let Ok(mut client) = Client::connect(&control, &clock, AudioAnalyzer).await else { return false };
    client.call("get_state", Value::Null).await.ok().is_ok()
}

/// The control: the same bytes to and fro over a Unix socket with nothing in between, to a thread and a runtime of its own.
async fn echo(listener: StdUnixListener, state_bytes: usize) {
    listener.set_nonblocking(true).unwrap();
    let listener = UnixListener::from_std(listener).unwrap();
    let scope = Scope::new();
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        scope.spawn(async move {
            let response = frame(state_bytes);
            let mut request = [0; 4 + REQUEST_BYTES];
            while stream.read_exact(&mut request).await.is_ok() && stream.write_all(&response).await.is_ok() {
            }
        });
    }
}

async fn bare_trips(clock: &Clock, stream: &mut UnixStream, state_bytes: usize) -> Vec<Duration> {
    let request = frame(REQUEST_BYTES);
    let mut response = vec![0; 4 + state_bytes];
    let mut times = Vec::with_capacity(CALLS);
    for call in 0..WARM_UP + CALLS {
        let began = clock.now();
        stream.write_all(&request).await.unwrap();
        stream.read_exact(&mut response).await.unwrap();
        if call >= WARM_UP {
            times.push(clock.now().since(began));
        }
    }
    times
}

async fn bare_visit(echo_at: PathBuf, state_bytes: usize) -> bool {
    let mut stream = UnixStream::connect(echo_at).await.unwrap();
    stream.write_all(&frame(REQUEST_BYTES)).await.unwrap();
    stream.read_exact(&mut vec![0; 4 + state_bytes]).await.is_ok()
}

fn frame(bytes: usize) -> Vec<u8> {
    let len = u32::try_from(bytes).unwrap().to_be_bytes();
    len.into_iter().chain(std::iter::repeat_n(b'x', bytes)).collect()
}
