//! No token is ever written where somebody might read it.

use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use log::{LevelFilter, Metadata, Record};
use serde_json::json;
use vj_sim::spotify::{Event, Grants, Way};

use super::stage::{Stage, on_one_thread, song};

static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn heard() -> MutexGuard<'static, Vec<String>> {
    HEARD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps all that any library says, at every level.
struct Curious;

impl log::Log for Curious {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        heard().push(format!("{} {}", record.target(), record.args()));
    }

    fn flush(&self) {}
}

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| log::set_logger(&Curious).unwrap());
    log::set_max_level(LevelFilter::Trace);
}

#[test]
fn a_logger_at_its_most_curious_hears_no_token() {
    listen();
    on_one_thread(async || {
        let mut tape = vec![(0.0, song("Jóga")), (1.0, Event::Expire), (1.0, Event::Grants(Grants::Rotated))];
        tape.extend([(2.0, Event::Answers(Way::Cut)), (3.0, Event::Answers(Way::Status(500)))]);
        tape.extend([(4.0, Event::Expire), (4.0, Event::Grants(Grants::Refused))]);
        let stage = Stage::new(tape);
        stage.put_token(json!({"access_token": "access-1", "refresh_token": "refresh-1"}));
        let source = stage.source();
        let mut told = String::new();
        for t in 0..7 {
            told += &format!("{:?}\n", stage.ask(&*source, f64::from(t)).await);
        }
        assert_eq!(stage.asked().1, 3, "a renewal, and two that were refused: {told}");
        told += &stage.said.borrow().join("\n");
        log::warn!("the logger listens");
        let logged = heard().join("\n");
        assert!(logged.contains("the logger listens"));
        for secret in ["access-1", "access-3", "refresh-1", "refresh-2", "Bearer"] {
            assert!(!logged.contains(secret), "{secret} was logged: {logged}");
            assert!(!told.contains(secret), "{secret} was told: {told}");
        }
    });
}

/// rspotify writes the header with the token at the level of information, and its client at that of debugging.
#[test]
fn libraries_cannot_log_anything_below_a_warning() {
    assert!(log::STATIC_MAX_LEVEL <= LevelFilter::Warn);
}
