//! A rehearsal, as a user runs it.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::support::{Run, analyze, drums, vj, wav};

fn rehearse(set: &Path, more: &[&str]) -> Run {
    let mut args = vec!["rehearse", set.to_str().unwrap()];
    args.extend(more);
    vj(&args)
}

/// Plays a set into `dir/NAME` and returns its OSC log.
fn osc(dir: &TempDir, name: &str, set: &Path, more: &[&str]) -> Vec<Value> {
    let report = dir.path().join(name);
    let run = rehearse(set, &[&["--report", report.to_str().unwrap()], more].concat());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{}", run.stdout);
    lines(&report.join("osc.jsonl"))
}

fn lines(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of<'a>(osc: &'a [Value], address: &str) -> Vec<&'a Value> {
    osc.iter().filter(|line| line["addr"] == address).collect()
}

fn set(dir: &TempDir, set_toml: &str) {
    fs::write(dir.path().join("set.toml"), set_toml).unwrap();
}

const PLAIN: &str = "format = 1\naudio = \"audio.wav\"\n";

#[test]
fn the_worker_sends_on_osc_what_analyze_announces() {
    let dir = tempdir().unwrap();
    let sound = wav(&dir, "audio.wav", &drums(20.0));
    let heard = analyze(&sound);
    let osc = osc(&dir, "report", &sound, &[]);
    let levels = of(&osc, "/audio/levels");
    assert_eq!(levels.len(), 20 * 60 + 1, "a tick each sixtieth of a second, and one of silence at the end");
    // The first tick is a sixtieth of a second into the sound; timers have a resolution of 1 ms and round up.
    let begins = levels[0]["t"].as_f64().unwrap() - 1.0 / 60.0;
    let close = |t: &Value, announced_at: f64| (t.as_f64().unwrap() - begins - announced_at).abs() < 0.002;

    let beats: Vec<_> = of(&osc, "/audio/beat").into_iter().filter(|line| line["args"][0] == 1).collect();
    let announced = heard["beats"].as_array().unwrap();
    assert!(announced.len() > 20);
    assert_eq!(beats.len(), announced.len());
    for (sent, beat) in beats.iter().zip(announced) {
        assert!(close(&sent["t"], beat["announced_at"].as_f64().unwrap()), "{sent} {beat}");
    }
    let pitch = of(&osc, "/audio/pitch");
    for (sent, [t, hz, confidence]) in pitch.iter().zip(heard["pitch"].as_array().unwrap().iter().map(triple))
    {
        assert!(close(&sent["t"], t), "{sent} {t}");
        assert_eq!(
            (sent["args"][0].as_f64().unwrap() as f32, sent["args"][1].as_f64().unwrap() as f32),
            (hz as f32, confidence as f32)
        );
    }
    // And one that says unvoiced at the end.
    assert_eq!(pitch.len(), heard["pitch"].as_array().unwrap().len() + 1);
    let tempi = of(&osc, "/audio/bpm");
    let curve = heard["tempo_curve"].as_array().unwrap();
    assert_eq!(tempi.len(), curve.len());
    for (sent, entry) in tempi.iter().zip(curve) {
        assert!(close(&sent["t"], entry[0].as_f64().unwrap()), "{sent} {entry}");
        assert_eq!(sent["args"][0].as_f64().unwrap() as f32, entry[1].as_f64().unwrap() as f32);
    }
    let told = of(&osc, "/audio/structure");
    for section in heard["structure"].as_array().unwrap() {
        let flag = match section["type"].as_str().unwrap() {
            "buildup" => 0,
            "drop" => 1,
            _ => continue,
        };
        let at = section["announced_at"].as_f64().unwrap();
        let sent = told
            .iter()
            .find(|line| close(&line["t"], at))
            .unwrap_or_else(|| panic!("nothing sent for {section}"));
        assert_eq!(sent["args"][flag], 1, "{sent} {section}");
    }
}

fn triple(entry: &Value) -> [f64; 3] {
    [0, 1, 2].map(|index| entry[index].as_f64().unwrap())
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_does_not() {
    let dir = tempdir().unwrap();
    wav(&dir, "audio.wav", &drums(12.0));
    let fault = "[[faults]]\nat = 3.0\nkind = \"weather\"\nfor_sec = 6.0\n[[faults]]\nat = 5.0\nkind = \"kill\"\ntarget = \"audio_analyzer\"\n";
    set(&dir, &format!("{PLAIN}{fault}"));
    let play = |name: &str, seed: &str| {
        osc(&dir, name, dir.path(), &["--seed", seed]);
        ["osc.jsonl", "history.jsonl", "report.json", "report.html"]
            .map(|file| fs::read(dir.path().join(name).join(file)).unwrap())
    };
    let first = play("first", "7");
    assert!(first.iter().all(|bytes| bytes.len() > 500));
    assert!(first == play("second", "7"), "the same seed, and other bytes");
    assert!(first != play("third", "8"), "another seed, and the same bytes");
}

#[test]
fn a_killed_analyser_is_back_and_the_report_says_so() {
    let dir = tempdir().unwrap();
    wav(&dir, "audio.wav", &drums(12.0));
    set(&dir, &format!("{PLAIN}[[faults]]\nat = 5.0\nkind = \"kill\"\ntarget = \"audio_analyzer\"\n"));
    let run = rehearse(dir.path(), &["--json"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let figures: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(figures["figures"]["restarts"], 1);
    let recovery_sec = figures["outages"][0]["recovery_sec"].as_f64().unwrap();
    assert!((1.0..1.5).contains(&recovery_sec), "{recovery_sec}");
    // The show did not start over: the sound ended when it would have ended anyway.
    let levels = figures["figures"]["ticks"].as_u64().unwrap();
    assert!((640..665).contains(&levels), "{levels} ticks of 720, about 61 of them missed");
    let unbroken = rehearse(dir.path(), &["--json", "--faults", "none"]);
    let figures: Value = serde_json::from_str(&unbroken.stdout).unwrap();
    assert_eq!((&figures["figures"]["restarts"], &figures["figures"]["ticks"]), (&0.into(), &721.into()));
}

#[test]
fn faults_from_a_file_stand_in_for_those_of_the_set() {
    let dir = tempdir().unwrap();
    let sound = wav(&dir, "audio.wav", &drums(8.0));
    let plan = dir.path().join("plan.toml");
    fs::write(&plan, "[[faults]]\nat = 2.0\nkind = \"kill\"\ntarget = \"process_manager\"\n").unwrap();
    let run = rehearse(&sound, &["--json", "--faults", plan.to_str().unwrap()]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let figures: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(figures["processes"]["process_manager"]["restarts"], 1);
    assert_eq!(figures["processes"]["audio_analyzer"]["restarts"], 0, "it is adopted");
    assert_eq!(figures["figures"]["ticks_missed"], 0);
}

#[test]
fn a_report_lies_where_it_was_asked_for() {
    let dir = tempdir().unwrap();
    let sound = wav(&dir, "night.wav", &drums(6.0));
    let report = dir.path().join("deep/report");
    let run = rehearse(&sound, &["--report", report.to_str().unwrap()]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("night") && run.stdout.contains("report.html"), "{}", run.stdout);
    let page = fs::read_to_string(report.join("report.html")).unwrap();
    assert!(page.contains("<title>") && !page.contains("src=\"http"), "it opens without a network");
    for file in ["report.json", "osc.jsonl", "history.jsonl"] {
        assert!(report.join(file).is_file(), "{file}");
    }
}

#[test]
fn a_cut_off_file_is_one_clear_error() {
    let dir = tempdir().unwrap();
    let sound = wav(&dir, "cut.wav", &drums(6.0));
    let bytes = fs::read(&sound).unwrap();
    fs::write(&sound, &bytes[..bytes.len() / 2]).unwrap();
    let run = rehearse(&sound, &[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.contains("cut.wav") && run.stderr.contains("cut off at"), "{}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
}

#[test]
fn a_bad_set_is_named_with_its_place_and_nothing_is_played() {
    let dir = tempdir().unwrap();
    wav(&dir, "audio.wav", &[0; 100]);
    set(&dir, &format!("{PLAIN}sead = 3\n"));
    let run = rehearse(dir.path(), &[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("set.toml: line 3: unknown field `sead`"), "{}", run.stderr);
    set(&dir, &format!("{PLAIN}[config.audio_analyzer]\nenable_pich = true\n"));
    let run = rehearse(dir.path(), &[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("unknown key 'enable_pich'"), "{}", run.stderr);
    let run = rehearse(&dir.path().join("nothing"), &[]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("nothing"), "{}", run.stderr);
}

#[test]
fn help_of_rehearse() {
    let run = vj(&["rehearse", "--help"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(run.stdout);
}
