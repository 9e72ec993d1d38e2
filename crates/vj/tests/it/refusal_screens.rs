//! What is refused, in one line that says what to do instead.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use insta::assert_snapshot;

use crate::real_show::Show;
use crate::screen::{Session, without_what_differs};

#[test]
fn a_second_instance() {
    let show = Show::of_a_file();
    show.up();
    let mut session = Session::of(&show);
    for args in [&["up"][..], &["up", "--detach"], &["manager"], &["worker", "audio_analyzer"]] {
        session.vj(args);
    }
    let _redacted = without_what_differs();
    assert_snapshot!(session.seen());
}

#[test]
fn a_bus_directory_that_is_not_ours_alone() {
    let show = Show::of_a_file();
    for name in ["real", "open", "given-away"] {
        fs::create_dir(show.path(name)).unwrap();
    }
    symlink(show.path("real"), show.path("link")).unwrap();
    fs::set_permissions(show.path("open"), Permissions::from_mode(0o777)).unwrap();
    fs::write(show.path("file"), "").unwrap();
    // Root can give a directory away; everybody else finds one that is root's.
    let given_away = show.path("given-away");
    let foreign =
        if chown(&given_away, Some(65_534), None).is_ok() { &given_away } else { Path::new("/usr") };
    let mut session = Session::of(&show);
    for dir in [&show.path("link"), &show.path("open"), &show.path("file"), foreign] {
        let dir = dir.to_str().unwrap();
        for args in [
            &["up"][..],
            &["up", "--detach"],
            &["manager"],
            &["worker", "audio_analyzer"],
            &["status"],
            &["down"],
        ] {
            session.vj(&[args, &["--bus-dir", dir]].concat());
        }
    }
    // Nothing was left behind by who was refused.
    assert!(!show.path("state/config.json").exists());
    session.vj(&["up", "--bus-dir", &format!("/{}", "long/".repeat(20))]);
    let _redacted = without_what_differs();
    assert_snapshot!(session.seen().replace("/usr", "SHOW/given-away"));
}

#[test]
fn a_manager_that_is_turned_away_leaves_the_config_of_the_show_alone() {
    let show = Show::of_a_file();
    show.up();
    let config = show.path("state/config.json");
    let before = fs::read(&config).unwrap();
    let refused = show.vj(&["manager", "--set", "audio_analyzer.loop=false"]);
    assert_eq!(refused.status.code(), Some(3));
    assert_eq!(fs::read(&config).unwrap(), before);
}

#[test]
fn wrong_usage() {
    let show = Show::of_a_file();
    let mut session = Session::of(&show);
    for args in [
        &["statsu"][..],
        &["start"],
        &["start", "drummer"],
        &["up", "--only", "drummer"],
        &["send", "drummer", "get_state"],
        &["send", "audio_analyzer", "set_config", "loop"],
        &["--set", "loop=true", "status"],
        &["logs", "-n", "all"],
        &["completions", "tcsh"],
    ] {
        let output = show.command(args).env_remove("VJ_CONFIG").output().unwrap();
        session.ran(args, &output);
    }
    let _redacted = without_what_differs();
    assert_snapshot!(session.seen());
}
