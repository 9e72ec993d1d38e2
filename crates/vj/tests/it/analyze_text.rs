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
