//! Tracks change faster than anybody can ask, in both players, and the monitors die on the way: nothing old is told after
//! something new.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use vj_core::ProcessName;

use super::two_players::{self, SETTLE_SEC, TwoPlayers};
use super::{Drivers, Run, Scenario};
use crate::evening::{DEEDS, Rhythm};
use crate::faults::{Fault, FaultKind};
use crate::ground::Driver;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "track-change-race",
    about: "changes between two questions, several within 100 ms, in two players, with kills: nothing old is told after something new",
    run,
    sometimes: DEEDS,
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

/// The show stands by then.
const BEGINS_SEC: f64 = 3.0;

/// For so long everything changes.
const RACE_SEC: f64 = 45.0;

fn run(driver: &Driver, seed: u64) -> Run {
    let mut rng = Pcg64::seed_from_u64(seed);
    let ends_sec = BEGINS_SEC + RACE_SEC;
    let (tape, seen) = crate::evening::draw(&mut rng, BEGINS_SEC, ends_sec, Rhythm::Race);
    let mut faults = Vec::new();
    // In half of the runs; twice at most, so that a restart takes a second or two.
    for _ in 0..if rng.random_bool(0.5) { rng.random_range(1..=2) } else { 0 } {
        let target = [ProcessName::SpotifyMonitor, ProcessName::VirtualDjMonitor][rng.random_range(0..2)];
        let (kind, for_sec) = match rng.random_range(0..3) {
            0 => (FaultKind::Freeze, rng.random_range(0.1..4.0)),
            _ => (FaultKind::Kill, 0.0),
        };
        let at = rng.random_range(BEGINS_SEC..ends_sec);
        faults.push(Fault { at, kind, target: Some(target.to_string()), for_sec: Some(for_sec) });
    }
    faults.sort_by(|one, two| one.at.total_cmp(&two.at));
    let ends_sec = ends_sec + 2.0 * SETTLE_SEC * driver.patience();
    let played = two_players::play(
        driver,
        &TwoPlayers { name: SCENARIO.name, seed, tape, faults, settle_sec: SETTLE_SEC, ends_sec },
    );
    Run { seen: seen.into_iter().collect(), ..played }
}
