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
    (Mutant::RestIgnored, "spotify-storm"),
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

/// Programs with the mistakes in them, as `cargo xtask mutants --real` leaves them.
mod programs {
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use vj_core::mutants::Mutant;
    use vj_sim::osc_log;

    fn program(name: &str) -> PathBuf {
        let kept = std::env::var_os("VJ_MUTANTS").expect("run this by `cargo xtask mutants --real`");
        Path::new(&kept).join(name)
    }

    /// Exit code and standard output of one of them with this mistake in it.
    pub(super) fn run(name: &str, mutant: Option<Mutant>, args: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(program(name));
        command.args(args).env("VJ_MUTANT", mutant.map_or("", Mutant::name));
        let output = command.output().expect("a program that was kept can be started");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    pub(super) fn path(name: &str) -> String {
        program(name).display().to_string()
    }

    /// How often each address was told when this set was rehearsed, beats by themselves. What depends on when a process dies or
    /// asks is left out: the tellings of health and of positions.
    pub(super) fn told(set: &Path, mutant: Option<Mutant>, is_real: bool) -> BTreeMap<String, usize> {
        let report = tempfile::tempdir().unwrap();
        let (set, dir) = (set.display().to_string(), report.path().display().to_string());
        let mut args = vec!["rehearse", &set, "--faults", "none", "--report", &dir];
        args.extend(is_real.then_some("--realtime"));
        let (code, said) = run("vj", mutant, &args);
        assert_eq!(code, Some(0), "{said}");
        let log = std::fs::File::open(report.path().join("osc.jsonl")).unwrap();
        let mut told = BTreeMap::new();
        for line in osc_log::read_jsonl(std::io::BufReader::new(log)).unwrap() {
            if line.addr.starts_with("/vj/") || line.addr == "/karaoke/pos" {
                continue;
            }
            let is_beat = line.addr == "/audio/beat" && line.args[0] == 1;
            *told.entry(line.addr).or_default() += 1;
            *told.entry("beats".to_owned()).or_default() += usize::from(is_beat);
        }
        told
    }
}

/// Both drivers run the shipping code: what is broken in it changes both logs alike.
#[test]
#[ignore = "needs a vj with the mistakes in it: cargo xtask mutants --real"]
fn a_mistake_in_a_worker_changes_the_logs_of_both_drivers_alike() {
    let set = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/sets/first-night");
    let mutants = [None, Some(Mutant::TenthBeatDropped), Some(Mutant::ResetSkipped)];
    let told = std::thread::scope(|scope| {
        let both = [false, true].map(|is_real| {
            mutants.map(|mutant| {
                let set = &set;
                scope.spawn(move || programs::told(set, mutant, is_real))
            })
        });
        both.map(|runs| runs.map(|run| run.join().unwrap()))
    });
    let [[right, beats, resets], really @ ..] = [told[0].clone(), told[1].clone()];
    assert_eq!([&right, &beats, &resets], really[0].each_ref(), "the drivers do not agree");
    assert!(beats["beats"] < right["beats"] * 19 / 20, "{} of {} beats", beats["beats"], right["beats"]);
    assert!(right.contains_key("/karaoke/lyrics/reset"), "{right:?}");
    assert!(!resets.contains_key("/karaoke/lyrics/reset"), "{resets:?}");
}

#[test]
#[ignore = "needs a vj with the mistakes in it: cargo xtask mutants --real"]
fn a_mistake_is_found_over_real_processes_too() {
    let vj = programs::path("vj");
    for (mutant, scenario) in [
        (Mutant::AnswersTwice, "torn-frames"),
        (Mutant::UnlinkByANonHolder, "second-instance"),
        (Mutant::NoBackOff, "crash-loop"),
    ] {
        let (code, said) = programs::run("vj-sim", Some(mutant), &[scenario, "--real", "--vj", &vj]);
        assert!(matches!(code, Some(10 | 11)), "{} in {scenario}: {code:?}\n{said}", mutant.name());
        let (_, property) = hunt(mutant, scenario).expect("it is found in virtual time");
        let property = property.split(": ").nth(1).unwrap();
        assert!(said.contains(property), "virtually it violates '{property}', really:\n{said}");
    }
}
