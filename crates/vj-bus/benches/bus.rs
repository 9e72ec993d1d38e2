//! What a message costs, each beside its control in the same group: what the bytes alone cost, or a bare echo.

use std::hint::black_box;
use std::net::SocketAddr;
use std::rc::Rc;

use bytes::BytesMut;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use rosc::{OscMessage, OscPacket, OscType, encoder};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;
use vj_bus::message::{Ack, Response};
use vj_bus::osc::Osc;
use vj_bus::{
    Client, Command, Ctx, Emitter, Event, Finish, Heartbeat, Launch, Message, Status, TelemetryConfig,
    Worker, service,
};
use vj_core::ProcessName::{self, TestWorker};
use vj_core::settings::Key;
use vj_env::real::{BusDir, FileStore, UdpTelemetry, UnixControl, real_clock};
use vj_env::{Env, Level, Log, LogRecord, Scope, Shutdown, Telemetry};

fn messages() -> Vec<(&'static str, Message)> {
    let msg_id = || "18f3a-1".to_owned();
    let state = json!({
        "worker": "audio_analyzer", "pid": 4711, "version": "0.1.0", "status": "running", "uptime_sec": 1234.5,
        "config": {"source": "device", "device": "", "loop": false, "latency_ms": 0, "enable_bpm": true},
        "config_source": {"source": "default", "device": "file", "loop": "default", "latency_ms": "override"},
        "stats": {"ticks": 74000, "dropped": 0}, "last_error": null, "last_commands": {},
    });
    let args = json!({"host": "127.0.0.1", "port": 9000, "patterns": ["/audio/*"], "lease_sec": 15});
    let log = LogRecord {
        time_ms: 1_700_000_000_000,
        level: Level::Info,
        message: "settings changed: gain".into(),
    };
    vec![
        (
            "command",
            Message::Command(Command {
                msg_id: msg_id(),
                cmd: "subscribe".to_owned(),
                args: args.as_object().cloned().unwrap_or_default(),
            }),
        ),
        ("ack", Message::Ack(Ack { msg_id: msg_id(), success: true, message: None, data: None })),
        ("response", Message::Response(Response { msg_id: msg_id(), success: true, data: state })),
        (
            "heartbeat",
            Message::Heartbeat(Heartbeat {
                worker: "audio_analyzer".to_owned(),
                pid: 4711,
                uptime_sec: 1234.5,
                status: Status::Running,
                stats: Map::from_iter([("ticks".to_owned(), Value::from(74_000))]),
                logs: vec![log],
                logs_left_out: 0,
            }),
        ),
    ]
}

fn codec(c: &mut Criterion) {
    for (name, message) in messages() {
        let mut frame = BytesMut::new();
        message.encode(&mut frame);
        let frame = frame.freeze();
        let mut group = c.benchmark_group(format!("codec/{name}"));
        group.throughput(criterion::Throughput::Bytes(frame.len() as u64));
        let mut out = BytesMut::with_capacity(64 * 1024);
        group.bench_function("encode", |b| {
            b.iter(|| {
                out.clear();
                black_box(&message).encode(&mut out);
                black_box(&out);
            });
        });
        group.bench_function("decode", |b| b.iter(|| Message::parse(black_box(&frame[4..])).is_ok()));
        group.bench_function("control: memcpy of the same bytes", |b| {
            b.iter(|| {
                out.clear();
                out.extend_from_slice(black_box(&frame));
                black_box(&out);
            });
        });
        group.finish();
    }
}

/// Takes everything and keeps nothing.
struct Null;

impl Telemetry for Null {
    fn send(&self, to: SocketAddr, packet: &[u8]) {
        black_box((to, packet));
    }

    fn dropped(&self) -> u64 {
        0
    }

    fn listen(&self, _: SocketAddr) -> std::io::Result<Box<dyn vj_env::Datagrams>> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}

fn osc(c: &mut Criterion) {
    let runtime = runtime();
    let _in_runtime = runtime.enter();
    let emitter = Emitter::new(Rc::new(Null), real_clock(), TelemetryConfig::default());
    let floats = |values: &[f32]| values.iter().map(|value| OscType::Float(*value)).collect::<Vec<_>>();
    let (levels, spectrum) = ([0.5; 8], [0.25; 32]);
    for (name, osc, args) in [
        ("levels", Osc::Levels(&levels), floats(&levels)),
        ("spectrum", Osc::Spectrum(&spectrum), floats(&spectrum)),
        ("beat", Osc::Beat { is_beat: true, strength: 0.5 }, vec![OscType::Int(1), OscType::Float(0.5)]),
    ] {
        let mut group = c.benchmark_group(format!("osc/{name}"));
        group.bench_function("emit", |b| b.iter(|| emitter.emit(black_box(&osc))));
        let addr = osc.entry().1.address;
        group.bench_function("control: rosc into a new message and a new buffer", |b| {
            b.iter(|| {
                let message = OscMessage { addr: addr.to_owned(), args: black_box(&args).clone() };
                encoder::encode(&OscPacket::Message(message))
            });
        });
        group.finish();
    }
}

/// Answers the common commands and does nothing else.
struct Idle;

impl Worker for Idle {
    fn name(&self) -> ProcessName {
        TestWorker
    }

    fn keys(&self) -> &'static [Key] {
        &[]
    }

    fn osc_addresses(&self) -> Vec<&'static str> {
        Vec::new()
    }

    async fn run(&mut self, ctx: &mut Ctx) -> Finish {
        while !matches!(ctx.next().await, Event::Shutdown) {}
        Finish::Shutdown
    }
}

/// Asker and answerer share one thread, in the control as well: what is compared is the work, not the scheduler.
fn round_trip(c: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    let runtime = runtime();
    let local = LocalSet::new();
    let (mut client, state_bytes) = runtime.block_on(local.run_until(start(dir.path())));
    let mut group = c.benchmark_group("round trip over a Unix socket");
    group.bench_function("get_state", |b| {
        b.iter(|| runtime.block_on(local.run_until(client.call("get_state", Value::Null))).ok());
    });
    let mut echo = runtime.block_on(local.run_until(start_echo(&dir.path().join("echo.sock"), state_bytes)));
    group.bench_function(BenchmarkId::new("control: bare echo of framed bytes", state_bytes), |b| {
        b.iter(|| {
            runtime.block_on(local.run_until(async {
                let command = [7_u8; 60];
                echo.write_all(&command).await?;
                let mut answer = vec![0; echo.read_u32().await? as usize];
                echo.read_exact(&mut answer).await.map(|_| answer)
            }))
        });
    });
    group.finish();
}

async fn start(dir: &std::path::Path) -> (Client, usize) {
    let clock = real_clock();
    let bus = BusDir::create(&dir.join("bus")).expect("it is new");
    let env = Env {
        name: TestWorker,
        pid: std::process::id(),
        clock: clock.clone(),
        scope: Scope::new(),
        control: Rc::new(UnixControl::new(bus.clone(), clock.clone())),
        telemetry: Rc::new(UdpTelemetry::new().expect("there is a network")),
        store: Rc::new(FileStore::new(&dir.join("state"))),
        shutdown: Shutdown::new(),
        log: Log::new(clock.clone(), |_| {}),
    };
    let scope = env.scope.clone();
    scope.spawn(async move {
        service::run(env, Idle, Launch::default()).await;
    });
    tokio::task::yield_now().await;
    let control = UnixControl::new(bus, clock.clone());
    let mut client = Client::connect(&control, &clock, TestWorker).await.expect("it serves");
    let state = client.call("get_state", Value::Null).await.ok().expect("it answers").data;
    (client, state.to_string().len())
}

/// For each 60 bytes that come in, a frame of as many bytes as a state has.
#[allow(clippy::disallowed_methods, reason = "the control is no process of ours")]
async fn start_echo(path: &std::path::Path, answer_bytes: usize) -> UnixStream {
    let listener = UnixListener::bind(path).expect("the directory is ours");
    tokio::task::spawn_local(async move {
        let (mut stream, _) = listener.accept().await?;
        let mut frame = u32::try_from(answer_bytes).unwrap_or_default().to_be_bytes().to_vec();
        frame.resize(4 + answer_bytes, 7);
        let mut command = [0; 60];
        loop {
            stream.read_exact(&mut command).await?;
            stream.write_all(&frame).await?;
        }
        #[allow(unreachable_code, reason = "it names the type of the errors above")]
        std::io::Result::Ok(())
    });
    UnixStream::connect(path).await.expect("it listens")
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime can be built")
}

criterion_group!(benches, codec, osc, round_trip);
criterion_main!(benches);
