//! Twelve hours of two players, with everything breaking now and then: never a wrong track, never one twice.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use vj_core::ProcessName;

use super::two_players::{self, SETTLE_AFTER_SILENCE_SEC, TwoPlayers};
use super::{Drivers, How, Run, Scenario};
use crate::evening::{DEEDS, Rhythm};
use crate::faults::{Fault, FaultKind};
use crate::ground::Driver;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "playback-night",
    about: "12 h of Spotify and VirtualDJ with random faults: 0 wrong tracks, 0 duplicates",
    how: How::Planned(run),
    sometimes: DEEDS,
    drivers: Drivers::VirtualOnly,
    alone: false,
    long: true,
    twice: false,
};

const NIGHT_SEC: f64 = 12.0 * 3_600.0;

/// The show stands by then.
const BEGINS_SEC: f64 = 5.0;

/// Between two faults at least: five restarts of one worker within a minute would be the end of it.
const FAULTS_APART_SEC: f64 = 60.0;

fn run(driver: &Driver, seed: u64, plan: Option<&[Fault]>) -> Run {
    let mut rng = Pcg64::seed_from_u64(seed);
    let (tape, seen) =
        crate::evening::draw(&mut rng, BEGINS_SEC, NIGHT_SEC - 2.0 * SETTLE_AFTER_SILENCE_SEC, Rhythm::Night);
    let faults = plan.map_or_else(|| draw(&mut rng), <[_]>::to_vec);
    let (settle_sec, ends_sec) = (SETTLE_AFTER_SILENCE_SEC, NIGHT_SEC);
    let night = TwoPlayers { name: SCENARIO.name, seed, tape, faults, settle_sec, ends_sec, lyrics: None };
    Run { seen: seen.into_iter().collect(), ..two_players::play(driver, &night) }
}

/// About one fault in five minutes.
fn draw(rng: &mut Pcg64) -> Vec<Fault> {
    const KINDS: [FaultKind; 7] = [
        FaultKind::Kill,
        FaultKind::Terminate,
        FaultKind::Freeze,
        FaultKind::Cut,
        FaultKind::Weather,
        FaultKind::WallClock,
        FaultKind::DiskFull,
    ];
    const TARGETS: [ProcessName; 3] =
        [ProcessName::SpotifyMonitor, ProcessName::VirtualDjMonitor, ProcessName::ProcessManager];
    let (mut plan, mut at) = (Vec::new(), BEGINS_SEC);
    loop {
        at += FAULTS_APART_SEC + rng.random_range(0.0..480.0);
        if at > NIGHT_SEC - 2.0 * FAULTS_APART_SEC {
            return plan;
        }
        let kind = KINDS[rng.random_range(0..KINDS.len())];
        let target = TARGETS[rng.random_range(0..TARGETS.len())];
        // Half a minute of standing still would be a death.
        plan.push(Fault::new(at, kind).on(target).lasting(rng.random_range(0.1..25.0)));
    }
}
