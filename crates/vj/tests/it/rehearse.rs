//! A rehearsal, as a user runs it.

use std::fs;
#[cfg(target_os = "linux")]
use std::io::Read;
use std::net::UdpSocket;
use std::path::Path;
#[cfg(target_os = "linux")]
use std::process::{Command, Stdio};
use std::thread;

use serde_json::Value;
use tempfile::{TempDir, tempdir};

#[cfg(target_os = "linux")]
use crate::real_show::signal;
use crate::real_show::until;
use crate::support::{Run, analyze, drums, vj, wav};

fn rehearse(set: &Path, more: &[&str]) -> Run {
    let mut args = vec!["rehearse", set.to_str().unwrap()];
    args.extend(more);
    vj(&args)
}

/// Plays a set into `dir/NAME` and returns its OSC log.
fn osc(dir: &TempDir, name: &str, set: &Path, more: &[&str]) -> Vec<Value> {
    let report = dir.path().join(name);
    let run = rehearse(set, &[&["--report", report.to_str().unwrap()], more].concat());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{}", run.stdout);
    lines(&report.join("osc.jsonl"))
}

fn lines(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of<'a>(osc: &'a [Value], address: &str) -> Vec<&'a Value> {
    osc.iter().filter(|line| line["addr"] == address).collect()
}

fn set(dir: &TempDir, set_toml: &str) {
    fs::write(dir.path().join("set.toml"), set_toml).unwrap();
}

const PLAIN: &str = "format = 1\naudio = \"audio.wav\"\n";

#[test]
fn the_worker_sends_on_osc_what_analyze_announces() {
    let dir = tempdir().unwrap();
    let sound = wav(&dir, "audio.wav", &drums(20.0));
    let heard = analyze(&sound);
    let osc = osc(&dir, "report", &sound, &[]);
    let levels = of(&osc, "/audio/levels");
    assert_eq!(levels.len(), 20 * 60 + 1, "a tick each sixtieth of a second, and one of silence at the end");
    // The first tick is a sixtieth of a second into the sound; timers have a resolution of 1 ms and round up.
    let begins = levels[0]["t"].as_f64().unwrap() - 1.0 / 60.0;
    let close = |t: &Value, announced_at: f64| (t.as_f64().unwrap() - begins - announced_at).abs() < 0.002;

    let beats: Vec<_> = of(&osc, "/audio/beat").into_iter().filter(|line| line["args"][0] == 1).collect();
    let announced = heard["beats"].as_array().unwrap();
    assert!(announced.len() > 20);
    assert_eq!(beats.len(), announced.len());
    for (sent, beat) in beats.iter().zip(announced) {
        assert!(close(&sent["t"], beat["announced_at"].as_f64().unwrap()), "{sent} {beat}");
    }
    let pitch = of(&osc, "/audio/pitch");
    for (sent, [t, hz, confidence]) in pitch.iter().zip(heard["pitch"].as_array().unwrap().iter().map(triple))
    {
        assert!(close(&sent["t"], t), "{sent} {t}");
        assert_eq!(
            (sent["args"][0].as_f64().unwrap() as f32, sent["args"][1].as_f64().unwrap() as f32),
            (hz as f32, confidence as f32)
        );
    }
    // And one that says unvoiced at the end.
    assert_eq!(pitch.len(), heard["pitch"].as_array().unwrap().len() + 1);
    let tempi = of(&osc, "/audio/bpm");
    let curve = heard["tempo_curve"].as_array().unwrap();
    assert_eq!(tempi.len(), curve.len());
    for (sent, entry) in tempi.iter().zip(curve) {
        assert!(close(&sent["t"], entry[0].as_f64().unwrap()), "{sent} {entry}");
        assert_eq!(sent["args"][0].as_f64().unwrap() as f32, entry[1].as_f64().unwrap() as f32);
    }
    let told = of(&osc, "/audio/structure");
    for section in heard["structure"].as_array().unwrap() {
        let flag = match section["type"].as_str().unwrap() {
            "buildup" => 0,
            "drop" => 1,
            _ => continue,
        };
        let at = section["announced_at"].as_f64().unwrap();
        let sent = told
            .iter()
            .find(|line| close(&line["t"], at))
            .unwrap_or_else(|| panic!("nothing sent for {section}"));
        assert_eq!(sent["args"][flag], 1, "{sent} {section}");
    }
}

fn triple(entry: &Value) -> [f64; 3] {
    [0, 1, 2].map(|index| entry[index].as_f64().unwrap())
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_does_not() {
    let dir = tempdir().unwrap();
    wav(&dir, "audio.wav", &drums(12.0));
    let fault = "[[faults]]\nat = 3.0\nkind = \"weather\"\nfor_sec = 6.0\n[[faults]]\nat = 5.0\nkind = \"kill\"\ntarget = \"audio_analyzer\"\n";
    set(&dir, &format!("{PLAIN}{fault}"));
    let play = |name: &str, seed: &str| {
        osc(&dir, name, dir.path(), &["--seed", seed]);
        ["osc.jsonl", "history.jsonl", "report.json", "report.html"]
            .map(|file| fs::read(dir.path().join(name).join(file)).unwrap())
    };
    let first = play("first", "7");
    assert!(first.iter().all(|bytes| bytes.len() > 500));
    assert!(first == play("second", "7"), "the same seed, and other bytes");
    assert!(first != play("third", "8"), "another seed, and the same bytes");
}

/// What was sent, without when: the audio worker's messages one by one, and what the manager said of its health. How often
/// the manager repeats that, and since when the worker lives, is time.
fn but_for_times(osc: &[Value]) -> (Vec<Value>, Vec<Value>) {
    let without_time = |line: &Value| {
        let mut line = line.clone();
        line.as_object_mut().unwrap().remove("t");
        line
    };
    let of =
        |from: &str| osc.iter().filter(|line| line["from"] == from).map(without_time).collect::<Vec<_>>();
    // A real manager also tells of those that are not part of the rehearsal: they are stopped.
    let audio = |line: &&Value| line["addr"] == "/vj/worker/audio_analyzer";
    let said = of("process_manager");
    let mut health: Vec<Value> = said.iter().filter(audio).map(|line| line["args"][0].clone()).collect();
    health.dedup();
    (of("audio_analyzer"), health)
}

#[test]
fn in_real_time_with_real_processes_the_same_is_sent_as_in_virtual_time() {
    let dir = tempdir().unwrap();
    let sound = wav(&dir, "audio.wav", &drums(8.0));
    let visuals = UdpSocket::bind("127.0.0.1:0").unwrap();
    visuals.set_nonblocking(true).unwrap();
    let address = visuals.local_addr().unwrap().to_string();
    let arrived = thread::spawn(move || {
        // Reads along, as visuals do: what a socket keeps is soon full.
        let (mut packets, mut buffer) = (Vec::new(), [0; 2_048]);
        let _ = until("the end of the file is told", || {
            while let Ok(len) = visuals.recv(&mut buffer) {
                packets.push(buffer[..len].to_vec());
            }
            packets.iter().any(|packet| packet.starts_with(b"/vj/worker/")).then_some(())?;
            let levels = packets.iter().filter(|packet| packet.starts_with(b"/audio/levels")).count();
            (levels == 8 * 60 + 1).then_some(())
        });
        packets
    });
    let real = osc(&dir, "real", &sound, &["--realtime", "--osc", &address]);
    let played = osc(&dir, "virtual", &sound, &[]);
    let ((real_audio, real_health), (audio, health)) = (but_for_times(&real), but_for_times(&played));
    assert_eq!(real_health, health);
    assert_eq!(real_audio.len(), audio.len());
    for (index, (one, other)) in real_audio.iter().zip(&audio).enumerate() {
        assert_eq!(one, other, "message {index}");
    }
    let arrived = arrived.join().unwrap();
    let levels = arrived.iter().filter(|packet| packet.starts_with(b"/audio/levels")).count();
    assert_eq!(levels, 8 * 60 + 1, "the visuals get them all");
}

#[test]
fn a_real_worker_that_is_killed_in_a_rehearsal_goes_on_where_the_show_is() {
    let dir = tempdir().unwrap();
    wav(&dir, "audio.wav", &drums(9.0));
    let kill = "[[faults]]\nat = 3.0\nkind = \"kill\"\ntarget = \"audio_analyzer\"\n";
    let clog = "[[faults]]\nat = 1.0\nkind = \"clog\"\ntarget = \"audio_analyzer\"\n";
    set(&dir, &format!("{PLAIN}{kill}{clog}"));
    let run = rehearse(dir.path(), &["--json", "--realtime"]);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    // What a real machine cannot be made to do is told.
    assert!(run.stderr.contains("did not strike: clog audio_analyzer"), "{}", run.stderr);
    let figures: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(figures["figures"]["restarts"], 1);
    let recovery_sec = figures["outages"][0]["recovery_sec"].as_f64().unwrap();
    assert!((1.0..4.5).contains(&recovery_sec), "{recovery_sec}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_rehearsal_in_real_time_that_is_told_to_end_leaves_nothing_running() {
    for told in ["-INT", "-TERM", "-HUP"] {
        let dir = tempdir().unwrap();
        let sound = wav(&dir, "audio.wav", &drums(60.0));
        // Its show stands in a folder below this one.
        let folder = dir.path().join("tmp");
        fs::create_dir(&folder).unwrap();
        let mut rehearsal = Command::new(env!("CARGO_BIN_EXE_vj"))
            .args(["rehearse", sound.to_str().unwrap(), "--realtime"])
            .env("TMPDIR", &folder)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let of_it = |line: &str| line.contains("worker") && line.contains(folder.to_str().unwrap());
        until("the worker runs", || processes().iter().any(|line| of_it(line)).then_some(())).unwrap();
        signal(rehearsal.id(), told);
        let code = until("it ends", || rehearsal.try_wait().unwrap()).unwrap().code();
        assert_eq!(code, Some(1), "{told}");
        let mut said = String::new();
        rehearsal.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(said.contains("it was stopped"), "{said}");
        let left: Vec<_> =
            processes().into_iter().filter(|line| line.contains(folder.to_str().unwrap())).collect();
        assert_eq!(left, Vec::<String>::new());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "nor its folder");
    }
}

/// The command lines of all processes.
#[cfg(target_os = "linux")]
fn processes() -> Vec<String> {
    let all = fs::read_dir("/proc").unwrap().flatten();
    let lines = all.filter_map(|it| fs::read(it.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " ")).collect()
}

#[test]
fn visuals_without_real_time_are_refused() {
    let dir = tempdir().unwrap();
    let sound = wav(&dir, "audio.wav", &[0; 100]);
    let run = rehearse(&sound, &["--osc", "localhost:9000"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("--osc needs --realtime"), "{}", run.stderr);
    let run = rehearse(&sound, &["--realtime", "--osc", "9000"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("allowed: IP:PORT or localhost:PORT"), "{}", run.stderr);
}

#[test]
fn a_killed_analyser_is_back_and_the_report_says_so() {
    let dir = tempdir().unwrap();
    wav(&dir, "audio.wav", &drums(12.0));
    set(&dir, &format!("{PLAIN}[[faults]]\nat = 5.0\nkind = \"kill\"\ntarget = \"audio_analyzer\"\n"));
    let run = rehearse(dir.path(), &["--json"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let figures: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(figures["figures"]["restarts"], 1);
    let recovery_sec = figures["outages"][0]["recovery_sec"].as_f64().unwrap();
    assert!((1.0..1.5).contains(&recovery_sec), "{recovery_sec}");
    // The show did not start over: the sound ended when it would have ended anyway.
    let levels = figures["figures"]["ticks"].as_u64().unwrap();
    assert!((640..665).contains(&levels), "{levels} ticks of 720, about 61 of them missed");
    let unbroken = rehearse(dir.path(), &["--json", "--faults", "none"]);
    let figures: Value = serde_json::from_str(&unbroken.stdout).unwrap();
    assert_eq!((&figures["figures"]["restarts"], &figures["figures"]["ticks"]), (&0.into(), &721.into()));
}

#[test]
fn faults_from_a_file_stand_in_for_those_of_the_set() {
    let dir = tempdir().unwrap();
    let sound = wav(&dir, "audio.wav", &drums(8.0));
    let plan = dir.path().join("plan.toml");
    fs::write(&plan, "[[faults]]\nat = 2.0\nkind = \"kill\"\ntarget = \"process_manager\"\n").unwrap();
    let run = rehearse(&sound, &["--json", "--faults", plan.to_str().unwrap()]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let figures: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(figures["processes"]["process_manager"]["restarts"], 1);
    assert_eq!(figures["processes"]["audio_analyzer"]["restarts"], 0, "it is adopted");
    assert_eq!(figures["figures"]["ticks_missed"], 0);
}

#[test]
fn a_report_lies_where_it_was_asked_for() {
    let dir = tempdir().unwrap();
    let sound = wav(&dir, "night.wav", &drums(6.0));
    let report = dir.path().join("deep/report");
    let run = rehearse(&sound, &["--report", report.to_str().unwrap()]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("night") && run.stdout.contains("report.html"), "{}", run.stdout);
    let page = fs::read_to_string(report.join("report.html")).unwrap();
    assert!(page.contains("<title>") && !page.contains("src=\"http"), "it opens without a network");
    for file in ["report.json", "osc.jsonl", "history.jsonl"] {
        assert!(report.join(file).is_file(), "{file}");
    }
}

#[test]
fn a_cut_off_file_is_one_clear_error() {
    let dir = tempdir().unwrap();
    let sound = wav(&dir, "cut.wav", &drums(6.0));
    let bytes = fs::read(&sound).unwrap();
    fs::write(&sound, &bytes[..bytes.len() / 2]).unwrap();
    let run = rehearse(&sound, &[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.contains("cut.wav") && run.stderr.contains("cut off at"), "{}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
}

#[test]
fn a_bad_set_is_named_with_its_place_and_nothing_is_played() {
    let dir = tempdir().unwrap();
    wav(&dir, "audio.wav", &[0; 100]);
    set(&dir, &format!("{PLAIN}sead = 3\n"));
    let run = rehearse(dir.path(), &[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("set.toml: line 3: unknown field `sead`"), "{}", run.stderr);
    set(&dir, &format!("{PLAIN}[config.audio_analyzer]\nenable_pich = true\n"));
    let run = rehearse(dir.path(), &[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("unknown key 'enable_pich'"), "{}", run.stderr);
    let run = rehearse(&dir.path().join("nothing"), &[]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("nothing"), "{}", run.stderr);
}

#[test]
fn help_of_rehearse() {
    let run = vj(&["rehearse", "--help"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(run.stdout);
}
