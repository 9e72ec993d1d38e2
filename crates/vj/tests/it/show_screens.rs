//! What a show prints from its beginning to its end.

use std::fs::File;
use std::process::Output;

use insta::assert_snapshot;

use crate::real_show::{Show, gone, signal, until};
use crate::screen::{Session, without_what_differs};

#[test]
fn where_nothing_runs() {
    let show = Show::of_a_file();
    let mut session = Session::of(&show);
    for args in [
        &["status"][..],
        &["status", "--json"],
        &["down"],
        &["down", "--json"],
        &["start", "audio_analyzer"],
        &["send", "audio_analyzer", "get_state"],
        &["send", "process_manager", "get_state"],
        &["logs"],
    ] {
        session.vj(args);
    }
    let _redacted = without_what_differs();
    assert_snapshot!(session.seen());
}

#[test]
fn from_up_to_down() {
    let show = Show::of_a_file();
    let mut session = Session::of(&show);
    session.vj(&["up", "--detach"]);
    session.vj(&["status"]);
    session.vj(&["status", "--json"]);
    session.vj(&["send", "audio_analyzer", "set_config", "latency_ms=30"]);
    session.vj(&["send", "audio_analyzer", "set_config", "latency=30"]);
    session.vj(&["send", "audio_analyzer", "set_config", "latency_ms=soon", "--json"]);
    session.vj(&["send", "audio_analyzer", "dance"]);
    session.vj(&["send", "process_manager", "start_worker", "worker=drummer"]);
    session.vj(&["stop", "audio_analyzer"]);
    session.vj(&["status"]);
    session.vj(&["send", "audio_analyzer", "get_state"]);
    session.vj(&["start", "audio_analyzer"]);
    session.vj(&["restart", "audio_analyzer"]);
    session.vj(&["config", "--reset"]);
    session.vj(&["down"]);
    session.vj(&["down"]);
    let _redacted = without_what_differs();
    assert_snapshot!(session.seen());
}

#[test]
fn what_every_process_tells_of_itself() {
    let show = Show::of_a_file();
    show.up();
    let mut session = Session::of(&show);
    session.vj(&["send", "process_manager", "get_state"]);
    // Of the audio worker the figures grow from moment to moment; which there are is what counts.
    let state = show.state("audio_analyzer").unwrap();
    let keys: Vec<_> = state.as_object().unwrap().keys().map(String::as_str).collect();
    let figures: Vec<_> = state["stats"].as_object().unwrap().keys().map(String::as_str).collect();
    let told =
        format!("{}\n\naudio_analyzer: {}\nstats: {}\n", session.seen(), keys.join(" "), figures.join(" "));
    let _redacted = without_what_differs();
    assert_snapshot!(told);
}

#[test]
fn in_the_foreground_until_ctrl_c() {
    let show = Show::of_a_file();
    let (out, err) = (show.path("out"), show.path("err"));
    let mut up = show.command(&["up"]);
    up.stdout(File::create(&out).unwrap()).stderr(File::create(&err).unwrap());
    let mut guardian = up.spawn().unwrap();
    let is_up = || std::fs::read_to_string(&out).unwrap().contains("Ctrl-C").then_some(());
    until("it says that it is up", is_up).unwrap();
    signal(guardian.id(), "-INT");
    let status = guardian.wait().unwrap();
    let read = |path| std::fs::read(path).unwrap();
    let mut session = Session::of(&show);
    session.ran(&["up"], &Output { status, stdout: read(&out), stderr: read(&err) });
    let _redacted = without_what_differs();
    assert_snapshot!(session.seen());
}

#[test]
fn down_tells_who_did_not_obey() {
    let mut show = Show::of_a_file();
    show.env.push(("VJ_SUPERVISION_STOP_GRACE".to_owned(), "0.2".to_owned()));
    for json in [&[][..], &["--json"]] {
        show.up();
        for process in ["up", "process_manager"] {
            let pid = show.pid(process);
            signal(pid, "-KILL");
            gone(pid);
        }
        signal(show.pid("audio_analyzer"), "-STOP");
        let mut session = Session::of(&show);
        session.note("guardian and manager are killed, and the worker hangs");
        session.vj(&[&["down"], json].concat());
        let _redacted = without_what_differs();
        assert_snapshot!(if json.is_empty() { "did_not_obey" } else { "did_not_obey_json" }, session.seen());
    }
}

#[test]
fn what_they_said_is_in_the_logs() {
    let show = Show::of_a_file();
    show.up();
    show.fine(&["down"]);
    let mut session = Session::of(&show);
    session.vj(&["logs", "audio_analyzer"]);
    session.vj(&["logs", "process_manager", "-n", "4"]);
    session.vj(&["logs", "up", "-n", "2", "--json"]);
    session.vj(&["logs", "drummer"]);
    let _redacted = without_what_differs();
    assert_snapshot!(session.seen());
}

#[test]
fn doctor_tells_what_is_missing() {
    let mut show = Show::of_a_file();
    let visuals = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let nobody = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let targets = format!("{},{nobody},192.0.2.1:9000", visuals.local_addr().unwrap());
    show.env.push(("VJ_TELEMETRY_TARGETS".to_owned(), targets));
    std::fs::write(show.path("note"), "").unwrap();
    let bad_bus = show.path("note").display().to_string();
    let mut session = Session::of(&show);
    session.vj(&["doctor"]);
    session.vj(&["doctor", "--json"]);
    session.vj(&["doctor", "--bus-dir", &bad_bus]);
    session.vj(&[
        "doctor",
        "--set",
        "audio_analyzer.source=file:/no/such.wav",
        "--set",
        "telemetry.targets=",
    ]);
    session.vj(&["doctor", "--set", "audio_analyzer.enabled=false"]);
    session.vj(&["doctor", "--set", "audio_analyzer.source=tape"]);
    show.up();
    session.vj(&["doctor"]);
    let _redacted = without_what_differs();
    assert_snapshot!(session.seen());
}
