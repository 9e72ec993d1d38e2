//! The system's clock.

#![allow(clippy::disallowed_methods, reason = "this is the one place where real time comes in")]

use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use vj_core::At;

use crate::{Clock, WallMillis};

/// A clock on the machine's monotonic time. Must be called within a tokio runtime whose clock runs.
#[must_use]
pub fn real_clock() -> Clock {
    Clock::starting_at(At::from_nanos(monotonic_nanos()), Rc::new(wall_now), &boot_id())
}

/// The monotonic clock that [`real_clock`] counts by, for code on a real-time thread that can hold no [`Clock`]: it
/// neither allocates nor locks.
#[must_use]
pub fn monotonic_nanos() -> u64 {
    u64::try_from(since_boot().as_nanos()).unwrap_or(u64::MAX)
}

/// The clock that tokio's timers stand on, so that the moments of two processes can be compared. It stands still while
/// the machine is suspended.
#[cfg(not(target_os = "macos"))]
fn since_boot() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// As above. On macOS the standard library counts by `CLOCK_UPTIME_RAW`; `CLOCK_MONOTONIC` goes on during a suspend.
#[cfg(target_os = "macos")]
fn since_boot() -> Duration {
    const CLOCK_UPTIME_RAW: nix::libc::clockid_t = nix::libc::CLOCK_UPTIME_RAW;
    nix::time::ClockId::from_raw(CLOCK_UPTIME_RAW).now().map(Duration::from).unwrap_or_default()
}

fn wall_now() -> WallMillis {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    WallMillis(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
}

/// Both systems name each boot.
fn boot_id() -> String {
    #[cfg(target_os = "macos")]
    let named = std::process::Command::new("/usr/sbin/sysctl").args(["-n", "kern.bootsessionuuid"]).output();
    #[cfg(target_os = "macos")]
    let named = named.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    #[cfg(not(target_os = "macos"))]
    let named = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    match named {
        Ok(id) if !id.trim().is_empty() => id.trim().to_owned(),
        // Elsewhere the date of the boot, to the minute since both clocks wander, does as well.
        _ => {
            let since_boot_secs = since_boot().as_secs();
            format!("booted-at-minute-{}", (wall_now().0 / 1000).saturating_sub(since_boot_secs) / 60)
        }
    }
}
