//! A second instance refuses to start and leaves the first alone (D15).

use serde_json::{Value, json};
use vj_core::ProcessName::{AudioAnalyzer, ProcessManager, TestWorker};
use vj_env::Level;
use vj_sim::checkers;
use vj_sim::ground::Driver;

use crate::support::{play, two_workers, words};

#[test]
fn d15_a_second_instance_exits_3_within_a_second_names_the_first_and_does_not_disturb_it() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.until(10.0).await;
        for name in [AudioAnalyzer, TestWorker, ProcessManager] {
            let first = show.world.pid_of(name).unwrap();
            let mut client = show.client(name).await;
            let second = show.world.start(name);
            let began = show.now();
            show.pause(1.0).await;
            let (ended_at, (pid, how)) = show.exits(name).remove(0);
            assert_eq!((pid, how.as_str()), (second, "exit code 3"));
            assert!(ended_at - began < 1.0);
            let said = show.said(name, Level::Error);
            assert!(said.len() == 1 && words(&said[0], &["already running", &first.to_string()]), "{said:?}");
            assert_eq!(show.world.pid_of(name), Some(first));
            let state = client.call("get_state", Value::Null).await.ok().unwrap().data;
            assert_eq!(state["pid"], json!(first), "its connections go on");
        }
        show.until(40.0).await;
        assert_eq!(checkers::no_packet_lost(&show.osc(), "/audio/levels", 40.0, Driver::Virtual.pace()), []);
        for worker in [AudioAnalyzer, TestWorker] {
            let shown = show.shown(worker).await;
            assert_eq!((&shown["health"], &shown["restart_count"]), (&json!("healthy"), &json!(0)));
        }
    });
}

#[test]
fn d15_of_two_that_start_at_once_one_serves() {
    play(two_workers("silence"), |show| async move {
        show.world.start(ProcessManager);
        show.world.start(ProcessManager);
        show.until(10.0).await;
        assert_eq!(show.world.live().len(), 3);
        assert_eq!(show.starts(AudioAnalyzer).len() + show.starts(TestWorker).len(), 2);
        assert_eq!(checkers::never_two_of_one(&show.history()), []);
    });
}
