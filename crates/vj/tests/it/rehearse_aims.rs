//! What a rehearsal is measured by: an expectation that is kept, faults that are drawn, services that are real, results for CI.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::support::{Run, drums, vj, wav};

fn rehearse(set: &Path, more: &[&str]) -> Run {
    let mut args = vec!["rehearse", set.to_str().unwrap()];
    args.extend(more);
    vj(&args)
}

fn a_set(seconds: f64, more: &str) -> TempDir {
    let dir = tempdir().unwrap();
    wav(&dir, "audio.wav", &drums(seconds));
    fs::write(dir.path().join("set.toml"), format!("format = 2\naudio = \"audio.wav\"\n{more}")).unwrap();
    dir
}

#[test]
fn what_is_kept_is_compared_with_and_a_difference_fails() {
    let dir = a_set(8.0, "");
    let without = rehearse(dir.path(), &["--compare"]);
    assert_eq!((without.code, without.stdout.as_str()), (Some(2), ""));
    assert!(without.stderr.contains("has no osc.jsonl to compare with"), "{}", without.stderr);

    let kept = rehearse(dir.path(), &["--bless"]);
    assert_eq!(kept.code, Some(0), "{}", kept.stderr);
    assert!(kept.stderr.contains("osc.jsonl"), "{}", kept.stderr);
    let same = rehearse(dir.path(), &["--compare"]);
    assert_eq!((same.code, same.stderr.as_str()), (Some(0), ""), "{}", same.stdout);
    assert!(
        same.stdout.contains("0 missing, 0 extra, 0 other in value, 0 in time: all as expected"),
        "{}",
        same.stdout
    );

    let kill = "[[faults]]\nat = 3.0\nkind = \"kill\"\ntarget = \"audio_analyzer\"\n";
    let plan = dir.path().join("plan.toml");
    fs::write(&plan, kill).unwrap();
    let (report, junit) = (dir.path().join("report"), dir.path().join("junit.xml"));
    let more = ["--compare", "--faults", plan.to_str().unwrap(), "--report", report.to_str().unwrap()];
    let broken = rehearse(dir.path(), &[&more[..], &["--junit", junit.to_str().unwrap()]].concat());
    assert_eq!(broken.code, Some(1), "{}", broken.stdout);
    assert!(
        broken.stdout.contains("/audio/levels !") && broken.stdout.contains("missing ["),
        "{}",
        broken.stdout
    );
    let figures: Value = serde_json::from_slice(&fs::read(report.join("report.json")).unwrap()).unwrap();
    let levels = &figures["comparison"]["addresses"]["/audio/levels"];
    assert!((55..70).contains(&levels["missing"].as_u64().unwrap()), "{levels}");
    assert_eq!(levels["holds"], false);
    let page = fs::read_to_string(report.join("report.html")).unwrap();
    assert!(page.contains("Beside what is expected"));
    let xml = fs::read_to_string(&junit).unwrap();
    assert!(xml.contains("name=\"/audio/levels is as expected\"") && xml.contains("<failure"), "{xml}");
    assert!(xml.contains("name=\"it is played to its end\""), "{xml}");

    // What the set allows is no failure.
    let lenient = "[compare]\nmissing = 0.5\nextra = 0.5\ndiffering = 1.0\n";
    fs::write(dir.path().join("set.toml"), format!("format = 2\naudio = \"audio.wav\"\n{lenient}")).unwrap();
    let allowed = rehearse(dir.path(), &more[..3]);
    assert_eq!(allowed.code, Some(0), "{}", allowed.stdout);
    assert!(allowed.stdout.contains("within the tolerance"), "{}", allowed.stdout);
}

#[test]
fn only_a_set_folder_can_keep_what_is_sent() {
    let dir = a_set(1.0, "");
    let run = rehearse(&dir.path().join("audio.wav"), &["--bless"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("--bless needs a set folder"), "{}", run.stderr);
}

#[test]
fn drawn_faults_are_printed_and_the_file_breaks_the_same() {
    let dir = a_set(20.0, "");
    let drawn = rehearse(dir.path(), &["--chaos", "12", "--seed", "3", "--json"]);
    assert!(drawn.stderr.starts_with("# --chaos 12 with seed 3"), "{}", drawn.stderr);
    let toml: String = drawn
        .stderr
        .lines()
        .filter(|line| !line.contains("did not"))
        .map(|line| format!("{line}\n"))
        .collect();
    let plan = dir.path().join("plan.toml");
    fs::write(&plan, &toml).unwrap();
    let again = rehearse(dir.path(), &["--faults", plan.to_str().unwrap(), "--seed", "3", "--json"]);
    assert_eq!(again.stdout, drawn.stdout, "{toml}");
    let figures: Value = serde_json::from_str(&drawn.stdout).unwrap();
    let struck = figures["faults"].as_array().unwrap().len() + figures["missed"].as_array().unwrap().len();
    assert_eq!(struck, toml.matches("[[faults]]").count());
    for (rate, why) in [("0", "more than 0"), ("61", "60 a minute at most"), ("many", "more than 0")] {
        let run = rehearse(dir.path(), &["--chaos", rate]);
        assert_eq!(run.code, Some(2));
        assert!(run.stderr.contains(why), "{}", run.stderr);
    }
}

#[test]
fn a_cue_and_lyrics_beside_a_sound_are_played_and_sung() {
    let dir = tempdir().unwrap();
    let sound = wav(&dir, "night.wav", &drums(24.0));
    let cue = "TITLE \"Night\"\nTRACK 01 AUDIO\nTITLE \"One\"\nPERFORMER \"A\"\nINDEX 01 00:00:00\n\
               TRACK 02 AUDIO\nTITLE \"Two\"\nPERFORMER \"B\"\nINDEX 01 00:12:00\n";
    fs::write(dir.path().join("night.cue"), cue).unwrap();
    fs::write(dir.path().join("night.lrc"), "[00:05.00]first words\n[00:18.00]second words\n").unwrap();
    let report = dir.path().join("report");
    let run = rehearse(&sound, &["--report", report.to_str().unwrap()]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{}", run.stdout);
    assert!(run.stdout.starts_with("Night"), "{}", run.stdout);
    let osc = fs::read_to_string(report.join("osc.jsonl")).unwrap();
    for told in ["\"One\"", "\"Two\"", "\"first words\"", "\"second words\""] {
        assert!(osc.contains(told), "{told}");
    }
    fs::write(dir.path().join("night.cue"), "TRACK 01 AUDIO\nINDEX 01 soon\n").unwrap();
    let run = rehearse(&sound, &[]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("night.cue: line 2: 'soon' is no time"), "{}", run.stderr);
}

#[test]
fn real_services_are_those_of_the_config_and_need_real_time() {
    let dir = a_set(12.0, "");
    let play =
        r#"{"t": 1, "spotify": {"play": {"artist": "Air", "title": "Sexy Boy", "duration_sec": 298}}}"#;
    fs::write(dir.path().join("playback.jsonl"), format!("{play}\n")).unwrap();
    let refused = rehearse(dir.path(), &["--services", "live"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("--services live needs --realtime"), "{}", refused.stderr);

    let service = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = service.local_addr().unwrap();
    let (tell, asked) = mpsc::channel();
    thread::spawn(move || {
        for mut stream in service.incoming().flatten() {
            let mut buffer = [0; 4_096];
            let len = stream.read(&mut buffer).unwrap_or(0);
            let _ = tell.send(String::from_utf8_lossy(&buffer[..len]).into_owned());
            let _ =
                stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    let config = dir.path().join("config.toml");
    let nobody = "http://127.0.0.1:1";
    let table = format!(
        "[lyrics_fetcher]\nlrclib_base_url = \"http://{address}\"\nollama_base_url = \"{nobody}\"\nopenai_base_url = \"{nobody}/v1\"\n"
    );
    fs::write(&config, table).unwrap();
    let more = ["--services", "live", "--realtime", "--config", config.to_str().unwrap()];
    let run = rehearse(dir.path(), &more);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    let question = asked.recv_timeout(Duration::from_secs(1)).expect("LRCLIB of the config was asked");
    assert!(question.starts_with("GET /api/get") && question.contains("Sexy"), "{question}");
}
