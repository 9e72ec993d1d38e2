//! Looks for the fewest faults that make a run fail, and writes them down.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use vj_core::At;
use vj_env::real::real_clock;
use vj_sim::faults::Fault;
use vj_sim::ground::Driver;
use vj_sim::regression::{self, Regression};
use vj_sim::scenarios::{Run, Scenario};
use vj_sim::shrink::shrink;

/// A failure is shrunk by so many runs at most, and for so long.
const RUNS_MAX: usize = 300;
const TIME_MAX: Duration = Duration::from_secs(60);

/// So many failures are shrunk at most: where all runs fail, the others are like the first.
const FAILURES_MAX: usize = 5;

/// What came of it.
pub(crate) struct Smaller {
    /// The fewest faults that were found.
    pub(crate) plan: Vec<Fault>,
    /// The run with them.
    pub(crate) run: Run,
    /// How many runs it took.
    pub(crate) runs: usize,
    /// Whether nothing more could be left out.
    pub(crate) is_done: bool,
}

/// Shrinks and writes down, where that was asked for.
pub(crate) struct Shrinker {
    pub(crate) is_on: bool,
    pub(crate) writes: bool,
    shrunk: AtomicUsize,
}

impl Shrinker {
    pub(crate) fn new(is_on: bool, writes: bool) -> Self {
        Self { is_on, writes, shrunk: AtomicUsize::new(0) }
    }

    /// Plays a failed run with ever fewer faults. None where there is nothing to leave out, or time is real.
    pub(crate) fn shrink(
        &self,
        scenario: &Scenario,
        driver: &Driver,
        seed: u64,
        run: &Run,
    ) -> Option<Smaller> {
        let plan = run.plan.as_ref().filter(|_| self.is_on && !driver.is_real())?;
        let property = run.violations.first()?.property;
        if self.shrunk.fetch_add(1, Ordering::Relaxed) >= FAILURES_MAX {
            return None;
        }
        let clock = real_clock();
        let (until, mut tries): (At, usize) = (clock.now() + TIME_MAX, 0);
        let found = shrink(plan, |smaller| {
            tries += 1;
            if tries > RUNS_MAX || clock.now() > until || vj_sim::driver::is_stopped() {
                return None;
            }
            let run = scenario.play_with(driver, seed, Some(smaller));
            Some(run.violations.iter().any(|violation| violation.property == property))
        });
        let run = scenario.play_with(driver, seed, Some(&found.plan));
        Some(Smaller { plan: found.plan, run, runs: found.runs, is_done: found.is_done })
    }

    /// Writes a failure down, where that was asked for; returns where.
    pub(crate) fn write_down(
        &self,
        scenario: &Scenario,
        seed: u64,
        run: &Run,
        smaller: Option<&Smaller>,
    ) -> Result<Option<PathBuf>> {
        let Some(violation) = run.violations.first().filter(|_| self.writes && !scenario.is_a_regression())
        else {
            return Ok(None);
        };
        let plan = smaller.map(|smaller| smaller.plan.clone());
        let date = date(real_clock().wall_now().0);
        let regression = Regression::of(scenario.name, seed, violation, plan, &date);
        regression.write(&regression::folder()).map(Some).map_err(anyhow::Error::msg)
    }
}

/// The day of a moment in UTC, as `2026-11-27`. Days to dates after H. Hinnant, *chrono-Compatible Low-Level Date Algorithms*.
fn date(unix_ms: u64) -> String {
    let days = unix_ms / 86_400_000 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_its_date() {
        for (ms, expected) in [
            (0, "1970-01-01"),
            (951_782_400_000, "2000-02-29"),
            (1_795_737_600_000, "2026-11-27"),
            (1_767_225_599_999, "2025-12-31"),
        ] {
            assert_eq!(date(ms), expected);
        }
    }
}
