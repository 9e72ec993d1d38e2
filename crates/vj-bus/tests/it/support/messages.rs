//! One message of every type, and any message of any type.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use vj_bus::message::ErrorMessage;
use vj_bus::message::{Ack, Response};
use vj_bus::{Command, ErrorCode, Heartbeat, Message, Register, Status};
use vj_env::{Level, LogRecord};

/// Small ones, so that every byte offset can be cut.
pub(crate) fn one_of_each() -> Vec<Message> {
    let args = json!({"host": "127.0.0.1", "port": 9000}).as_object().cloned().unwrap();
    let log = LogRecord { time_ms: 1, level: Level::Warning, message: "zu laut: höchste Stufe".to_owned() };
    vec![
        Message::Command(Command { msg_id: "1".to_owned(), cmd: "subscribe".to_owned(), args }),
        Message::Ack(Ack { msg_id: "1".to_owned(), success: true, message: None, data: None }),
        Message::Response(Response { msg_id: "2".to_owned(), success: true, data: json!({"pid": 7}) }),
        Message::Error(ErrorMessage { msg_id: None, error: "what?".to_owned(), code: ErrorCode::BadJson }),
        Message::Heartbeat(Heartbeat {
            worker: "audio_analyzer".to_owned(),
            pid: 7,
            uptime_sec: 1.5,
            status: Status::Degraded,
            stats: Map::new(),
            logs: vec![log],
            logs_left_out: 3,
        }),
        Message::Register(Register {
            worker: "audio_analyzer".to_owned(),
            pid: 7,
            version: "0.1.0".to_owned(),
            socket_path: "/tmp/a.sock".to_owned(),
            osc_addresses: vec!["/audio/beat".to_owned()],
        }),
    ]
}

/// Any message.
pub(crate) fn any_message() -> impl Strategy<Value = Message> {
    prop_oneof![any_command(), any_ack(), any_response(), any_error(), any_heartbeat(), any_register()]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => "\\PC{0,24}", 1 => ".{0,8}", 1 => Just("\u{0}\"\\\n\u{1F3B5}".to_owned())]
}

/// Eighths are exact in binary and in decimal, so that they come back as they went.
fn number() -> impl Strategy<Value = f64> {
    (-8_000_000_i64..8_000_000).prop_map(|eighths| eighths as f64 / 8.0)
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        number().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(text(), inner, 0..4).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

fn any_map() -> impl Strategy<Value = Map<String, Value>> {
    btree_map(text(), any_json(), 0..4).prop_map(|map| map.into_iter().collect())
}

fn any_command() -> impl Strategy<Value = Message> {
    (text(), text(), any_map()).prop_map(|(msg_id, cmd, mut args)| {
        for reserved in ["type", "msg_id", "cmd"] {
            args.remove(reserved);
        }
        Message::Command(Command { msg_id, cmd, args })
    })
}

fn any_ack() -> impl Strategy<Value = Message> {
    // `data: null` and no data are the same on the wire.
    let data = proptest::option::of(any_map().prop_map(Value::from));
    (text(), any::<bool>(), proptest::option::of(text()), data)
        .prop_map(|(msg_id, success, message, data)| Message::Ack(Ack { msg_id, success, message, data }))
}

fn any_response() -> impl Strategy<Value = Message> {
    (text(), any_json())
        .prop_map(|(msg_id, data)| Message::Response(Response { msg_id, success: true, data }))
}

fn any_error() -> impl Strategy<Value = Message> {
    use ErrorCode::{BadFrame, BadJson, BadMessage, Internal, TooLarge, UnknownCommand};
    let code =
        proptest::sample::select(vec![BadFrame, BadJson, BadMessage, TooLarge, UnknownCommand, Internal]);
    (proptest::option::of(text()), text(), code)
        .prop_map(|(msg_id, error, code)| Message::Error(ErrorMessage { msg_id, error, code }))
}

fn any_log() -> impl Strategy<Value = LogRecord> {
    let level = proptest::sample::select(vec![Level::Debug, Level::Info, Level::Warning, Level::Error]);
    (any::<u64>(), level, text()).prop_map(|(time_ms, level, message)| LogRecord { time_ms, level, message })
}

fn any_heartbeat() -> impl Strategy<Value = Message> {
    use Status::{Degraded, Running, Starting, Stopping};
    let status = proptest::sample::select(vec![Starting, Running, Degraded, Stopping]);
    let figures = (any::<u32>(), number(), any::<u64>());
    (text(), figures, status, any_map(), vec(any_log(), 0..3)).prop_map(
        |(worker, (pid, uptime_sec, logs_left_out), status, stats, logs)| {
            Message::Heartbeat(Heartbeat { worker, pid, uptime_sec, status, stats, logs, logs_left_out })
        },
    )
}

fn any_register() -> impl Strategy<Value = Message> {
    (text(), any::<u32>(), text(), text(), vec(text(), 0..3)).prop_map(
        |(worker, pid, version, socket_path, osc_addresses)| {
            Message::Register(Register { worker, pid, version, socket_path, osc_addresses })
        },
    )
}
