//! How a rehearsal's time runs beside the machine's: slower, faster, or not at all.

use std::cell::Cell;
use std::time::Duration;

use vj_core::At;

/// The pace of all the processes of a rehearsal, which somebody changes while they run.
pub trait Paced {
    /// The pace as it is now.
    fn pace(&self) -> Pace;
}

/// From one moment on, so many seconds of the rehearsal pass in one of the machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// A moment of the machine.
    pub machine: At,
    /// What time it was in the rehearsal then.
    pub rehearsal: At,
    /// Seconds of the rehearsal in a second of the machine; 0 = it stands still.
    pub rate: f64,
}

impl Pace {
    /// The machine's own time.
    pub const MACHINE: Self = Self { machine: At::ZERO, rehearsal: At::ZERO, rate: 1.0 };

    /// What time it is in the rehearsal at `machine`.
    #[must_use]
    pub fn at(&self, machine: At) -> At {
        let passed = machine.since(self.machine);
        // Exact where nothing is stretched: ticks must fall where they would without a pace.
        self.rehearsal + if self.rate == 1.0 { passed } else { passed.mul_f64(self.rate) }
    }

    /// How long of the machine's time it is from `machine` until it is `rehearsal`; none: it never will be.
    #[must_use]
    pub fn until(&self, rehearsal: At, machine: At) -> Option<Duration> {
        let left = rehearsal.since(self.at(machine));
        if left.is_zero() || self.rate == 1.0 {
            return Some(left);
        }
        Duration::try_from_secs_f64(left.as_secs_f64() / self.rate).ok()
    }

    /// The same up to `machine`, and from then on at another rate.
    #[must_use]
    pub fn changed(&self, machine: At, rate: f64) -> Self {
        Self { machine, rehearsal: self.at(machine), rate }
    }
}

/// What a clock needs of a pace: it never runs back, whatever is read when.
pub(crate) struct Running {
    pub(crate) paced: std::rc::Rc<dyn Paced>,
    latest: Cell<At>,
}

impl Running {
    pub(crate) fn new(paced: std::rc::Rc<dyn Paced>) -> Self {
        Self { paced, latest: Cell::new(At::ZERO) }
    }

    /// Now in the rehearsal.
    pub(crate) fn now(&self, machine: At) -> At {
        // Between a change and the moment at which it is read, the old rate was counted by.
        let now = self.paced.pace().at(machine).max(self.latest.get());
        self.latest.set(now);
        now
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn time_is_stretched_from_the_moment_of_the_change_on() {
        let ms = At::from_millis;
        let half = Pace::MACHINE.changed(ms(1_000), 0.5);
        assert_eq!((half.at(ms(1_000)), half.at(ms(3_000))), (ms(1_000), ms(2_000)));
        let still = half.changed(ms(3_000), 0.0);
        assert_eq!((still.at(ms(9_000)), still.until(ms(2_001), ms(9_000))), (ms(2_000), None));
        let fast = still.changed(ms(9_000), 8.0);
        assert_eq!(fast.at(ms(9_500)), ms(6_000));
        assert_eq!(fast.until(ms(10_000), ms(9_500)), Some(Duration::from_millis(500)));
        assert_eq!(fast.until(ms(1), ms(9_500)), Some(Duration::ZERO));
    }

    proptest! {
        #[test]
        fn time_never_runs_back(changes in prop::collection::vec((0_u64..5_000, 0.0_f64..8.0), 1..20)) {
            let (mut machine, mut pace, mut last) = (0, Pace::MACHINE, At::ZERO);
            for (wait_ms, rate) in changes {
                machine += wait_ms;
                let now = pace.at(At::from_millis(machine));
                prop_assert!(now >= last);
                pace = pace.changed(At::from_millis(machine), rate);
                prop_assert_eq!(pace.at(At::from_millis(machine)), now);
                last = now;
            }
        }
    }
}
