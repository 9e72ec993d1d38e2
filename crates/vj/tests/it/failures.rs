//! Exit codes, and the one line that says why.

use std::ffi::OsStr;
use std::path::Path;

use tempfile::tempdir;

use crate::support::{Run, drums, vj, wav};

fn analyze(path: &Path, json: bool) -> Run {
    let mut args = vec![OsStr::new("analyze"), path.as_os_str()];
    args.extend(json.then_some(OsStr::new("--json")));
    vj(&args)
}

#[track_caller]
fn check(path: &Path, reason: &str) {
    for json in [false, true] {
        let run = analyze(path, json);
        assert_eq!(run.code, Some(1));
        assert_eq!(run.stdout, "", "nothing is printed of a file that could not be read");
        assert_eq!(run.stderr, format!("error: {}: {reason}\n", path.display()));
    }
}

#[test]
fn a_file_that_cannot_be_played() {
    let dir = tempdir().unwrap();
    let allowed = "(allowed: WAV, FLAC, MP3, OGG Vorbis, AAC in ADTS or M4A)";
    check(&dir.path().join("gone.wav"), "no such file");
    check(dir.path(), &format!("is a directory, not a sound file {allowed}"));
    let notes = dir.path().join("notes.txt");
    std::fs::write(&notes, "four to the floor").unwrap();
    check(&notes, &format!("not a sound file of a known kind {allowed}"));
}

#[test]
fn a_file_that_was_cut_off_is_no_result() {
    let dir = tempdir().unwrap();
    let path = wav(&dir, "drums.wav", &drums(4.0));
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..44 + 44_100 * 2]).unwrap();
    check(&path, "cut off at 1.000 s of 4.000 s: the rest of the file is missing");
}

#[test]
fn wrong_usage_is_2() {
    for args in
        [&["analyse"][..], &["analyze"], &["analyze", "--jsn", "x.wav"], &["analyze", "a.wav", "b.wav"]]
    {
        let run = vj(args);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(run.stderr.starts_with("error: "), "{args:?}: {}", run.stderr);
    }
}
