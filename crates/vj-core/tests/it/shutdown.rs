//! Stopping all: in reverse order of start, one after another, and nothing is started any more.

use vj_core::ProcessName;
use vj_core::supervision::{Action, Event, Exit, Health, Signal};

use crate::stage::{AUDIO, RESTART, START, Stage, TEST, exited};

/// Both workers run, AUDIO as pid 1 and TEST, started after it, as pid 2.
fn both() -> Stage {
    let mut stage = Stage::new([(AUDIO, true), (TEST, true)]);
    stage.at(0.0, Event::Begin);
    for (worker, pid) in [(AUDIO, 1), (TEST, 2)] {
        stage.at(0.0, Event::Spawned { worker, pid });
        stage.at(0.0, Event::Registered { worker, pid });
    }
    stage
}

fn gone(worker: ProcessName, pid: u32) -> Event {
    Event::Exited { worker, pid, exit: Exit::Code(0) }
}

#[test]
fn the_last_started_ends_first_and_the_next_when_it_is_gone() {
    let mut stage = both();
    stage.at(1.0, Event::ShutdownAll);
    assert_eq!(stage.signals(), [(1.0, 2, Signal::Terminate)]);
    assert!(!stage.supervisor.is_idle());
    stage.at(1.5, gone(TEST, 2));
    assert_eq!(stage.signals()[1..], [(1.5, 1, Signal::Terminate)]);
    stage.at(1.7, gone(AUDIO, 1));
    assert!(stage.supervisor.is_idle());
    assert_eq!((stage.supervisor.next_deadline(), stage.starts().len()), (None, 2));
    assert!(stage.status().enabled, "the wish stays: a shutdown is not a stop of this worker");
}

#[test]
fn one_that_ignores_sigterm_holds_the_others_up_for_its_grace_only() {
    let mut stage = both();
    stage.at(1.0, Event::ShutdownAll);
    stage.until(20.0);
    let order = [
        (1.0, 2, Signal::Terminate),
        (6.0, 2, Signal::Kill),
        (6.0, 1, Signal::Terminate),
        (11.0, 1, Signal::Kill),
    ];
    assert_eq!(stage.signals(), order);
    assert!(!stage.supervisor.is_idle(), "killed is not yet gone");
    stage.at(20.0, gone(AUDIO, 1));
    stage.at(20.0, gone(TEST, 2));
    assert!(stage.supervisor.is_idle());
}

#[test]
fn a_hung_one_is_killed_at_once_and_holds_nobody_up() {
    let mut stage = both();
    for at in [5.0, 10.0, 15.0] {
        stage.at(at, crate::stage::heartbeat(1));
    }
    assert_eq!(stage.supervisor.status(TEST).health, Health::Unhealthy);
    stage.at(16.0, Event::ShutdownAll);
    assert_eq!(stage.signals(), [(16.0, 2, Signal::Kill), (16.0, 1, Signal::Terminate)]);
}

#[test]
fn pending_restarts_are_cancelled_and_nothing_is_started_any_more() {
    let mut stage = both();
    stage.at(1.0, exited(1));
    // TEST takes its time, AUDIO's restart would be due at 2 s.
    let actions = stage.at(1.5, Event::ShutdownAll);
    assert!(actions.contains(&Action::HealthChanged { worker: AUDIO, health: Health::Stopped }));
    stage.until(3.0);
    for event in [START, RESTART, Event::Begin, Event::ShutdownAll] {
        assert_eq!(stage.at(3.0, event), [], "{event:?}");
    }
    stage.at(4.0, gone(TEST, 2));
    assert!(stage.supervisor.is_idle());
    assert_eq!(stage.starts(), [0.0, 0.0]);
}

#[test]
fn one_that_crashes_or_is_killed_on_the_way_is_not_started_again() {
    let mut stage = both();
    stage.until(29.0);
    stage.at(29.0, Event::ShutdownAll);
    // Both hang; both are killed.
    assert_eq!(stage.signals(), [(29.0, 2, Signal::Kill), (29.0, 1, Signal::Kill)]);
    stage.at(29.1, exited(1));
    stage.at(29.1, gone(TEST, 2));
    stage.until(100.0);
    assert!(stage.supervisor.is_idle());
    assert_eq!(stage.starts().len(), 2);
}

#[test]
fn one_that_is_being_started_is_ended_as_soon_as_it_has_a_pid() {
    let mut stage = Stage::new([(AUDIO, true)]);
    stage.at(0.0, Event::Begin);
    stage.at(0.0, Event::ShutdownAll);
    assert!(!stage.supervisor.is_idle());
    stage.at(0.1, Event::Spawned { worker: AUDIO, pid: 1 });
    assert_eq!(stage.signals(), [(0.1, 1, Signal::Terminate)]);
    // And one that turns up late is ended too.
    stage.at(0.2, exited(1));
    stage.at(0.3, Event::Registered { worker: AUDIO, pid: 5 });
    assert_eq!(stage.signals()[1..], [(0.3, 5, Signal::Terminate)]);
}
