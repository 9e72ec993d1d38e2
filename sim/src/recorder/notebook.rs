//! What a recorder makes of what it hears, written down at once: nothing is kept but what is needed to understand the next thing.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use serde_json::{Value, json};
use vj_bus::Heartbeat;
use vj_core::{At, ProcessName, base64};
use vj_env::LogRecord;

use super::folder::Folder;
use super::playback::{Made, PlaybackLines};
use super::set_file::SetFile;
use super::sound::{Block, Timeline};
use crate::history::{Entry, HealthEar, What, rounded};
use crate::osc_log;

/// The mark of what is missing in a recording, or is not as it was.
const RECORDING: &str = "recording";

/// See the module.
pub(super) struct Notebook {
    began: At,
    began_wall_ms: u64,
    pub(super) folder: Folder,
    set: SetFile,
    /// As it was written last.
    set_written: Option<SetFile>,
    timeline: Timeline,
    lines: PlaybackLines,
    health: HealthEar,
    lives: BTreeMap<ProcessName, Life>,
    /// Files of the cache that are known: what the show itself has written was not there before it.
    cached: BTreeSet<String>,
    /// Why nothing can be written any more.
    failed: Option<String>,
}

/// What is known of a process.
#[derive(Debug, Default, Clone)]
struct Life {
    pid: u32,
    /// The newest entry of its tape that is written down.
    heard: u64,
    /// When it said what was written down last.
    said_ms: u64,
    /// It said that it was about to end.
    is_stopping: bool,
    /// Since when its connection is gone.
    lost_at: Option<At>,
    is_connected: bool,
}

impl Notebook {
    pub(super) fn new(folder: Folder, set: SetFile, began: At, began_wall_ms: u64) -> Self {
        let (set_written, timeline, lines, health, lives, cached, failed) = Default::default();
        Self {
            began,
            began_wall_ms,
            folder,
            set,
            set_written,
            timeline,
            lines,
            health,
            lives,
            cached,
            failed,
        }
    }

    /// Why nothing can be written any more, if it cannot.
    pub(super) fn failure(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// Seconds of the recording; less than nothing before it.
    fn t(&self, at: At) -> f64 {
        rounded((at.as_nanos() as f64 - self.began.as_nanos() as f64) / 1e9)
    }

    fn check(&mut self, done: io::Result<()>) {
        if let Err(error) = done
            && self.failed.is_none()
        {
            self.failed = Some(format!("failed to write to {}: {error}", self.folder.dir().display()));
        }
    }

    /// Adds to the history.
    pub(super) fn note(&mut self, at: At, what: What) {
        self.note_at(self.t(at).max(0.0), what);
    }

    fn note_at(&mut self, t: f64, what: What) {
        if self.failed.is_none() {
            let noted = self.folder.history.add(&Entry { t, what });
            self.check(noted);
        }
    }

    pub(super) fn word(&mut self, at: At, detail: String) {
        self.note(at, What::Mark { name: RECORDING.to_owned(), detail });
    }

    /// A process answered for the first time over a new connection: how it is.
    pub(super) fn met(&mut self, now: At, name: ProcessName, state: &Value) {
        let pid = state["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok()).unwrap_or_default();
        let before = self.lives.get(&name).cloned().unwrap_or_default();
        if before.pid != pid {
            if before.lost_at.is_some() {
                self.ended(name, &before);
            }
            self.lives.insert(name, Life { pid, ..Life::default() });
            let process = name.to_string();
            self.note(now, What::Start { process: process.clone(), pid });
            self.note(now, What::Bound { process, pid });
        }
        let life = self.lives.entry(name).or_default();
        (life.lost_at, life.is_connected) = (None, true);
        self.set.set(name, &state["config"]);
        if name == ProcessName::LyricsFetcher {
            self.set.there.insert(name);
            let made = self.folder.services().map(drop);
            self.check(made);
        }
    }

    /// Its connection broke. What that means is not known yet.
    pub(super) fn lost(&mut self, now: At, name: ProcessName) {
        if let Some(life) = self.lives.get_mut(&name) {
            life.is_connected = false;
            life.lost_at.get_or_insert(now);
        }
    }

    /// Nobody serves its socket: whoever did has ended.
    pub(super) fn gone(&mut self, name: ProcessName) {
        let Some(life) = self.lives.get(&name).filter(|life| life.lost_at.is_some()).cloned() else { return };
        self.ended(name, &life);
        // Its number is not forgotten: what it said is written down.
        if let Some(life) = self.lives.get_mut(&name) {
            (life.lost_at, life.pid) = (None, 0);
        }
    }

    fn ended(&mut self, name: ProcessName, life: &Life) {
        let (at, pid) = (life.lost_at.unwrap_or(self.began), life.pid);
        // Whoever ends in good order says so with his last heartbeat.
        let how = if life.is_stopping { "exit code 0" } else { "vanished" }.to_owned();
        self.note(at, What::Exit { process: name.to_string(), pid, how });
        if !life.is_stopping {
            self.set.died.push((self.t(at).max(0.0), name));
        }
    }

    /// How many processes there are.
    pub(super) fn connected(&self) -> usize {
        self.lives.values().filter(|life| life.is_connected).count()
    }

    /// It is alive.
    pub(super) fn beat(&mut self, name: ProcessName, beat: Heartbeat) {
        let life = self.lives.entry(name).or_default();
        life.is_stopping = beat.status == vj_bus::Status::Stopping;
        self.said(name, beat.pid, beat.logs);
    }

    /// What it said, some of which may be known already.
    pub(super) fn said(&mut self, name: ProcessName, pid: u32, mut records: Vec<LogRecord>) {
        let life = self.lives.entry(name).or_default();
        let known_ms = if life.pid == pid || life.pid == 0 { life.said_ms } else { 0 };
        records.retain(|record| record.time_ms > known_ms);
        life.said_ms = records.iter().map(|record| record.time_ms).max().unwrap_or(known_ms).max(known_ms);
        for record in records {
            // The wall clock may have jumped; a moment before the recording is one in it all the same.
            let t = record.time_ms.saturating_sub(self.began_wall_ms) as f64 / 1e3;
            let LogRecord { level, message, .. } = record;
            self.note_at(t, What::Log { process: name.to_string(), pid, level, message });
        }
    }

    /// The newest entry of its tape that is known.
    pub(super) fn heard(&self, name: ProcessName) -> u64 {
        self.lives.get(&name).map_or(0, |life| life.heard)
    }

    /// A packet of telemetry came.
    pub(super) fn packet(&mut self, now: At, name: ProcessName, bytes: &[u8]) {
        if let Some(health) = self.health.hear(bytes) {
            self.note(now, health);
        }
        for line in osc_log::decoded(self.t(now).max(0.0), name.as_str(), bytes) {
            if self.failed.is_none() {
                let added = self.folder.osc.add(&line);
                self.check(added);
            }
        }
    }

    /// An answer of its tape. Since `subscribed_at` its telemetry comes as packets; what it sent before stands on the tape, as
    /// far as it had only begun.
    pub(super) fn tape(&mut self, now: At, name: ProcessName, answer: &Value, subscribed_at: Option<At>) {
        let life = self.lives.entry(name).or_default();
        let is_first = std::mem::replace(&mut life.heard, answer["next"].as_u64().unwrap_or_default()) == 0;
        let lost = answer["lost"].as_u64().unwrap_or_default();
        // What came before the recording may have been forgotten before it.
        if lost > 0 && !is_first {
            self.word(now, format!("{name}: {lost} entries of its tape were lost"));
        }
        for entry in answer["entries"].as_array().into_iter().flatten() {
            if self.failed.is_some() {
                return;
            }
            let at = At::from_nanos(entry["at_ns"].as_u64().unwrap_or_default());
            match entry["osc"].as_str() {
                // In the instant of the subscription both would tell of it.
                Some(packet) if at >= self.began && subscribed_at.is_none_or(|since| at < since) => {
                    let packet = base64::decode(packet).unwrap_or_default();
                    self.packet(at, name, &packet);
                }
                Some(_) => {}
                None => self.entry(name, at, entry),
            }
        }
    }

    fn entry(&mut self, name: ProcessName, at: At, entry: &Value) {
        let t = self.t(at);
        if let Some(bytes) = entry["left_out_bytes"].as_u64() {
            return self.word(at, format!("{name}: something of {bytes} bytes was too long to be recorded"));
        }
        if let Some(block) = entry.get("sound").and_then(Block::read) {
            return self.sound(at, block);
        }
        let made = match (entry.get("spotify"), entry.get("virtualdj")) {
            (Some(said), _) => self.lines.spotify(t, said),
            (_, Some(said)) => self.lines.virtualdj(t, said),
            (None, None) => return self.exchange(t, entry),
        };
        match made {
            Made::Nothing => {}
            Made::Word(word) => self.word(at, word),
            Made::Line(line) => {
                self.set.there.insert(name);
                let added = self.folder.playback.add(&line);
                self.check(added);
            }
        }
    }

    /// What a service was asked and said. Of what was said before the recording the words are still good.
    fn exchange(&mut self, t: f64, entry: &Value) {
        if let Some(file) = entry["cache"]["file"].as_str()
            && (!self.cached.insert(file.to_owned()) || entry["cache"]["is_written"] == true)
        {
            return;
        }
        let services = ["cache", "lrclib", "ollama", "openai", "comfyui"];
        let Some((name, said)) = services.iter().find_map(|name| Some((name, entry.get(*name)?))) else {
            return;
        };
        let line = json!({"t": t.max(0.0), *name: said});
        let added = self.folder.services().and_then(|file| file.add(&line));
        self.check(added);
    }

    fn sound(&mut self, at: At, block: Block) {
        let rate_hz = block.rate_hz;
        let placed = self.timeline.place(self.began, block);
        if let Some(word) = placed.word {
            self.word(at, word);
        }
        let wav = &mut self.folder.wav;
        wav.set_rate(rate_hz);
        let silence = if placed.silence > 0 { wav.write_silence(placed.silence) } else { Ok(()) };
        let written = silence.and_then(|()| wav.write(&placed.samples));
        self.check(written);
        if let Some((begins, _)) = self.timeline.begins() {
            self.set.audio_at = (begins.as_nanos() as f64 - self.began.as_nanos() as f64) / 1e9;
        }
    }

    /// Seconds of sound so far.
    pub(super) fn sound_sec(&self) -> f64 {
        self.folder.wav.frames() as f64 / f64::from(self.folder.wav.rate_hz())
    }

    /// Brings all into the files: once a second.
    pub(super) fn settle(&mut self) {
        if self.failed.is_some() {
            return;
        }
        let settled = self.folder.settle();
        self.check(settled);
        if self.set_written.as_ref() != Some(&self.set) {
            let written = self.set.write(self.folder.dir());
            self.check(written);
            self.set_written = Some(self.set.clone());
        }
    }

    /// The recording is over.
    pub(super) fn end(&mut self, now: At) {
        let unclear: Vec<_> = self.lives.iter().filter(|(_, life)| life.lost_at.is_some()).collect();
        for (name, life) in unclear.into_iter().map(|(name, life)| (*name, life.clone())).collect::<Vec<_>>()
        {
            self.ended(name, &life);
        }
        self.note(now, What::End);
        self.set.length_sec = Some(self.t(now));
        self.settle();
    }
}
