//! Starting and stopping by hand. D20: a stop did not stick. D21: what was started on demand was not supervised.

use std::time::Duration;

use vj_core::supervision::{Event, Exit, Health, Law, Reported, Signal};
use vj_core::{At, ProcessName};

use crate::stage::{
    AUDIO, RESTART, SPAWN, START, STOP, Stage, exited, found, heartbeat, kill, now, registered, spawned,
    terminate,
};

#[test]
fn d20_stop_sticks() {
    let mut stage = Stage::playing();
    assert_eq!(stage.at(1.0, STOP), [terminate(1)]);
    assert!(!stage.status().enabled);
    let exit = Event::Exited { worker: AUDIO, pid: 1, exit: Exit::Code(0) };
    assert_eq!(stage.at(1.5, exit), [now(Health::Stopped)]);
    for at in 2..600 {
        assert_eq!(stage.at(f64::from(at), Event::Tick), []);
    }
    assert_eq!(stage.at(600.0, Event::Begin), [], "not even a new discovery starts it");
    assert_eq!((stage.starts(), stage.supervisor.next_deadline()), (vec![0.0], None));
}

#[test]
fn d21_a_worker_started_on_demand_is_supervised() {
    let mut stage = Stage::new([(AUDIO, false)]);
    assert_eq!(stage.at(0.0, Event::Begin), []);
    assert_eq!(stage.at(10.0, START), [SPAWN, now(Health::Starting)]);
    stage.at(10.0, spawned(1));
    stage.at(10.0, registered(1));
    stage.at(12.0, Event::Exited { worker: AUDIO, pid: 1, exit: Exit::Signal(9) });
    stage.until(13.0);
    assert_eq!(stage.starts(), [10.0, 13.0]);
}

#[test]
fn a_worker_that_ignores_sigterm_is_killed_after_the_grace_and_once() {
    let mut stage = Stage::playing();
    stage.at(10.0, STOP);
    stage.at(12.0, heartbeat(1));
    stage.at(12.0, STOP);
    stage.until(14.9);
    assert_eq!(stage.signals(), [(10.0, 1, Signal::Terminate)], "asked twice is asked once");
    stage.until(400.0);
    assert_eq!(stage.signals(), [(10.0, 1, Signal::Terminate), (15.0, 1, Signal::Kill)]);
    assert_eq!(stage.at(400.0, exited(1)), [now(Health::Stopped)]);
}

#[test]
fn a_hung_worker_is_stopped_with_sigkill_at_once() {
    let mut stage = Stage::playing();
    stage.until(14.9);
    assert_eq!(stage.health(), Health::Healthy);
    stage.until(20.0);
    assert_eq!(stage.at(20.0, STOP), [kill(1)]);
    assert_eq!(stage.at(20.0, exited(1)), [now(Health::Stopped)]);
}

#[test]
fn without_a_grace_a_stop_is_a_kill() {
    let law = Law { stop_grace: Duration::ZERO, ..Law::default() };
    let mut stage = Stage::under(law, [(AUDIO, true)]);
    stage.at(0.0, found(1));
    assert_eq!(stage.at(1.0, STOP), [kill(1)]);
}

#[test]
fn stop_in_back_off_cancels_the_restart() {
    for stop_at in [2.5, 3.0] {
        // Also with the restart's own deadline: the event comes first.
        let mut stage = Stage::playing();
        stage.at(2.0, exited(1));
        stage.until(stop_at - 0.1);
        assert_eq!(stage.jump(stop_at, STOP), [now(Health::Stopped)]);
        stage.until(100.0);
        assert_eq!((stage.starts(), stage.status().next_restart), (vec![0.0], None));
    }
}

#[test]
fn stop_while_it_is_being_started_ends_it_as_soon_as_it_has_a_pid() {
    let mut stage = Stage::new([(AUDIO, true)]);
    stage.at(0.0, Event::Begin);
    assert_eq!(stage.at(0.1, STOP), []);
    assert_eq!(stage.health(), Health::Starting, "there may be a process");
    assert_eq!(stage.at(0.2, spawned(1)), [terminate(1)]);
    assert_eq!(stage.at(0.3, exited(1)), [now(Health::Stopped)]);
    // The same when the start fails, finds another, or the process registers first.
    for (answer, signalled) in [
        (Event::SpawnFailed { worker: AUDIO }, None),
        (found(9), Some(terminate(9))),
        (registered(9), Some(terminate(9))),
    ] {
        let mut stage = Stage::new([(AUDIO, true)]);
        stage.at(0.0, Event::Begin);
        stage.at(0.1, STOP);
        let actions = stage.at(0.2, answer);
        assert_eq!(
            actions.first().copied().filter(|it| *it != now(Health::Stopped)),
            signalled,
            "{answer:?}"
        );
        stage.until(3.0);
        assert_eq!(stage.starts(), [0.0], "{answer:?}");
    }
}

#[test]
fn stop_then_start_while_it_is_being_started_is_one_start() {
    let mut stage = Stage::new([(AUDIO, true)]);
    stage.at(0.0, Event::Begin);
    stage.at(0.1, STOP);
    stage.at(0.2, START);
    assert_eq!(stage.at(0.3, spawned(1)), []);
    assert_eq!(stage.starts(), [0.0]);
}

#[test]
fn start_during_a_stop_starts_after_the_exit_and_not_earlier() {
    let mut stage = Stage::playing();
    stage.at(1.0, STOP);
    assert_eq!(stage.at(2.0, START), []);
    stage.until(3.0);
    assert_eq!(stage.starts(), [0.0]);
    assert_eq!(stage.at(3.0, exited(1)), [SPAWN, now(Health::Starting)]);
    assert_eq!(stage.status().restart_count, 0);
    // And a second thought wins.
    let mut stage = Stage::playing();
    for event in [STOP, START, STOP] {
        stage.at(1.0, event);
    }
    assert_eq!(stage.at(3.0, exited(1)), [now(Health::Stopped)]);
}

#[test]
fn start_skips_the_back_off_and_does_nothing_to_a_running_worker() {
    let mut stage = Stage::playing();
    assert_eq!(stage.at(1.0, START), []);
    stage.at(2.0, exited(1));
    assert_eq!(stage.at(2.5, START), [SPAWN, now(Health::Starting)]);
    assert_eq!(stage.at(2.6, START), []);
    stage.at(2.6, spawned(2));
    stage.until(10.0);
    assert_eq!((stage.starts(), stage.status().restart_count), (vec![0.0, 2.5], 0));
}

#[test]
fn a_stop_of_what_is_stopped_or_unknown_is_harmless() {
    let mut stage = Stage::new([(AUDIO, false)]);
    assert_eq!(stage.at(0.0, STOP), []);
    assert_eq!(stage.at(0.0, exited(5)), []);
    assert_eq!(stage.at(0.0, Event::SpawnFailed { worker: AUDIO }), []);
    let unknown = ProcessName::TestWorker;
    for event in [
        Event::StartRequested { worker: unknown },
        Event::StopRequested { worker: unknown },
        Event::Registered { worker: unknown, pid: 3 },
        Event::Heartbeat { worker: unknown, pid: 3, status: Reported::Stopping },
    ] {
        assert_eq!(stage.at(0.0, event), [], "{event:?}");
    }
    assert_eq!(stage.supervisor.status(unknown), Default::default());
}

#[test]
fn the_manager_is_not_its_own_worker() {
    let mut stage = Stage::new([(ProcessName::ProcessManager, true), (AUDIO, true)]);
    assert_eq!(stage.at(0.0, Event::Begin), [SPAWN, now(Health::Starting)]);
    assert_eq!(stage.supervisor.workers().count(), 1);
}

#[test]
fn a_kill_for_silence_and_then_a_stop_stays_down_and_a_start_comes_back_at_once() {
    for (wish, expected) in [
        (STOP, vec![now(Health::Stopped)]),
        (START, vec![SPAWN, now(Health::Starting)]),
        (RESTART, vec![SPAWN, now(Health::Starting)]),
    ] {
        let mut stage = Stage::playing();
        stage.until(30.0);
        assert_eq!(stage.at(30.1, wish), []);
        assert_eq!(stage.at(30.2, exited(1)), expected, "{wish:?}");
        assert_eq!(stage.status().restart_count, 0);
        assert_eq!(stage.signals(), [(30.0, 1, Signal::Kill)]);
    }
}

#[test]
fn time_does_not_run_backwards() {
    let mut stage = Stage::playing();
    stage.at(20.0, heartbeat(1));
    stage.jump(3.0, Event::Tick);
    assert_eq!(stage.supervisor.next_deadline(), Some(At::from_secs_f64(25.0)));
}
