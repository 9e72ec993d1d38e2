//! `vj record` beside a real show: what it leaves behind is rehearsed, however it ended.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{drums, wav};

/// A show with sound from a file, in a folder of its own.
struct Show {
    temp: TempDir,
    up: Child,
}

impl Show {
    fn begin() -> Self {
        let temp = TempDir::with_prefix("vj-record-").unwrap();
        let sound = wav(&temp, "drums.wav", &drums(20.0));
        let config = format!(
            "[telemetry]\ntargets = []\n[audio_analyzer]\nsource = \"file:{}\"\nloop = true\n\
             [spotify_monitor]\nenabled = false\n[virtualdj_monitor]\nenabled = false\n\
             [lyrics_fetcher]\nenabled = false\n[osc_debugger]\nenabled = false\n",
            sound.display()
        );
        fs::write(temp.path().join("config.toml"), config).unwrap();
        let up = vj(temp.path()).arg("up").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { temp, up }
    }

    fn vj(&self) -> Command {
        vj(self.temp.path())
    }

    fn set(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }
}

impl Drop for Show {
    fn drop(&mut self) {
        let _ = self.vj().arg("down").stdout(Stdio::null()).stderr(Stdio::null()).status();
        let _ = self.up.wait();
    }
}

fn vj(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vj"));
    command
        .env("VJ_CONFIG", dir.join("config.toml"))
        .env("VJ_STATE_DIR", dir.join("state"))
        .env("VJ_CACHE_DIR", dir.join("cache"))
        .env("VJ_BUS_DIR", dir.join("bus"))
        .stdin(Stdio::null());
    command
}

/// Waits for something that must happen.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    crate::real_show::until(what, || is_so().then_some(())).unwrap();
}

/// Lines that are whole.
fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Seconds of OSC in a set.
fn recorded_sec(set: &Path) -> f64 {
    let osc = lines(&set.join("osc.jsonl"));
    let ticks = osc.iter().filter(|line| line["addr"] == "/audio/levels");
    let times: Vec<f64> = ticks.map(|line| line["t"].as_f64().unwrap()).collect();
    times.last().copied().unwrap_or_default() - times.first().copied().unwrap_or_default()
}

/// The levels, tick by tick.
fn levels(osc: &Path) -> Vec<Value> {
    lines(osc)
        .into_iter()
        .filter(|line| line["addr"] == "/audio/levels")
        .map(|line| line["args"].clone())
        .collect()
}

#[test]
fn a_recorder_that_was_killed_leaves_a_set_that_is_rehearsed_to_the_same_osc() {
    let show = Show::begin();
    let set = show.set("night");
    let mut recorder = show.vj().arg("record").arg(&set).stderr(Stdio::null()).spawn().unwrap();
    until("six seconds are recorded", || recorded_sec(&set) > 6.0);
    recorder.kill().unwrap();
    recorder.wait().unwrap();
    let report = show.set("report");
    let rehearsed = show.vj().arg("rehearse").arg(&set).arg("--report").arg(&report).output().unwrap();
    let said = String::from_utf8_lossy(&rehearsed.stderr).into_owned();
    assert_eq!(rehearsed.status.code(), Some(0), "{said}");
    // Where the recording begins the analyser has heard what the rehearsed one has not, so it is compared from the fourth second
    // on; and by then every tick is the same.
    let (night, again) = (levels(&set.join("osc.jsonl")), levels(&report.join("osc.jsonl")));
    let first = night[240].clone();
    let at = again.iter().position(|args| *args == first).expect("a tick of the night is in the rehearsal");
    let both = night[240..].iter().zip(&again[at..]).take_while(|(one, two)| one == two).count();
    assert!(both > 60, "{both} ticks are the same");
}

#[test]
fn a_recorder_that_is_told_to_end_says_what_it_has_and_takes_no_folder_that_is_not_empty() {
    let show = Show::begin();
    let set = show.set("night");
    let recorded = show.vj().args(["record", "--for", "3", "--title", "First"]).arg(&set).output().unwrap();
    assert_eq!(recorded.status.code(), Some(0));
    let said = String::from_utf8_lossy(&recorded.stdout).into_owned();
    assert!(said.starts_with("recorded 0:00:03, "), "{said}");
    let text = fs::read_to_string(set.join("set.toml")).unwrap();
    assert!(text.contains("title = \"First\"") && text.contains("length_sec = 3."), "{text}");
    let again = show.vj().arg("record").arg(&set).output().unwrap();
    assert_eq!(again.status.code(), Some(2));
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(said.contains("is not empty (allowed: a new folder, or an empty one)"), "{said}");
}

#[test]
fn a_full_disk_ends_the_recording_with_a_word_and_the_show_goes_on() {
    let show = Show::begin();
    let set = show.set("night");
    // A file may have so many blocks of 512 bytes, and a write beyond that is an error, as on a full disk.
    let command = format!("trap '' XFSZ; ulimit -f 600; exec \"$0\" record '{}'", set.display());
    let mut shell = Command::new("sh");
    shell.args(["-c", &command, env!("CARGO_BIN_EXE_vj")]);
    for (name, value) in show.vj().get_envs().filter_map(|(name, value)| Some((name, value?))) {
        shell.env(name, value);
    }
    let ended = shell.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("failed to write to") && said.contains("is whole"), "{said}");
    let checked =
        show.vj().args(["rehearse", "--report"]).arg(show.set("report")).arg(&set).output().unwrap();
    assert_eq!(checked.status.code(), Some(0), "{}", String::from_utf8_lossy(&checked.stderr));
    let status = show.vj().arg("status").output().unwrap();
    assert_eq!(status.status.code(), Some(0), "the show goes on");
}
