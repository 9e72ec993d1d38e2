//! The simulator finds deliberate mistakes: mutation testing of the scenarios and their checkers.
//!
//! `cargo xtask mutants` runs it; its build alone has the mistakes.

use std::fmt::Write;
use std::sync::Mutex;

use vj_core::mutants::{Mutant, switch_on};
use vj_sim::checkers::Class;
use vj_sim::ground::Driver;
use vj_sim::scenarios;

/// Seeds within which each must be found.
const SEEDS: u64 = 200;

/// Each mistake, and the scenario that is about it.
const FOUND_BY: &[(Mutant, &str)] = &[
    (Mutant::CancelUnsafeReader, "torn-frames"),
    (Mutant::LostReply, "torn-frames"),
    (Mutant::AnswersTwice, "torn-frames"),
    (Mutant::HeartbeatUnderABlockedLoop, "hung-worker"),
    (Mutant::DeafWatcherKept, "slow-console"),
    (Mutant::AckBeforeKeep, "config-sync"),
    (Mutant::UnlinkByANonHolder, "second-instance"),
    (Mutant::RestartCountedTwice, "crash-loop"),
    (Mutant::NoBackOff, "crash-loop"),
    (Mutant::KilledTooSoon, "hung-worker"),
    (Mutant::FrozenManagerBlames, "manager-frozen"),
    (Mutant::NobodyAdopted, "manager-adoption"),
    (Mutant::StopsInStartOrder, "shutdown-order"),
    (Mutant::CacheInPlace, "cache-crash"),
    (Mutant::LateLyricsShown, "track-change-race"),
    (Mutant::ResetSkipped, "track-change-race"),
    (Mutant::TrackToldTwice, "track-change-race"),
    (Mutant::LyricsRestIgnored, "lyrics-storm"),
    (Mutant::AnotherInput, "audio-unplug"),
    (Mutant::TenthBeatDropped, "end-to-end"),
];

/// The first seed that finds it, and what was seen.
fn hunt(mutant: Mutant, scenario: &str) -> Option<(u64, String)> {
    let scenario = scenarios::find(scenario).expect("each scenario of the table is there");
    switch_on(Some(mutant));
    let found = (1..=SEEDS).find_map(|seed| {
        let run = scenario.play(&Driver::Virtual, seed);
        let violation =
            run.violations.into_iter().find(|violation| violation.class < Class::Nondeterminism)?;
        Some((seed, violation.to_string()))
    });
    switch_on(None);
    found
}

#[test]
fn every_deliberate_mistake_is_found() {
    let queue = Mutex::new(FOUND_BY.iter());
    let told = Mutex::new(Vec::new());
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let Some((mutant, scenario)) = queue.lock().unwrap().next() else { return };
                    let found = hunt(*mutant, scenario);
                    let seed = found.as_ref().map(|(seed, _)| *seed);
                    eprintln!("{} in {scenario}: {seed:?}", mutant.name());
                    told.lock().unwrap().push((*mutant, *scenario, found));
                }
            });
        }
    });
    let mut told = told.into_inner().unwrap();
    told.sort_by_key(|(mutant, ..)| *mutant);
    let mut table = String::new();
    for (mutant, scenario, found) in &told {
        let words = match found {
            Some((seed, seen)) => format!("seed {seed}: {}", seen.chars().take(150).collect::<String>()),
            None => format!("NOT FOUND in {SEEDS} seeds"),
        };
        writeln!(table, "{:32} {scenario:18} {words}", mutant.name()).unwrap();
    }
    println!("{table}");
    assert_eq!(told.len(), FOUND_BY.len(), "a hunt came to no end:\n{table}");
    assert!(told.iter().all(|(_, _, found)| found.is_some()), "a mistake was not found:\n{table}");
}

#[test]
fn every_deliberate_mistake_is_hunted() {
    let hunted: Vec<_> = FOUND_BY.iter().map(|(mutant, _)| *mutant).collect();
    assert_eq!(hunted, Mutant::ALL);
}
