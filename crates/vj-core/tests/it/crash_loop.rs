//! Crashes: when it is started again, and when it is given up.

use vj_core::At;
use vj_core::supervision::{Action, Event, Exit, Health, Law};

use crate::stage::{
    AUDIO, CRASH, SPAWN, START, STOP, Stage, exited, found, heartbeat, now, registered, secs, spawned,
};

/// A worker each of whose processes lives for so long; its exit is seen at once.
fn crasher(law: Law, life_secs: f64, until_secs: f64) -> Stage {
    let mut stage = Stage::under(law, [(AUDIO, true)]);
    stage.at(0.0, Event::Begin);
    for pid in 1.. {
        let start = *stage.starts().last().unwrap();
        if start + life_secs > until_secs {
            break;
        }
        stage.at(start, spawned(pid));
        stage.at(start, registered(pid));
        for beat in 1..(life_secs / 5.0).ceil() as u32 {
            stage.at(start + 5.0 * f64::from(beat), heartbeat(pid));
        }
        stage.at(start + life_secs, exited(pid));
        match stage.status().next_restart.map(At::as_secs_f64) {
            Some(next) if next <= until_secs => stage.until(next),
            _ => break,
        }
    }
    stage.until(until_secs);
    stage
}

#[test]
fn an_instant_crasher_starts_six_times_and_is_given_up_at_31_s() {
    let stage = crasher(Law::default(), 0.0, 1_000.0);
    assert_eq!(stage.starts(), [0.0, 1.0, 3.0, 7.0, 15.0, 31.0]);
    let last = stage.log.last().unwrap();
    assert_eq!(last, &(31.0, now(Health::GivenUp)), "decided at the exit, and nothing after it");
    // D19: given up is final and visible, for ever and everywhere.
    let status = stage.status();
    assert_eq!((status.health, status.running, status.restart_count), (Health::GivenUp, false, 5));
    assert!(status.enabled, "it is still wished for: that is why it must be shown");
    assert_eq!((status.next_restart, stage.supervisor.next_deadline()), (None, None));
}

#[test]
fn restart_times_by_length_of_life() {
    let cases: &[(f64, &[f64], Health)] = &[
        // 5 s each: restarts at 6, 13, 22, 35, 56 all lie within 60 s of the exit at 61.
        (5.0, &[0.0, 6.0, 13.0, 22.0, 35.0, 56.0], Health::GivenUp),
        // 10 s each: the delays outgrow the window, it is restarted for ever.
        (10.0, &[0.0, 11.0, 23.0, 37.0, 55.0, 81.0, 121.0, 161.0, 201.0, 241.0, 281.0], Health::Healthy),
        // 60 s each: each crash is a first one.
        (60.0, &[0.0, 61.0, 122.0, 183.0, 244.0], Health::Healthy),
    ];
    for (life, starts, health) in cases {
        let stage = crasher(Law::default(), *life, 290.0);
        assert_eq!(stage.starts(), *starts, "a life of {life} s");
        let last = stage.health();
        assert!(last == *health || last == Health::Starting, "a life of {life} s: {last}");
    }
}

#[test]
fn the_fifth_crash_is_restarted_and_the_sixth_gives_up() {
    let mut stage = Stage::playing();
    for (pid, at) in [(1, 0.0), (2, 1.0), (3, 3.0), (4, 7.0)] {
        stage.at(at, exited(pid));
        stage.until(stage.status().next_restart.unwrap().as_secs_f64());
        stage.at(stage.starts().last().copied().unwrap(), spawned(pid + 1));
    }
    assert_eq!(stage.at(15.0, exited(5)), [now(Health::Backoff)], "the fifth crash");
    stage.at(31.0, spawned(6));
    assert_eq!(stage.at(31.0, exited(6)), [now(Health::GivenUp)], "the sixth");
}

#[test]
fn a_restart_counts_for_60_s_and_not_longer() {
    // Restarts at 1, 3, 7, 15, 31 s; the sixth process lives until then.
    for (exit_at, health) in [(60.9, Health::GivenUp), (61.0, Health::GivenUp), (61.1, Health::Backoff)] {
        let mut stage = crasher(Law::default(), 0.0, 30.0);
        stage.at(31.0, spawned(6));
        stage.at(31.0, registered(6));
        for beat in [36.0, 41.0, 46.0, 51.0, 56.0] {
            stage.at(beat, heartbeat(6));
        }
        stage.at(exit_at, exited(6));
        assert_eq!(stage.health(), health, "with the oldest restart at 1 s and the exit at {exit_at} s");
    }
}

#[test]
fn a_law_without_restarts_gives_up_at_the_first_crash() {
    let stage = crasher(Law { max_restarts: 0, ..Law::default() }, 3.0, 100.0);
    assert_eq!((stage.starts(), stage.health()), (vec![0.0], Health::GivenUp));
}

#[test]
fn the_law_is_what_the_config_says() {
    let law = Law { backoff: vec![secs(0.5), secs(3.0)], max_restarts: 3, ..Law::default() };
    assert_eq!(crasher(law, 0.0, 100.0).starts(), [0.0, 0.5, 3.5, 6.5]);
}

#[test]
fn every_kind_of_exit_is_a_crash_unless_somebody_asked_for_it() {
    for exit in [Exit::Code(0), Exit::Code(1), Exit::Code(3), Exit::Signal(15), CRASH, Exit::Vanished] {
        let mut stage = Stage::playing();
        stage.beats(1, [5]);
        stage.at(7.0, Event::Exited { worker: AUDIO, pid: 1, exit });
        assert_eq!((stage.health(), stage.status().last_exit), (Health::Backoff, Some(exit)), "{exit}");
        stage.until(8.0);
        assert_eq!(stage.starts(), [0.0, 8.0], "{exit}");
    }
}

/// D18: waiting is not another crash, and neither is being asked.
#[test]
fn d18_one_crash_is_counted_once_whatever_looks_at_it() {
    let mut stage = crasher(Law::default(), 0.0, 10.0);
    assert_eq!(stage.status().restart_count, 3);
    for tenth in 71..149 {
        // Polls, and the same exit told again.
        stage.at(f64::from(tenth) / 10.0, Event::Tick);
        stage.at(f64::from(tenth) / 10.0, exited(4));
    }
    assert_eq!((stage.health(), stage.status().restart_count), (Health::Backoff, 3));
    stage.until(15.0);
    assert_eq!((stage.starts().len(), stage.status().restart_count), (5, 4));
}

#[test]
fn a_start_that_fails_is_a_crash() {
    let mut stage = Stage::new([(AUDIO, true)]);
    stage.at(0.0, Event::Begin);
    let mut failures = 0;
    while stage.health() == Health::Starting && failures < 20 {
        let at = *stage.starts().last().unwrap();
        stage.at(at, Event::SpawnFailed { worker: AUDIO });
        failures += 1;
        stage.until(at + 30.0);
    }
    assert_eq!((failures, stage.health()), (6, Health::GivenUp));
    assert_eq!(stage.starts(), [0.0, 1.0, 3.0, 7.0, 15.0, 31.0]);
    assert_eq!(stage.status().last_exit, Some(Exit::NotStarted));
}

#[test]
fn a_start_by_hand_clears_given_up_and_the_whole_series() {
    let mut stage = crasher(Law::default(), 0.0, 35.0);
    assert_eq!(stage.at(40.0, START), [SPAWN, now(Health::Starting)]);
    stage.at(40.0, spawned(10));
    stage.at(40.0, exited(10));
    assert_eq!(stage.status().next_restart, Some(At::from_secs_f64(41.0)), "a first crash again");
    assert_eq!(stage.status().restart_count, 5, "a start by hand is not a restart of the law");
}

#[test]
fn a_stop_of_a_given_up_worker_makes_it_merely_stopped() {
    let mut stage = crasher(Law::default(), 0.0, 35.0);
    assert_eq!(stage.at(40.0, STOP), [now(Health::Stopped)]);
    assert!(!stage.status().enabled);
}

#[test]
fn a_given_up_worker_that_is_found_running_is_watched_again() {
    let mut stage = crasher(Law::default(), 0.0, 35.0);
    assert_eq!(stage.at(100.0, found(50)), [now(Health::Starting)]);
    stage.at(100.0, registered(50));
    assert_eq!(stage.health(), Health::Healthy);
    stage.at(101.0, exited(50));
    assert_eq!(stage.health(), Health::Backoff, "no restart lies in the last 60 s");
    let spawns: Vec<&Action> =
        stage.log.iter().map(|(_, action)| action).filter(|it| **it == SPAWN).collect();
    assert_eq!(spawns.len(), 6);
}
