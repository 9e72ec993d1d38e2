//! The program behind `cargo xtask sim`: what it prints and how it exits.

use std::process::{Command, Output};

use serde_json::Value;
use vj_sim::history;
use vj_sim::scenarios::SCENARIOS;

fn sim(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vj-sim")).args(args).output().unwrap()
}

#[test]
fn it_lists_every_scenario_and_refuses_what_it_does_not_know() {
    let listed = String::from_utf8(sim(&["--list"]).stdout).unwrap();
    assert!(
        SCENARIOS.iter().all(|scenario| listed.contains(scenario.name) && listed.contains(scenario.about))
    );
    for (args, says) in [
        (&["no-such-thing"][..], "no scenario 'no-such-thing' (there are: crash-recovery"),
        (&["determinism", "--real"], "can only be played in virtual time"),
        (&["stress-60fps"], "play it with --real"),
        (&["all", "--without", "storms"], "--without storms: no such scenario"),
        (&[], "Usage"),
        (&["crash-loop", "--seeds", "0"], "'--seeds <N|A..B>': there must be one at least"),
        (&["crash-loop", "--seed", "one"], "invalid value 'one'"),
    ] {
        let output = sim(args);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(says), "{args:?}: {said}");
    }
}

#[test]
fn a_run_that_holds_exits_0_and_leaves_its_results_and_its_logs() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let output = sim(&[
        "crash-loop",
        "--seed",
        "5",
        "--seeds",
        "2",
        "--json",
        &path("out.json"),
        "--keep",
        &path("kept"),
    ]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let results: Value = serde_json::from_slice(&std::fs::read(path("out.json")).unwrap()).unwrap();
    let results = results["results"].as_array().unwrap();
    let seeds: Vec<_> = results.iter().map(|result| result["seed"].as_u64().unwrap()).collect();
    assert_eq!(seeds, [5, 6]);
    assert!(results.iter().all(|result| result["violations"] == Value::Array(Vec::new())));
    let kept = std::fs::read(path("kept/history.jsonl")).unwrap();
    assert!(history::read_jsonl(&kept[..]).unwrap().len() > 50);
}

#[test]
fn a_run_is_the_same_in_another_process() {
    // The program itself starts the second process and compares, byte for byte.
    let output = sim(&["determinism", "--seed", "11"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}
