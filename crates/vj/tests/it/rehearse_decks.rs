//! Decks of a set, over real sockets.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use crate::support::{drums, vj, wav};

fn osc(t: f64, deck: u32, verb: &str, tag: &str, value: Value) -> String {
    let addr = format!("/vdj/deck/{deck}/{verb}");
    json!({"t": t, "deck": {"osc": {"addr": addr, "tags": tag, "args": [value]}}}).to_string()
}

fn plays(t: f64, deck: u32, title: &str) -> Vec<String> {
    vec![
        osc(t, deck, "get_artist", "s", "A".into()),
        osc(t, deck, "get_title", "s", title.into()),
        osc(t, deck, "get_songlength", "f", 200.into()),
        osc(t, deck, "get_position", "f", 0.1.into()),
        osc(t, deck, "is_audible", "i", 1.into()),
        osc(t, 3 - deck, "is_audible", "i", 0.into()),
    ]
}

fn beat(t: f64, number: i32) -> String {
    let text = json!({"evt": "beat", "pos": number, "bpm": 124.0, "strength": 0.5}).to_string();
    json!({"t": t, "deck": {"os2l": {"text": text}}}).to_string()
}

fn set(seconds: f64, lines: &[String], more: &str) -> TempDir {
    let dir = tempdir().unwrap();
    wav(&dir, "audio.wav", &drums(seconds));
    fs::write(dir.path().join("set.toml"), format!("format = 1\naudio = \"audio.wav\"\n{more}")).unwrap();
    fs::write(dir.path().join("playback.jsonl"), lines.join("\n")).unwrap();
    dir
}

fn lines(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Rehearses the set: what the visuals got, and when it jumped.
fn rehearse(set: &TempDir, more: &[&str]) -> (Vec<Value>, Option<f64>) {
    let report = set.path().join("report");
    let (dir, to) = (set.path().to_str().unwrap(), report.to_str().unwrap());
    let run = vj(&[&["rehearse", dir, "--realtime", "--report", to], more].concat());
    assert_eq!(run.code, Some(0), "{}\n{}", run.stdout, run.stderr);
    let jumped = lines(&report.join("history.jsonl")).into_iter().find(|entry| entry["name"] == "jumped");
    (lines(&report.join("osc.jsonl")), jumped.and_then(|entry| entry["t"].as_f64()))
}

fn tracks(osc: &[Value]) -> Vec<(f64, &str)> {
    let told = osc.iter().filter(|line| line["addr"] == "/karaoke/track" && line["args"][1] == "virtualdj");
    told.map(|line| (line["t"].as_f64().unwrap(), line["args"][3].as_str().unwrap())).collect()
}

fn beats(osc: &[Value]) -> Vec<(f64, i64)> {
    let told = osc.iter().filter(|line| line["addr"] == "/audio/beat/deck");
    told.map(|line| (line["t"].as_f64().unwrap(), line["args"][0].as_i64().unwrap())).collect()
}

#[test]
fn a_real_worker_hears_the_decks_also_after_it_was_killed() {
    let told = [plays(4.0, 1, "One"), vec![beat(4.5, 8), beat(5.0, 9), beat(12.0, 22)]].concat();
    let kill = "[[faults]]\nat = 6.0\nkind = \"kill\"\ntarget = \"virtualdj_monitor\"\n";
    let (osc, _) = rehearse(&set(14.0, &told, kill), &[]);
    let (tracks, beats) = (tracks(&osc), beats(&osc));
    assert!(tracks.len() == 2 && tracks.iter().all(|(_, title)| *title == "One"), "{tracks:?}");
    assert!((4.0..5.0).contains(&tracks[0].0) && (6.5..12.0).contains(&tracks[1].0), "{tracks:?}");
    let numbers: Vec<_> = beats.iter().map(|(_, number)| *number).collect();
    assert_eq!(numbers, [8, 9, 22]);
    for ((t, _), expected) in beats.iter().zip([4.5, 5.0, 12.0]) {
        assert!((expected..expected + 0.5).contains(t), "{beats:?}");
    }
}

#[test]
fn a_jump_moves_the_decks() {
    let told = [plays(30.0, 1, "One"), plays(40.0, 2, "Two"), vec![beat(48.0, 90)]].concat();
    let (osc, jumped) = rehearse(&set(50.0, &told, ""), &["--from", "44", "--speed", "4"]);
    let (tracks, jumped) = (tracks(&osc), jumped.expect("it jumped"));
    let last = tracks.last().expect("a track is told");
    assert!(last.1 == "Two" && (jumped..jumped + 3.0).contains(&last.0), "{tracks:?}, jumped at {jumped}");
    assert_eq!(beats(&osc).iter().map(|(_, number)| *number).collect::<Vec<_>>(), [90]);
}
