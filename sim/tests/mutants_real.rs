//! What is broken in the shipping code changes both drivers alike: the proof that both run it.
//!
//! `cargo xtask mutants --real` builds the programs with the mistakes, and runs this.

use std::collections::{BTreeMap, BTreeSet};

use vj_core::mutants::Mutant;

/// Programs with the mistakes in them, as `cargo xtask mutants --real` leaves them.
mod programs {
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use vj_core::mutants::{Mutant, VARIABLE};
    use vj_sim::osc_log;

    fn program(name: &str) -> PathBuf {
        let kept = std::env::var_os("VJ_MUTANTS").expect("run this by `cargo xtask mutants --real`");
        Path::new(&kept).join(name)
    }

    /// Exit code and standard output of one of them with this mistake in it.
    pub(super) fn run(name: &str, mutant: Option<Mutant>, args: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(program(name));
        command.args(args).env(VARIABLE, mutant.map_or("", Mutant::name));
        let output = command.output().expect("a program that was kept can be started");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    pub(super) fn path(name: &str) -> String {
        program(name).display().to_string()
    }

    /// How often each address was told when this set was rehearsed, beats by themselves. What depends on when a process dies or
    /// asks is left out: the tellings of health and of positions.
    pub(super) fn told(set: &Path, mutant: Option<Mutant>, is_real: bool) -> BTreeMap<String, usize> {
        let report = tempfile::tempdir().expect("a folder for the report");
        let (set, dir) = (set.display().to_string(), report.path().display().to_string());
        let mut args = vec!["rehearse", &set, "--faults", "none", "--report", &dir];
        args.extend(is_real.then_some("--realtime"));
        let (code, said) = run("vj", mutant, &args);
        assert_eq!(code, Some(0), "{said}");
        let log = std::fs::File::open(report.path().join("osc.jsonl")).expect("the report has its log");
        let mut told = BTreeMap::new();
        for line in osc_log::read_jsonl(std::io::BufReader::new(log)).expect("it is a log") {
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
    for (virtually, really) in told[0].iter().zip(&told[1]) {
        let both: BTreeSet<&String> = virtually.keys().chain(really.keys()).collect();
        for addr in both {
            let count = |told: &BTreeMap<String, usize>| told.get(addr).copied().unwrap_or_default();
            // A real show ends within a tick, and a busy machine may lose one, or pass over a line that lasts half a second. The
            // one mistake costs 25 beats, the other every reset.
            let off = if addr.starts_with("/audio/") || addr == "beats" { 3 } else { 1 };
            let (one, other) = (count(virtually), count(really));
            assert!(one.abs_diff(other) <= off, "{addr}: {one} virtually, {other} really");
        }
    }
    for [right, beats, resets] in &told {
        assert!(beats["beats"] < right["beats"] * 19 / 20, "{} of {} beats", beats["beats"], right["beats"]);
        assert!(right.contains_key("/karaoke/lyrics/reset"), "{right:?}");
        assert!(!resets.contains_key("/karaoke/lyrics/reset"), "{resets:?}");
    }
}

#[test]
fn a_mistake_is_found_over_real_processes_too() {
    let vj = programs::path("vj");
    for (mutant, scenario) in [
        (Mutant::AnswersTwice, "torn-frames"),
        (Mutant::UnlinkByANonHolder, "second-instance"),
        (Mutant::NoBackOff, "crash-loop"),
    ] {
        let (code, said) = programs::run("vj-sim", Some(mutant), &[scenario, "--real", "--vj", &vj]);
        assert!(matches!(code, Some(10 | 11)), "{} in {scenario}: {code:?}\n{said}", mutant.name());
        // In virtual time by the same property, with the first seed or another.
        let (_, virtually) = programs::run("vj-sim", Some(mutant), &[scenario, "--seeds", "20"]);
        let property = violated(&virtually);
        assert!(!property.is_empty() && said.contains(property), "virtually:\n{virtually}\nreally:\n{said}");
    }
}

/// The property of the first violation that the simulator told of.
fn violated(said: &str) -> &str {
    let line = said
        .lines()
        .map(str::trim)
        .find(|line| line.starts_with("Safety at") || line.starts_with("Liveness at"));
    line.and_then(|line| line.split(": ").nth(1)).unwrap_or_default()
}
