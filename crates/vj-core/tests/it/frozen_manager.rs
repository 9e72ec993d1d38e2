//! A frozen supervisor blames nobody: what it missed itself is added to every deadline of silence.

use vj_core::supervision::{Action, Event, Health, Signal};

use crate::stage::{AUDIO, Stage, TEST, exited, heartbeat, kill, secs, spawned, terminate};

fn forgiven(actions: &[Action]) -> Option<f64> {
    actions.iter().find_map(|action| match action {
        Action::FreezeForgiven { unseen } => Some(unseen.as_secs_f64()),
        _ => None,
    })
}

#[test]
fn a_manager_frozen_for_40_s_kills_nobody_and_calls_nobody_unhealthy() {
    // Whatever it finds first when it wakes: its clock, or a heartbeat out of its queue, of this worker or another.
    let other = Event::Heartbeat { worker: TEST, pid: 9, status: Default::default() };
    for first in [Event::Tick, heartbeat(1), other] {
        let mut stage = Stage::playing();
        stage.beats(1, [5, 10]);
        let actions = stage.jump(53.0, first);
        assert_eq!(forgiven(&actions), Some(43.0), "nothing seen since 10 s: {first:?}");
        stage.at(53.1, heartbeat(1));
        stage.beats(1, [58, 63, 68]);
        assert_eq!((stage.health(), stage.signals()), (Health::Healthy, vec![]), "{first:?}");
        assert_eq!((stage.starts(), stage.status().restart_count), (vec![0.0], 0));
    }
}

#[test]
fn five_seconds_late_is_no_freeze_and_a_little_more_is() {
    // Promised: the look at the clock 5 s after the last step at 10 s.
    for (at, unseen) in
        [(19.9, None), (20.0, None), (20.000_000_001, Some(10.000_000_001)), (20.1, Some(10.1))]
    {
        let mut stage = Stage::playing();
        stage.beats(1, [5, 10]);
        let found = forgiven(&stage.jump(at, Event::Tick));
        assert_eq!(found, unseen, "at {at} s");
    }
}

#[test]
fn a_freeze_moves_the_deadlines_by_what_was_not_seen_and_once() {
    // Silent since 10 s, last seen at 20 s, promised for 25 s. 4.9 s late: killed at 40 s all the same. 5.1 s late: the
    // 10.1 s since the last step do not count.
    for (wakes, killed) in [(29.9, 40.0), (30.1, 50.1)] {
        let mut stage = Stage::playing();
        stage.beats(1, [5, 10]);
        stage.until(20.0);
        stage.jump(wakes, Event::Tick);
        stage.jump(wakes, Event::Tick);
        stage.until(100.0);
        assert_eq!(stage.signals(), [(killed, 1, Signal::Kill)], "woken at {wakes} s");
    }
}

#[test]
fn a_hung_worker_does_not_escape_by_a_freeze() {
    let mut stage = Stage::playing();
    stage.until(29.0);
    stage.jump(100.0, Event::Tick);
    assert_eq!(stage.health(), Health::Unhealthy, "it was before, and nothing was heard since");
    // 25 s of silence were seen before, 5 s are seen now.
    stage.until(104.9);
    assert_eq!(stage.signals(), []);
    stage.until(105.0);
    assert_eq!(stage.signals(), [(105.0, 1, Signal::Kill)]);
}

#[test]
fn two_freezes_add_up() {
    let mut stage = Stage::playing();
    stage.jump(25.0, Event::Tick);
    stage.jump(50.0, Event::Tick);
    stage.until(64.9);
    assert_eq!(stage.health(), Health::Healthy);
    stage.until(79.9);
    assert_eq!((stage.health(), stage.signals()), (Health::Unhealthy, vec![]));
    stage.until(80.0);
    assert_eq!(stage.signals(), [(80.0, 1, Signal::Kill)]);
}

/// It was slow to start and registered while the manager could not look; the manager wakes up to its deadline first.
#[test]
fn waking_up_is_not_the_moment_to_kill() {
    let mut stage = Stage::new([(AUDIO, true)]);
    stage.at(0.0, Event::Begin);
    stage.at(0.0, spawned(1));
    stage.until(25.0);
    assert!(
        !stage.jump(70.0, Event::Tick).contains(&kill(1)),
        "the deadline of 30 s was missed by the manager"
    );
    stage.jump(70.0, crate::stage::registered(1));
    assert_eq!(stage.health(), Health::Healthy);
}

#[test]
fn every_worker_is_forgiven() {
    let mut stage = Stage::new([(AUDIO, true), (TEST, true)]);
    for (worker, pid) in [(AUDIO, 1), (TEST, 2)] {
        stage.at(0.0, Event::Found { worker, pid });
        stage.at(0.0, Event::Registered { worker, pid });
    }
    stage.jump(100.0, heartbeat(1));
    assert_eq!(stage.supervisor.status(TEST).health, Health::Healthy);
    assert_eq!(stage.signals(), []);
}

#[test]
fn a_stop_under_way_gets_its_grace_back() {
    // The machine slept, the worker too: it had no time to obey.
    let mut stage = Stage::playing();
    assert_eq!(stage.at(1.0, crate::stage::STOP)[0], terminate(1));
    let actions = stage.jump(61.0, Event::Tick);
    assert_eq!((forgiven(&actions), actions.contains(&kill(1))), (Some(60.0), false));
    assert_eq!(stage.jump(61.1, exited(1)).len(), 1);
}

#[test]
fn a_restart_that_is_due_is_not_put_off() {
    let mut stage = Stage::playing();
    stage.at(2.0, exited(1));
    let actions = stage.jump(42.0, Event::Tick);
    assert!(actions.contains(&crate::stage::SPAWN), "{actions:?}");
    assert_eq!(stage.at(42.0, spawned(2)), []);
}

#[test]
fn nobody_was_promised_anything_while_nothing_ran() {
    let mut stage = Stage::new([(AUDIO, false)]);
    stage.at(0.0, Event::Begin);
    assert_eq!(stage.supervisor.next_deadline(), None);
    assert_eq!(forgiven(&stage.jump(3_600.0, crate::stage::START)), None);
}

#[test]
fn a_freeze_that_is_too_short_to_be_seen_cannot_make_a_healthy_worker_look_unhealthy() {
    let law = vj_core::supervision::Law::default();
    // Silence before the last step, the look at the clock after it, and the lateness that is no freeze yet.
    assert!(law.heartbeat + law.heartbeat + law.freeze_tolerance <= law.unhealthy_after);
    assert_eq!(law.freeze_tolerance, secs(5.0));
}
