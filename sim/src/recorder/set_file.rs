//! `set.toml` of a recording.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use serde_json::{Map, Value};
use vj_core::ProcessName;
use vj_core::settings::Settings;

use crate::history::rounded;
use crate::set;
use crate::stage;

/// What will stand in it.
#[derive(Debug, Clone, PartialEq)]
pub struct SetFile {
    /// For people.
    pub title: String,
    /// When it was recorded (RFC 3339).
    pub date: String,
    /// Second of the recording at which the first sample sounded.
    pub audio_at: f64,
    /// How long it is, once that is known.
    pub length_sec: Option<f64>,
    /// Processes of which there is something to rehearse.
    pub there: BTreeSet<ProcessName>,
    /// What each is set to, where that is not the default.
    pub config: BTreeMap<ProcessName, Map<String, Value>>,
    /// Who died, and when.
    pub died: Vec<(f64, ProcessName)>,
}

impl SetFile {
    /// One of nothing yet.
    #[must_use]
    pub fn new(title: String, date: String) -> Self {
        let there = [ProcessName::AudioAnalyzer, ProcessName::ProcessManager].into();
        let (audio_at, length_sec, config, died) = Default::default();
        Self { title, date, audio_at, length_sec, there, config, died }
    }

    /// Takes in what a process is set to: what differs from the defaults and is not the rehearsal's own.
    pub fn set(&mut self, name: ProcessName, effective: &Value) {
        let defaults = Settings::new(stage::keys(name)).effective();
        // The sound is kept as it came in, late; played from a file it would be early by as much.
        let is_of_the_room = |key: &str| name == ProcessName::AudioAnalyzer && key == "latency_ms";
        let is_ours = |key: &str| is_of_the_room(key) || set::ours(name).any(|ours| ours == key);
        let table: Map<String, Value> = effective
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| {
                let is_default = defaults.get(key).is_none_or(|default| default == value);
                (!is_default && !is_ours(key) && !value.is_null()).then(|| (key.clone(), value.clone()))
            })
            .collect();
        self.config.insert(name, table);
    }

    /// As it will be read.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = String::from(
            "# Recorded by `vj record`; `vj rehearse` plays it. docs/SETS.md tells what may stand here.\n",
        );
        let text = |text: &str| toml::Value::from(text).to_string();
        let _ = writeln!(out, "format = 2");
        let _ = writeln!(out, "title = {}", text(&self.title));
        let _ = writeln!(out, "date = {}", text(&self.date));
        let _ = writeln!(out, "vj = {}", text(vj_bus::VERSION));
        let _ = writeln!(out, "audio = \"audio.wav\"");
        let _ = writeln!(out, "audio_at = {:?}", self.audio_at);
        if let Some(sec) = self.length_sec {
            let _ = writeln!(out, "length_sec = {:?}", rounded(sec));
        }
        for (name, table) in
            self.config.iter().filter(|(name, table)| self.is_there(**name) && !table.is_empty())
        {
            // A value that TOML does not know (null) was left out before.
            if let Ok(table) = toml::to_string(table) {
                let _ = write!(out, "\n[config.{name}]\n{table}");
            }
        }
        for (at, name) in self.died.iter().filter(|(_, name)| self.is_there(*name)) {
            let at = rounded(*at);
            let _ = write!(out, "\n[[faults]]\nat = {at:?}\nkind = \"kill\"\ntarget = \"{name}\"\n");
        }
        out
    }

    fn is_there(&self, name: ProcessName) -> bool {
        self.there.contains(&name)
    }

    /// Puts it into the folder, whole or not at all.
    ///
    /// # Errors
    /// What the system said.
    pub fn write(&self, dir: &Path) -> io::Result<()> {
        let (beside, path) = (dir.join("set.toml.new"), dir.join("set.toml"));
        let mut file = File::create(&beside)?;
        file.write_all(self.to_toml().as_bytes())?;
        file.sync_data()?;
        fs::rename(beside, path)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_holds_what_mattered_and_nothing_that_is_the_rehearsals_own() {
        let mut file = SetFile::new("A \"night\"".to_owned(), "2026-11-27T21:00:00Z".to_owned());
        let mut settings = Settings::new(stage::keys(ProcessName::SpotifyMonitor));
        let given = json!({"client_id": "abc", "poll_interval": 3.5});
        settings.set_layer(vj_core::settings::Source::File, given.as_object().unwrap().clone()).unwrap();
        let effective = Value::Object(settings.effective());
        file.set(ProcessName::SpotifyMonitor, &effective);
        file.died = vec![(5.25, ProcessName::SpotifyMonitor), (9.0, ProcessName::OscDebugger)];
        assert!(!file.to_toml().contains("spotify_monitor"), "of that player there is nothing to rehearse");
        file.there.insert(ProcessName::SpotifyMonitor);
        let text = file.to_toml();
        assert!(text.contains("[config.spotify_monitor]\npoll_interval = 3.5\n"), "{text}");
        assert!(text.contains("at = 5.25\nkind = \"kill\"\ntarget = \"spotify_monitor\""), "{text}");
        assert!(!text.contains("client_id") && !text.contains("osc_debugger"), "{text}");
        let read: toml::Table = text.parse().unwrap();
        assert_eq!(read["title"].as_str(), Some("A \"night\""));
    }
}
