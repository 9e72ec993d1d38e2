//! The wall clock jumps, and the whole machine sleeps: nobody is restarted, and the music is where it is.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use vj_core::ProcessName;

use super::two_players::{self, SETTLE_SEC, TwoPlayers};
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::faults::{Fault, FaultKind};
use crate::ground::Driver;
use crate::playback_tape::PlaybackTape;
use crate::player_tape::{PlayerTape, TapeEvent};
use crate::spotify::{Event, Song, SongKind, Tape};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "wall-clock-step",
    about: "the wall clock jumps by an hour and back, all processes stand still for 20 min: 0 restarts, tracks and positions unmoved",
    how: How::Planned(run),
    sometimes: &["a step back", "a step ahead", "suspended"],
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

const SUSPENDED_SEC: f64 = 1_200.0;

/// Long enough for a manager that could not tell to kill everybody.
const SUSPENDED_REAL_SEC: f64 = 40.0;

fn run(driver: &Driver, seed: u64, plan: Option<&[Fault]>) -> Run {
    let mut rng = Pcg64::seed_from_u64(seed);
    let settle_sec = SETTLE_SEC * driver.patience();
    let asleep_sec = driver.pick(SUSPENDED_SEC, SUSPENDED_REAL_SEC);
    let mut seen = Vec::new();
    let mut faults = Vec::new();
    // On a real machine nobody may set the clock: there is the sleep only.
    for _ in 0..driver.pick(rng.random_range(1..5), 0) {
        let at = rng.random_range(6.0_f64..40.0).floor();
        seen.push(if (at as u64).is_multiple_of(2) { "a step back" } else { "a step ahead" });
        faults.push(Fault::new(at, FaultKind::WallClock));
    }
    let sleeps_at = driver.pick(60.0, 10.0) + rng.random_range(0.0..2.0);
    // As the system wakes them: in any order, milliseconds apart.
    for name in [ProcessName::ProcessManager, ProcessName::SpotifyMonitor, ProcessName::VirtualDjMonitor] {
        let for_sec = asleep_sec + rng.random_range(0.0..0.05);
        faults.push(Fault::new(sleeps_at, FaultKind::Freeze).on(name).lasting(for_sec));
    }
    seen.push("suspended");
    faults.sort_by(|one, two| one.at.total_cmp(&two.at));
    let faults = plan.map_or(faults, <[_]>::to_vec);
    let wakes_at = sleeps_at + asleep_sec;
    let song = |title: &str| {
        let (artist, album) = ("Lena Vale".to_owned(), "Slow Tide".to_owned());
        let (duration_sec, at_sec, kind) = (9_000.0, 0.0, SongKind::Track);
        Event::Play(Song { artist, title: title.to_owned(), album, duration_sec, at_sec, kind })
    };
    // While everybody sleeps the phone plays on; afterwards VirtualDJ writes something, too.
    let mut events = vec![(3.0, song("Harbour Lights"))];
    if rng.random_bool(0.5) {
        events.push((sleeps_at + 0.5 * asleep_sec, song("Low Water")));
    }
    let writes_at = wakes_at + settle_sec + 1.0;
    let virtualdj = vec![
        TapeEvent::deed(writes_at, "write", "now_playing.txt", "DJ Nord - Garçon\n", ""),
        TapeEvent::plays(writes_at, "DJ Nord - Garçon"),
    ];
    let tape = PlaybackTape {
        spotify: Some(Tape::of(events)),
        virtualdj: Some(PlayerTape { events: virtualdj }),
        decks: None,
    };
    let ends_sec = writes_at + settle_sec + 1.0;
    let mut run = two_players::play(
        driver,
        &TwoPlayers {
            name: SCENARIO.name,
            seed,
            tape,
            faults,
            settle_sec: SETTLE_SEC,
            ends_sec,
            lyrics: None,
        },
    );
    let allowed = [("spotify_monitor", 1), ("virtualdj_monitor", 1), ("process_manager", 1)];
    run.violations.extend(checkers::no_restarts(&run.history, &allowed));
    run.violations.extend(checkers::nobody_is_called(&run.history, "unhealthy"));
    Run { seen, ..run }
}
