//! Waiting: never early, at once for what has passed, and in virtual time without waiting at all.

use std::rc::Rc;
use std::time::Duration;

use vj_core::At;
use vj_env::{Clock, Elapsed, WallMillis};

use crate::{real, virtually};

fn clock() -> Clock {
    Clock::starting_at(At::from_millis(5_000), Rc::new(|| WallMillis(42)), "this boot")
}

#[test]
fn a_wait_ends_at_its_moment_and_a_moment_that_has_passed_is_no_wait() {
    virtually(async {
        let clock = clock();
        assert_eq!(clock.now(), At::from_millis(5_000));
        clock.sleep(Duration::from_secs(3600)).await;
        assert_eq!(clock.now(), At::from_millis(3_605_000));
        clock.sleep_until(At::ZERO).await;
        clock.sleep_until_some(Some(At::from_millis(3_605_000))).await;
        assert_eq!(clock.now(), At::from_millis(3_605_000));
        assert_eq!((clock.wall_now(), clock.boot_id()), (WallMillis(42), "this boot"));
    });
}

#[test]
fn a_timeout_ends_what_takes_too_long_and_nothing_else() {
    virtually(async {
        let clock = clock();
        let limit = Duration::from_secs(5);
        assert_eq!(clock.timeout(limit, clock.sleep(Duration::from_millis(4_999))).await, Ok(()));
        assert_eq!(clock.timeout(limit, clock.sleep_until_some(None)).await, Err(Elapsed));
        assert_eq!(clock.now(), At::from_millis(5_000 + 4_999 + 5_000));
    });
}

#[test]
fn two_real_clocks_tell_the_same_moment() {
    real(async {
        let first = vj_env::real::real_clock();
        first.sleep(Duration::from_millis(20)).await;
        let second = vj_env::real::real_clock();
        let (before, between, after) = (first.now(), second.now(), first.now());
        // Both count from the machine's start; each was read from the system once, a little apart.
        let slack = Duration::from_millis(20);
        assert!(between + slack >= before && between <= after + slack, "{before} {between} {after}");
        assert!(!first.boot_id().is_empty());
        assert_eq!(first.boot_id(), second.boot_id());
    });
}

/// A pace that a test sets.
struct Dial(std::cell::Cell<vj_env::Pace>);

impl vj_env::Paced for Dial {
    fn pace(&self) -> vj_env::Pace {
        self.0.get()
    }
}

#[test]
fn a_paced_clock_waits_by_its_own_time_also_when_the_pace_changes_meanwhile() {
    virtually(async {
        let machine = Clock::starting_at(At::ZERO, Rc::new(|| WallMillis(0)), "boot");
        let dial = Rc::new(Dial(std::cell::Cell::new(vj_env::Pace::MACHINE)));
        let clock = machine.clone().paced(dial.clone());
        let set = |rate| dial.0.set(dial.0.get().changed(machine.now(), rate));
        set(0.5);
        clock.sleep(Duration::from_secs(10)).await;
        assert_eq!(machine.now(), At::from_millis(20_000));
        // It stands still for a minute of a wait of four seconds, and goes on four times as fast.
        let waited = clock.sleep(Duration::from_secs(4));
        let turned = async {
            machine.sleep(Duration::from_secs(2)).await;
            set(0.0);
            machine.sleep(Duration::from_secs(60)).await;
            set(4.0);
        };
        tokio::join!(waited, turned);
        let late = machine.now().since(At::from_millis(20_000 + 2_000 + 60_000 + 750));
        assert!(late <= Duration::from_millis(20), "{late:?}");
        assert_eq!(clock.timeout(Duration::from_secs(8), std::future::pending::<()>()).await, Err(Elapsed));
        let from_zero = clock.clone().from_zero();
        assert_eq!(from_zero.now(), At::ZERO);
        from_zero.sleep_until(At::from_millis(400)).await;
        assert!(from_zero.now().since(At::from_millis(400)) < Duration::from_millis(4));
    });
}
