//! `vj config`: where values come from, and what becomes of overrides when nothing runs. With a show on: `show.rs`.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A machine on which nobody has configured anything.
pub(crate) struct Home {
    temp: TempDir,
    env: Vec<(String, String)>,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { temp: TempDir::new().unwrap(), env: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &str, value: impl AsRef<Path>) -> Self {
        self.env.push((name.to_owned(), value.as_ref().to_str().unwrap().to_owned()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    /// Writes a file, in directories that need not be there.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn command<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vj"));
        command.args(args).env_clear().env("HOME", self.temp.path()).stdin(Stdio::null());
        // Where the lines that run are counted, the count must not be left in the folder.
        command.envs(std::env::vars_os().filter(|(name, _)| name == "LLVM_PROFILE_FILE"));
        // So that a test finds nobody on the bus, whatever runs on this machine.
        command.env("VJ_BUS_DIR", self.path("bus")).current_dir(self.temp.path());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    pub(crate) fn vj<S: AsRef<OsStr>>(&self, args: &[S]) -> (Option<i32>, String, String) {
        self.said(self.command(args).output().unwrap())
    }

    fn said(&self, output: Output) -> (Option<i32>, String, String) {
        let text =
            |bytes| String::from_utf8(bytes).unwrap().replace(self.temp.path().to_str().unwrap(), "HOME");
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    /// What a command that succeeds prints.
    pub(crate) fn fine(&self, args: &[&str]) -> String {
        let (code, out, err) = self.vj(args);
        assert_eq!((code, err.as_str()), (Some(0), ""), "{args:?}");
        out
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.fine(args)).unwrap()
    }
}

const FILE: &str = ".config/vj/config.toml";
const OVERRIDES: &str = ".local/state/vj/overrides/audio_analyzer.json";

#[test]
fn every_value_is_shown_with_its_source() {
    let home = Home::new().with("VJ_AUDIO_ANALYZER_DEVICE", "USB Audio").with("VJ_TELEMETRY_RATE_HZ", "30");
    home.write(
        FILE,
        "[telemetry]\nrate_hz = 50\nascii = true\n[audio_analyzer]\nloop = true\nenabled = false\n",
    );
    home.write(OVERRIDES, json!({"enable_pitch": {"value": false, "over": true}}).to_string());
    let args = ["config", "--set", "supervision.backoff=1,2.5", "--set", "bus.dir=/tmp/some-bus"];
    insta::assert_snapshot!(home.fine(&args));
    let shown = home.json(&[&args[..], &["--json"]].concat());
    assert_eq!(shown["audio_analyzer"]["enable_pitch"], json!({"value": false, "source": "override"}));
    assert_eq!(shown["audio_analyzer"]["enabled"], json!({"value": false, "source": "file"}));
    assert_eq!(shown["supervision"]["backoff"], json!({"value": [1, 2.5], "source": "flag"}));
    assert_eq!(shown["telemetry"]["rate_hz"], json!({"value": 30, "source": "env"}));
}

#[test]
fn without_a_file_everything_is_default() {
    let home = Home::new();
    let shown = home.json(&["config", "--json"]);
    for (table, keys) in shown.as_object().unwrap() {
        for (key, it) in keys.as_object().unwrap() {
            let source = if table == "bus" { "env" } else { "default" };
            assert_eq!(it["source"], source, "{table}.{key}");
        }
    }
    assert_eq!(shown, home.json(&["config", "--json", "--config", "/dev/null"]));
    assert_eq!(fs::read_dir(home.temp.path()).unwrap().count(), 0, "who only looks leaves nothing behind");
}

#[test]
fn the_file_is_found_as_the_flag_then_the_variable_then_xdg_say() {
    let rate = |home: &Home, args: &[&str]| {
        home.json(&[&["config", "--json"], args].concat())["telemetry"]["rate_hz"]["value"].clone()
    };
    let fill = |home: &Home| {
        for (rate, file) in [(1, FILE), (2, "xdg/vj/config.toml"), (3, "variable.toml"), (4, "flag.toml")] {
            home.write(file, format!("[telemetry]\nrate_hz = {rate}\n"));
        }
    };
    let home = Home::new();
    fill(&home);
    assert_eq!(rate(&home, &[]), 1);
    let relative = Home::new().with("XDG_CONFIG_HOME", "xdg");
    fill(&relative);
    assert_eq!(rate(&relative, &[]), 1, "XDG says that a relative path is to be ignored");
    let xdg = home.path("xdg");
    let home = home.with("XDG_CONFIG_HOME", xdg);
    assert_eq!(rate(&home, &[]), 2);
    let home = home.with("VJ_CONFIG", "variable.toml");
    assert_eq!(rate(&home, &[]), 3);
    assert_eq!(rate(&home, &["--config", "flag.toml"]), 4);
}

#[test]
fn overrides_are_found_where_the_state_is() {
    let kept = json!({"loop": {"value": true, "over": false}}).to_string();
    let source = |home: &Home| home.json(&["config", "--json"])["audio_analyzer"]["loop"]["source"].clone();
    let home = Home::new();
    home.write("xdg/vj/overrides/audio_analyzer.json", &kept);
    assert_eq!(source(&home), "default");
    let xdg = home.path("xdg");
    let home = home.with("XDG_STATE_HOME", xdg);
    assert_eq!(source(&home), "override");
    let home = home.with("VJ_STATE_DIR", "elsewhere");
    assert_eq!(source(&home), "default");
    home.write("elsewhere/overrides/audio_analyzer.json", kept);
    assert_eq!(source(&home), "override");
}

#[test]
fn an_override_that_the_worker_would_not_take_up_is_not_shown() {
    let home = Home::new();
    for kept in [
        "{",
        "[]",
        r#"{"loop": {"value": "x", "over": false}}"#,
        r#"{"loop": {"value": true, "over": true}}"#,
    ] {
        home.write(OVERRIDES, kept);
        assert_eq!(home.json(&["config", "--json"])["audio_analyzer"]["loop"]["source"], "default", "{kept}");
    }
    // Right when it was kept; since then the file has changed around it.
    home.write(FILE, "[supervision]\nunhealthy_after = 60\nkill_after = 90\n");
    let kept = r#"{"kill_after": {"value": 50, "over": 90}}"#;
    home.write(".local/state/vj/overrides/process_manager.json", kept);
    assert_eq!(
        home.json(&["config", "--json"])["supervision"]["kill_after"],
        json!({"value": 90, "source": "file"})
    );
}

#[test]
fn the_bus_directory_is_what_the_flag_then_the_variable_then_the_file_say() {
    let bus = |home: &Home, args: &[&str]| {
        let shown = home.json(&[&["config", "--json"], args].concat());
        (shown["bus"]["dir"]["value"].clone(), shown["bus"]["dir"]["source"].clone())
    };
    let home = Home::new().with("VJ_BUS_DIR", "/tmp/vj-variable");
    home.write(FILE, "[bus]\ndir = '/tmp/vj-file'\n");
    assert_eq!(bus(&home, &["--bus-dir", "/tmp/vj-flag"]), (json!("/tmp/vj-flag"), json!("flag")));
    assert_eq!(bus(&home, &[]), (json!("/tmp/vj-variable"), json!("env")));
    let mut command = home.command(&["config", "--json"]);
    let (_, out, _) = home.said(command.env_remove("VJ_BUS_DIR").output().unwrap());
    let shown: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(shown["bus"]["dir"], json!({"value": "/tmp/vj-file", "source": "file"}));
}

#[test]
fn a_relative_sound_is_meant_from_the_config_files_folder_or_from_where_one_stands() {
    let source = |home: &Home, args: &[&str]| {
        home.json(&[&["config", "--json"], args].concat())["audio_analyzer"]["source"]["value"].clone()
    };
    let home = Home::new();
    for (given, meant) in [
        ("file:night.flac", "file:HOME/.config/vj/night.flac"),
        ("file:./sets/../night.flac", "file:HOME/.config/vj/sets/../night.flac"),
        ("file:~/night.flac", "file:HOME/night.flac"),
        ("file:/sets/night.flac", "file:/sets/night.flac"),
        ("device", "device"),
    ] {
        home.write(FILE, format!("[audio_analyzer]\nsource = '{given}'\n"));
        assert_eq!(source(&home, &[]), meant, "{given}");
    }
    assert_eq!(source(&home, &["--set", "audio_analyzer.source=file:night.flac"]), "file:HOME/night.flac");
    assert_eq!(source(&home, &["--set", "audio_analyzer.source=file:~/a.flac"]), "file:HOME/a.flac");
    let home = home.with("VJ_AUDIO_ANALYZER_SOURCE", "file:sets/night.flac");
    assert_eq!(source(&home, &[]), "file:HOME/sets/night.flac");
}

#[test]
fn reset_drops_the_overrides_of_who_does_not_run() {
    let manager = ".local/state/vj/overrides/process_manager.json";
    let home = Home::new();
    let fill = || {
        home.write(OVERRIDES, r#"{"loop": {"value": true, "over": false}}"#);
        home.write(manager, r#"{"max_restarts": {"value": 3, "over": 5}}"#);
    };
    let there = || (home.path(OVERRIDES).exists(), home.path(manager).exists());
    fill();
    assert_eq!(home.fine(&["config", "--reset", "audio_analyzer"]), "audio_analyzer: loop\n");
    assert_eq!(there(), (false, true));
    fill();
    let dropped = home.json(&["config", "--reset", "--json"]);
    assert_eq!(
        dropped,
        json!({"dropped": {
            "audio_analyzer": ["loop"], "process_manager": ["max_restarts"],
            "spotify_monitor": [], "virtualdj_monitor": [], "lyrics_fetcher": [], "osc_debugger": [],
        }})
    );
    assert_eq!(there(), (false, false));
    let names = [
        "process_manager",
        "audio_analyzer",
        "spotify_monitor",
        "virtualdj_monitor",
        "lyrics_fetcher",
        "osc_debugger",
    ];
    let told = home.fine(&["config", "--reset"]);
    let mut lines: Vec<&str> = told.lines().collect();
    lines.sort_unstable();
    let mut expect = names.map(|name| format!("{name}: nothing was overridden"));
    expect.sort_unstable();
    assert_eq!(lines, expect);
    let (code, out, err) = home.vj(&["config", "--reset", "console"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("possible values: all, process_manager, audio_analyzer"), "{err}");
}

#[test]
fn whoever_reads_may_leave_early() {
    let home = Home::new();
    for args in [&["config"][..], &["config", "--json"], &["config", "--schema"], &["config", "--defaults"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = home.command(args).stdout(writer).output().unwrap();
        let (code, _, err) = home.said(output);
        assert_eq!((code, err.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn every_shell_gets_its_completions() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home.fine(&["completions", shell]);
        for word in ["rehearse", "completions", "bus-dir"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let (code, out, err) = home.vj(&["completions", "tcsh"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("bash, elvish, fish, powershell, zsh"), "{err}");
}
