//! `vj status` in every state of a show.

use std::fs;

use insta::assert_snapshot;

use crate::real_show::{Show, gone, signal};
use crate::screen::{Session, without_what_differs};

fn health(show: &Show, health: &str) {
    show.until("process_manager", health, |state| state["workers"]["audio_analyzer"]["health"] == health);
}

#[test]
fn a_worker_without_its_sound_is_degraded_and_says_why() {
    let show = Show::of_a_file();
    fs::remove_file(show.path("drums.wav")).unwrap();
    show.up();
    // It registers before it opens its sound: for a moment it is well.
    health(&show, "degraded");
    let mut session = Session::of(&show);
    session.vj(&["status"]);
    session.vj(&["status", "--json"]);
    let _redacted = without_what_differs();
    assert_snapshot!(session.seen());
}

#[test]
fn a_worker_that_ended_is_started_again_or_given_up() {
    let mut show = Show::of_a_file();
    show.env.push(("VJ_SUPERVISION_BACKOFF".to_owned(), "600".to_owned()));
    show.up();
    let mut session = Session::of(&show);
    session.note("the worker is killed");
    signal(show.pid("audio_analyzer"), "-KILL");
    health(&show, "backoff");
    session.vj(&["status"]);
    session.vj(&["status", "--json"]);
    session.vj(&["start", "audio_analyzer"]);
    session.note("now no restart is allowed, and it is killed again");
    show.fine(&["send", "process_manager", "set_config", "max_restarts=0"]);
    signal(show.pid("audio_analyzer"), "-KILL");
    health(&show, "given_up");
    session.vj(&["status"]);
    session.vj(&["restart", "audio_analyzer"]);
    session.vj(&["status"]);
    let _redacted = without_what_differs();
    assert_snapshot!(session.seen());
}

#[test]
fn a_worker_that_hangs_is_unhealthy() {
    let mut show = Show::of_a_file();
    for (key, sec) in
        [("HEARTBEAT", "0.2"), ("UNHEALTHY_AFTER", "1"), ("KILL_AFTER", "600"), ("STOP_GRACE", "0.2")]
    {
        show.env.push((format!("VJ_SUPERVISION_{key}"), sec.to_owned()));
    }
    show.up();
    signal(show.pid("audio_analyzer"), "-STOP");
    health(&show, "unhealthy");
    let mut session = Session::of(&show);
    session.vj(&["status"]);
    let _redacted = without_what_differs();
    assert_snapshot!(session.seen());
}

#[test]
fn d3_without_a_manager_whoever_lives_is_shown_and_who_is_dead_is_not_taken_for_alive() {
    let show = Show::of_a_file();
    show.up();
    let mut session = Session::of(&show);
    for process in ["up", "process_manager"] {
        let pid = show.pid(process);
        signal(pid, "-KILL");
        gone(pid);
    }
    session.note("guardian and manager are killed");
    session.vj(&["status"]);
    session.vj(&["status", "--json"]);
    let worker = show.pid("audio_analyzer");
    signal(worker, "-KILL");
    gone(worker);
    session.note("and the worker too");
    session.vj(&["status"]);
    session.vj(&["status", "--json"]);
    session.vj(&["down"]);
    let _redacted = without_what_differs();
    assert_snapshot!(session.seen());
}

#[test]
fn a_bad_config_in_the_middle_of_a_show_is_shown() {
    let show = Show::of_a_file();
    show.up();
    fs::write(show.path("config.toml"), "[audio_analyzer]\nloop = 7\n").unwrap();
    show.until("process_manager", "it is shown", |state| state["config_error"].is_string());
    let mut session = Session::of(&show);
    session.vj(&["status"]);
    session.vj(&["status", "--json"]);
    session.vj(&["doctor"]);
    session.vj(&["config"]);
    let _redacted = without_what_differs();
    assert_snapshot!(session.seen());
}
