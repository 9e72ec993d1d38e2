//! A file cut off at T gives exactly the events of the whole file that were announced before T.

use serde_json::Value;
use tempfile::tempdir;

use crate::support::{RATE_HZ, analyze, drums, wav};

/// Where the file is cut, in frames: between ticks, on one, on a round second, amid the break, in the drop.
const CUTS: [usize; 8] = [1, 12_345, 88_200, 137_813, 221_991, 441_000, 573_300, 700_001];

#[test]
fn a_cut_file_gives_what_was_announced_before_the_cut() {
    let dir = tempdir().unwrap();
    let samples = drums(20.0);
    let whole = analyze(&wav(&dir, "whole.wav", &samples));
    assert!(count(&whole, "beats") > 20, "music without beats proves nothing");
    assert!(count(&whole, "downbeats") > 4 && count(&whole, "onsets") > 20);
    assert!(count(&whole, "tempo_curve") > 5 && count(&whole, "structure") > 0);
    for cut in CUTS {
        let heard = analyze(&wav(&dir, "cut.wav", &samples[..cut]));
        let until = cut as f64 / f64::from(RATE_HZ);
        let context = format!("cut at {until} s");
        for kind in ["beats", "onsets"] {
            assert_eq!(list(&heard, kind), announced(&whole, kind, until), "{kind}, {context}");
        }
        for kind in ["pitch", "tempo_curve"] {
            let told = |entry: &&Value| entry[0].as_f64().unwrap() <= until;
            let expected: Vec<Value> = list(&whole, kind).iter().filter(told).cloned().collect();
            assert_eq!(list(&heard, kind), expected, "{kind}, {context}");
        }
        assert_eq!(list(&heard, "downbeats"), downbeats(&whole, until), "downbeats, {context}");
        check_structure(&heard, &whole, until);
        assert_eq!(heard["frames"], count(&heard, "pitch"), "{context}");
        assert_eq!(heard["duration_sec"], until);
    }
}

#[test]
fn nothing_is_announced_before_its_time_or_out_of_order() {
    let dir = tempdir().unwrap();
    let heard = analyze(&wav(&dir, "whole.wav", &drums(20.0)));
    for kind in ["beats", "onsets", "structure"] {
        let announced: Vec<f64> = list(&heard, kind).iter().map(announced_at).collect();
        assert!(announced.is_sorted(), "{kind}: {announced:?}");
    }
    for onset in list(&heard, "onsets") {
        assert!(
            onset["time"].as_f64().unwrap() <= announced_at(onset),
            "an onset is heard, not foreseen: {onset}"
        );
    }
}

/// An open section ends with the file; what began and when it was told is the same.
fn check_structure(heard: &Value, whole: &Value, until: f64) {
    let (heard, expected) = (list(heard, "structure"), announced(whole, "structure", until));
    assert_eq!(heard.len(), expected.len(), "structure cut at {until} s");
    for (heard, expected) in heard.iter().zip(&expected) {
        for key in ["type", "start", "announced_at"] {
            assert_eq!(heard[key], expected[key], "{key} of a section, cut at {until} s");
        }
        assert!(heard["end"] == expected["end"] || heard["end"] == until, "{heard} for {expected}");
    }
}

fn announced(whole: &Value, kind: &str, until: f64) -> Vec<Value> {
    list(whole, kind).iter().filter(|event| announced_at(event) <= until).cloned().collect()
}

/// A downbeat is told when its beat is.
fn downbeats(whole: &Value, until: f64) -> Vec<Value> {
    let told: Vec<Value> = announced(whole, "beats", until).iter().map(|beat| beat["time"].clone()).collect();
    list(whole, "downbeats").iter().filter(|time| told.contains(time)).cloned().collect()
}

fn announced_at(event: &Value) -> f64 {
    event["announced_at"].as_f64().unwrap()
}

fn list<'a>(document: &'a Value, kind: &str) -> &'a [Value] {
    document[kind].as_array().unwrap_or_else(|| panic!("{kind} is no list"))
}

fn count(document: &Value, kind: &str) -> usize {
    list(document, kind).len()
}
