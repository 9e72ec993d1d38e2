//! The checkers complain of a system that is broken, and of real histories from which something is taken away: a checker
//! that is green over every run proves nothing.

use serde_json::{Value, json};
use vj_core::ProcessName::{self, AudioAnalyzer, ProcessManager, TestWorker};
use vj_core::playback::Player;
use vj_sim::checkers::{self, Violation};
use vj_sim::ground::Driver;
use vj_sim::history::{Entry, What};
use vj_sim::osc_log::OscLine;
use vj_sim::scenarios::{self, Run};
use vj_sim::stage::Stage;
use vj_sim::tape::Tapes;

use crate::support::{Library, Show, Sound, audio, play, two_workers};

/// A run of a scenario, in which nothing is to complain of.
fn whole(name: &str) -> Run {
    let run = scenarios::find(name).unwrap().play(&Driver::Virtual, 1);
    assert_eq!(run.violations, []);
    run
}

fn complains(violations: Vec<Violation>, of: &str) {
    assert!(
        violations.iter().any(|violation| violation.property == of),
        "nothing of '{of}' in {violations:?}"
    );
}

fn without(run: &Run, is_gone: impl Fn(&Entry) -> bool) -> Vec<Entry> {
    let left: Vec<_> = run.history.iter().filter(|entry| !is_gone(entry)).cloned().collect();
    assert!(left.len() < run.history.len(), "there was nothing to take away");
    left
}

fn first_kill(run: &Run) -> (f64, String) {
    let kill = run.history.iter().find_map(|entry| match &entry.what {
        What::Fault { kind, target, .. } if kind == "kill" => Some((entry.t, target.clone())),
        _ => None,
    });
    kill.unwrap()
}

#[test]
fn a_worker_that_answers_too_late_after_its_death_is_seen() {
    let run = whole("crash-recovery");
    let (killed_at, victim) = first_kill(&run);
    let late = without(&run, |entry| {
        matches!(&entry.what, What::Answer { to, .. } if *to == victim)
            && (killed_at..killed_at + 1.5).contains(&entry.t)
    });
    complains(checkers::answered_within_of_kill(&late, 1.5), "a killed worker is back and answers in time");
    complains(
        checkers::every_command_answered_once_in_order(&late),
        "every command is answered once, in order",
    );
}

#[test]
fn a_death_without_a_cause_and_a_second_holder_are_seen() {
    let run = whole("crash-recovery");
    let no_cause = without(&run, |entry| matches!(entry.what, What::Fault { .. }));
    complains(checkers::only_victims_end(&no_cause), "only victims of faults end");
    let no_end = without(&run, |entry| matches!(entry.what, What::Exit { .. }));
    complains(checkers::never_two_of_one(&no_end), "never two of one worker");
    complains(checkers::no_restarts(&run.history, &[("test_worker", 1)]), "nobody is restarted without need");
}

#[test]
fn a_hole_in_the_telemetry_is_seen() {
    let run = whole("manager-adoption");
    let lines = |is_gone: &dyn Fn(&OscLine) -> bool| {
        run.osc.iter().filter(|line| !is_gone(line)).cloned().collect::<Vec<_>>()
    };
    assert_eq!(
        checkers::no_packet_lost(&lines(&|_| false), "/audio/levels", 60.0, Driver::Virtual.pace()),
        []
    );
    let one = lines(&|line| (30.0..30.0 + 1.0 / 60.0).contains(&line.t));
    complains(
        checkers::no_packet_lost(&one, "/audio/levels", 60.0, Driver::Virtual.pace()),
        "telemetry has no long gap",
    );
    let ended = lines(&|line| line.t > 58.0);
    complains(checkers::no_gap_over(&ended, "/audio/levels", 1.6, 60.0), "telemetry has no long gap");
    let none = lines(&|line| line.addr == "/audio/levels");
    complains(checkers::no_gap_over(&none, "/audio/levels", 1.6, 60.0), "telemetry flows");
}

#[test]
fn a_worker_that_a_new_manager_does_not_adopt_is_seen() {
    let run = whole("manager-adoption");
    let second = run
        .history
        .iter()
        .filter(|e| matches!(&e.what, What::Start { process, .. } if process == "process_manager"));
    let second = second.map(|entry| entry.t).nth(1).unwrap();
    let never = without(&run, |entry| entry.t > second && matches!(entry.what, What::Health { .. }));
    let adopted = checkers::adopted_within(&never, &["audio_analyzer"], 2.0);
    complains(adopted, "a new manager adopts every worker in time");
}

#[test]
fn answers_that_are_lost_doubled_or_swapped_are_seen() {
    let run = whole("torn-frames");
    let of = "every command is answered once, in order";
    let answers: Vec<_> = (0..run.history.len())
        .filter(|index| matches!(run.history[*index].what, What::Answer { .. }))
        .collect();
    let mut lost = run.history.clone();
    lost.remove(answers[100]);
    complains(checkers::every_command_answered_once_in_order(&lost), of);
    complains(checkers::all_replied(&lost, 501), "every command is done");
    let mut doubled = run.history.clone();
    doubled.insert(answers[100], run.history[answers[100]].clone());
    complains(checkers::every_command_answered_once_in_order(&doubled), of);
    let mut swapped = run.history.clone();
    swapped.swap(answers[100], answers[101]);
    complains(checkers::every_command_answered_once_in_order(&swapped), of);
}

/// A show that is broken in itself: what it leaves behind.
fn broken<F: Future<Output = ()>>(
    stage: Stage,
    script: impl FnOnce(Show) -> F,
) -> (Vec<Entry>, Vec<OscLine>) {
    play(stage, |show| async move {
        script(show.clone()).await;
        show.world.note(What::End);
        (show.history(), show.osc())
    })
}

#[test]
fn sound_that_never_opens_is_seen() {
    let (history, osc) = broken(
        audio(&Library::with("a", Sound::of(9.0)), json!({"source": "file:none"})),
        |show| async move {
            show.world.start(ProcessManager);
            show.until(30.0).await;
        },
    );
    complains(checkers::no_gap_over(&osc, "/audio/levels", 1.6, 30.0), "telemetry has no long gap");
    complains(checkers::whole_in_the_end(&history, &["audio_analyzer"]), "all is well in the end");
    complains(checkers::no_complaints(&history), "nothing to complain of");
}

#[test]
fn sound_that_goes_silent_is_seen() {
    let sound = Sound { breaks_at_sec: Some(10.0), ..Sound::of(60.0) };
    let (history, osc) =
        broken(audio(&Library::with("a", sound), json!({"source": "file:a"})), |show| async move {
            show.world.start(ProcessManager);
            show.until(30.0).await;
        });
    complains(checkers::no_gap_over(&osc, "/audio/levels", 1.6, 30.0), "telemetry has no long gap");
    complains(
        checkers::no_packet_lost(&osc, "/audio/levels", 30.0, Driver::Virtual.pace()),
        "every tick is sent once",
    );
    complains(checkers::whole_in_the_end(&history, &["audio_analyzer"]), "all is well in the end");
}

#[test]
fn a_worker_that_is_never_restarted_is_seen() {
    for has_manager in [true, false] {
        let stage = two_workers("silence").with(ProcessManager, json!({"max_restarts": 0}));
        let (history, osc) = broken(stage, |show| async move {
            if has_manager {
                show.begin(&[AudioAnalyzer, TestWorker]).await;
            } else {
                show.start(AudioAnalyzer).await;
            }
            show.until(10.0).await;
            show.world.kill(show.world.pid_of(AudioAnalyzer).unwrap());
            show.until(30.0).await;
        });
        complains(
            checkers::answered_within_of_kill(&history, 1.5),
            "a killed worker is back and answers in time",
        );
        complains(checkers::no_gap_over(&osc, "/audio/levels", 1.6, 30.0), "telemetry has no long gap");
        if !has_manager {
            complains(checkers::dead_leave_no_socket(&history, 1.5), "the dead leave no socket");
            complains(checkers::whole_in_the_end(&history, &["audio_analyzer"]), "all is well in the end");
        }
    }
}

#[test]
fn another_law_than_the_promised_one_is_seen() {
    let stage = two_workers("silence")
        .with(ProcessManager, json!({"backoff": [0.5, 2.0]}))
        .with(TestWorker, json!({"crash_at_start": true}));
    let (history, _) = broken(stage, |show| async move {
        show.world.start(ProcessManager);
        show.until(60.0).await;
    });
    complains(
        checkers::crash_loop_is_given_up(&history, "test_worker", 0, Driver::Virtual.slack()),
        "restarts come when the law says",
    );

    for (law, of) in [
        (json!({"unhealthy_after": 10}), "unhealthy after 15 s of silence"),
        (json!({"kill_after": 29.5}), "killed after 30 s of silence, never before"),
        (json!({"kill_after": 31}), "killed after 30 s of silence, never before"),
    ] {
        let stage = two_workers("silence").with(ProcessManager, law);
        let (history, _) = broken(stage, |show| async move {
            show.begin(&[TestWorker]).await;
            marks_heartbeats(&show, TestWorker, 20.0).await;
            show.world.freeze(show.world.pid_of(TestWorker).unwrap());
            show.pause(60.0).await;
        });
        complains(checkers::killed_for_silence_on_time(&history, "test_worker", Driver::Virtual.slack()), of);
    }
}

/// As somebody who watches does.
async fn marks_heartbeats(show: &Show, worker: ProcessName, until_sec: f64) {
    let mut client = show.client(worker).await;
    assert!(client.call("watch", Value::Null).await.ok().is_ok());
    while show.now() < until_sec {
        client.next_heartbeat().await.unwrap();
        show.world.note(What::Mark { name: "heartbeat".to_owned(), detail: worker.to_string() });
    }
}

#[test]
fn a_panic_is_seen_and_ends_its_process_alone() {
    let (history, _) = broken(Stage::new(1, Tapes::new()).with(TestWorker, json!({})), |show| async move {
        let manager = show.begin(&[TestWorker]).await;
        let _ = show.ask(TestWorker, "panic", Value::Null).await;
        show.pause(3.0).await;
        assert_eq!(show.world.pid_of(ProcessManager), Some(manager));
        assert_eq!(show.exits(TestWorker)[0].1.1, "exit code 101");
        assert_eq!(show.last_health(TestWorker).unwrap(), "healthy");
    });
    complains(checkers::no_panic(&history), "no process panics");
}

#[test]
fn a_track_that_is_told_twice_late_or_never_is_seen() {
    let run = whole("virtualdj-file");
    let of = "each track exactly once, in time";
    let judge = |history: &[Entry], osc: &[OscLine]| {
        checkers::each_play_is_told_once(history, osc, Player::VirtualDj, 2.5)
    };
    assert_eq!(judge(&run.history, &run.osc), []);
    let at = run.osc.iter().rposition(|line| line.addr == "/karaoke/track").unwrap();
    let mut twice = run.osc.clone();
    twice.push(run.osc[at].clone());
    complains(judge(&run.history, &twice), of);
    let mut never = run.osc.clone();
    never.remove(at);
    complains(judge(&run.history, &never), of);
    let mut late = run.osc.clone();
    late[at].t += 2.6;
    complains(judge(&run.history, &late), of);
    let mut another = run.osc.clone();
    another[at].args[3] = json!("Another");
    complains(judge(&run.history, &another), of);
}
