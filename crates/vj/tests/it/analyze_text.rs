//! What people read of `vj analyze`.

use std::ffi::OsStr;

use tempfile::tempdir;

use crate::support::{drums, vj, wav};

#[test]
fn a_summary_without_colours_where_there_is_no_terminal() {
    let dir = tempdir().unwrap();
    let path = wav(&dir, "drums.wav", &drums(20.0));
    let run = vj(&[OsStr::new("analyze"), path.as_os_str()]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(!run.stdout.contains('\x1b'));
    let mut lines = run.stdout.lines();
    assert_eq!(lines.next(), Some(path.to_str().unwrap()));
    assert_eq!(lines.next(), Some("  length      00:20.0, 44100 Hz, mono"));
    let rows: Vec<&str> = lines.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(rows.starts_with(&["tempo"]) && rows.ends_with(&["analysed"]), "{}", run.stdout);
    for row in ["beats", "onsets", "structure"] {
        assert!(rows.contains(&row), "{row} is missing in {}", run.stdout);
    }
}

#[test]
fn a_picture_shows_each_stage_and_changes_nothing_of_what_is_heard() {
    let dir = tempdir().unwrap();
    let path = wav(&dir, "drums & bass.wav", &drums(14.0));
    let (sound, svg) = (path.to_str().unwrap(), dir.path().join("picture.svg"));
    let heard = |more: &[&str]| {
        let run = vj(&[&["analyze", sound, "--json"], more].concat());
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        let mut document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        document["elapsed_sec"].take();
        document
    };
    assert_eq!(heard(&["--plot", svg.to_str().unwrap(), "--from", "4", "--for", "3"]), heard(&[]));
    let picture = std::fs::read_to_string(&svg).unwrap();
    assert!(picture.starts_with("<svg ") && picture.trim_end().ends_with("</svg>"));
    for text in
        ["drums &amp; bass.wav, from 4 s", ">sub-bass<", ">onset strength<", ">place in the beat<", ">5.0 s<"]
    {
        assert!(picture.contains(text), "{text} is missing");
    }
    // Six beats of 126 BPM in three seconds, one or two of them the first of a bar.
    let count = |class: &str| picture.matches(&format!("class=\"{class}\"")).count();
    assert!((5..=7).contains(&(count("bar") + count("beatline"))) && count("bar") > 0);
    assert!(count("onset") >= 6);
}

#[test]
fn a_picture_of_nothing_is_refused() {
    for (args, why) in [
        (&["x.wav", "--from", "3"][..], "--plot"),
        (&["x.wav", "--plot", "y.svg", "--for", "0"], "allowed: 0.2 to 600 seconds"),
        (&["x.wav", "--plot", "y.svg", "--from", "-1"], "--from"),
    ] {
        let run = vj(&[&["analyze"], args].concat());
        assert_eq!(run.code, Some(2), "{args:?}: {}", run.stderr);
        assert!(run.stderr.contains(why), "{args:?}: {}", run.stderr);
    }
}
