//! The system's clock.

#![allow(clippy::disallowed_methods, reason = "this is the one place where real time comes in")]

use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};
use vj_core::At;

use crate::{Clock, WallMillis};

/// A clock on the machine's monotonic time. Must be called within a tokio runtime whose clock runs.
#[must_use]
pub fn real_clock() -> Clock {
    let since_boot = clock_gettime(ClockId::Monotonic);
    let nanos = since_boot.tv_sec.unsigned_abs() * 1_000_000_000 + since_boot.tv_nsec.unsigned_abs();
    Clock::starting_at(At::from_nanos(nanos), Rc::new(wall_now), &boot_id())
}

fn wall_now() -> WallMillis {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    WallMillis(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
}

/// Linux names each boot. Elsewhere the date of the boot, to the minute since both clocks wander, does as well.
fn boot_id() -> String {
    if let Ok(id) = std::fs::read_to_string("/proc/sys/kernel/random/boot_id") {
        return id.trim().to_owned();
    }
    let since_boot_secs = clock_gettime(ClockId::Monotonic).tv_sec.unsigned_abs();
    format!("booted-at-minute-{}", (wall_now().0 / 1000).saturating_sub(since_boot_secs) / 60)
}
