//! Adoption: what runs already is watched and never doubled. D15, D22, D23: a second manager doubled every worker.

use vj_core::supervision::{Event, Exit, Health, Signal};

use crate::stage::{
    AUDIO, SPAWN, START, STOP, Stage, TEST, exited, found, heartbeat, now, registered, spawned, terminate,
};

#[test]
fn d22_a_new_manager_adopts_the_survivors_with_0_restarts_and_starts_only_the_rest() {
    let mut stage = Stage::new([(AUDIO, true), (TEST, true)]);
    assert_eq!(stage.at(0.0, found(41)), [now(Health::Starting)]);
    let begin = stage.at(0.1, Event::Begin);
    assert_eq!(begin[0], vj_core::supervision::Action::Spawn { worker: TEST });
    assert!(!begin.contains(&SPAWN), "the survivor is not doubled");
    stage.at(0.3, registered(41));
    stage.beats(41, [5, 10, 15, 20]);
    let status = stage.status();
    assert_eq!((status.health, status.pid, status.adopted), (Health::Healthy, Some(41), true));
    assert_eq!((status.restart_count, stage.signals()), (0, vec![]));
}

#[test]
fn d15_begin_twice_starts_nothing_twice() {
    let mut stage = Stage::new([(AUDIO, true)]);
    assert_eq!(stage.at(0.0, Event::Begin)[0], SPAWN);
    assert_eq!(stage.at(0.0, Event::Begin), [], "the first one is on its way");
    stage.at(0.0, spawned(1));
    assert_eq!(stage.at(0.0, Event::Begin), []);
}

#[test]
fn an_adopted_worker_is_supervised_like_any_other() {
    let mut stage = Stage::new([(AUDIO, true)]);
    stage.at(0.0, found(41));
    stage.at(0.0, registered(41));
    stage.at(3.0, Event::Exited { worker: AUDIO, pid: 41, exit: Exit::Vanished });
    assert_eq!((stage.health(), stage.status().last_exit), (Health::Backoff, Some(Exit::Vanished)));
    stage.at(4.0, spawned(42));
    assert_eq!((stage.status().adopted, stage.status().restart_count), (false, 1));
    stage.until(34.0);
    assert_eq!(stage.signals(), [(34.0, 42, Signal::Kill)]);
}

#[test]
fn a_worker_that_registers_unasked_is_adopted() {
    let mut stage = Stage::new([(AUDIO, true)]);
    assert_eq!(stage.at(0.0, registered(41)), [now(Health::Healthy)]);
    assert_eq!(stage.at(0.1, Event::Begin), []);
    assert!(stage.status().adopted);
}

#[test]
fn a_register_out_of_a_queue_does_not_bring_the_dead_back() {
    let mut stage = Stage::playing();
    stage.at(2.0, exited(1));
    assert_eq!(stage.at(2.1, registered(1)), []);
    assert_eq!((stage.health(), stage.status().pid), (Health::Backoff, None));
}

#[test]
fn a_worker_found_in_back_off_cancels_the_restart() {
    let mut stage = Stage::playing();
    stage.at(2.0, exited(1));
    stage.at(2.5, found(50));
    stage.at(2.6, registered(50));
    stage.beats(50, [5, 10]);
    assert_eq!((stage.starts(), stage.health()), (vec![0.0], Health::Healthy));
}

#[test]
fn d22_a_start_that_finds_the_lock_held_adopts_the_holder() {
    // Somebody was quicker; the driver looked at the lock before it started anything.
    let mut stage = Stage::new([(AUDIO, true)]);
    stage.at(0.0, Event::Begin);
    assert_eq!(stage.at(0.0, found(50)), []);
    assert_eq!((stage.status().pid, stage.status().adopted), (Some(50), true));
}

#[test]
fn the_holder_of_the_lock_is_believed_and_the_loser_of_the_race_is_no_crash() {
    let mut stage = Stage::new([(AUDIO, true)]);
    stage.at(0.0, Event::Begin);
    stage.at(0.0, spawned(1));
    stage.at(0.2, found(50));
    stage.at(0.2, registered(50));
    // The lock refused ours.
    assert_eq!(stage.at(0.5, Event::Exited { worker: AUDIO, pid: 1, exit: Exit::Code(3) }), []);
    let status = stage.status();
    assert_eq!((status.health, status.pid, status.adopted), (Health::Healthy, Some(50), true));
    // But a mere registration does not push a known process aside.
    assert_eq!(stage.at(0.6, registered(60)), []);
    assert_eq!(stage.status().pid, Some(50));
}

#[test]
fn a_process_that_registers_before_its_start_is_told_is_still_ours() {
    let mut stage = Stage::new([(AUDIO, true)]);
    stage.at(0.0, Event::Begin);
    stage.at(0.1, registered(1));
    stage.at(0.1, spawned(1));
    let status = stage.status();
    assert_eq!((status.health, status.pid, status.adopted), (Health::Healthy, Some(1), false));
}

#[test]
fn what_nobody_wished_for_is_watched_while_it_runs_and_not_started_again() {
    let mut stage = Stage::new([(AUDIO, false)]);
    stage.at(0.0, found(41));
    stage.at(0.0, registered(41));
    stage.at(0.0, Event::Begin);
    assert_eq!((stage.status().enabled, stage.health()), (false, Health::Healthy));
    stage.until(30.0);
    assert_eq!(stage.signals(), [(30.0, 41, Signal::Kill)], "it is watched");
    assert_eq!(stage.at(30.1, exited(41)), [now(Health::Stopped)]);
    stage.until(500.0);
    assert!(stage.starts().is_empty());
    // A start makes it one that is wished for, also while it runs.
    stage.at(500.0, found(42));
    stage.at(500.0, START);
    stage.at(501.0, exited(42));
    assert_eq!(stage.health(), Health::Backoff);
}

#[test]
fn a_stop_reaches_whoever_holds_the_lock() {
    let mut stage = Stage::playing();
    stage.at(1.0, STOP);
    assert_eq!(stage.at(2.0, found(50))[0], terminate(50));
    stage.until(6.9);
    assert_eq!(stage.signals().len(), 2);
    stage.until(7.0);
    assert_eq!(stage.signals()[2], (7.0, 50, Signal::Kill));
    assert_eq!(stage.at(7.1, exited(50)), [now(Health::Stopped)]);
    assert_eq!(stage.at(7.2, heartbeat(50)), []);
}
