//! The processes of a set, and their settings.

use serde_json::{Map, Value};
use vj_core::ProcessName;
use vj_core::settings::{Settings, Source};

use crate::playback_tape::PlaybackTape;
use crate::stage;

/// The sound is always there, who follows a player where the tape has one, and who looks for lyrics where there is somebody
/// to ask.
pub(super) fn processes(playback: &PlaybackTape, has_services: bool) -> Vec<ProcessName> {
    let mut processes = vec![ProcessName::AudioAnalyzer];
    processes.extend(playback.spotify.is_some().then_some(ProcessName::SpotifyMonitor));
    processes.extend(playback.has_virtualdj().then_some(ProcessName::VirtualDjMonitor));
    processes.extend(has_services.then_some(ProcessName::LyricsFetcher));
    processes.push(ProcessName::ProcessManager);
    processes
}

/// Settings that are the rehearsal's own: it says where sound and answers come from.
const OURS: [(ProcessName, &[&str], &str); 4] = [
    (ProcessName::AudioAnalyzer, &["source", "loop"], "the sound is named by 'audio' and played once"),
    (
        ProcessName::SpotifyMonitor,
        &["source", "client_id", "api_base_url", "auth_base_url", "redirect_uri"],
        "what Spotify answers stands in playback.jsonl",
    ),
    (
        ProcessName::VirtualDjMonitor,
        &["file_path", "os2l", "os2l_listen", "osc", "osc_send", "osc_listen"],
        "what VirtualDJ writes, and what its decks tell, stands in playback.jsonl",
    ),
    (
        ProcessName::LyricsFetcher,
        &["lrclib_base_url", "ollama_base_url", "openai_base_url", "comfyui_base_url", "comfyui_workflow"],
        "what services answer stands in services.jsonl",
    ),
];

/// The settings of a process that are the rehearsal's own.
pub(crate) fn ours(process: ProcessName) -> impl Iterator<Item = &'static str> {
    OURS.iter().filter(move |(owner, ..)| *owner == process).flat_map(|(_, keys, _)| keys.iter().copied())
}

/// The process of this name, if it is one of the set's.
pub(crate) fn known(name: &str, processes: &[ProcessName]) -> Result<ProcessName, String> {
    let known = || processes.iter().map(|process| process.as_str()).collect::<Vec<_>>().join(", ");
    let process = name.parse().ok().filter(|process| processes.contains(process));
    process.ok_or_else(|| format!("there is no process '{name}' in this set (there are: {})", known()))
}

/// One table of settings, checked now and not when the worker starts: then it would end at once, again and again.
pub(crate) fn table(
    name: &str,
    table: toml::Table,
    processes: &[ProcessName],
) -> Result<(ProcessName, Map<String, Value>), String> {
    let process = known(name, processes)?;
    let table =
        serde_json::to_value(table).map_err(|e| e.to_string())?.as_object().cloned().unwrap_or_default();
    for (_, keys, why) in OURS.iter().filter(|(owner, ..)| *owner == process) {
        if let Some(key) = keys.iter().find(|key| table.contains_key(**key)) {
            return Err(format!("'{key}' is the rehearsal's own: {why}"));
        }
    }
    let mut settings = Settings::new(stage::keys(process));
    settings.set_layer(Source::File, table.clone()).map_err(|e| e.to_string())?;
    stage::check(process, &settings)?;
    Ok((process, table))
}
