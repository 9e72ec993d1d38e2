//! A hang is detected, whatever kind it is (D16).

use serde_json::{Value, json};
use vj_core::ProcessName::{AudioAnalyzer, TestWorker};

use crate::support::{Show, play, two_workers};

async fn is_replaced(show: &Show, hung: u32, last_beat: f64) {
    show.health_within(TestWorker, "unhealthy", 21.0).await;
    let silent = show.now() - last_beat;
    assert!((15.0..15.1).contains(&silent), "unhealthy after {silent} s");
    // The law says at 30 s, never before.
    show.until(last_beat + 29.9).await;
    assert_eq!(show.world.pid_of(TestWorker), Some(hung));
    show.until(last_beat + 30.1).await;
    assert_eq!(show.exits(TestWorker), [(show.exits(TestWorker)[0].0, (hung, "signal 9".to_owned()))]);
    show.health_within(TestWorker, "healthy", 1.2).await;
    assert_eq!(show.shown(TestWorker).await["restart_count"], 1);
    assert_eq!((show.starts(TestWorker).len(), show.starts(AudioAnalyzer).len()), (2, 1));
}

/// When the next heartbeat comes.
async fn next_beat(show: &Show) -> f64 {
    let mut client = show.client(TestWorker).await;
    client.call("watch", Value::Null).await.ok().unwrap();
    client.next_heartbeat().await.unwrap();
    show.now()
}

#[test]
fn d16_a_stopped_process_is_unhealthy_at_15_s_killed_at_30_s_and_replaced() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.until(20.0).await;
        let last_beat = next_beat(&show).await;
        let pid = show.world.pid_of(TestWorker).unwrap();
        show.world.freeze(pid);
        is_replaced(&show, pid, last_beat).await;
    });
}

#[test]
fn d16_so_is_one_whose_loop_does_not_turn_though_it_still_answers() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.until(20.0).await;
        let last_beat = next_beat(&show).await;
        let pid = show.world.pid_of(TestWorker).unwrap();
        show.done(TestWorker, "hang", Value::Null).await;
        // One more came before the loop was seen to stand.
        let last_beat = last_beat.max(next_beat(&show).await);
        assert_eq!(show.state(TestWorker).await["pid"], json!(pid), "questions are answered all the same");
        is_replaced(&show, pid, last_beat).await;
    });
}

#[test]
fn d16_so_is_one_that_never_registers() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.until(5.0).await;
        show.world.kill(show.world.pid_of(TestWorker).unwrap());
        show.health_within(TestWorker, "starting", 1.1).await;
        let (started_at, pid) = show.starts(TestWorker)[1];
        show.world.freeze(pid);
        show.until(started_at + 29.9).await;
        assert_eq!(show.exits(TestWorker).len(), 1);
        show.until(started_at + 30.1).await;
        assert_eq!(show.exits(TestWorker)[1].1, (pid, "signal 9".to_owned()));
        show.health_within(TestWorker, "healthy", 4.2).await;
    });
}

#[test]
fn a_worker_that_wakes_just_in_time_lives() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        let pid = show.world.pid_of(TestWorker).unwrap();
        let last_beat = next_beat(&show).await;
        show.world.freeze(pid);
        show.until(last_beat + 29.9).await;
        show.world.thaw(pid);
        show.pause(60.0).await;
        assert_eq!((show.world.pid_of(TestWorker), show.starts(TestWorker).len()), (Some(pid), 1));
        assert_eq!(show.last_health(TestWorker).unwrap(), "healthy");
    });
}
