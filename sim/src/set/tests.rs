//! Sets as their folders have them.

use std::fs;

use vj_core::ProcessName;

use super::*;
use crate::compare::Tolerance;

fn open(set_toml: &str) -> Result<Set, String> {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("set.toml"), set_toml).unwrap();
    fs::write(dir.path().join("audio.wav"), "").unwrap();
    Set::open(dir.path()).map_err(|e| e.to_string().replace(&dir.path().display().to_string(), "DIR"))
}

#[test]
fn a_set_says_what_is_played_and_what_breaks() {
    let set = open(
        "format = 1\ntitle = \"T\"\naudio = \"audio.wav\"\n[config.audio_analyzer]\nenable_pitch = false\n\
         [[faults]]\nat = 1.5\nkind = \"kill\"\ntarget = \"audio_analyzer\"\n",
    );
    let set = set.unwrap();
    assert_eq!((set.title.as_str(), set.seed, set.faults.len()), ("T", 1, 1));
    assert_eq!(set.config[&ProcessName::AudioAnalyzer]["enable_pitch"], false);
}

#[test]
fn a_mistake_is_named_with_its_place_and_what_is_allowed() {
    let start = "format = 1\naudio = \"audio.wav\"\n";
    for (text, expected) in [
        ("format = 0\naudio = \"audio.wav\"", "DIR/set.toml: format cannot be 0 (allowed: 1 to 2)"),
        (
            "format = 3\nsound = \"audio.wav\"",
            "DIR/set.toml: format cannot be 3 (allowed: 1 to 2; a later vj may have made it)",
        ),
        ("format = 1\naudio = \"x.wav\"", "DIR/set.toml: audio: there is no DIR/x.wav"),
        ("format = 1", "DIR/set.toml: line 1: missing field `audio`"),
        (
            &format!("{start}sead = 2"),
            "DIR/set.toml: line 3: unknown field `sead`, expected one of `format`, `title`, `date`, `vj`, `audio`, `audio_at`, `length_sec`, `seed`, `faults`, `config`, `compare`",
        ),
        (
            &format!("{start}[[faults]]\nat = 1.0\nkind = \"kill\"\n"),
            "DIR/set.toml: fault at 1 s: 'target' is missing (a process)",
        ),
        (
            &format!("{start}[[faults]]\nat = -1.0\nkind = \"weather\"\n"),
            "DIR/set.toml: fault at -1 s: 'at' cannot be -1 (allowed: 0 to 604800)",
        ),
    ] {
        assert_eq!(open(text).unwrap_err(), expected, "{text}");
    }
    let unknown = open(&format!("{start}[[faults]]\nat = 1.0\nkind = \"trip\"\n")).unwrap_err();
    assert!(unknown.contains("line 5") && unknown.contains("`kill`"), "{unknown}");
    let nobody = open(&format!("{start}[config.nobody]\n")).unwrap_err();
    let ours = open(&format!("{start}[config.audio_analyzer]\nloop = true\n")).unwrap_err();
    assert!(ours.contains("'loop' is the rehearsal's own"), "{ours}");
    let law = open(&format!("{start}[config.process_manager]\nkill_after = 1\n")).unwrap_err();
    assert!(law.contains("[config.process_manager]: supervision.kill_after is 1 s"), "{law}");
    let absent = format!("{start}[[faults]]\nat = 1.0\nkind = \"kill\"\ntarget = \"test_worker\"\n");
    let absent = open(&absent).unwrap_err();
    assert!(absent.contains("fault at 1 s: there is no process 'test_worker'"), "{absent}");
    assert!(nobody.contains("[config.nobody]: there is no process 'nobody' in this set (there are: audio_analyzer, process_manager)"), "{nobody}");
}

#[test]
fn what_the_players_do_lies_beside_it_and_brings_its_processes() {
    let dir = tempfile::tempdir().unwrap();
    let text = "format = 1\naudio = \"audio.wav\"\n[config.spotify_monitor]\npoll_interval = 1.0\n";
    fs::write(dir.path().join("audio.wav"), "").unwrap();
    fs::write(dir.path().join("set.toml"), text).unwrap();
    let error = Set::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("there is no process 'spotify_monitor' in this set"), "{error}");
    fs::write(dir.path().join("playback.jsonl"), "{\"t\": 1, \"spotify\": \"stop\"}\n").unwrap();
    let set = Set::open(dir.path()).unwrap();
    assert_eq!(
        set.processes(),
        [ProcessName::AudioAnalyzer, ProcessName::SpotifyMonitor, ProcessName::ProcessManager]
    );
    fs::write(dir.path().join("set.toml"), text.replace("poll_interval = 1.0", "client_id = \"me\""))
        .unwrap();
    let error = Set::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("'client_id' is the rehearsal's own"), "{error}");
    fs::write(dir.path().join("set.toml"), "format = 1\naudio = \"audio.wav\"\n[config.lyrics_fetcher]\n")
        .unwrap();
    let error = Set::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("there is no process 'lyrics_fetcher' in this set"), "{error}");
    fs::write(dir.path().join("services.jsonl"), "{\"t\": 1, \"lrclib\": \"sings\"}\n").unwrap();
    let error = Set::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("services.jsonl: line 1: unknown variant `sings`"), "{error}");
    fs::write(dir.path().join("services.jsonl"), "{\"t\": 1, \"lrclib\": \"down\"}\n").unwrap();
    assert!(Set::open(dir.path()).unwrap().processes().contains(&ProcessName::LyricsFetcher));
    fs::write(dir.path().join("playback.jsonl"), "{\"t\": 1}\n").unwrap();
    let error = Set::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("playback.jsonl: line 1: nothing happens in it"), "{error}");
}

#[test]
fn a_bare_sound_file_is_a_set_too() {
    let dir = tempfile::tempdir().unwrap();
    let audio = dir.path().join("night.flac");
    fs::write(&audio, "").unwrap();
    assert_eq!(Set::open(&audio).unwrap().title, "night");
    assert!(Set::open(dir.path()).unwrap_err().to_string().contains("it has no set.toml"));
    assert!(Set::open(&dir.path().join("none")).unwrap_err().to_string().contains("failed to read"));
}

#[test]
fn format_2_says_when_it_was_and_what_may_come_otherwise() {
    let set = open(
        "format = 2\ntitle = \"T\"\ndate = 2026-11-27T21:04:00+01:00\nvj = \"0.1.0\"\naudio = \"audio.wav\"\n\
         audio_at = 2.5\nlength_sec = 60.0\n[compare]\ntime_sec = 0.1\n[[compare.address]]\n\
         pattern = \"/audio/*\"\nmissing = 0.01\n",
    );
    let set = set.unwrap();
    assert_eq!(set.date.as_deref(), Some("2026-11-27T21:04:00+01:00"));
    assert_eq!((set.vj.as_deref(), set.audio_at_sec, set.length_sec), (Some("0.1.0"), Some(2.5), Some(60.0)));
    assert_eq!((set.compare.time_sec, set.compare.address.len()), (0.1, 1));
    assert_eq!(set.tolerance().to_sec, Some(60.0));
}

#[test]
fn an_old_set_is_read_as_ever_and_new_keys_need_the_new_format() {
    let old = open("format = 1\naudio = \"audio.wav\"\n").unwrap();
    assert_eq!((old.audio_at_sec, old.length_sec, old.date, old.vj), (None, None, None, None));
    assert_eq!(old.compare, Tolerance::default());
    for (keys, why) in [
        ("format = 1\naudio = \"audio.wav\"\naudio_at = 1.0\n", "audio_at needs format = 2"),
        ("format = 1\naudio = \"audio.wav\"\n[compare]\n", "[compare] needs format = 2"),
        ("format = 2\naudio = \"audio.wav\"\ndate = 5\n", "date cannot be 5 (allowed: a date, or text)"),
        (
            "format = 2\naudio = \"audio.wav\"\naudio_at = -1.0\n",
            "audio_at cannot be -1 (allowed: 0 to 604800)",
        ),
        (
            "format = 2\naudio = \"audio.wav\"\n[compare]\nextra = 3.0\n",
            "[compare]: extra cannot be 3 (allowed: 0 to 1, a share of all)",
        ),
    ] {
        assert_eq!(open(keys).unwrap_err(), format!("DIR/set.toml: {why}"));
    }
}

#[test]
fn what_the_visuals_must_get_lies_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("audio.wav"), "").unwrap();
    fs::write(dir.path().join("set.toml"), "format = 2\naudio = \"audio.wav\"\n").unwrap();
    assert_eq!(Set::open(dir.path()).unwrap().expected_osc().unwrap(), None);
    let line =
        r#"{"t": 1.0, "from": "audio_analyzer", "addr": "/audio/bpm", "tags": "ff", "args": [120.0, 1.0]}"#;
    fs::write(dir.path().join("osc.jsonl"), format!("{line}\n")).unwrap();
    assert_eq!(Set::open(dir.path()).unwrap().expected_osc().unwrap().unwrap().len(), 1);
    fs::write(dir.path().join("osc.jsonl"), format!("{line}\nrest\n")).unwrap();
    let error = Set::open(dir.path()).unwrap().expected_osc().unwrap_err().to_string();
    assert!(error.contains("osc.jsonl: line 2 is no OSC message"), "{error}");
}
