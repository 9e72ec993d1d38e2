//! The help, as it is printed.

use crate::support::vj;

#[test]
fn without_arguments_the_help_is_printed() {
    let run = vj::<&str>(&[]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(run.stdout, vj(&["--help"]).stdout);
    insta::assert_snapshot!(run.stdout);
}

#[test]
fn help_of_analyze() {
    let run = vj(&["analyze", "--help"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(run.stdout);
}

#[test]
fn the_version_is_the_crates() {
    assert_eq!(vj(&["--version"]).stdout, format!("vj {}\n", env!("CARGO_PKG_VERSION")));
}
