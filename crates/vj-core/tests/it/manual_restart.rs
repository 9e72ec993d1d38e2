//! A restart by hand is not a crash, clears the series, and does not wait.

use vj_core::At;
use vj_core::supervision::{Health, Signal};

use crate::stage::{RESTART, SPAWN, Stage, exited, found, kill, now, registered, spawned, terminate};

#[test]
fn sigterm_then_a_fresh_process_at_once() {
    let mut stage = Stage::playing();
    assert_eq!(stage.at(5.0, RESTART), [terminate(1)]);
    assert_eq!(stage.at(5.2, exited(1)), [SPAWN, now(Health::Starting)]);
    stage.at(5.2, spawned(2));
    stage.at(5.2, registered(2));
    assert_eq!((stage.health(), stage.status().restart_count), (Health::Healthy, 0));
}

/// D17: the restart of a hung worker took its time, and everybody else's.
#[test]
fn d17_one_that_hangs_is_killed_after_the_grace_or_at_once_if_that_is_known() {
    let mut stage = Stage::playing();
    stage.at(5.0, RESTART);
    stage.until(9.9);
    assert_eq!(stage.signals(), [(5.0, 1, Signal::Terminate)]);
    stage.until(10.0);
    assert_eq!(stage.signals()[1], (10.0, 1, Signal::Kill));

    let mut stage = Stage::playing();
    stage.until(15.0);
    assert_eq!(stage.at(16.0, RESTART), [kill(1)], "unhealthy: it cannot obey");
    assert_eq!(stage.at(16.0, exited(1)), [SPAWN, now(Health::Starting)]);
}

#[test]
fn it_skips_the_back_off_and_clears_the_series() {
    let mut stage = Stage::playing();
    for (pid, at) in [(1, 0.0), (2, 1.0), (3, 3.0)] {
        stage.at(at, exited(pid));
        stage.until(at + 0.0);
        if pid < 3 {
            stage.at(stage.status().next_restart.unwrap().as_secs_f64(), spawned(pid + 1));
        }
    }
    assert_eq!(stage.at(4.0, RESTART), [SPAWN, now(Health::Starting)]);
    stage.at(4.0, spawned(4));
    // The restart of the series that was due at 7 s does not come any more, and the next crash is a first one.
    stage.at(6.5, exited(4));
    assert_eq!(stage.status().next_restart, Some(At::from_secs_f64(7.5)));
    assert_eq!(stage.status().restart_count, 2, "as many as the law made");
}

#[test]
fn it_starts_what_is_stopped_given_up_or_on_its_way_and_never_two() {
    let mut stage = Stage::new([(crate::stage::AUDIO, false)]);
    assert_eq!(stage.at(0.0, RESTART), [SPAWN, now(Health::Starting)]);
    assert!(stage.status().enabled);
    assert_eq!(stage.at(0.1, RESTART), [], "one is on its way, and fresh");
    assert_eq!(stage.at(0.2, spawned(1)), []);
    assert_eq!(stage.at(0.3, RESTART), [terminate(1)]);
    assert_eq!(stage.at(0.4, RESTART), [], "its end is under way");
    assert_eq!(stage.at(0.5, exited(1)), [SPAWN]);
}

#[test]
fn twenty_restarts_by_hand_in_a_row_give_nobody_up() {
    let mut stage = Stage::playing();
    for pid in 1..=20 {
        stage.at(f64::from(pid), RESTART);
        stage.at(f64::from(pid), exited(pid));
        stage.at(f64::from(pid), spawned(pid + 1));
        stage.at(f64::from(pid), registered(pid + 1));
    }
    assert_eq!((stage.health(), stage.status().restart_count), (Health::Healthy, 0));
    stage.at(21.0, exited(21));
    assert_eq!(stage.status().next_restart, Some(At::from_secs_f64(22.0)));
}

#[test]
fn an_adopted_worker_is_restarted_too() {
    let mut stage = Stage::new([(crate::stage::AUDIO, true)]);
    stage.at(0.0, found(41));
    assert_eq!(stage.at(1.0, RESTART), [terminate(41)]);
    assert_eq!(stage.at(1.1, exited(41))[0], SPAWN);
}
