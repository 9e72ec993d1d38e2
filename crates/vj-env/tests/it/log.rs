//! What a process says waits for the next heartbeat, within limits.

use std::cell::RefCell;
use std::rc::Rc;

use vj_core::At;
use vj_core::limits::{LOG_BACKLOG_MAX, LOGS_PER_HEARTBEAT_MAX};
use vj_env::{Clock, Level, Log, WallMillis};

use crate::virtually;

#[test]
fn every_record_goes_to_the_sink_and_the_newest_wait_for_the_heartbeats() {
    virtually(async {
        let clock = Clock::starting_at(At::ZERO, Rc::new(|| WallMillis(7)), "boot");
        let said = Rc::<RefCell<Vec<String>>>::default();
        let ears = said.clone();
        let log = Log::new(clock, move |record| ears.borrow_mut().push(record.message.clone()));
        log.debug("not for the stage");
        for n in 0..LOG_BACKLOG_MAX + 3 {
            log.info(n.to_string());
        }
        assert_eq!(said.borrow().len(), LOG_BACKLOG_MAX + 4);
        // Three had to be left out before the first; none after that.
        let mut next = 3;
        for left_out in [3, 0, 0, 0] {
            let (logs, out) = log.take_for_heartbeat();
            assert_eq!((logs.len(), out), (LOGS_PER_HEARTBEAT_MAX, left_out));
            for record in logs {
                assert_eq!(
                    (record.time_ms, record.level, record.message),
                    (7, Level::Info, next.to_string())
                );
                next += 1;
            }
        }
        assert_eq!(log.take_for_heartbeat(), (Vec::new(), 0));
    });
}
