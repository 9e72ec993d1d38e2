//! Moments as plain numbers.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::time::Duration;

/// A moment on a machine's monotonic clock: nanoseconds since an origin that all processes of a machine share (its
/// start). It never goes back and knows nothing of the date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct At(u64);

impl At {
    /// The origin.
    pub const ZERO: Self = Self(0);

    /// The moment `nanos` nanoseconds after the origin.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// The moment `millis` milliseconds after the origin.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1_000_000)
    }

    /// The moment `secs` seconds after the origin; negative and NaN give the origin.
    #[must_use]
    pub fn from_secs_f64(secs: f64) -> Self {
        // A float cast saturates and turns NaN into 0, which is what we want here.
        Self((secs * 1e9).round() as u64)
    }

    /// Nanoseconds since the origin.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Seconds since the origin.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// Time from `earlier` to `self`, zero if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for At {
    type Output = Self;

    fn add(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX)))
    }
}

impl AddAssign<Duration> for At {
    fn add_assign(&mut self, wait: Duration) {
        *self = *self + wait;
    }
}

impl Sub<Duration> for At {
    type Output = Self;

    /// Saturates at the origin.
    fn sub(self, wait: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX)))
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6} s", self.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_counted_in_nanoseconds_and_never_before_the_origin() {
        let at = At::from_millis(1_500);
        assert_eq!((at.as_nanos(), at.as_secs_f64()), (1_500_000_000, 1.5));
        assert_eq!(at - Duration::from_millis(500), At::from_millis(1_000));
        assert_eq!(at - Duration::from_secs(2), At::ZERO);
        assert_eq!(at.to_string(), "1.500000 s");
    }
}
