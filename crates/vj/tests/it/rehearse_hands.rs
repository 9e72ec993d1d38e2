//! Hands on a rehearsal in real time: by flags, and by keys in a real terminal.

use std::fs;
use std::path::Path;
use std::time::Duration;

use portable_pty::CommandBuilder;
use serde_json::Value;
use tempfile::{TempDir, tempdir};
use vj_sim::pty::Pty;

use crate::support::{drums, vj, wav};

/// Nothing here should take longer, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A minute of sound, with a song of each player.
fn set() -> TempDir {
    let dir = tempdir().unwrap();
    wav(&dir, "audio.wav", &drums(60.0));
    fs::write(dir.path().join("set.toml"), "format = 1\naudio = \"audio.wav\"\n").unwrap();
    let playback = [
        r#"{"t": 1, "spotify": {"play": {"artist": "A", "title": "One", "duration_sec": 29}}}"#,
        r#"{"t": 30, "spotify": "stop"}"#,
        r#"{"t": 32, "do": "append", "file": "tracklist.txt", "text": "21:00 : B - Two\r\n"}"#,
        r#"{"t": 32, "plays": "B - Two"}"#,
    ];
    fs::write(dir.path().join("playback.jsonl"), playback.join("\n")).unwrap();
    dir
}

fn lines(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn tracks(osc: &[Value]) -> Vec<&str> {
    let told = osc.iter().filter(|line| line["addr"] == "/karaoke/track" && line["args"][0] == 1);
    told.filter_map(|line| line["args"][3].as_str()).collect()
}

#[test]
fn at_eight_times_the_speed_from_the_middle_on_nothing_is_left_out() {
    let set = set();
    let report = set.path().join("report");
    let (dir, to) = (set.path().to_str().unwrap(), report.to_str().unwrap());
    let run = vj(&["rehearse", dir, "--realtime", "--speed", "8", "--from", "20", "--report", to]);
    assert_eq!(run.code, Some(0), "{}\n{}", run.stdout, run.stderr);
    let osc = lines(&report.join("osc.jsonl"));
    let jumped = lines(&report.join("history.jsonl"))
        .into_iter()
        .find(|entry| entry["name"] == "jumped")
        .expect("it jumped");
    let jumped = jumped["t"].as_f64().unwrap();
    // Sixty ticks in each second of the show, which was not one of the machine.
    let ticks: Vec<f64> = osc
        .iter()
        .filter(|line| line["addr"] == "/audio/levels" && line["t"].as_f64().unwrap() > jumped)
        .map(|line| line["t"].as_f64().unwrap())
        .collect();
    assert!((2_380..=2_420).contains(&ticks.len()), "{} ticks of 40 s", ticks.len());
    let lasted = ticks[ticks.len() - 1] - ticks[0];
    assert!((39.0..41.0).contains(&lasted), "{lasted} s");
    assert_eq!(tracks(&osc), ["One", "Two"]);
}

#[test]
fn what_cannot_be_moved_is_refused() {
    let set = set();
    let dir = set.path().to_str().unwrap();
    for (args, why) in [
        (&["--speed", "2"][..], "--speed, --from, --section and --sound need --realtime"),
        (&["--realtime", "--speed", "9"], "allowed: 0.25 to 8"),
        (&["--realtime", "--section", "9-3"], "allowed: two seconds of the sound"),
        (&["--realtime", "--from", "-3"], "allowed: seconds from 0 on"),
    ] {
        let run = vj(&[&["rehearse", dir], args].concat());
        assert_eq!(run.code, Some(2), "{args:?}: {}", run.stderr);
        assert!(run.stderr.contains(why), "{args:?}: {}", run.stderr);
    }
}

/// The second that the line shows.
fn shown(screen: &vt100::Screen) -> Option<f64> {
    let text = screen.contents();
    let at = text.find(['\u{25b6}', '\u{2016}'])?;
    let time = text[at..].split_whitespace().nth(1)?;
    let (minutes, seconds) = time.split_once(':')?;
    Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
}

#[test]
fn keys_pause_jump_loop_and_hurry_it() {
    let set = set();
    let report = set.path().join("report");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_vj"));
    command.args(["rehearse", set.path().to_str().unwrap(), "--realtime", "--report"]);
    command.arg(&report);
    command.env("TERM", "xterm-256color");
    let mut terminal = Pty::start(command, 24, 160).unwrap();
    let sees = |terminal: &Pty, what: &str, is_so: &dyn Fn(f64) -> bool| {
        let is_seen = terminal.wait(PATIENCE, |screen| shown(screen).is_some_and(is_so));
        assert!(is_seen, "never {what}:\n{}", terminal.text());
    };
    sees(&terminal, "begun", &|sec| sec > 1.0);
    terminal.keys(" ");
    assert!(terminal.shows(PATIENCE, "\u{2016}"), "{}", terminal.text());
    let stands = terminal.with_screen(shown).unwrap();
    let goes_on = terminal.wait(Duration::from_millis(1_500), |screen| shown(screen) != Some(stands));
    assert!(!goes_on, "it goes on though it is paused:\n{}", terminal.text());
    // A jump in the pause, then a loop of less than two seconds, seen to come round.
    terminal.keys("\x1b[6~");
    sees(&terminal, "30 s further", &|sec| sec >= stands + 29.9);
    terminal.keys("[ ");
    sees(&terminal, "on its way", &|sec| sec >= stands + 31.0);
    terminal.keys("]");
    assert!(terminal.shows(PATIENCE, "loop 00:3"), "{}", terminal.text());
    sees(&terminal, "round", &|sec| sec < stands + 30.8);
    terminal.keys("\\++++++");
    assert!(terminal.shows(PATIENCE, "8x"), "{}", terminal.text());
    let (code, said) = terminal.wait_for_end(PATIENCE).unwrap();
    assert_eq!(code, 0, "{said}");
    let osc = lines(&report.join("osc.jsonl"));
    assert_eq!(tracks(&osc).last(), Some(&"Two"), "{:?}", tracks(&osc));
}

#[test]
fn whoever_has_heard_enough_ends_it_and_the_terminal_is_as_it_was() {
    let set = set();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_vj"));
    command.args(["rehearse", set.path().to_str().unwrap(), "--realtime", "--speed", "0.25"]);
    command.env("TERM", "xterm-256color");
    let mut terminal = Pty::start(command, 24, 160).unwrap();
    assert!(terminal.shows(PATIENCE, "0.25x"), "{}", terminal.text());
    terminal.keys("q");
    let (code, said) = terminal.wait_for_end(PATIENCE).unwrap();
    assert_eq!(code, 0, "{said}");
}
