//! A show of real processes: it comes up, is struck, stays up, and comes down.

use std::fs;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

#[cfg(target_os = "linux")]
use crate::real_show::processes_of;
use crate::real_show::{Show, Wire, code, gone, runs, signal, until};

#[test]
fn up_status_and_down() {
    let show = Show::of_a_file();
    assert_eq!(code(&show.vj(&["status"])), Some(3), "nothing runs yet");
    assert_eq!(code(&show.vj(&["down"])), Some(3), "nothing to stop");
    show.up();
    let status: Value = serde_json::from_str(&show.fine(&["status", "--json"])).unwrap();
    assert_eq!(status["workers"]["audio_analyzer"]["health"], "healthy");
    assert_eq!(status["supervised"], true);
    let pids = [show.pid("audio_analyzer"), show.pid("process_manager"), show.pid("up")];
    show.fine(&["down"]);
    for pid in pids {
        gone(pid);
    }
    let left: Vec<_> = fs::read_dir(show.path("bus")).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name.to_str().unwrap().ends_with(".lock")), "{left:?}");
    let state: Vec<_> = fs::read_dir(show.path("state")).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(state, ["logs"], "the show is forgotten");
    assert_eq!(code(&show.vj(&["status"])), Some(3));
    // What was said while nobody read it is in the files, and they are read with everything dead.
    assert!(show.logs().contains("registered with the process manager"), "{}", show.logs());
}

#[test]
fn d15_a_second_instance_is_refused_by_the_pid_of_the_first() {
    let show = Show::of_a_file();
    show.up();
    for (args, holder) in [
        (vec!["worker", "audio_analyzer"], "audio_analyzer"),
        (vec!["manager"], "process_manager"),
        (vec!["up"], "up"),
        (vec!["up", "--detach"], "up"),
    ] {
        let pid = show.pid(holder);
        let output = show.vj(&args);
        let said = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(code(&output), Some(3), "{args:?}: {said}");
        assert!(said.lines().count() == 1 && said.contains(&format!("pid {pid}")), "{said}");
        assert_eq!(show.pid(holder), pid, "the first is undisturbed");
    }
}

#[test]
fn a_killed_worker_is_back_and_the_manager_is_the_same() {
    let show = Show::of_a_file();
    show.up();
    let (worker, manager) = (show.pid("audio_analyzer"), show.pid("process_manager"));
    signal(worker, "-KILL");
    let state = show.until("process_manager", "a new worker is healthy", |state| {
        let it = &state["workers"]["audio_analyzer"];
        it["health"] == "healthy" && it["pid"] != worker
    });
    assert_eq!(state["workers"]["audio_analyzer"]["restart_count"], 1);
    assert_eq!(state["workers"]["audio_analyzer"]["last_exit"], "signal 9");
    assert_eq!(state["pid"], manager);
}

/// D22, D23, D25: survivors were doubled, and nobody could take them over.
#[test]
fn d22_d23_d25_killed_guardian_and_manager_stop_nobody_and_the_next_ones_adopt() {
    let show = Show::of_a_file();
    show.up();
    let (worker, manager, guardian) =
        (show.pid("audio_analyzer"), show.pid("process_manager"), show.pid("up"));
    signal(manager, "-KILL");
    let state = show.until("process_manager", "another manager has adopted", |state| {
        state["pid"] != manager && state["workers"]["audio_analyzer"]["health"] == "healthy"
    });
    let adopted = &state["workers"]["audio_analyzer"];
    assert_eq!(
        (&adopted["pid"], &adopted["adopted"], &adopted["restart_count"]),
        (&worker.into(), &true.into(), &0.into())
    );
    let manager = show.pid("process_manager");
    signal(guardian, "-KILL");
    gone(guardian);
    signal(manager, "-KILL");
    gone(manager);
    let status = show.vj(&["status"]);
    let said = String::from_utf8(status.stdout.clone()).unwrap();
    assert!(code(&status) == Some(1) && said.contains("unsupervised"), "{said}");
    assert!(runs(worker), "and the show goes on");
    show.up();
    assert_eq!(show.pid("audio_analyzer"), worker, "taken as it is");
    // Adopted, it is supervised all the same: its end is noticed at once.
    signal(worker, "-KILL");
    show.until("process_manager", "a new worker is healthy", |state| {
        let it = &state["workers"]["audio_analyzer"];
        it["health"] == "healthy" && it["pid"] != worker
    });
}

#[test]
fn d16_a_hung_worker_is_killed_and_replaced() {
    let mut show = Show::of_a_file();
    show.env.push(("VJ_TIME_SCALE".to_owned(), "10".to_owned()));
    show.up();
    let worker = show.pid("audio_analyzer");
    signal(worker, "-STOP");
    show.until("process_manager", "it is unhealthy", |state| {
        state["workers"]["audio_analyzer"]["health"] == "unhealthy"
    });
    let state = show.until("process_manager", "a new worker is healthy", |state| {
        let it = &state["workers"]["audio_analyzer"];
        it["health"] == "healthy" && it["pid"] != worker
    });
    assert_eq!(state["workers"]["audio_analyzer"]["last_exit"], "signal 9");
    gone(worker);
}

#[test]
fn down_kills_whoever_does_not_obey_and_works_without_a_manager() {
    let mut show = Show::of_a_file();
    show.env.push(("VJ_SUPERVISION_STOP_GRACE".to_owned(), "0.3".to_owned()));
    show.up();
    let (worker, manager, guardian) =
        (show.pid("audio_analyzer"), show.pid("process_manager"), show.pid("up"));
    signal(guardian, "-KILL");
    gone(guardian);
    signal(manager, "-KILL");
    gone(manager);
    signal(worker, "-STOP");
    let said = show.fine(&["down"]);
    assert!(said.contains("did not obey and was killed"), "{said}");
    gone(worker);
}

#[test]
fn d19_a_crash_loop_is_given_up_and_a_start_tries_again() {
    let mut show = Show::of_a_file();
    show.env.push(("VJ_TIME_SCALE".to_owned(), "10".to_owned()));
    fs::create_dir(show.path("bus")).unwrap();
    fs::set_permissions(show.path("bus"), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    // A foreign file stands in the socket's place: it is refused by name and not removed, at each start.
    let foreign = show.path("bus").join("audio_analyzer.sock");
    fs::write(&foreign, "mine").unwrap();
    show.vj(&["up", "--detach"]);
    let state = show.until("process_manager", "it is given up", |state| {
        state["workers"]["audio_analyzer"]["health"] == "given_up"
    });
    assert_eq!(state["workers"]["audio_analyzer"]["restart_count"], 5);
    assert_eq!(fs::read_to_string(&foreign).unwrap(), "mine");
    assert!(show.logs().contains("is not a socket of vj"), "{}", show.logs());
    assert_eq!(code(&show.vj(&["status"])), Some(1));
    fs::remove_file(&foreign).unwrap();
    show.fine(&["start", "audio_analyzer"]);
    assert_eq!(code(&show.vj(&["status"])), Some(0));
}

#[test]
fn d20_stop_sticks_over_a_new_manager() {
    let show = Show::of_a_file();
    show.up();
    show.fine(&["stop", "audio_analyzer"]);
    let manager = show.pid("process_manager");
    signal(manager, "-KILL");
    let state = show.until("process_manager", "another manager", |state| {
        state["pid"] != manager && state["status"] == "running"
    });
    assert_eq!(state["workers"]["audio_analyzer"]["health"], "stopped");
    assert_eq!(code(&show.vj(&["status"])), Some(0), "it is as wished");
    show.fine(&["start", "audio_analyzer"]);
}

#[test]
fn a_config_that_goes_bad_in_mid_show_breaks_nothing_and_is_shown_until_it_is_mended() {
    let show = Show::of_a_file();
    show.up();
    let good = fs::read_to_string(show.path("config.toml")).unwrap();
    fs::write(show.path("config.toml"), "[audio_analyzer]\nloop = 7\n").unwrap();
    show.until("process_manager", "it is shown", |state| state["config_error"].is_string());
    let said = show.fine(&["send", "audio_analyzer", "get_state"]);
    assert!(said.contains("\"status\": \"running\""), "{said}");
    // Also a new manager and a new worker start with the last good one.
    signal(show.pid("process_manager"), "-KILL");
    show.until("process_manager", "it is shown again", |state| state["config_error"].is_string());
    let up = show.vj(&["doctor"]);
    assert_eq!(code(&up), Some(2));
    fs::write(show.path("config.toml"), good.replace("loop = true", "loop = true\nlatency_ms = 5")).unwrap();
    show.until("process_manager", "it is mended", |state| state["config_error"].is_null());
    let state = show.until("audio_analyzer", "it is taken up", |state| state["config"]["latency_ms"] == 5);
    assert_eq!(state["config_source"]["latency_ms"], "file");
}

#[test]
fn a_relative_sound_is_meant_from_where_one_stands_and_refused_from_who_stands_nowhere() {
    let show = Show::of_a_file();
    fs::write(
        show.path("config.toml"),
        "[telemetry]\ntargets = []\n[audio_analyzer]\nsource = 'file:drums.wav'\n",
    )
    .unwrap();
    show.up();
    // Wherever this was started, the sound lies beside the config.
    let source = format!("file:{}", show.path("drums.wav").display());
    show.until("audio_analyzer", "it plays", |state| {
        state["status"] == "running" && state["config"]["source"] == *source
    });
    fs::create_dir(show.path("here")).unwrap();
    fs::copy(show.path("drums.wav"), show.path("here/other.wav")).unwrap();
    let set = ["send", "audio_analyzer", "set_config", "source=file:other.wav"];
    let sent = show.command(&set).current_dir(show.path("here")).output().unwrap();
    assert_eq!(code(&sent), Some(0));
    let source = format!("file:{}", show.path("here/other.wav").display());
    show.until("audio_analyzer", "it plays the other", |state| {
        state["status"] == "running" && state["config"]["source"] == *source
    });
    let asked = json!({"type": "command", "msg_id": "1", "cmd": "set_config", "source": "file:other.wav"});
    Wire::to(&show, "audio_analyzer").ask(asked);
    let state = show.until("audio_analyzer", "it says that it cannot", |state| state["status"] == "degraded");
    assert!(state["last_error"].as_str().unwrap().contains("is a relative path"), "{state}");
}

#[test]
fn an_override_survives_a_crash_and_is_dropped_by_reset() {
    let show = Show::of_a_file();
    show.up();
    show.fine(&["send", "audio_analyzer", "set_config", "latency_ms=30"]);
    signal(show.pid("audio_analyzer"), "-KILL");
    let survived = |state: &Value| state["config"]["latency_ms"] == 30 && state["status"] == "running";
    show.until("audio_analyzer", "the override survived", survived);
    assert!(
        show.fine(&["config"]).lines().any(|line| line.contains("latency_ms") && line.contains("override"))
    );
    show.fine(&["config", "--reset"]);
    show.until("audio_analyzer", "the override is gone", |state| state["config"]["latency_ms"] == 0);
    let refused = show.vj(&["send", "audio_analyzer", "set_config", "latency_ms=\"x\""]);
    let said = String::from_utf8(refused.stderr.clone()).unwrap();
    assert!(code(&refused) == Some(1) && said.contains("latency_ms") && said.contains("allowed"), "{said}");
}

#[test]
fn heartbeats_come_as_often_as_the_manager_was_told_to_expect_them() {
    let show = Show::of_a_file();
    show.up();
    let worker = show.pid("audio_analyzer");
    // Of two steps, since the second expects what the first asks for.
    show.fine(&["send", "process_manager", "set_config", "heartbeat=0.3"]);
    let ago = |state: &Value| state["workers"]["audio_analyzer"]["last_heartbeat_sec_ago"].as_f64();
    let comes_often = || {
        for _ in 0..10 {
            let once =
                show.until("process_manager", "one is old", |state| ago(state).is_some_and(|sec| sec > 0.2));
            let then = show.until("process_manager", "the next has come", |state| ago(state) < ago(&once));
            let took = then["uptime_sec"].as_f64().unwrap() - once["uptime_sec"].as_f64().unwrap();
            if took < 1.0 {
                return Some(());
            }
        }
        None
    };
    until("each 0.3 s", comes_often).unwrap();
    show.fine(&["send", "process_manager", "set_config", "unhealthy_after=2", "kill_after=4"]);
    // A new manager, and a new worker, keep to it.
    signal(show.pid("process_manager"), "-KILL");
    signal(worker, "-KILL");
    show.until("process_manager", "another worker is healthy", |state| {
        let it = &state["workers"]["audio_analyzer"];
        it["health"] == "healthy" && it["pid"] != worker && state["config"]["heartbeat"] == 0.3
    });
    until("each 0.3 s", comes_often).unwrap();
    show.fine(&["config", "--reset"]);
    show.until("process_manager", "it is as the config says", |state| state["config"]["heartbeat"] == 5);
    let kept: Value = serde_json::from_slice(&fs::read(show.path("state/config.json")).unwrap()).unwrap();
    assert_eq!(kept["heartbeat"], Value::Null);
}

#[test]
fn a_terminal_that_ends_takes_nobody_with_it() {
    let show = Show::of_a_file();
    let mut guardian: Child =
        show.command(&["up"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    show.until("process_manager", "it is up", |state| {
        state["workers"]["audio_analyzer"]["health"] == "healthy"
    });
    let worker = show.pid("audio_analyzer");
    signal(guardian.id(), "-HUP");
    show.fine(&["status"]);
    assert!(runs(worker) && guardian.try_wait().unwrap().is_none(), "the guardian goes on without it");
    signal(guardian.id(), "-INT");
    let ended = until("it stops all", || guardian.try_wait().unwrap()).unwrap();
    assert_eq!(ended.code(), Some(0));
    gone(worker);
    assert_eq!(code(&show.vj(&["status"])), Some(3));
}

#[test]
fn a_bad_config_is_exit_2_with_file_line_key_and_what_is_allowed() {
    let show = Show::of_a_file();
    fs::write(show.path("config.toml"), "[supervision]\n\nkill_after = 'soon'\n").unwrap();
    for args in [
        &["up"][..],
        &["up", "--detach"],
        &["status"],
        &["worker", "audio_analyzer"],
        &["manager"],
        &["config"],
    ] {
        let output = show.vj(args);
        let said = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(code(&output), Some(2), "{args:?}: {said}");
        let place =
            format!("error: {}:3: [supervision] 'kill_after' cannot be", show.path("config.toml").display());
        assert!(said.starts_with(&place) && said.contains("allowed: a number from"), "{said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn d10_d22_a_storm_of_kills_leaves_everything_whole() {
    let mut show = Show::of_a_file();
    show.env.push(("VJ_TIME_SCALE".to_owned(), "10".to_owned()));
    // A storm is no crash loop: it must not end with the worker given up.
    show.env.push(("VJ_SUPERVISION_MAX_RESTARTS".to_owned(), "1000".to_owned()));
    show.env.push(("VJ_SUPERVISION_BACKOFF".to_owned(), "1,2".to_owned()));
    show.up();
    let descriptors = |show: &Show| fs::read_dir(format!("/proc/{}/fd", show.pid("up"))).unwrap().count();
    let (guardian, before) = (show.pid("up"), descriptors(&show));
    let mut random = 7_u32;
    for _ in 0..40 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let victim = if random >> 31 == 0 { "process_manager" } else { "audio_analyzer" };
        let lock = show.path("bus").join(format!("{victim}.lock"));
        let pid =
            until(victim, || fs::read_to_string(&lock).ok()?.trim().parse().ok().filter(|pid| runs(*pid)));
        let pid = pid.unwrap();
        // Ten times as fast a manager, on a machine that is busy, may have taken a beginner for hung and killed it first.
        let is_killed = Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap().success();
        assert!(is_killed || !runs(pid), "kill -KILL {pid}");
        gone(pid);
    }
    let lock = show.path("bus").join("audio_analyzer.lock");
    show.until("process_manager", "everybody is well", |state| {
        let holder = fs::read_to_string(&lock).unwrap_or_default().trim().parse::<u32>().ok();
        let it = &state["workers"]["audio_analyzer"];
        it["health"] == "healthy" && holder.is_some_and(|pid| it["pid"] == pid && runs(pid))
    });
    assert_eq!(show.pid("up"), guardian);
    let running = processes_of(&show);
    let count = |what: &str| running.iter().filter(|(_, line)| line.contains(what)).count();
    assert_eq!((count(" up "), count(" manager "), count(" worker ")), (1, 1, 1), "{running:?}");
    assert_eq!(running.len(), 3, "{running:?}");
    assert!(descriptors(&show) <= before + 2, "{before} descriptors, and now {}", descriptors(&show));
    let sockets = fs::read_dir(show.path("bus")).unwrap().flatten();
    assert_eq!(sockets.filter(|it| it.path().extension().is_some_and(|it| it == "sock")).count(), 2);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_panic() {
    let show = Show::of_a_file();
    for args in
        [&["doctor"][..], &["doctor", "--json"], &["status", "--json"], &["status"], &["down", "--json"]]
    {
        let mut child = show.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("panicked") && code(&output) != Some(101), "{args:?}: {said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn told_to_end_while_it_begins_it_leaves_nobody() {
    // A moment later each time: in units of what the smallest command takes.
    for moments in [0, 1, 2, 4, 8, 16] {
        let show = Show::of_a_file();
        let mut up = show.command(&["up"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // From the moment on at which it holds its lock it can be told to end in order.
        until("it guards", || {
            fs::read_to_string(show.path("bus/up.lock")).ok().filter(|pid| !pid.is_empty())
        })
        .unwrap();
        for _ in 0..moments {
            show.vj(&["--version"]);
        }
        signal(up.id(), "-INT");
        until("it ends", || up.try_wait().unwrap()).unwrap();
        assert_eq!(processes_of(&show), [], "after {moments}");
    }
}

#[test]
fn of_several_that_begin_at_once_one_is_up_and_the_others_say_so() {
    let show = Show::of_a_file();
    let begin =
        || show.command(&["up", "--detach"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let all: Vec<Child> = (0..3).map(|_| begin()).collect();
    let codes = all.into_iter().map(|up| code(&up.wait_with_output().unwrap()));
    let mut codes: Vec<_> = codes.collect();
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(3), Some(3)]);
}

#[test]
fn down_says_who_had_to_be_killed_and_lets_a_guardian_that_stands_still_run() {
    let mut show = Show::of_a_file();
    show.env.push(("VJ_SUPERVISION_STOP_GRACE".to_owned(), "0.5".to_owned()));
    show.up();
    signal(show.pid("audio_analyzer"), "-STOP");
    signal(show.pid("up"), "-STOP");
    let said = show.fine(&["down"]);
    assert!(said.contains("audio_analyzer") && said.contains("did not obey and was killed"), "{said}");
    assert!(said.contains("guardian") && code(&show.vj(&["status"])) == Some(3), "{said}");
}
