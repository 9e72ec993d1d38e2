//! Silence: unhealthy at 15 s, killed at 30 s, never earlier. D16: a hang was never detected.

use vj_core::At;
use vj_core::supervision::{Event, Exit, Health, Law, Signal};

use crate::stage::{AUDIO, Stage, degraded, exited, found, heartbeat, kill, now, registered, secs, spawned};

#[test]
fn d16_a_hung_worker_is_unhealthy_at_15_s_killed_at_30_s_and_back_a_second_later() {
    let mut stage = Stage::playing();
    stage.beats(1, [5, 10]);
    let cases = [(24.9, Health::Healthy), (25.0, Health::Unhealthy), (39.9, Health::Unhealthy)];
    for (at, health) in cases {
        stage.until(at);
        assert_eq!((stage.health(), stage.signals()), (health, vec![]), "at {at} s, silent since 10 s");
    }
    stage.until(40.0);
    assert_eq!(stage.signals(), [(40.0, 1, Signal::Kill)]);
    assert_eq!((stage.health(), stage.status().pid), (Health::Unhealthy, Some(1)), "not yet seen dead");
    stage.at(40.01, Event::Exited { worker: AUDIO, pid: 1, exit: Exit::Signal(9) });
    assert_eq!(stage.status().next_restart, Some(At::from_secs_f64(41.01)), "the normal way of an exit");
    stage.until(42.0);
    assert_eq!((stage.starts(), stage.status().restart_count), (vec![0.0, 41.01], 1));
}

#[test]
fn killed_at_30_s_of_silence_and_never_at_29_9() {
    for (silence, killed) in [(29.9, false), (29.999_999_999, false), (30.0, true), (30.1, true)] {
        let mut stage = Stage::playing();
        stage.until(29.0);
        let actions = stage.jump(silence, Event::Tick);
        assert_eq!(actions.contains(&kill(1)), killed, "{silence} s of silence");
    }
}

#[test]
fn a_heartbeat_that_comes_with_the_deadline_saves() {
    let mut stage = Stage::playing();
    stage.until(29.0);
    assert_eq!(stage.jump(30.0, heartbeat(1)), [now(Health::Healthy)]);
    stage.until(44.9);
    assert_eq!((stage.health(), stage.signals()), (Health::Healthy, vec![]));
}

#[test]
fn a_worker_that_never_registers_is_judged_from_its_start() {
    let started: fn(&mut Stage) = |stage| {
        stage.at(2.0, Event::Begin);
        stage.at(2.0, spawned(1));
    };
    let discovered: fn(&mut Stage) = |stage| {
        stage.at(2.0, found(1));
    };
    for begin in [started, discovered] {
        let mut stage = Stage::new([(AUDIO, true)]);
        begin(&mut stage);
        stage.until(16.9);
        assert_eq!(stage.health(), Health::Starting);
        // It talks without having registered, and it is found again: neither is a sign of health.
        stage.at(16.9, heartbeat(1));
        stage.at(16.9, found(1));
        stage.until(17.0);
        assert_eq!((stage.health(), stage.status().last_heartbeat), (Health::Unhealthy, None));
        stage.until(31.9);
        assert_eq!(stage.signals(), []);
        stage.until(32.0);
        assert_eq!(stage.signals(), [(32.0, 1, Signal::Kill)]);
    }
}

#[test]
fn it_is_killed_once_and_what_it_says_afterwards_is_not_heard() {
    let mut stage = Stage::playing();
    stage.until(30.0);
    // Out of queues, while the kernel ends it.
    assert_eq!(stage.at(30.1, heartbeat(1)), []);
    assert_eq!(stage.at(30.1, registered(1)), []);
    stage.until(500.0);
    assert_eq!(stage.signals(), [(30.0, 1, Signal::Kill)]);
    assert_eq!(stage.starts(), [0.0], "no second one beside a process that is not seen dead");
}

#[test]
fn heartbeats_of_another_pid_are_not_heard() {
    let mut stage = Stage::playing();
    stage.beats(77, [5, 10, 14, 20, 25, 29]);
    assert_eq!((stage.health(), stage.status().last_heartbeat), (Health::Unhealthy, None));
    stage.until(30.0);
    assert_eq!(stage.signals(), [(30.0, 1, Signal::Kill)]);
}

#[test]
fn an_old_process_can_neither_crash_nor_speak_for_the_new_one() {
    let mut stage = Stage::playing();
    stage.at(3.0, exited(1));
    stage.at(4.0, spawned(2));
    stage.at(4.0, registered(2));
    for event in [exited(1), heartbeat(1), registered(1)] {
        assert_eq!(stage.at(4.5, event), [], "{event:?}");
    }
    assert_eq!(
        (stage.health(), stage.status().pid, stage.status().last_heartbeat),
        (Health::Healthy, Some(2), None)
    );
}

#[test]
fn degraded_is_said_by_heartbeats_and_ends_with_them() {
    let mut stage = Stage::playing();
    assert_eq!(stage.at(5.0, degraded(1)), [now(Health::Degraded)]);
    assert_eq!(stage.at(9.0, registered(1)), [], "a new connection does not make it well");
    assert_eq!(stage.at(10.0, heartbeat(1)), [now(Health::Healthy)]);
    stage.at(15.0, degraded(1));
    stage.until(30.0);
    assert_eq!(stage.health(), Health::Unhealthy);
    assert_eq!(stage.at(31.0, degraded(1)), [now(Health::Degraded)]);
}

#[test]
fn a_new_registration_is_a_sign_of_life() {
    let mut stage = Stage::playing();
    stage.at(14.0, registered(1));
    stage.until(28.9);
    assert_eq!((stage.health(), stage.status().last_heartbeat), (Health::Healthy, None));
    stage.until(29.0);
    assert_eq!(stage.health(), Health::Unhealthy);
}

#[test]
fn a_new_law_counts_from_the_next_step() {
    let mut stage = Stage::playing();
    stage.until(20.0);
    let law = Law { kill_after: secs(21.0), unhealthy_after: secs(10.0), ..Law::default() };
    stage.supervisor.set_law(law);
    assert_eq!(stage.supervisor.next_deadline(), Some(At::from_secs_f64(21.0)));
    assert_eq!(stage.jump(21.0, Event::Tick), [kill(1)]);
}

#[test]
fn a_new_law_is_not_a_freeze_of_the_manager() {
    // The deadline of the new law lies long in the past; the driver comes as soon as it can.
    let mut stage = Stage::playing();
    stage.until(26.0);
    stage.supervisor.set_law(Law { unhealthy_after: secs(6.0), kill_after: secs(12.0), ..Law::default() });
    assert_eq!(stage.jump(26.5, Event::Tick), [kill(1)]);
    // And one that lets the driver sleep longer.
    let mut stage = Stage::playing();
    let slow =
        Law { heartbeat: secs(60.0), unhealthy_after: secs(61.0), kill_after: secs(62.0), ..Law::default() };
    stage.supervisor.set_law(slow);
    assert_eq!(stage.jump(60.0, Event::Tick), []);
}
