//! Frames in slices, frames cut off, garbage and huge lengths: only the bad connection suffers.

use std::rc::Rc;
use std::time::Duration;

use bytes::BytesMut;
use rand::{Rng, RngExt};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use vj_bus::message::{Ack, ErrorMessage, Response};
use vj_bus::{Command, ErrorCode, Heartbeat, Message, Register, Status};
use vj_core::ProcessName;

use super::probe::Probe;
use super::show::{perform, served, two_workers};
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::ground::{Driver, Ground};
use crate::history::What;
use crate::world::Weather;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "torn-frames",
    about: "slices of 1 to 7 bytes, EOF at every byte of every message, garbage, huge lengths: 500 of 500 answers in order",
    how: How::Script(run),
    sometimes: &["a frame over the limit", "garbage that looked like a short frame"],
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

const COMMANDS: usize = 500;

/// An answer that takes longer than this will not come.
const ANSWERED_WITHIN: Duration = Duration::from_secs(120);

const TO: ProcessName = ProcessName::TestWorker;

fn run(driver: &Driver, seed: u64) -> Run {
    let (mut over, mut short) = (false, false);
    let (history, osc) = perform(driver, SCENARIO.name, two_workers(seed, "silence"), |world, onlookers| {
        let mut rng = world.plan();
        // A real timer waits for a millisecond at least: with every slice late the run would take minutes.
        let delay_max = Duration::from_micros(rng.random_range(0..driver.pick(3_000, 1_100)));
        let slice_bytes_max = Some(rng.random_range(1..=7));
        let garbage: Vec<Vec<u8>> = (0..20).map(|_| garbage(&mut rng)).collect();
        let announced = |bytes: &Vec<u8>| bytes.first_chunk::<4>().map_or(0, |len| u32::from_be_bytes(*len));
        over = garbage.iter().any(|bytes| announced(bytes) > 1 << 20);
        short = garbage.iter().any(|bytes| announced(bytes) < 64);
        async move {
            world.set_weather(Weather { slice_bytes_max, delay_max });
            world.start(ProcessName::ProcessManager);
            served(&*world, TO).await;
            let bad = world.clone();
            onlookers.spawn(async move {
                for bytes in every_cut().into_iter().chain(garbage) {
                    misbehave(&bad, &bytes).await;
                }
                bad.note(What::Mark { name: "misbehaved".to_owned(), detail: String::new() });
            });
            pipeline(&world).await;
            while !world.history().with(|all| all.iter().any(|e| is_mark(&e.what, "misbehaved"))) {
                world.clock().sleep(Duration::from_millis(100)).await;
            }
        }
    });
    let mut violations = checkers::every_command_answered_once_in_order(&history);
    violations.extend(checkers::all_replied(&history, COMMANDS + 1));
    violations.extend(checkers::only_victims_end(&history));
    violations.extend(checkers::no_panic(&history));
    let seen = [(over, SCENARIO.sometimes[0]), (short, SCENARIO.sometimes[1])];
    let seen = seen.into_iter().filter(|(shown, _)| *shown).map(|(_, name)| name).collect();
    Run { history, osc, violations, seen, ..Run::default() }
}

fn is_mark(what: &What, wanted: &str) -> bool {
    matches!(what, What::Mark { name, .. } if name == wanted)
}

/// Five hundred commands in one go, over one connection.
async fn pipeline(world: &Rc<dyn Ground>) {
    let probe = Probe::new(world, "pipeline");
    let Some(mut client) = probe.connect(TO).await else { return };
    let mut sent = Vec::new();
    for number in 0..COMMANDS {
        let id = client.send("echo", json!({"value": number}));
        sent.push((id, probe.note_command(TO, "echo")));
    }
    for _ in 0..COMMANDS {
        let answered = world.clock().timeout(ANSWERED_WITHIN, client.next_outcome()).await;
        let Ok((msg_id, outcome)) = answered else { return };
        // The history knows commands by its own numbers.
        let id = sent.iter().find(|(sent, _)| *sent == msg_id).map(|(_, id)| id.clone()).unwrap_or_default();
        probe.note_answer(TO, id, &outcome);
    }
    // Whatever was sent twice has come before the answer to one question more.
    probe.note_strays(TO, client.strays());
    let _ = probe.ask(&mut client, TO, "get_state", Value::Null).await;
}

/// A connection that writes `bytes`, hangs up, and reads what comes.
async fn misbehave(world: &Rc<dyn Ground>, bytes: &[u8]) {
    let Ok(mut link) = world.control().connect(TO).await else { return };
    if link.write_all(bytes).await.is_ok() && link.shutdown().await.is_ok() {
        let mut answers = Vec::new();
        let _ = link.read_to_end(&mut answers).await;
    }
}

/// The bytes of every type of message, cut off after every byte.
fn every_cut() -> Vec<Vec<u8>> {
    let mut cuts = Vec::new();
    for message in every_type() {
        let mut frame = BytesMut::new();
        message.encode(&mut frame);
        cuts.extend((0..frame.len()).map(|len| frame[..len].to_vec()));
    }
    cuts
}

fn every_type() -> Vec<Message> {
    let id = "x".to_owned();
    vec![
        Message::Command(Command { msg_id: id.clone(), cmd: "get_state".to_owned(), args: Map::new() }),
        Message::Ack(Ack { msg_id: id.clone(), success: true, message: None, data: None }),
        Message::Response(Response { msg_id: id.clone(), success: true, data: json!({}) }),
        Message::Error(ErrorMessage { msg_id: Some(id), error: "no".to_owned(), code: ErrorCode::Internal }),
        Message::Heartbeat(Heartbeat {
            worker: "test_worker".to_owned(),
            pid: 1,
            uptime_sec: 1.5,
            status: Status::Running,
            stats: Map::new(),
            logs: Vec::new(),
            logs_left_out: 0,
        }),
        Message::Register(Register {
            worker: "test_worker".to_owned(),
            pid: 1,
            version: "0".to_owned(),
            socket_path: "/x".to_owned(),
            osc_addresses: Vec::new(),
        }),
    ]
}

/// Bytes that mean nothing; some begin with a believable length.
fn garbage(rng: &mut impl Rng) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..rng.random_range(1..200)).map(|_| rng.random()).collect();
    if rng.random_bool(0.5) {
        let len = u8::try_from(bytes.len() / 2).unwrap_or(u8::MAX);
        bytes.splice(0..0, [0, 0, 0, len]);
    }
    bytes
}
