//! Sixty seconds of health end a streak of restarts; 59.9 do not.

use vj_core::supervision::{Event, Health};

use crate::stage::{Stage, degraded, exited, heartbeat, registered, spawned};

/// Two crashes, at 0 and 1 s; the third process is started at 3 s and registers at 10 s.
fn third_process() -> Stage {
    let mut stage = Stage::playing();
    stage.at(0.0, exited(1));
    stage.at(1.0, spawned(2));
    stage.at(1.0, exited(2));
    stage.at(3.0, spawned(3));
    stage.at(10.0, registered(3));
    stage
}

/// The delay after an exit now.
fn delay_after_exit(stage: &mut Stage, at_secs: f64) -> f64 {
    stage.at(at_secs, exited(3));
    stage.status().next_restart.unwrap().as_secs_f64() - at_secs
}

fn assert_delay(stage: &mut Stage, at_secs: f64, delay: f64) {
    let found = delay_after_exit(stage, at_secs);
    assert!((found - delay).abs() < 1e-6, "crash at {at_secs} s: restart after {found} s, not {delay} s");
}

#[test]
fn health_counts_from_the_registration_and_takes_60_s() {
    for (at, delay) in [(69.9, 4.0), (69.999_999_999, 4.0), (70.0, 1.0), (70.1, 1.0)] {
        let mut stage = third_process();
        stage.beats(3, (15..=65).step_by(5));
        assert_delay(&mut stage, at, delay);
    }
}

#[test]
fn degraded_is_health() {
    let mut stage = third_process();
    for at in (15..=65).step_by(5) {
        stage.at(f64::from(at), if at % 2 == 0 { degraded(3) } else { heartbeat(3) });
    }
    assert_delay(&mut stage, 70.0, 1.0);
}

#[test]
fn an_unhealthy_phase_begins_the_count_anew() {
    // Silent from 50 to 65.5 s: unhealthy for half a second.
    for (at, delay) in [(125.4, 4.0), (125.5, 1.0)] {
        let mut stage = third_process();
        stage.beats(3, (15..=50).step_by(5));
        stage.until(65.0);
        assert_eq!(stage.health(), Health::Unhealthy);
        for beat in 0..12 {
            stage.at(65.5 + 5.0 * f64::from(beat), heartbeat(3));
        }
        assert_delay(&mut stage, at, delay);
    }
}

#[test]
fn a_worker_that_hangs_after_a_minute_of_health_has_a_fresh_streak() {
    let mut stage = third_process();
    stage.beats(3, (15..=70).step_by(5));
    stage.until(100.0);
    assert_eq!(stage.health(), Health::Unhealthy);
    assert_delay(&mut stage, 100.1, 1.0);
}

#[test]
fn a_start_that_never_registers_is_no_health() {
    // The manager freezes, so it is not killed; but it was never healthy either.
    let mut stage = Stage::playing();
    stage.at(0.0, exited(1));
    stage.at(1.0, spawned(2));
    stage.at(1.0, exited(2));
    stage.at(3.0, spawned(3));
    stage.jump(90.0, Event::Tick);
    assert_delay(&mut stage, 90.0, 4.0);
}
