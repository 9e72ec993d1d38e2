//! What came into a process is handed to whoever asks, and nobody waits for him.

use std::time::Duration;

use serde_json::{Value, json};
use vj_bus::{Client, GET_TAPE, Outcome};
use vj_core::ProcessName::TestWorker;
use vj_core::limits::{FRAME_BYTES_MAX, TAPE_BYTES_MAX, TAPE_WANTED_AT_FIRST, TAPE_WANTED_FOR};

use crate::support::bus::launch;
use crate::support::memory::Memory;
use crate::support::virtually;

async fn ask(client: &mut Client, args: Value) -> Value {
    client.call_within(Duration::from_secs(60), GET_TAPE, args).await.ok().unwrap().data
}

async fn note(client: &mut Client, text: &str, count: u64) {
    client.call("note", json!({"text": text, "count": count})).await.ok().unwrap();
}

fn texts(answer: &Value) -> Vec<&str> {
    answer["entries"].as_array().unwrap().iter().map(|entry| entry["heard"].as_str().unwrap()).collect()
}

#[test]
fn whoever_comes_late_gets_what_came_before_and_then_what_is_new_the_moment_it_comes() {
    virtually(async {
        let memory = Memory::new(4096);
        let (process, _ears) = memory.start_probe(TestWorker, launch()).await;
        let (mut recorder, mut other) = (memory.client(TestWorker).await, memory.client(TestWorker).await);
        note(&mut other, "one", 1).await;
        note(&mut other, "two", 1).await;
        let answer = ask(&mut recorder, json!({})).await;
        assert_eq!(
            (texts(&answer), &answer["next"], &answer["lost"]),
            (vec!["one", "two"], &json!(2), &json!(0))
        );
        assert_eq!(answer["pid"], process.env.pid);
        let began = memory.clock().now();
        recorder.send(GET_TAPE, json!({"after": 2, "wait_sec": 10}));
        let noted = async {
            memory.clock().sleep(Duration::from_secs(3)).await;
            note(&mut other, "three", 1).await;
        };
        let ((_, answer), ()) = tokio::join!(recorder.next_outcome(), noted);
        let answer = answer.ok().unwrap().data;
        assert_eq!(texts(&answer), ["three"]);
        let at_ns = answer["entries"][0]["at_ns"].as_u64().unwrap();
        assert_eq!((at_ns - began.as_nanos()) / 1_000_000_000, 3, "the moment is the one at which it came");
        assert!(memory.clock().now().since(began) < Duration::from_millis(3_100));
    });
}

#[test]
fn one_who_waits_for_something_new_holds_up_nobody_and_is_answered_when_his_time_is_over() {
    virtually(async {
        let memory = Memory::new(4096);
        let (_process, _ears) = memory.start_probe(TestWorker, launch()).await;
        let (mut recorder, mut other) = (memory.client(TestWorker).await, memory.client(TestWorker).await);
        recorder.send(GET_TAPE, json!({"wait_sec": 7}));
        let began = memory.clock().now();
        let asked = async {
            let answer = other.call_within(Duration::from_secs(1), "get_state", Value::Null).await;
            assert!(matches!(answer, Outcome::Replied(_)));
        };
        let ((_, answer), ()) = tokio::join!(recorder.next_outcome(), asked);
        assert_eq!(answer.ok().unwrap().data["entries"], json!([]));
        assert_eq!(memory.clock().now().since(began).as_secs(), 7);
    });
}

#[test]
fn the_end_of_the_process_does_not_wait_for_one_who_waits() {
    virtually(async {
        let memory = Memory::new(4096);
        let (process, _ears) = memory.start_probe(TestWorker, launch()).await;
        let mut recorder = memory.client(TestWorker).await;
        recorder.send(GET_TAPE, json!({"wait_sec": 10}));
        let began = memory.clock().now();
        let ends = async {
            memory.clock().sleep(Duration::from_secs(1)).await;
            process.env.shutdown.ask();
        };
        let ((_, answer), ()) = tokio::join!(recorder.next_outcome(), ends);
        assert!(matches!(answer, Outcome::Replied(_)), "{answer:?}");
        assert!(memory.clock().now().since(began) < Duration::from_millis(1_100));
    });
}

#[test]
fn memory_is_bounded_and_what_was_dropped_is_counted() {
    virtually(async {
        let memory = Memory::new(1 << 20);
        let (_process, _ears) = memory.start_probe(TestWorker, launch()).await;
        let mut client = memory.client(TestWorker).await;
        let text = "x".repeat(100_000);
        note(&mut client, &text, 40).await;
        let (mut after, mut got, mut lost) = (0, 0, 0);
        loop {
            let answer = ask(&mut client, json!({"after": after})).await;
            assert!(answer.to_string().len() < FRAME_BYTES_MAX * 5 / 8);
            let count = texts(&answer).len() as u64;
            if count == 0 {
                break;
            }
            got += count;
            lost += answer["lost"].as_u64().unwrap();
            after = answer["next"].as_u64().unwrap();
        }
        assert_eq!((got + lost, after), (40, 40));
        assert!((19..=20).contains(&got) && got as usize * text.len() <= TAPE_BYTES_MAX, "{got}");
    });
}

#[test]
fn what_does_not_fit_into_an_answer_is_said_to_be_left_out() {
    virtually(async {
        let memory = Memory::new(1 << 21);
        let (_process, _ears) = memory.start_probe(TestWorker, launch()).await;
        let mut client = memory.client(TestWorker).await;
        note(&mut client, &"x".repeat(700_000), 1).await;
        note(&mut client, &"x".repeat(800_000), 1).await;
        let answer = ask(&mut client, json!({})).await;
        assert_eq!(texts(&answer)[0].len(), 700_000);
        let answer = ask(&mut client, json!({"after": 1})).await;
        assert!(answer["entries"][0]["left_out_bytes"].as_u64().unwrap() > 800_000);
    });
}

#[test]
fn sound_is_kept_only_while_somebody_asks_for_it() {
    virtually(async {
        let memory = Memory::new(4096);
        let (_process, _ears) = memory.start_probe(TestWorker, launch()).await;
        let mut client = memory.client(TestWorker).await;
        let heard = async |client: &mut Client, args: Value| {
            client.call("sound", json!({"text": "la"})).await.ok().unwrap();
            ask(client, args).await["entries"].as_array().unwrap().len()
        };
        memory.clock().sleep(TAPE_WANTED_AT_FIRST).await;
        assert_eq!(heard(&mut client, json!({})).await, 0, "nobody has asked for it");
        assert_eq!(heard(&mut client, json!({"sound": true})).await, 0, "nobody had asked for it");
        assert_eq!(heard(&mut client, json!({"sound": true})).await, 1);
        memory.clock().sleep(TAPE_WANTED_FOR - Duration::from_millis(10)).await;
        assert_eq!(heard(&mut client, json!({})).await, 2);
        memory.clock().sleep(TAPE_WANTED_FOR).await;
        assert_eq!(heard(&mut client, json!({})).await, 0, "and what was kept is forgotten");
    });
}

#[test]
fn a_wrong_question_is_told_what_is_allowed() {
    virtually(async {
        let memory = Memory::new(4096);
        let (_process, _ears) = memory.start_probe(TestWorker, launch()).await;
        let mut client = memory.client(TestWorker).await;
        for (args, why) in [
            (json!({"after": -1}), "'after' cannot be -1 (allowed: a whole number from 0)"),
            (json!({"wait_sec": 11}), "'wait_sec' cannot be 11 (allowed: 0 to 10)"),
            (json!({"sound": "loud"}), "'sound' cannot be \"loud\" (allowed: true, false)"),
        ] {
            let refused = client.call(GET_TAPE, args).await;
            assert!(matches!(&refused, Outcome::Refused(said) if said == why), "{refused:?}");
        }
    });
}
