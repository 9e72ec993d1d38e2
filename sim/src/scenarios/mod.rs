//! What must hold, one phenomenon a file.
//!
//! A scenario plays a show with a fault in it and judges what it left behind. Everything random in it comes from the
//! seed, so a failure is one line to reproduce.

mod audio_unplug;
mod cache_crash;
mod config_sync;
mod crash_loop;
mod crash_recovery;
mod determinism;
mod end_to_end;
mod hung_worker;
mod kill_storm;
mod llm_down;
mod lyrics_storm;
mod manager_adoption;
mod manager_frozen;
mod on_file;
mod onlooker;
mod osc_flood;
mod playback_night;
pub(crate) mod probe;
mod receiver_absent;
mod reconnection;
mod record_then_rehearse;
mod second_instance;
pub(crate) mod show;
mod shutdown_order;
mod slow_console;
mod spotify_storm;
mod stale_socket;
mod stress_60fps;
mod torn_frames;
mod track_change_race;
mod two_players;
mod virtualdj_file;
mod wall_clock_step;

use std::collections::BTreeMap;

use crate::checkers::{self, Violation};
use crate::faults::Fault;
use crate::ground::Driver;
use crate::history::Entry;
use crate::osc_log::OscLine;
use crate::regression::Regression;
use crate::scenario_file::ScenarioFile;

pub use on_file::{files_folder, on_file, read};

/// A scenario.
pub struct Scenario {
    /// Its name on the command line.
    pub name: &'static str,
    /// What happens and what must hold, in one line.
    pub about: &'static str,
    /// Plays it and judges what it is about.
    how: How,
    /// Under which drivers it can be played.
    drivers: Drivers,
    /// Whether its figures mean something only while the machine has nothing else to do.
    pub alone: bool,
    /// Whether a run is hours of a show: with all the others it gets a tenth of their seeds.
    pub long: bool,
    /// Things that must have happened in at least one run of a campaign, or its green says little.
    pub sometimes: &'static [&'static str],
    /// Whether the same seed must be played in two processes and give the same bytes.
    pub twice: bool,
}

/// How a scenario is played.
enum How {
    /// By a script of its own.
    Script(fn(driver: &Driver, seed: u64) -> Run),
    /// By a script whose faults are a plan: drawn from the seed, or the one that is given.
    Planned(fn(driver: &Driver, seed: u64, plan: Option<&[Fault]>) -> Run),
    /// As a file says.
    File(&'static ScenarioFile),
    /// As it once failed.
    Again(&'static Regression),
}

/// Under which drivers a scenario can be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drivers {
    /// Both.
    Both,
    /// Only the virtual one: it is about something that a real machine cannot be made to do.
    VirtualOnly,
    /// Only the real one: it is about files, terminals and the like, of which the simulated machine has none.
    RealOnly,
}

/// What one run left behind, judged.
#[derive(Debug, Default)]
pub struct Run {
    /// What the processes lived through.
    pub history: Vec<Entry>,
    /// What the visuals got.
    pub osc: Vec<OscLine>,
    /// What did not hold.
    pub violations: Vec<Violation>,
    /// Of the scenario's `sometimes`, those that this run showed.
    pub seen: Vec<&'static str>,
    /// What was measured, by name with its unit; a name may come several times.
    pub figures: Vec<(&'static str, f64)>,
    /// What was planned to break, where that is a plan: the same run can be played with another one.
    pub plan: Option<Vec<Fault>>,
}

/// All scenarios, in the order of the documents.
pub const SCENARIOS: &[Scenario] = &[
    crash_recovery::SCENARIO,
    reconnection::SCENARIO,
    config_sync::SCENARIO,
    manager_adoption::SCENARIO,
    crash_loop::SCENARIO,
    hung_worker::SCENARIO,
    manager_frozen::SCENARIO,
    torn_frames::SCENARIO,
    second_instance::SCENARIO,
    stale_socket::SCENARIO,
    receiver_absent::SCENARIO,
    audio_unplug::SCENARIO,
    virtualdj_file::SCENARIO,
    spotify_storm::SCENARIO,
    track_change_race::SCENARIO,
    lyrics_storm::SCENARIO,
    llm_down::SCENARIO,
    cache_crash::SCENARIO,
    slow_console::SCENARIO,
    osc_flood::SCENARIO,
    wall_clock_step::SCENARIO,
    playback_night::SCENARIO,
    end_to_end::SCENARIO,
    record_then_rehearse::SCENARIO,
    shutdown_order::SCENARIO,
    stress_60fps::SCENARIO,
    kill_storm::SCENARIO,
    determinism::SCENARIO,
];

/// Lists of what must happen sometimes, as one.
const fn together<const N: usize>(lists: &[&[&'static str]]) -> [&'static str; N] {
    let (mut all, mut count, mut list) = ([""; N], 0, 0);
    while list < lists.len() {
        let mut at = 0;
        while at < lists[list].len() {
            all[count] = lists[list][at];
            (count, at) = (count + 1, at + 1);
        }
        list += 1;
    }
    assert!(count == N, "their lengths are what they come to");
    all
}

impl Scenario {
    /// Whether it can be played under this driver.
    #[must_use]
    pub fn is_for(&self, driver: &Driver) -> bool {
        match self.drivers {
            Drivers::Both => true,
            Drivers::VirtualOnly => !driver.is_real(),
            Drivers::RealOnly => driver.is_real(),
        }
    }

    /// Its place in the order in which shows of real processes are best begun.
    #[must_use]
    pub fn turn(&self, driver: &Driver) -> usize {
        let of_long = LONG_SHOWS.iter().position(|name| *name == self.name);
        let of_others = if self.long { 0 } else { LONG_SHOWS.len() };
        of_long.filter(|_| driver.is_real()).unwrap_or(of_others)
    }

    /// Whether it is a run that once failed: always the same one, whatever the seed.
    #[must_use]
    pub fn is_a_regression(&self) -> bool {
        matches!(self.how, How::Again(_))
    }

    /// Plays it, and judges what every scenario must hold beside its own: it comes to an end.
    #[must_use]
    pub fn play(&self, driver: &Driver, seed: u64) -> Run {
        self.play_with(driver, seed, None)
    }

    /// The same with this plan of faults in place of the one that the seed gives. A scenario whose faults are no plan is played as it is.
    #[must_use]
    pub fn play_with(&self, driver: &Driver, seed: u64, plan: Option<&[Fault]>) -> Run {
        let mut run = match self.how {
            How::Script(script) => Run { plan: None, ..script(driver, seed) },
            How::Planned(script) => script(driver, seed, plan),
            How::File(file) => {
                let (run, seen) = file.play(driver, seed, plan);
                Run {
                    seen: seen.into_iter().filter_map(|at| self.sometimes.get(at).copied()).collect(),
                    ..run
                }
            }
            How::Again(regression) => {
                return on_file::again(regression, driver, plan);
            }
        };
        run.violations.extend(checkers::comes_to_its_end(&run.history, show::STUCK));
        run
    }
}

/// Those that take longest over real processes, the longest first: begun last, they would be waited for alone.
const LONG_SHOWS: [&str; 6] =
    ["wall-clock-step", "end-to-end", "track-change-race", "kill-storm", "sleeping-laptop", "manager-frozen"];

/// The scenario of that name: in Rust, in a file, or a regression.
#[must_use]
pub fn find(name: &str) -> Option<&'static Scenario> {
    let in_rust = SCENARIOS.iter().find(|scenario| scenario.name == name);
    in_rust.or_else(|| on_file().ok()?.iter().copied().find(|scenario| scenario.name == name))
}

/// Of each scenario's `sometimes`, how many of the runs showed it.
#[derive(Debug, Default)]
pub struct Coverage {
    seen: BTreeMap<(&'static str, &'static str), u64>,
}

impl Coverage {
    /// Counts a run that showed these.
    pub fn add(&mut self, scenario: &'static Scenario, seen: &[&'static str]) {
        for name in scenario.sometimes {
            let shown = u64::from(seen.contains(name));
            *self.seen.entry((scenario.name, name)).or_insert(0) += shown;
        }
    }

    /// What no run has shown, by scenario.
    #[must_use]
    pub fn never_seen(&self) -> Vec<(&'static str, &'static str)> {
        self.seen.iter().filter(|(_, count)| **count == 0).map(|(key, _)| *key).collect()
    }

    /// How often each was seen.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> + '_ {
        self.seen.iter().map(|((scenario, name), count)| (*scenario, *name, *count))
    }
}
