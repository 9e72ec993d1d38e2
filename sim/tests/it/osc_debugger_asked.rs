//! What the debugger is asked and set to: within its limits, and refused by name beyond them.

use rosc::{OscMessage, OscPacket, OscType, encoder};
use serde_json::{Value, json};
use vj_core::ProcessName::{OscDebugger, TestWorker};
use vj_core::limits::FRAME_BYTES_MAX;
use vj_sim::stage::{DEBUGGER, Stage};
use vj_sim::tape::Tapes;

use crate::support::{Show, play, words};

/// A quiet show: only what a test sends is captured, and the manager's word on health.
fn stage(table: Value) -> Stage {
    Stage::new(1, Tapes::new()).with(TestWorker, json!({})).with(OscDebugger, table)
}

fn packet(addr: &str, args: Vec<OscType>) -> Vec<u8> {
    encoder::encode(&OscPacket::Message(OscMessage { addr: addr.to_owned(), args })).unwrap()
}

/// Sends so many numbered messages to a port, a few a millisecond.
async fn send(show: &Show, count: i32, port: u16) {
    let telemetry = show.world.telemetry();
    for n in 0..count {
        telemetry.send(([127, 0, 0, 1], port).into(), &packet("/n", vec![OscType::Int(n)]));
        if n % 4 == 3 {
            show.pause(0.001).await;
        }
    }
    show.pause(0.01).await;
}

async fn data(show: &Show, cmd: &str, args: Value) -> Value {
    show.ask(OscDebugger, cmd, args).await.ok().unwrap().data
}

/// The numbers of those messages.
fn numbers(data: &Value) -> Vec<i64> {
    data["messages"].as_array().unwrap().iter().map(|it| it["args"][0].as_i64().unwrap()).collect()
}

#[test]
fn the_newest_come_as_many_as_wanted_and_since_then() {
    play(stage(json!({})), |show| async move {
        show.begin(&[TestWorker, OscDebugger]).await;
        send(&show, 80, DEBUGGER.1).await;
        let some = data(&show, "get_messages", json!({"pattern": "/n"})).await;
        assert_eq!(
            (numbers(&some), &some["more"]),
            ((30..80).collect(), &true.into()),
            "fifty, if nobody says"
        );
        let few = data(&show, "get_messages", json!({"pattern": "/n", "count": 3})).await;
        assert_eq!((numbers(&few), &few["more"]), (vec![77, 78, 79], &true.into()));
        let all = data(&show, "get_messages", json!({"pattern": "/n", "count": 80, "since": null})).await;
        assert_eq!((numbers(&all).len(), &all["more"]), (80, &false.into()));
        let since = all["messages"][74]["seq"].clone();
        let later = data(&show, "get_messages", json!({"pattern": "/n", "since": since})).await;
        assert_eq!((numbers(&later), &later["more"]), ((75..80).collect(), &false.into()));
        let none = data(&show, "get_messages", json!({"since": all["seq"]})).await;
        assert_eq!((&none["messages"], &none["seq"]), (&json!([]), &all["seq"]));
    });
}

#[test]
fn logs_come_by_level_worker_count_and_since() {
    play(stage(json!({})), |show| async move {
        show.begin(&[TestWorker, OscDebugger]).await;
        show.world.set_disk_full(true);
        show.done(TestWorker, "set_config", json!({"crash_at_start": false})).await;
        show.pause(7.0).await;
        let all = data(&show, "get_logs", json!({})).await;
        let list = all["logs"].as_array().unwrap();
        assert!(list.len() > 4 && all["more"] == false, "{all}");
        let one = data(&show, "get_logs", json!({"count": 1})).await;
        assert_eq!((&one["logs"][0], &one["more"]), (&list[list.len() - 1], &true.into()));
        let later = data(&show, "get_logs", json!({"since": list[1]["seq"]})).await;
        assert_eq!(later["logs"].as_array().unwrap()[..], list[2..]);
        let count = |name: &str, value: &str| list.iter().filter(|it| it[name] == value).count();
        let mine = data(&show, "get_logs", json!({"worker": "test_worker"})).await;
        assert_eq!(mine["logs"].as_array().unwrap().len(), count("worker", "test_worker"));
        let bad = data(&show, "get_logs", json!({"level": "warning"})).await;
        let expected = count("level", "warning") + count("level", "error");
        assert!(bad["logs"].as_array().unwrap().len() == expected && expected > 0, "{bad}");
    });
}

#[test]
fn what_cannot_be_is_refused_by_the_name_of_the_argument() {
    play(stage(json!({})), |show| async move {
        show.begin(&[TestWorker, OscDebugger]).await;
        for (cmd, args, says) in [
            ("get_messages", json!({"count": 0}), &["'count'", "0", "1 to 10000"][..]),
            ("get_messages", json!({"count": 10_001}), &["'count'", "10001"]),
            ("get_messages", json!({"count": "ten"}), &["'count'", "\"ten\""]),
            ("get_messages", json!({"since": -1}), &["'since'", "-1", "whole number"]),
            ("get_messages", json!({"pattern": "/a["}), &["'pattern'"]),
            ("get_messages", json!({"pattern": 7}), &["'pattern'", "7"]),
            ("get_logs", json!({"count": 1.5}), &["'count'", "1.5"]),
            ("get_logs", json!({"since": "then"}), &["'since'", "\"then\""]),
            ("get_logs", json!({"level": "loud"}), &["'level'", "\"loud\"", "debug, info, warning, error"]),
            ("get_logs", json!({"worker": "drummer"}), &["'worker'", "drummer"]),
            ("get_logs", json!({"worker": 1}), &["'worker'", "1"]),
            ("set_config", json!({"max_messages": 0}), &["'max_messages'", "1 to 10000"]),
            ("set_config", json!({"max_logs": 10_001}), &["'max_logs'", "1 to 10000"]),
            ("set_config", json!({"listen": "here"}), &["'listen'", "\"here\"", "IP:PORT"]),
            ("set_config", json!({"listen": "127.0.0.1:0"}), &["'listen'"]),
            ("set_config", json!({"logging_enabled": "no"}), &["'logging_enabled'", "true or false"]),
            ("get_everything", json!({}), &["get_everything"]),
        ] {
            let why = show.refused(OscDebugger, cmd, args.clone()).await;
            assert!(words(&why, says), "{cmd} {args}: {why}");
        }
    });
}

#[test]
fn cleared_nothing_is_left_and_counts_and_numbers_go_on() {
    play(stage(json!({})), |show| async move {
        show.begin(&[TestWorker, OscDebugger]).await;
        show.pause(5.5).await;
        send(&show, 20, DEBUGGER.1).await;
        let before = data(&show, "get_messages", json!({})).await;
        show.done(OscDebugger, "clear", json!({})).await;
        let after = data(&show, "get_messages", json!({})).await;
        assert_eq!((&after["messages"], &after["seq"]), (&json!([]), &before["seq"]));
        assert_eq!(data(&show, "get_logs", json!({})).await["logs"], json!([]));
        let state = show.state(OscDebugger).await;
        assert_eq!((&state["addresses"], state["stats"]["packets"].as_u64() >= Some(20)), (&json!([]), true));
        send(&show, 1, DEBUGGER.1).await;
        let next = data(&show, "get_messages", json!({"since": before["seq"]})).await;
        assert_eq!(next["messages"][0]["seq"].as_u64(), before["seq"].as_u64().map(|seq| seq + 1));
    });
}

#[test]
fn sizes_count_at_once_and_survive_a_kill() {
    play(stage(json!({"max_messages": 100})), |show| async move {
        show.begin(&[TestWorker, OscDebugger]).await;
        let count = async || {
            send(&show, 200, DEBUGGER.1).await;
            data(&show, "get_messages", json!({"count": 10_000})).await["messages"].as_array().unwrap().len()
        };
        assert_eq!(count().await, 100);
        show.done(OscDebugger, "set_config", json!({"max_messages": 10, "max_logs": 1})).await;
        assert_eq!(data(&show, "get_messages", json!({})).await["messages"].as_array().unwrap().len(), 10);
        show.kill(OscDebugger).await;
        show.health_within(OscDebugger, "healthy", 2.0).await;
        show.pause(5.5).await;
        assert_eq!(count().await, 10);
        assert_eq!(data(&show, "get_logs", json!({})).await["logs"].as_array().unwrap().len(), 1);
        show.done(OscDebugger, "set_config", json!({"max_messages": null})).await;
        assert_eq!(count().await, 100);
    });
}

#[test]
fn without_logging_messages_are_counted_and_not_kept() {
    play(stage(json!({})), |show| async move {
        show.begin(&[TestWorker, OscDebugger]).await;
        send(&show, 5, DEBUGGER.1).await;
        show.done(OscDebugger, "set_config", json!({"logging_enabled": false})).await;
        let before = data(&show, "get_messages", json!({})).await;
        send(&show, 50, DEBUGGER.1).await;
        show.world.telemetry().send(DEBUGGER.into(), b"junk");
        show.pause(0.01).await;
        assert_eq!(data(&show, "get_messages", json!({})).await, before, "what was kept stays");
        let state = show.state(OscDebugger).await;
        assert_eq!(
            (&state["sources"]["listen"]["packets"], &state["stats"]["malformed"]),
            (&56.into(), &1.into())
        );
        let rate = state["addresses"].as_array().unwrap().iter().find(|it| it["addr"] == "/n").unwrap();
        assert_eq!((&rate["count"], &rate["args"]), (&55.into(), &json!([49])));
        show.done(OscDebugger, "set_config", json!({"logging_enabled": true})).await;
        send(&show, 1, DEBUGGER.1).await;
        assert_eq!(numbers(&data(&show, "get_messages", json!({"count": 1, "pattern": "/n"})).await), [0]);
    });
}

#[test]
fn another_port_is_taken_up_at_once_and_a_bad_one_given_back() {
    play(stage(json!({})), |show| async move {
        show.begin(&[TestWorker, OscDebugger]).await;
        let pid = show.world.pid_of(OscDebugger);
        let taken = show.world.telemetry().listen(([127, 0, 0, 1], 9_400).into()).unwrap();
        let listening = async || show.state(OscDebugger).await["listening"].clone();
        show.done(OscDebugger, "set_config", json!({"listen": "localhost:9300"})).await;
        show.pause(0.01).await;
        assert_eq!(listening().await, "127.0.0.1:9300");
        send(&show, 3, 9_300).await;
        send(&show, 4, DEBUGGER.1).await;
        assert_eq!(
            show.state(OscDebugger).await["sources"]["listen"]["packets"],
            3,
            "and the old one is closed"
        );
        show.done(OscDebugger, "set_config", json!({"listen": "127.0.0.1:9400"})).await;
        show.health_within(OscDebugger, "degraded", 1.0).await;
        show.done(OscDebugger, "set_config", json!({"listen": null})).await;
        show.health_within(OscDebugger, "healthy", 1.0).await;
        assert_eq!((listening().await, show.world.pid_of(OscDebugger)), (json!("127.0.0.1:9001"), pid));
        drop(taken);
    });
}

#[test]
fn a_restart_in_place_begins_anew_and_hears_everybody_again() {
    play(stage(json!({})), |show| async move {
        show.begin(&[TestWorker, OscDebugger]).await;
        let pid = show.world.pid_of(OscDebugger);
        for _ in 0..3 {
            send(&show, 20, DEBUGGER.1).await;
            show.done(OscDebugger, "restart", json!({})).await;
            show.pause(0.5).await;
            assert_eq!(data(&show, "get_messages", json!({"pattern": "/n"})).await["messages"], json!([]));
            send(&show, 2, DEBUGGER.1).await;
            let state = show.state(OscDebugger).await;
            assert_eq!(
                (&state["sources"]["listen"]["packets"], &state["sources"]["test_worker"]["connected"]),
                (&2.into(), &true.into())
            );
        }
        show.pause(6.0).await;
        assert_eq!(show.state(OscDebugger).await["status"], "running");
        assert!(
            data(&show, "get_messages", json!({"pattern": "/vj/worker/*"})).await["messages"][0].is_object()
        );
        assert_eq!(show.world.pid_of(OscDebugger), pid);
    });
}

#[test]
fn ten_thousand_huge_messages_fit_into_an_answer_and_into_memory() {
    play(stage(json!({"max_messages": 10_000})), |show| async move {
        show.begin(&[TestWorker, OscDebugger]).await;
        // Escaped, each of these characters takes six bytes.
        let huge = vec![OscType::String("\u{1}".repeat(3_000)); 20];
        let telemetry = show.world.telemetry();
        for _ in 0..250 {
            for _ in 0..40 {
                telemetry.send(DEBUGGER.into(), &packet("/huge", huge.clone()));
            }
            show.pause(0.01).await;
        }
        let answer = data(&show, "get_messages", json!({"count": 10_000})).await;
        let list = answer["messages"].as_array().unwrap();
        assert!(answer["more"] == true && !list.is_empty());
        assert!(answer.to_string().len() < FRAME_BYTES_MAX, "{}", answer.to_string().len());
        let last = list.last().unwrap();
        assert!((&last["seq"], &last["addr"]) == (&answer["seq"], &"/huge".into()), "the newest is there");
        let text = last["args"][0].as_str().unwrap();
        assert!((1_000..=1_030).contains(&text.len()), "{} bytes: cut to what a person reads", text.len());
        let state = show.state(OscDebugger).await;
        assert_eq!(
            (&state["sources"]["listen"]["packets"], &state["stats"]["sampled_out"]),
            (&10_000.into(), &0.into())
        );
    });
}

#[test]
fn of_more_than_a_person_can_follow_a_part_is_kept_and_all_is_counted() {
    play(stage(json!({"max_messages": 10_000})), |show| async move {
        show.begin(&[TestWorker, OscDebugger]).await;
        show.pause(0.2).await;
        let telemetry = show.world.telemetry();
        for n in 0..600 {
            telemetry.send(DEBUGGER.into(), &packet("/n", vec![OscType::Int(n)]));
            if n % 200 == 199 {
                show.pause(0.002).await;
            }
        }
        let kept = data(&show, "get_messages", json!({"count": 10_000, "pattern": "/n"})).await;
        assert_eq!(numbers(&kept).len(), 500);
        let stats = show.state(OscDebugger).await["stats"].clone();
        show.pause(1.1).await;
        let later = show.state(OscDebugger).await["stats"].clone();
        assert_eq!(later["sampled_out"], 100, "{stats} {later}");
        send(&show, 1, DEBUGGER.1).await;
        let kept = data(&show, "get_messages", json!({"count": 10_000, "pattern": "/n"})).await;
        assert_eq!(numbers(&kept).len(), 501, "and then it goes on");
    });
}
