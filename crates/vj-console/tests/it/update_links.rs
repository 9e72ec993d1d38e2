//! Processes that come, say how they are, and go.

use serde_json::{Map, json};
use vj_bus::{Heartbeat, Status};
use vj_console::model::screen::Screen;
use vj_console::model::workers;
use vj_console::{Effect, Event};
use vj_core::ProcessName;

use crate::show::{IN_A_SHOW, Show, given_up, live, state, state_with};

fn beat(worker: &str, status: Status) -> Event {
    let (worker, stats) = (worker.to_owned(), Map::new());
    Event::Beat(Box::new(Heartbeat {
        worker,
        pid: 1,
        uptime_sec: 1.0,
        status,
        stats,
        logs: Vec::new(),
        logs_left_out: 0,
    }))
}

#[test]
fn a_heartbeat_with_another_status_is_reason_to_ask() {
    let mut show = live(Screen::Master);
    assert_eq!(show.send(beat("audio_analyzer", Status::Running)).asked(), []);
    let degraded = show.send(beat("audio_analyzer", Status::Degraded)).asked();
    assert_eq!(degraded, [Effect::Refresh(ProcessName::AudioAnalyzer)]);
    assert_eq!(show.send(beat("audio_analyzer", Status::Degraded)).asked(), [], "once");
    assert_eq!(show.send(beat("nobody", Status::Degraded)).asked(), []);
}

#[test]
fn the_count_says_how_many_of_those_that_should_run_are_in_sight() {
    let mut show = Show::empty();
    assert_eq!((show.model.connected(), show.model.is_complete()), ((0, 0), false));
    show.state(ProcessName::AudioAnalyzer, state(ProcessName::AudioAnalyzer));
    assert_eq!((show.model.connected(), show.model.is_complete()), ((1, 1), false), "nobody watches it");
    show.all_up();
    assert_eq!((show.model.connected(), show.model.is_complete()), ((6, 6), true));
    show.wait(2_001);
    assert_eq!(show.model.connected(), (0, 6), "nobody has answered lately");
    let manager = ProcessName::ProcessManager;
    show.all_up().state(manager, state_with(manager, &[("/workers/osc_debugger/enabled", json!(false))]));
    assert_eq!(
        (show.model.connected(), show.model.is_complete()),
        ((5, 5), true),
        "what is switched off is not missed"
    );
}

#[test]
fn a_worker_that_was_never_reached_cannot_be_lost() {
    let mut show = Show::empty();
    show.down(ProcessName::AudioAnalyzer);
    assert!(show.model.processes.is_empty());
    assert!(workers::rows(&show.model).iter().all(|row| row.health == "not running"));
}

#[test]
fn a_lost_worker_comes_back_as_it_is_now() {
    let mut show = live(Screen::Master);
    for process in IN_A_SHOW {
        show.down(process);
    }
    show.wait(12_000);
    assert!(workers::rows(&show.model).iter().all(|row| row.health == "lost" && row.stale.is_some()));
    show.all_up();
    assert!(workers::rows(&show.model).iter().all(|row| row.health == "healthy" && row.stale.is_none()));
}

#[test]
fn the_managers_word_counts_for_a_worker_that_was_given_up() {
    let show = given_up(Screen::Master);
    let row =
        workers::rows(&show.model).into_iter().find(|row| row.name == ProcessName::SpotifyMonitor).unwrap();
    assert_eq!((&*row.health, row.pid, row.restarts, row.stale), ("given_up", None, Some(5), None));
    assert_eq!(row.note, "ended too often: s starts it; last end: exit status 101");
}

#[test]
fn a_worker_that_refuses_its_telemetry_is_named_and_what_others_send_is_shown_all_the_same() {
    let mut show = live(Screen::Master);
    let process = ProcessName::LyricsFetcher;
    let why = "64 subscriptions are held already, which is the limit".to_owned();
    show.send(Event::Unheard { process, why });
    let notice = show.model.notice.clone().unwrap();
    assert!(
        notice.is_alarm && notice.text.contains("lyrics_fetcher") && notice.text.contains("64"),
        "{notice:?}"
    );
    assert_eq!(show.model.deaf, None);
}
