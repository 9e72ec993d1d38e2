//! Telemetry reaches whoever holds a lease: the right messages, with the type tags of the address book, until it ends.

use std::net::SocketAddr;
use std::time::Duration;

use rosc::{OscMessage, OscPacket, OscType};
use serde_json::{Value, json};
use tokio::net::UdpSocket;
use vj_bus::osc::ADDRESS_BOOK;
use vj_bus::{Client, Launch, Outcome, TelemetryConfig};
use vj_core::ProcessName::TestWorker;

use crate::support::bus::{Bus, launch};
use crate::support::memory::Memory;
use crate::support::{real, virtually, within_deadline};

#[test]
fn osc_arrives_over_udp_with_the_type_tags_of_the_address_book() {
    real(async {
        let bus = Bus::new();
        let (_process, _ears) = bus.start_probe(TestWorker, launch()).await;
        let mut client = bus.client(TestWorker).await;
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = socket.local_addr().unwrap().port();
        accepted(&mut client, "subscribe", json!({"host": "127.0.0.1", "port": port})).await;
        accepted(&mut client, "beat", Value::Null).await;
        for address in ["/audio/beat", "/audio/bpm", "/vj/worker/test_worker"] {
            let message = receive(&socket).await;
            assert_eq!((message.addr.as_str(), tags(&message)), (address, tags_in_book(address)));
            if address == "/audio/beat" {
                assert_eq!(message.args, [OscType::Int(1), OscType::Float(0.75)]);
            }
        }
    });
}

#[test]
fn the_fixed_targets_get_everything_with_nobody_subscribed() {
    real(async {
        let bus = Bus::new();
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        // One of them is not there, which disturbs nobody.
        let gone = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let targets = vec![gone, socket.local_addr().unwrap()];
        let launch =
            Launch { telemetry: TelemetryConfig { targets, ..TelemetryConfig::default() }, ..launch() };
        let (_process, _ears) = bus.start_probe(TestWorker, launch).await;
        let mut client = bus.client(TestWorker).await;
        for _ in 0..3 {
            accepted(&mut client, "beat", Value::Null).await;
            for address in ["/audio/beat", "/audio/bpm", "/vj/worker/test_worker"] {
                assert_eq!(receive(&socket).await.addr, address);
            }
        }
    });
}

#[test]
fn patterns_choose_and_unsubscribe_ends() {
    for (patterns, expect) in [
        (json!(["/audio/*"]), vec!["/audio/beat", "/audio/bpm"]),
        (json!(["/audio/{bpm,pitch}"]), vec!["/audio/bpm"]),
        (json!(["/vj/worker/test_*", "/audio/beat"]), vec!["/audio/beat", "/vj/worker/test_worker"]),
        (json!(["/nothing"]), vec![]),
        (Value::Null, vec!["/audio/beat", "/audio/bpm", "/vj/worker/test_worker"]),
    ] {
        virtually(async {
            let (memory, _process, mut client) = memory().await;
            let mut subscribe = receiver();
            subscribe["patterns"] = patterns;
            accepted(&mut client, "subscribe", subscribe).await;
            accepted(&mut client, "beat", Value::Null).await;
            assert_eq!(sent(&memory), expect);
            // Subscribing again replaces; it does not add.
            accepted(&mut client, "subscribe", with(receiver(), "patterns", json!(["/audio/bpm"]))).await;
            accepted(&mut client, "beat", Value::Null).await;
            assert_eq!(sent(&memory), ["/audio/bpm"]);
            accepted(&mut client, "unsubscribe", receiver()).await;
            accepted(&mut client, "beat", Value::Null).await;
            assert!(sent(&memory).is_empty());
        });
    }
}

#[test]
fn a_lease_ends_on_time_and_is_renewed_by_subscribing_again() {
    virtually(async {
        let (memory, _process, mut client) = memory().await;
        for (lease_sec, lasts) in [(Value::Null, 15.0), (json!(2.5), 2.5)] {
            let subscribe = with(receiver(), "lease_sec", lease_sec);
            accepted(&mut client, "subscribe", subscribe.clone()).await;
            wait(&memory, lasts - 0.1).await;
            accepted(&mut client, "beat", Value::Null).await;
            assert!(!sent(&memory).is_empty(), "within the lease of {lasts} s");
            // Renewed: it lasts as long again from now.
            accepted(&mut client, "subscribe", subscribe).await;
            wait(&memory, lasts - 0.1).await;
            accepted(&mut client, "beat", Value::Null).await;
            assert!(!sent(&memory).is_empty(), "within the renewed lease of {lasts} s");
            // The worker ends no ticks here: a lease is over when it is over.
            wait(&memory, 0.2).await;
            accepted(&mut client, "beat", Value::Null).await;
            assert!(sent(&memory).is_empty(), "after the lease of {lasts} s");
        }
    });
}

#[test]
fn a_lease_outlives_its_connection_but_not_the_worker() {
    virtually(async {
        let (memory, process, mut client) = memory().await;
        accepted(&mut client, "subscribe", receiver()).await;
        drop(client);
        let mut client = memory.client(TestWorker).await;
        accepted(&mut client, "beat", Value::Null).await;
        assert_eq!(sent(&memory).len(), 3);
        // A restart in place keeps it, a new process does not.
        accepted(&mut client, "restart", Value::Null).await;
        accepted(&mut client, "beat", Value::Null).await;
        assert_eq!(sent(&memory).len(), 3);
        process.kill().await;
        let (_process, _ears) = memory.start_probe(TestWorker, launch()).await;
        let mut client = memory.client(TestWorker).await;
        accepted(&mut client, "beat", Value::Null).await;
        assert!(sent(&memory).is_empty());
    });
}

/// A recorder knows by it which of the first packets of a process it was too late for.
#[test]
fn the_answer_tells_from_when_on_packets_are_sent() {
    virtually(async {
        let (memory, _process, mut client) = memory().await;
        wait(&memory, 2.0).await;
        let before = memory.clock().now().as_nanos();
        let answer = client.call("subscribe", receiver()).await.ok().unwrap().data;
        let after = memory.clock().now().as_nanos();
        let at_ns = answer["at_ns"].as_u64().unwrap();
        assert!((before..=after).contains(&at_ns), "{before} <= {at_ns} <= {after}");
    });
}

#[test]
fn a_bad_subscription_is_refused_in_words_and_changes_nothing() {
    virtually(async {
        let (memory, _process, mut client) = memory().await;
        accepted(&mut client, "subscribe", with(receiver(), "patterns", json!(["/audio/bpm"]))).await;
        let many: Vec<_> = (0..33).map(|n| format!("/a/{n}")).collect();
        for (args, says) in [
            (json!({"port": 1}), "'host' is missing"),
            (json!({"host": "example.org", "port": 1}), "'host' cannot be 'example.org'"),
            (json!({"host": "127.0.0.1"}), "'port' must be"),
            (json!({"host": "127.0.0.1", "port": 0}), "'port' must be"),
            (json!({"host": "127.0.0.1", "port": 65536}), "'port' must be"),
            (with(receiver(), "patterns", json!("/a")), "'patterns' must be a list of strings"),
            (with(receiver(), "patterns", json!([1])), "'patterns' must be a list of strings"),
            (with(receiver(), "patterns", json!([])), "'patterns' must name 1 to 32"),
            (with(receiver(), "patterns", json!(many)), "'patterns' must name 1 to 32"),
            (with(receiver(), "patterns", json!(["audio"])), "'audio' is not an OSC address pattern"),
            (with(receiver(), "lease_sec", json!(0)), "'lease_sec' cannot be 0"),
            (with(receiver(), "lease_sec", json!(-1)), "'lease_sec' cannot be -1"),
            (with(receiver(), "lease_sec", json!(3601)), "'lease_sec' cannot be 3601"),
            (with(receiver(), "lease_sec", json!("long")), "'lease_sec' cannot be \"long\""),
            (with(receiver(), "visuals_only", json!(1)), "'visuals_only' cannot be 1 (allowed: true, false)"),
        ] {
            let outcome = client.call("subscribe", args.clone()).await;
            assert!(
                matches!(&outcome, Outcome::Refused(why) if why.starts_with(says)),
                "{args}: {outcome:?}"
            );
        }
        accepted(&mut client, "beat", Value::Null).await;
        assert_eq!(sent(&memory), ["/audio/bpm"]);
    });
}

#[test]
fn the_65th_subscription_is_refused_until_a_lease_ends() {
    virtually(async {
        let (memory, _process, mut client) = memory().await;
        let subscribe = |port: u16| json!({"host": "127.0.0.1", "port": port, "patterns": ["/audio/bpm"]});
        for port in 1..=64 {
            accepted(&mut client, "subscribe", subscribe(port)).await;
        }
        let outcome = client.call("subscribe", subscribe(65)).await;
        assert!(
            matches!(&outcome, Outcome::Refused(why) if why.starts_with("64 subscriptions")),
            "{outcome:?}"
        );
        // Whoever has one may renew it.
        accepted(&mut client, "subscribe", subscribe(64)).await;
        accepted(&mut client, "beat", Value::Null).await;
        assert_eq!(sent(&memory).len(), 64);
        wait(&memory, 15.1).await;
        accepted(&mut client, "subscribe", subscribe(65)).await;
    });
}

async fn memory() -> (Memory, crate::support::memory::Process, Client) {
    let memory = Memory::new(4096);
    let (process, _ears) = memory.start_probe(TestWorker, launch()).await;
    let client = memory.client(TestWorker).await;
    (memory, process, client)
}

fn receiver() -> Value {
    json!({"host": "localhost", "port": 9100})
}

fn with(mut args: Value, key: &str, value: Value) -> Value {
    args[key] = value;
    args
}

async fn accepted(client: &mut Client, cmd: &str, args: Value) {
    let outcome = client.call(cmd, args).await;
    assert!(matches!(outcome, Outcome::Replied(_)), "{cmd}: {outcome:?}");
}

async fn wait(memory: &Memory, secs: f64) {
    memory.clock().sleep(Duration::from_secs_f64(secs)).await;
}

/// The addresses that went out since the last question.
fn sent(memory: &Memory) -> Vec<String> {
    let local: SocketAddr = ([127, 0, 0, 1], 9100).into();
    let packets = memory.sent.take();
    packets
        .into_iter()
        .map(|(to, packet)| {
            assert_eq!(to.ip(), local.ip());
            decode(&packet).addr
        })
        .collect()
}

async fn receive(socket: &UdpSocket) -> OscMessage {
    let mut packet = [0; 2048];
    let len = within_deadline(socket.recv(&mut packet)).await.unwrap();
    decode(&packet[..len])
}

fn decode(packet: &[u8]) -> OscMessage {
    match rosc::decoder::decode_udp(packet).unwrap() {
        (_, OscPacket::Message(message)) => message,
        (_, OscPacket::Bundle(bundle)) => panic!("no bundle was asked for: {bundle:?}"),
    }
}

fn tags(message: &OscMessage) -> String {
    let tag = |arg: &OscType| match arg {
        OscType::Int(_) => 'i',
        OscType::Float(_) => 'f',
        OscType::String(_) => 's',
        other => panic!("{other:?} is in no line of the book"),
    };
    message.args.iter().map(tag).collect()
}

fn tags_in_book(address: &str) -> String {
    let is_it = |known: &str| {
        let start = known.strip_suffix("NAME");
        known == address || start.is_some_and(|start| address.starts_with(start))
    };
    let entry = ADDRESS_BOOK.iter().find(|entry| is_it(entry.address)).unwrap();
    entry.tags.to_owned()
}
