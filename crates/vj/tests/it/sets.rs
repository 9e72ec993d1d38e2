//! Sets are made of folders of tracks, and looked into.

use std::fs;
use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};
use tempfile::tempdir;

use crate::support::{Run, vj};

fn track(path: &Path, rate_hz: u32, channels: u16, sec: f64) {
    let spec =
        WavSpec { channels, sample_rate: rate_hz, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut writer = WavWriter::create(path, spec).unwrap();
    for sample in 0..(sec * f64::from(rate_hz)) as i32 * i32::from(channels) {
        writer.write_sample((sample * 97 % 20_000 - 10_000) as i16).unwrap();
    }
    writer.finalize().unwrap();
}

fn new(dir: &Path, from: &Path) -> Run {
    vj(&["set", "new", dir.to_str().unwrap(), "--from", from.to_str().unwrap()])
}

#[test]
fn a_folder_of_tracks_becomes_a_set_that_can_be_checked_and_rehearsed() {
    let dir = tempdir().unwrap();
    let tracks = dir.path().join("tracks");
    fs::create_dir(&tracks).unwrap();
    track(&tracks.join("02 Paper Lanterns - Late Tram.wav"), 48_000, 2, 6.0);
    track(&tracks.join("01 Nine Past Ten - Kerb Light.wav"), 44_100, 1, 10.0);
    fs::write(tracks.join("01 Nine Past Ten - Kerb Light.lrc"), "[00:03.00]Amber on the wet kerbstones\n")
        .unwrap();
    fs::write(tracks.join("cover.jpg"), "no sound").unwrap();
    let set = dir.path().join("saturday");
    let made = new(&set, &tracks);
    assert_eq!((made.code, made.stderr.as_str()), (Some(0), ""), "{}", made.stdout);
    assert!(made.stdout.contains("  0:00.0  Nine Past Ten - Kerb Light  (with lyrics)"), "{}", made.stdout);
    assert!(made.stdout.contains("  0:10.0  Paper Lanterns - Late Tram\n"), "{}", made.stdout);
    let mut files: Vec<_> =
        fs::read_dir(&set).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    assert_eq!(files, ["audio.wav", "playback.jsonl", "services.jsonl", "set.toml", "truth.json"]);
    assert_eq!(hound::WavReader::open(set.join("audio.wav")).unwrap().duration(), 16 * 44_100);

    let checked = vj(&["set", "check", set.to_str().unwrap()]);
    assert_eq!((checked.code, checked.stderr.as_str()), (Some(0), ""), "{}", checked.stdout);
    for part in [
        "saturday",
        "44100 Hz, 2 channels",
        "2 tracks, the first: Nine Past Ten - Kerb Light",
        "1 song with times",
    ] {
        assert!(checked.stdout.contains(part), "{part} is missing in {}", checked.stdout);
    }
    let report = dir.path().join("report");
    let played = vj(&["rehearse", set.to_str().unwrap(), "--report", report.to_str().unwrap()]);
    assert_eq!((played.code, played.stderr.as_str()), (Some(0), ""), "{}", played.stdout);
    let osc = fs::read_to_string(report.join("osc.jsonl")).unwrap();
    for told in ["\"Kerb Light\"", "\"Late Tram\"", "\"Amber on the wet kerbstones\""] {
        assert!(osc.contains(told), "{told}");
    }
    let again = new(&set, &tracks);
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("is there already"), "{}", again.stderr);
}

#[test]
fn a_bad_file_is_named_and_nothing_half_made_is_left() {
    for (name, text, why) in
        [("b.flac", "no sound at all", "b.flac"), ("a.lrc", "\n\n", "a.lrc: nothing in it is lyrics")]
    {
        let dir = tempdir().unwrap();
        let tracks = dir.path().join("tracks");
        fs::create_dir(&tracks).unwrap();
        track(&tracks.join("a.wav"), 44_100, 2, 1.0);
        fs::write(tracks.join(name), text).unwrap();
        let run = new(&dir.path().join("set"), &tracks);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
        assert!(run.stderr.contains(why) && run.stderr.lines().count() == 1, "{}", run.stderr);
        let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
        assert_eq!(left, ["tracks"]);
    }
    let dir = tempdir().unwrap();
    let run = new(&dir.path().join("set"), dir.path());
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("has no sound files (WAV, FLAC, MP3, OGG, AAC)"), "{}", run.stderr);
}

#[test]
fn a_track_that_breaks_off_leaves_nothing_half_made() {
    let dir = tempdir().unwrap();
    let tracks = dir.path().join("tracks");
    fs::create_dir(&tracks).unwrap();
    track(&tracks.join("a.wav"), 44_100, 2, 2.0);
    track(&tracks.join("b.wav"), 44_100, 2, 2.0);
    let whole = fs::read(tracks.join("b.wav")).unwrap();
    fs::write(tracks.join("b.wav"), &whole[..whole.len() / 2]).unwrap();
    let run = new(&dir.path().join("set"), &tracks);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("b.wav") && run.stderr.contains("cut off"), "{}", run.stderr);
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left, ["tracks"]);
}

#[test]
fn what_is_wrong_with_a_set_is_said() {
    let dir = tempdir().unwrap();
    track(&dir.path().join("audio.wav"), 44_100, 1, 5.0);
    let set_toml = "format = 2\naudio = \"audio.wav\"\n[[faults]]\nat = 50.0\nkind = \"kill\"\ntarget = \"audio_analyzer\"\n";
    fs::write(dir.path().join("set.toml"), set_toml).unwrap();
    let play =
        r#"{"t": 9, "spotify": {"play": {"artist": "Air", "title": "Sexy Boy", "duration_sec": 298}}}"#;
    fs::write(dir.path().join("playback.jsonl"), format!("{play}\n")).unwrap();
    fs::write(dir.path().join("osc.jsonl"), "rest\n").unwrap();
    let run = vj(&["set", "check", dir.path().to_str().unwrap()]);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    for part in [
        "wrong: Air - Sexy Boy is played at 9 s, after the end of the sound",
        "wrong: kill audio_analyzer at 50 s comes after the end of the sound",
        "osc.jsonl: line 1 is no OSC message",
    ] {
        assert!(run.stdout.contains(part), "{part} is missing in {}", run.stdout);
    }
    fs::write(dir.path().join("playback.jsonl"), "{\"t\": 1}\n").unwrap();
    let run = vj(&["set", "check", dir.path().to_str().unwrap()]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("playback.jsonl: line 1: nothing happens in it"), "{}", run.stderr);
}
