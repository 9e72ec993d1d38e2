//! Scenarios that are files: those that there are hold, the template runs, a wrong one is told of with its place, and a failure is shrunk.

use std::fs;
use std::path::PathBuf;

use vj_sim::faults::{Fault, FaultKind};
use vj_sim::ground::Driver;
use vj_sim::regression::Regression;
use vj_sim::scenario_file::TEMPLATE;
use vj_sim::scenarios::{self, Scenario};
use vj_sim::shrink::shrink;
use vj_sim::{history, osc_log};

fn written(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(format!("{name}.toml"));
    fs::write(&path, text).unwrap();
    (dir, path)
}

fn holds(scenario: &'static Scenario, seed: u64) -> Vec<u8> {
    let run = scenario.play(&Driver::Virtual, seed);
    let violations: Vec<_> = run.violations.iter().map(ToString::to_string).collect();
    assert!(violations.is_empty(), "{} with seed {seed}: {violations:#?}", scenario.name);
    let mut bytes = Vec::new();
    history::write_jsonl(&run.history, &mut bytes).unwrap();
    osc_log::write_jsonl(&run.osc, &mut bytes).unwrap();
    bytes
}

#[test]
fn every_scenario_that_is_a_file_holds_and_is_repeatable() {
    let on_file = scenarios::on_file().unwrap();
    let files = on_file.iter().filter(|it| !it.is_a_regression() && it.is_for(&Driver::Virtual));
    let files: Vec<_> = files.collect();
    assert!(files.len() >= 10, "only {} files", files.len());
    // A day takes a minute: it is played with all scenarios, not here.
    for scenario in files.into_iter().filter(|scenario| !scenario.long) {
        let (one, again) = (holds(scenario, 200), holds(scenario, 200));
        assert!(one == again, "{}: the same seed gave another run", scenario.name);
    }
}

#[test]
fn no_two_scenarios_have_the_same_name() {
    let on_file = scenarios::on_file().unwrap();
    let all = scenarios::SCENARIOS.iter().chain(on_file.iter().copied());
    let mut names: Vec<_> = all.map(|scenario| scenario.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn what_new_writes_runs_at_once() {
    let (_dir, path) = written("first", TEMPLATE);
    holds(scenarios::read(&path).unwrap(), 1);
}

/// A show that is broken: its manager restarts nobody.
const NEVER_RESTARTED: &str = r#"
about = "a manager that restarts nobody"
end_sec = 80.0
hold = ["nobody_is_given_up"]
[stage]
sound = "silence"
also = ["test_worker"]
clients = false
keep_osc = false
[stage.config.process_manager]
max_restarts = 0
"#;

#[test]
fn of_twenty_faults_the_one_is_found_that_breaks_it() {
    let (_dir, path) = written("never-restarted", NEVER_RESTARTED);
    let scenario = scenarios::read(&path).unwrap();
    let harmless =
        [FaultKind::Weather, FaultKind::Freeze, FaultKind::Cut, FaultKind::DiskFull, FaultKind::Starve];
    let mut plan: Vec<Fault> = (0..20)
        .map(|index| {
            let at = 6.123 + 2.0 * f64::from(index);
            Fault::new(at, harmless[index as usize % harmless.len()]).on("audio_analyzer").lasting(1.5)
        })
        .collect();
    plan[13] = Fault::new(32.123, FaultKind::Kill).on("test_worker");
    let fails = |plan: &[Fault]| {
        let run = scenario.play_with(&Driver::Virtual, 1, Some(plan));
        assert_eq!(run.plan.as_deref(), Some(plan));
        Some(run.violations.iter().any(|it| it.property == "nobody is blamed without cause"))
    };
    let shrunk = shrink(&plan, fails);
    assert_eq!(shrunk.plan, [Fault::new(32.0, FaultKind::Kill).on("test_worker")]);
    assert!(shrunk.is_done && shrunk.runs < 40, "{} runs", shrunk.runs);
}

#[test]
fn a_failure_that_is_written_down_is_played_again() {
    let dir = tempfile::tempdir().unwrap();
    let kill = Fault::new(5.0, FaultKind::Kill).on("audio_analyzer");
    let regression = Regression {
        scenario: "crash-recovery".to_owned(),
        seed: 3,
        property: "telemetry has no long gap".to_owned(),
        date: "2026-11-27".to_owned(),
        seen: String::new(),
        faults: Some(vec![kill.clone()]),
    };
    let scenario = scenarios::read(&regression.write(dir.path()).unwrap()).unwrap();
    assert!(scenario.is_a_regression());
    // Whatever seed is asked for, it is that of the file.
    let run = scenario.play(&Driver::Virtual, 99);
    assert_eq!((run.violations.as_slice(), run.plan), (&[][..], Some(vec![kill])));
    let lost = Regression { scenario: "nobody-knows".to_owned(), ..regression };
    let run = scenarios::read(&lost.write(dir.path()).unwrap()).unwrap().play(&Driver::Virtual, 1);
    assert!(run.violations[0].detail.contains("there is no scenario 'nobody-knows' any more"));
}

#[test]
fn a_wrong_file_is_told_of_with_its_place_and_what_is_allowed() {
    let head = "about = \"a\"\nend_sec = 60.0\nhold = [\"no_panic\"]\n";
    let stage = "[stage]\nsound = \"drums\"\n";
    for (text, why) in [
        ("end_sec = 60.0".to_owned(), "line 1: missing field `about`"),
        (
            format!("{head}[stage]\nsuond = \"drums\""),
            "line 5: unknown field `suond`, expected one of `sound`, `cards`",
        ),
        (format!("{head}[stage]\n"), "line 4: nobody plays: 'sound', 'cards',"),
        (
            format!("{head}[stage]\nsound = \"drums\"\ncards = [{{ name = \"a\" }}]"),
            "line 4: where the sound comes from is said twice",
        ),
        (
            format!("{head}[stage]\nevening = {{ rhythm = \"waltz\" }}"),
            "line 5: unknown variant `waltz`, expected one of `race`, `hurry`, `night`",
        ),
        (
            format!("{head}[stage]\nalso = [\"coffee_maker\"]"),
            "line 5: unknown variant `coffee_maker`, expected one of `test_worker`",
        ),
        (format!("{head}[stage]\nplayback = \"none.jsonl\""), "line 4: failed to read DIR/none.jsonl"),
        (
            format!("{head}[stage]\nplayback = [{{ t = 1.0, spotify = \"dance\" }}]"),
            "line 4: 'playback': line 1: unknown variant `dance`",
        ),
        (
            format!("{head}{stage}[stage.config.audio_analyzer]\nloop = false"),
            "line 4: [stage.config.audio_analyzer]: 'loop' is the rehearsal's own",
        ),
        (
            format!("{head}{stage}[stage.config.lyrics_fetcher]\n"),
            "line 4: [stage.config.lyrics_fetcher]: there is no process 'lyrics_fetcher'",
        ),
        (
            format!("{head}{stage}[[faults]]\nat = 1.0\nkind = \"trip\""),
            "line 8: unknown variant `trip`, expected one of `kill`",
        ),
        (
            format!("{head}{stage}[[faults]]\nat = 1.0\nkind = \"kill\""),
            "line 6: fault at 1 s: 'target' is missing (a process)",
        ),
        (
            format!("{head}{stage}[[faults]]\nat = 1.0\nkind = \"kill\"\ntarget = \"spotify_monitor\""),
            "line 6: fault at 1 s: there is no process 'spotify_monitor' (there are: audio_analyzer, process_manager)",
        ),
        (
            format!("{head}{stage}[[faults]]\nat = 1.0\nkind = \"unplug\"\ntarget = \"Line In\""),
            "line 6: fault at 1 s: there is no audio input 'Line In'",
        ),
        (
            format!("{head}{stage}[[faults]]\nat = 61.0\nkind = \"weather\""),
            "line 6: fault at 61 s: the run is over at 60 s",
        ),
        (format!("{head}{stage}[[draw]]\nhow = \"rate\""), "line 6: 'per_min' is missing"),
        (format!("{head}{stage}[[draw]]\nper_min = 2.0"), "line 6: 'per_min' says something only with"),
        (
            format!("{head}{stage}[[draw]]\nkinds = [\"lrclib\"]"),
            "line 6: a 'lrclib' strikes nobody where there is no lyrics_fetcher",
        ),
        (format!("{head}{stage}[[draw]]\nprocesses = [\"vdj\"]"), "line 6: there is no process 'vdj'"),
        (
            format!("{head}{stage}[[draw]]\nuntil_sec = 90.0"),
            "line 6: faults from 5 to 90 s: they must lie within",
        ),
        (format!("about = \"a\"\nend_sec = 60.0\nhold = []\n{stage}"), "'hold' is empty"),
        (
            format!("about = \"a\"\nend_sec = 0.0\nhold = [\"no_panic\"]\n{stage}"),
            "'end_sec' cannot be 0 (allowed: 1 to 100000)",
        ),
        (
            format!(
                "about = \"a\"\nend_sec = 60.0\nhold = [\n  \"no_panic\",\n  \"no_pancake\",\n]\n{stage}"
            ),
            "line 5: there is no property 'no_pancake' (there are: no_panic,",
        ),
        (
            format!(
                "about = \"a\"\nend_sec = 60.0\nhold = [{{ property = \"no_panic\", sec = 3 }}]\n{stage}"
            ),
            "line 3: no_panic: it takes no 'sec' (allowed: nothing)",
        ),
        (
            format!(
                "about = \"a\"\nend_sec = 60.0\nhold = [{{ property = \"no_gap_over\", sec = \"long\" }}]\n{stage}"
            ),
            "line 3: no_gap_over: 'sec' must be a number",
        ),
        (
            format!("about = \"a\"\nend_sec = 60.0\nhold = [{{ name = \"no_panic\" }}]\n{stage}"),
            "line 3: 'property' is missing",
        ),
        (
            format!("about = \"a\"\nend_sec = 60.0\nhold = [\"no_panic\"]\nsometimes = [\"rain\"]\n{stage}"),
            "line 4: 'rain' is no kind of fault (there are: kill,",
        ),
        (
            format!("{head}drivers = \"some\"\n{stage}"),
            "line 4: unknown variant `some`, expected one of `both`, `virtual`, `real`",
        ),
        ("about = ".to_owned(), "line 1: "),
    ] {
        let (dir, path) = written("wrong", &text);
        let Err(error) = scenarios::read(&path) else { panic!("{text} was taken") };
        let error = error.replace(&dir.path().display().to_string(), "DIR");
        assert!(error.starts_with(&format!("DIR/wrong.toml: {why}")), "{text}\ngave {error}\nnot  {why}");
        assert!(!error.contains('\n'), "{error}");
    }
}
