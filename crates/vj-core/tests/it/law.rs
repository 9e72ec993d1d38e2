//! The numbers of the law: defaults, what is allowed, and the scale of tests.

use std::time::Duration;

use vj_core::supervision::{Health, Law};

use crate::stage::secs;

#[test]
fn the_defaults_are_what_the_documents_promise() {
    let law = Law::default();
    assert_eq!(law.validate(), Ok(()));
    let found = [
        law.heartbeat,
        law.unhealthy_after,
        law.kill_after,
        law.restart_window,
        law.stop_grace,
        law.healthy_resets_after,
        law.freeze_tolerance,
    ];
    assert_eq!(found, [5, 15, 30, 60, 5, 60, 5].map(Duration::from_secs));
    assert_eq!(
        (law.backoff.clone(), law.max_restarts),
        ([1, 2, 4, 8, 16, 30].map(Duration::from_secs).to_vec(), 5)
    );
    assert_eq!([0, 5, 6, 1_000].map(|index| law.delay(index).as_secs()), [1, 30, 30, 30]);
}

/// Breaks one number of a law.
type Break = fn(&mut Law);

#[test]
fn an_error_names_the_key_and_what_is_allowed() {
    let cases: &[(Break, &str)] = &[
        (|law| law.heartbeat = Duration::ZERO, "supervision.heartbeat is 0 s, allowed is 0.1 s to 86400 s"),
        (
            |law| law.unhealthy_after = secs(5.0),
            "supervision.unhealthy_after is 5 s, allowed is more than heartbeat (5 s)",
        ),
        (
            |law| law.kill_after = secs(12.5),
            "supervision.kill_after is 12.5 s, allowed is more than unhealthy_after (15 s)",
        ),
        (
            |law| law.kill_after = Duration::MAX,
            "supervision.kill_after is 18446744073709552000 s, allowed is 0.1 s to 86400 s",
        ),
        (
            |law| law.backoff.clear(),
            "supervision.backoff is a list of 0, allowed is a list of 1 to 32 delays",
        ),
        (|law| law.backoff[2] = secs(0.0), "supervision.backoff is 0 s, allowed is 0.1 s to 86400 s"),
        (|law| law.max_restarts = 5_000, "supervision.max_restarts is 5000, allowed is 0 to 1000"),
        (
            |law| law.restart_window = secs(100_000.0),
            "supervision.restart_window is 100000 s, allowed is 0.1 s to 86400 s",
        ),
        (
            |law| law.stop_grace = secs(90_000.0),
            "supervision.stop_grace is 90000 s, allowed is 0 s to 86400 s",
        ),
        (
            |law| law.healthy_resets_after = Duration::ZERO,
            "supervision.healthy_resets_after is 0 s, allowed is 0.1 s to 86400 s",
        ),
        (
            |law| law.freeze_tolerance = Duration::ZERO,
            "supervision.freeze_tolerance is 0 s, allowed is 0.1 s to 86400 s",
        ),
    ];
    for (break_it, message) in cases {
        let mut law = Law::default();
        break_it(&mut law);
        assert_eq!(law.validate().unwrap_err().to_string(), *message);
    }
}

#[test]
fn no_grace_and_no_restarts_are_allowed() {
    let law = Law { stop_grace: Duration::ZERO, max_restarts: 0, ..Law::default() };
    assert_eq!(law.validate(), Ok(()));
}

#[test]
fn the_scale_divides_every_duration_and_nothing_else() {
    let law = Law::default();
    assert_eq!(law.scaled(1.0), Ok(law.clone()));
    let fast = law.scaled(10.0).unwrap();
    assert_eq!((fast.heartbeat, fast.kill_after, fast.backoff[5]), (secs(0.5), secs(3.0), secs(3.0)));
    assert_eq!(
        (fast.healthy_resets_after, fast.freeze_tolerance, fast.max_restarts),
        (secs(6.0), secs(0.5), 5)
    );
    for by in [0.0, 0.99, 10.1, f64::NAN, f64::INFINITY, -1.0] {
        let error = law.scaled(by).unwrap_err().to_string();
        assert!(error.starts_with("VJ_TIME_SCALE is ") && error.ends_with("allowed is 1 to 10"), "{error}");
    }
}

#[test]
fn health_is_spelt_as_in_the_documents() {
    let spelt = Health::ALL.map(Health::as_str);
    assert_eq!(spelt, ["stopped", "starting", "healthy", "degraded", "unhealthy", "backoff", "given_up"]);
    assert_eq!(format!("[{:<8}]", Health::Backoff), "[backoff ]");
}
