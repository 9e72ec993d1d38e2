//! How long an answer takes.

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use vj_bus::{Client, Outcome};
use vj_core::ProcessName::AudioAnalyzer;
use vj_env::{Clock, Scope};
use vj_sim::ground::Ground;
use vj_sim::real::RealMachine;

use crate::lives::{answers, wait_for};
use crate::table::{Table, Times};

const WARM_UP: usize = 2_000;
const CALLS: usize = 20_000;
const CLIENTS: usize = 50;

/// About what `get_state` asks and is answered, in bytes.
const REQUEST_BYTES: usize = 60;

/// One worker, asked by one client, by one among fifty idle ones, and by fifty at once.
pub(crate) async fn measure(machine: &Rc<RealMachine>, table: &mut Table) {
    let worker = machine.start(AudioAnalyzer);
    wait_for(machine, AudioAnalyzer, |_| true).await;
    let clock = machine.clock().clone();
    let mut client = connect(machine).await;
    let reply = client.call("get_state", Value::Null).await.ok().unwrap();
    let response_bytes = reply.data.to_string().len();
    let bare = bare_echo(&clock, machine.folder(), response_bytes).await;
    let alone = round_trips(&clock, &mut client).await;
    let control = format!("bare echo of {response_bytes} bytes: {}", bare.in_us());
    table.add("`get_state` round trip, one client", alone.in_us(), "p50 30, p99 120 µs", "151 ms", control);

    let mut idle = Vec::new();
    for _ in 0..CLIENTS {
        idle.push(connect(machine).await);
    }
    let among = round_trips(&clock, &mut client).await;
    let ratio = among.at(0.5).as_secs_f64() / alone.at(0.5).as_secs_f64();
    let figure = format!("{} ({ratio:.2} times the above)", among.in_us());
    table.add("the same with 50 idle clients", figure, "1.5 times", "713 ms", "the row above".to_owned());
    drop(idle);

    let (served, scope) = (Rc::new(Cell::new(0)), Scope::new());
    let began = clock.now();
    for _ in 0..CLIENTS {
        let (machine, served) = (machine.clone(), served.clone());
        scope.spawn(async move {
            let is_served = answers(&machine, AudioAnalyzer).await.is_some();
            served.set(served.get() + usize::from(is_served));
        });
    }
    while served.get() < CLIENTS && clock.now().since(began) < Duration::from_secs(5) {
        clock.sleep(Duration::from_millis(1)).await;
    }
    let figure =
        format!("{} of {CLIENTS} in {:.1} ms", served.get(), clock.now().since(began).as_secs_f64() * 1e3);
    table.add("50 clients at once", figure, "50", "7 of 50", String::new());
    machine.kill(worker);
    clock.sleep(Duration::from_millis(200)).await;
}

async fn connect(machine: &Rc<RealMachine>) -> Client {
    Client::connect(&*machine.control(), machine.clock(), AudioAnalyzer).await.unwrap()
}

async fn round_trips(clock: &Clock, client: &mut Client) -> Times {
    let mut times = Vec::with_capacity(CALLS);
    for call in 0..WARM_UP + CALLS {
        let began = clock.now();
        let outcome = client.call("get_state", Value::Null).await;
        assert!(matches!(outcome, Outcome::Replied(_)), "{outcome:?}");
        if call >= WARM_UP {
            times.push(clock.now().since(began));
        }
    }
    Times::of(times)
}

/// The same bytes to and fro over a Unix socket, with nothing in between: a server on a thread and a runtime of its own.
async fn bare_echo(clock: &Clock, folder: &Path, response_bytes: usize) -> Times {
    let path = folder.join("echo.sock");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    listener.set_nonblocking(true).unwrap();
    let server = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (mut stream, _) = UnixListener::from_std(listener).unwrap().accept().await.unwrap();
            let response = frame(response_bytes);
            let mut request = [0; 4 + REQUEST_BYTES];
            while stream.read_exact(&mut request).await.is_ok() {
                stream.write_all(&response).await.unwrap();
            }
        });
    });
    let mut stream = UnixStream::connect(&path).await.unwrap();
    let request = frame(REQUEST_BYTES);
    let mut response = vec![0; 4 + response_bytes];
    let mut times = Vec::with_capacity(CALLS);
    for call in 0..WARM_UP + CALLS {
        let began = clock.now();
        stream.write_all(&request).await.unwrap();
        stream.read_exact(&mut response).await.unwrap();
        if call >= WARM_UP {
            times.push(clock.now().since(began));
        }
    }
    drop(stream);
    server.join().unwrap();
    Times::of(times)
}

fn frame(bytes: usize) -> Vec<u8> {
    let len = u32::try_from(bytes).unwrap().to_be_bytes();
    len.into_iter().chain(std::iter::repeat_n(b'x', bytes)).collect()
}
