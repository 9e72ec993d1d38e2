//! The song that plays, put together from the lyrics worker, the monitors and the telemetry.

use std::time::Duration;

use serde_json::Value;
use vj_core::{At, ProcessName};

use super::Model;
use super::list::{List, Step as ListStep};

/// What the screen holds beyond what is heard.
#[derive(Debug, Clone)]
pub struct SongPane {
    /// Among the lines, once somebody has moved through them.
    pub list: List,
    /// Whether the line that is sung is always in sight.
    pub follows: bool,
}

impl Default for SongPane {
    fn default() -> Self {
        Self { list: List::default(), follows: true }
    }
}

/// Moves through the lines, from the one that is sung on.
pub(crate) fn step(model: &mut Model, step: ListStep) {
    let len = lines(model).len();
    if std::mem::replace(&mut model.song.follows, false) {
        model.song.list.selected = active_line(model).unwrap_or_default();
    }
    model.song.list.step(step, len);
}

/// One line of its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Seconds from the start.
    pub time_sec: f64,
    /// Empty = a pause.
    pub text: String,
    /// Whether it belongs to the refrain.
    pub is_refrain: bool,
}

/// One step of what is done for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Which.
    pub name: String,
    /// `running`, `done`, `failed` or `skipped`.
    pub status: String,
    /// How long it took, or has taken so far.
    pub took_ms: f64,
    /// What there is to say.
    pub message: String,
}

/// What plays.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// By whom.
    pub artist: String,
    /// Its title.
    pub title: String,
    /// On which album; may be empty.
    pub album: String,
    /// Zero = not known.
    pub duration_sec: f64,
    /// Who plays it.
    pub source: String,
    /// Where in it the player is.
    pub position_sec: f64,
    /// Whether it runs.
    pub is_playing: bool,
}

/// What plays, by whoever knows it best: the monitor that speaks to the visuals, else the lyrics worker.
#[must_use]
pub fn track(model: &Model) -> Option<Track> {
    let monitors = [(ProcessName::SpotifyMonitor, "spotify"), (ProcessName::VirtualDjMonitor, "virtualdj")];
    let current = |(name, source): &(ProcessName, &'static str)| {
        let state = model.state(*name);
        (state["is_current"] == true && model.is_fresh(*name)).then(|| (*name, state, (*source).to_owned()))
    };
    let lyrics = model.state(ProcessName::LyricsFetcher);
    let own_source = lyrics["track"]["source"].as_str().unwrap_or_default().to_owned();
    let (name, state, source) =
        monitors.iter().find_map(current).unwrap_or((ProcessName::LyricsFetcher, lyrics, own_source));
    let track = state["track"].as_object()?;
    let text = |field: &str| track.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let is_playing = state["is_playing"] == true;
    let asked_at = model.processes.get(&name).map_or(model.now, |known| known.heard_at);
    let said = (state["position_sec"].as_f64().unwrap_or_default(), is_playing, asked_at);
    let (sec, is_playing, at) = newest_place(model, said);
    let duration_sec = track.get("duration_sec").and_then(Value::as_f64).unwrap_or_default();
    let run = if is_playing { model.now.since(at).min(Duration::from_secs(3600)) } else { Duration::ZERO };
    let position_sec = sec + run.as_secs_f64();
    let position_sec = if duration_sec > 0.0 { position_sec.min(duration_sec) } else { position_sec };
    let (artist, title, album) = (text("artist"), text("title"), text("album"));
    Some(Track { artist, title, album, duration_sec, source, position_sec, is_playing })
}

/// The telemetry tells of a pause at once, a state only when it is asked for.
fn newest_place(model: &Model, said: (f64, bool, At)) -> (f64, bool, At) {
    match (model.heard.position, model.heard.at("/karaoke/pos")) {
        (Some((sec, is_playing)), Some(at)) if at >= said.2 => (f64::from(sec), is_playing, at),
        _ => said,
    }
}

/// Its words.
#[must_use]
pub fn lines(model: &Model) -> Vec<Line> {
    let lines = model.state(ProcessName::LyricsFetcher)["lyrics"]["lines"].as_array();
    let read = |line: &Value| Line {
        time_sec: line["time_sec"].as_f64().unwrap_or_default(),
        text: line["text"].as_str().unwrap_or_default().to_owned(),
        is_refrain: line["refrain"] == true,
    };
    lines.into_iter().flatten().map(read).collect()
}

/// The line that is sung, by its index.
#[must_use]
pub fn active_line(model: &Model) -> Option<usize> {
    let known = model.processes.get(&ProcessName::LyricsFetcher)?;
    let said = known.state["active_line"].as_i64();
    // The telemetry is ahead of the state, unless the state was asked for since.
    let heard = model.heard.at("/karaoke/line/active").filter(|at| *at >= known.heard_at);
    let index = heard.and(model.heard.active_line).map(i64::from).or(said)?;
    usize::try_from(index).ok()
}

/// What was done for it, in order.
#[must_use]
pub fn steps(model: &Model) -> Vec<Step> {
    let read = |step: &Value| Step {
        name: step["step"].as_str().unwrap_or_default().to_owned(),
        status: step["status"].as_str().unwrap_or_default().to_owned(),
        took_ms: step["ms"].as_f64().unwrap_or_default(),
        message: step["message"].as_str().unwrap_or_default().to_owned(),
    };
    model.state(ProcessName::LyricsFetcher)["steps"].as_array().into_iter().flatten().map(read).collect()
}

/// Its categories with their scores, the strongest first.
#[must_use]
pub fn categories(model: &Model) -> Vec<(String, f64)> {
    let scores = model.state(ProcessName::LyricsFetcher)["categories"].as_object();
    let read = |(name, score): (&String, &Value)| (name.clone(), score.as_f64().unwrap_or_default());
    let mut list: Vec<_> = scores.into_iter().flatten().map(read).collect();
    list.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    list
}

/// A list of texts in the lyrics worker's state.
#[must_use]
pub fn texts(model: &Model, field: &str) -> Vec<String> {
    let list = model.state(ProcessName::LyricsFetcher)[field].as_array();
    list.into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

/// A service that the show uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Whether it answers.
    pub answers: bool,
    /// What there is to say.
    pub message: String,
}

/// The services that were found, or looked for.
#[must_use]
pub fn services(model: &Model) -> Vec<Service> {
    let mut list = Vec::new();
    for (process, name) in
        [(ProcessName::SpotifyMonitor, "spotify"), (ProcessName::VirtualDjMonitor, "virtualdj")]
    {
        if let Some(status) = model.state(process)["source_status"].as_str() {
            let (answers, message) = (status == "ok", if status == "ok" { "" } else { status });
            list.push(Service { name: name.to_owned(), answers, message: message.to_owned() });
        }
    }
    let found = model.state(ProcessName::LyricsFetcher)["services"].as_object();
    list.extend(found.into_iter().flatten().map(|(name, service)| Service {
        name: name.clone(),
        answers: service["answers"] == true,
        message: service["message"].as_str().unwrap_or_default().to_owned(),
    }));
    list
}
