//! Many commands at once, many clients at once: every answer comes, in order, to whom it belongs.

use std::time::Duration;

use serde_json::{Value, json};
use vj_bus::{Client, Message, Outcome};
use vj_core::ProcessName::TestWorker;

use crate::support::bus::{Bus, launch};
use crate::support::raw::json_frame;
use crate::support::{real, within_deadline};

#[test]
fn d13_500_pipelined_commands_are_answered_in_order() {
    real(async {
        let bus = Bus::new();
        let (_process, _ears) = bus.start_probe(TestWorker, launch()).await;
        let mut raw = bus.raw(TestWorker).await;
        // Some are answered by the service, some by the worker, some by nobody but the error.
        let cmds = ["get_state", "ask", "done", "refuse", "drop", "dance"];
        let bytes: Vec<u8> = (0..500)
            .flat_map(|n| {
                let cmd = cmds[n % cmds.len()];
                json_frame(&json!({"type": "command", "msg_id": n.to_string(), "cmd": cmd, "n": n}))
            })
            .collect();
        raw.write(&bytes).await.unwrap();
        for n in 0..500 {
            let (kind, msg_id) = match raw.next().await.expect("an answer is due") {
                Message::Response(response) => {
                    if cmds[n % cmds.len()] == "ask" {
                        assert_eq!(response.data, json!({"n": n}));
                    }
                    ("response", response.msg_id)
                }
                Message::Ack(ack) => ("ack", ack.msg_id),
                Message::Error(error) => ("error", error.msg_id.unwrap()),
                other => panic!("no answer: {other:?}"),
            };
            let expect = ["response", "response", "ack", "ack", "error", "error"][n % cmds.len()];
            assert_eq!((kind, msg_id), (expect, n.to_string()));
        }
    });
}

#[test]
fn d13_a_client_may_send_many_and_then_listen() {
    real(async {
        let bus = Bus::new();
        let (_process, _ears) = bus.start_probe(TestWorker, launch()).await;
        let mut client = bus.client(TestWorker).await;
        let sent: Vec<String> = (0..500).map(|n| client.send("ask", json!({"n": n}))).collect();
        assert_eq!(client.pending(), 500);
        for (n, msg_id) in sent.into_iter().enumerate() {
            let (answered, outcome) = within_deadline(client.next_outcome()).await;
            assert_eq!(answered, msg_id);
            assert_eq!(outcome.ok().unwrap().data, json!({"n": n}));
        }
        assert_eq!(client.pending(), 0);
    });
}

#[test]
fn d12_50_clients_at_once_each_get_their_own_answers() {
    real(async {
        let bus = Bus::new();
        let (_process, _ears) = bus.start_probe(TestWorker, launch()).await;
        let clients: Vec<_> = (0..50)
            .map(|who| {
                let (control, clock) = (bus.control(), bus.clock().clone());
                tokio::task::spawn_local(async move {
                    let mut client = Client::connect(&control, &clock, TestWorker).await.unwrap();
                    for n in 0..10 {
                        let args = json!({"who": who, "n": n});
                        let limit = Duration::from_secs(30);
                        match client.call_within(limit, "ask", args.clone()).await {
                            Outcome::Replied(reply) => assert_eq!(reply.data, args),
                            other => panic!("client {who}: {other:?}"),
                        }
                    }
                })
            })
            .collect();
        for client in clients {
            client.await.unwrap();
        }
    });
}

#[test]
fn a_command_that_cannot_be_sent_is_refused_at_once() {
    real(async {
        let bus = Bus::new();
        let (_process, _ears) = bus.start_probe(TestWorker, launch()).await;
        let mut client = bus.client(TestWorker).await;
        let outcome = client.call("ask", json!({"text": "x".repeat(1024 * 1024)})).await;
        assert!(matches!(&outcome, Outcome::Refused(why) if why.contains("over the limit")), "{outcome:?}");
        assert!(matches!(client.call("get_state", Value::Null).await, Outcome::Replied(_)));
    });
}
