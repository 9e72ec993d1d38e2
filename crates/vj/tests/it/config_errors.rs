//! What a config that is not good is told: exit code 2, nothing on standard output, a line for each thing.

use std::process::Command;

use crate::config::Home;

const FILE: &str = ".config/vj/config.toml";

#[track_caller]
fn refused(home: &Home, args: &[&str]) -> String {
    let (code, out, err) = home.vj(args);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{args:?}: {err}");
    assert!(err.starts_with("error: "), "{args:?}: {err}");
    err
}

#[test]
fn everything_that_is_wrong_is_named_with_its_place_and_what_is_allowed() {
    let home = Home::new()
        .with("VJ_AUDIO_ANALYZER_LOPE", "true")
        .with("VJ_TELEMETRY_TARGETS", "visuals:9000")
        .with("VJ_TIME_SCALE", "0.5")
        .with("VJ_SOMEBODY_ELSES", "concern");
    home.write(
        FILE,
        "\
[audio_analizer]
loop = true

[audio_analyzer]
loop = 'yes'
latency_ms = 5000
volume = 11
device = ['a', 'b']

[supervision]
max_restarts = 1.5
backoff = []
kill_after = 2026-01-01
",
    );
    let set = ["config", "--set", "supervision.heartbeat=often", "--set", "audio.loop=true"];
    insta::assert_snapshot!(refused(&home, &set));
}

#[test]
fn values_that_do_not_fit_together() {
    let home = Home::new();
    home.write(FILE, "[supervision]\nunhealthy_after = 20\nkill_after = 20\n");
    assert_eq!(
        refused(&home, &["config"]),
        "error: HOME/.config/vj/config.toml:3: supervision.kill_after is 20 s, allowed is more than unhealthy_after (20 s)\n"
    );
    home.write(FILE, "");
    assert_eq!(
        refused(&home, &["config", "--set", "supervision.heartbeat=20"]),
        "error: --set supervision.heartbeat=20: supervision.unhealthy_after is 15 s, allowed is more than heartbeat (20 s)\n"
    );
}

#[test]
fn toml_that_is_none_is_named_with_its_line() {
    let home = Home::new();
    for (text, place) in [
        ("[bus\n", ":1: "),
        ("[audio_analyzer]\nloop = true\n\nloop = false\n", ":4: duplicate key 'loop'"),
        ("[bus]\n[telemetry]\n[bus]\n", ":3: duplicate key 'bus'"),
        ("[bus]\ndir = /tmp\n", ":2: "),
    ] {
        home.write(FILE, text);
        let said = refused(&home, &["config"]);
        assert!(said.starts_with(&format!("error: HOME/{FILE}{place}")), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn what_is_no_file_of_text() {
    let home = Home::new();
    home.write("latin1.toml", b"[bus]\n# caf\xe9\n");
    home.write("long.toml", vec![b'#'; 1024 * 1024 + 1]);
    home.write("fits.toml", vec![b'#'; 1024 * 1024]);
    home.write("directory/x", "");
    let made = Command::new("mkfifo").arg(home.path("pipe")).status().unwrap();
    assert!(made.success());
    std::os::unix::fs::symlink("nowhere", home.path("link")).unwrap();
    for (file, why) in [
        ("gone.toml", "failed to read the config HOME/gone.toml: No such file"),
        ("link", "failed to read the config HOME/link: No such file"),
        ("latin1.toml", "HOME/latin1.toml:2: not UTF-8 (allowed: TOML in UTF-8)"),
        ("long.toml", "the config HOME/long.toml is too long (allowed: at most 1048576 bytes)"),
        ("directory", "the config HOME/directory is a directory (allowed: a TOML file)"),
        ("pipe", "the config HOME/pipe is a pipe or a device (allowed: a TOML file)"),
        ("", "invalid value '' for '--config <FILE>'"),
    ] {
        let said = refused(&home, &["config", "--config", file]);
        assert!(said.starts_with(&format!("error: {why}")), "{file}: {said}");
    }
    home.fine(&["config", "--config", "fits.toml"]);
}

#[test]
fn a_link_that_leads_nowhere_is_not_the_same_as_no_file() {
    let home = Home::new();
    home.write(".config/vj/x", "");
    std::os::unix::fs::symlink("nowhere", home.path(FILE)).unwrap();
    assert!(refused(&home, &["config"]).contains("failed to read the config HOME/.config/vj/config.toml"));
}

#[test]
fn flags_and_variables_are_named() {
    let home = Home::new();
    for (args, why) in [
        (["--set", "loop=true"], "invalid value 'loop=true' for '--set <TABLE.KEY=VALUE>': allowed: "),
        (["--set", "buss.dir=/x"], "--set buss.dir=/x: unknown table 'buss' (allowed: bus, "),
        (
            ["--set", "bus.dir="],
            "--set bus.dir=: [bus] 'dir' cannot be \"\" (allowed: an absolute path of at most 80",
        ),
    ] {
        let said = refused(&home, &[&["config"][..], &args].concat());
        assert!(said.starts_with(&format!("error: {why}")), "{said}");
    }
    let home = Home::new().with("VJ_CONFIG", "");
    assert!(refused(&home, &["config"]).contains("VJ_CONFIG"));
}
