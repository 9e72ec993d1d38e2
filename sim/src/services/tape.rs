//! What happens to services, a line each: `{"t": 12.5, "lrclib": {"limit": 11}}`.
//!
//! Each service has events of its own, and all have [`Weather`]. One of which no line speaks is not there at all.

use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vj_lyrics::lrc::Lyrics;

use super::comfyui::ComfyUiEvent;
use super::exchange::Exchange;
use super::lrclib::LrclibEvent;
use super::ollama::OllamaEvent;
use super::openai::OpenAiEvent;
use crate::checkers::Book;
use crate::history::{Entry, What};
use crate::jsonl;
use crate::recorder::whole_lines;

/// What all services have in common.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weather {
    /// Nobody listens any more.
    Down,
    /// Somebody does again.
    Up,
    /// How it answers from now on.
    Answers(Way),
    /// From now on for so many seconds every question gets a 429 that says how long it still lasts.
    Limit(f64),
    /// From now on each answer takes so many seconds.
    Takes(f64),
}

/// The names of [`Weather`] on a tape.
const WEATHER: [&str; 5] = ["down", "up", "answers", "limit", "takes"];

/// How a service answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// As it should.
    #[default]
    Well,
    /// 200, and a page of some proxy.
    Page,
    /// This status, with the body of some proxy.
    Status(u16),
    /// 200, and nothing.
    Empty,
    /// The body ends in its middle.
    Cut,
    /// The connection is closed without an answer.
    Reset,
    /// No answer at all.
    Stall,
    /// The right answer, in drops.
    Trickle,
}

/// Something that happens to a service, or that it does from now on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event<T> {
    /// As it can happen to each.
    Weather(Weather),
    /// Of its own kind.
    Own(T),
    /// What it was asked on the night of a recording, and what it said. A service of which there is any knows nothing else.
    Exchange {
        /// See there.
        exchange: Exchange,
    },
}

/// Lines of one service, in the order in which they happen.
pub(super) type Lines<T> = Vec<(f64, Event<T>)>;

/// Lines in the order in which they happen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ServicesTape {
    /// What happens to LRCLIB.
    pub lrclib: Lines<LrclibEvent>,
    /// What happens to Ollama.
    pub ollama: Lines<OllamaEvent>,
    /// What happens to an OpenAI-compatible server.
    pub openai: Lines<OpenAiEvent>,
    /// What happens to ComfyUI.
    pub comfyui: Lines<ComfyUiEvent>,
    /// Files that stand in the cache of the lyrics worker before the show, and what they hold.
    pub cache: Vec<(String, String)>,
}

/// One line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    /// Seconds since the start of the tape.
    t: f64,
    lrclib: Option<Value>,
    ollama: Option<Value>,
    openai: Option<Value>,
    comfyui: Option<Value>,
    cache: Option<CacheFile>,
}

/// A file of the cache.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CacheFile {
    file: String,
    text: String,
}

/// The words of an evening, and what models and painters do: far more than anybody writes.
const BYTES_MAX: u64 = 64 << 20;

impl ServicesTape {
    /// Reads a tape.
    ///
    /// # Errors
    /// The line that is wrong, and why.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut tape = Self::default();
        for line in jsonl::in_order(text, |line: &Line| line.t) {
            let (number, line) = line?;
            let at = |why: String| format!("line {number}: {why}");
            if let Some(CacheFile { file, text }) = line.cache {
                tape.cache.push((file, text));
                continue;
            }
            let services = [&line.lrclib, &line.ollama, &line.openai, &line.comfyui];
            if services.into_iter().flatten().count() != 1 {
                let why =
                    "a line is of one service (allowed: 'lrclib', 'ollama', 'openai', 'comfyui', 'cache')";
                return Err(at(why.to_owned()));
            }
            add(&mut tape.lrclib, line.t, line.lrclib).map_err(at)?;
            add(&mut tape.ollama, line.t, line.ollama).map_err(at)?;
            add(&mut tape.openai, line.t, line.openai).map_err(at)?;
            add(&mut tape.comfyui, line.t, line.comfyui).map_err(at)?;
        }
        Ok(tape)
    }

    /// Reads one from a file.
    ///
    /// # Errors
    /// What is wrong, with the line where there is one.
    pub fn read(path: &Path) -> Result<Self, String> {
        let bytes = fs::metadata(path).map_err(|error| error.to_string())?.len();
        if bytes > BYTES_MAX {
            return Err(format!("{bytes} bytes are more than the limit of {BYTES_MAX}"));
        }
        // A recorder that was killed may have left a torn line behind.
        Self::parse(whole_lines(&fs::read_to_string(path).map_err(|error| error.to_string())?))
    }

    /// The same, by so many seconds later.
    #[must_use]
    pub fn later(mut self, by_sec: f64) -> Self {
        fn later<T>(lines: &mut Lines<T>, by_sec: f64) {
            lines.iter_mut().for_each(|(t, _)| *t += by_sec);
        }
        later(&mut self.lrclib, by_sec);
        later(&mut self.ollama, by_sec);
        later(&mut self.openai, by_sec);
        later(&mut self.comfyui, by_sec);
        self
    }

    /// Adds a line of this service; [`sorted`](Self::sorted) puts it in its place.
    ///
    /// # Errors
    /// Why it makes no sense.
    pub fn push(&mut self, service: &str, t: f64, event: Value) -> Result<(), String> {
        match service {
            "lrclib" => add(&mut self.lrclib, t, Some(event)),
            "ollama" => add(&mut self.ollama, t, Some(event)),
            "openai" => add(&mut self.openai, t, Some(event)),
            "comfyui" => add(&mut self.comfyui, t, Some(event)),
            other => Err(format!("there is no service '{other}' (allowed: lrclib, ollama, openai, comfyui)")),
        }
    }

    /// Both tapes in one, in order of time. A service of which the first says nothing is not there, and stays away.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        fn join<T>(lines: &mut Lines<T>, other: Lines<T>) {
            if !lines.is_empty() {
                lines.extend(other);
            }
        }
        join(&mut self.lrclib, other.lrclib);
        join(&mut self.ollama, other.ollama);
        join(&mut self.openai, other.openai);
        join(&mut self.comfyui, other.comfyui);
        self.sorted()
    }

    /// Puts its lines in order.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        fn sort<T>(lines: &mut Lines<T>) {
            lines.sort_by(|(one, _), (two, _)| one.total_cmp(two));
        }
        sort(&mut self.lrclib);
        sort(&mut self.ollama);
        sort(&mut self.openai);
        sort(&mut self.comfyui);
        self
    }

    /// The lines of each song that LRCLIB knows with times, by title.
    #[must_use]
    pub fn book(&self) -> Book {
        let known = self.lrclib.iter().filter_map(|(_, event)| match event {
            Event::Own(LrclibEvent::Knows(record)) => Some(record),
            Event::Weather(_) | Event::Exchange { .. } => None,
        });
        let lines = known.filter_map(|record| {
            let lyrics = Lyrics::parse(record.synced.as_ref()?)?;
            let lines = lyrics.synced_lines()?.iter().map(|line| (line.time_sec(), line.text.clone()));
            Some((record.title.clone(), lines.collect()))
        });
        lines.collect()
    }

    /// Its lines as entries of a history: marks of the services' names.
    #[must_use]
    pub fn marks(&self) -> Vec<Entry> {
        fn marks<T: Serialize>(name: &str, lines: &Lines<T>, all: &mut Vec<Entry>) {
            all.extend(lines.iter().map(|(t, event)| {
                let detail = serde_json::to_string(event).unwrap_or_default();
                Entry { t: *t, what: What::Mark { name: name.to_owned(), detail } }
            }));
        }
        let mut all = Vec::new();
        marks("lrclib", &self.lrclib, &mut all);
        marks("ollama", &self.ollama, &mut all);
        marks("openai", &self.openai, &mut all);
        marks("comfyui", &self.comfyui, &mut all);
        all
    }
}

fn add<T: DeserializeOwned>(lines: &mut Lines<T>, t: f64, event: Option<Value>) -> Result<(), String> {
    let Some(event) = event else { return Ok(()) };
    let name = event.as_str().map(str::to_owned);
    let name = name.or_else(|| event.as_object()?.keys().next().cloned()).unwrap_or_default();
    let event = if name == "exchange" {
        let exchange = serde_json::from_value(event["exchange"].clone());
        exchange.map(|exchange| Event::Exchange { exchange }).map_err(|error| error.to_string())
    } else if WEATHER.contains(&name.as_str()) {
        serde_json::from_value(event).map(Event::Weather).map_err(|error| error.to_string())
    } else {
        let own = serde_json::from_value(event).map(Event::Own);
        own.map_err(|error| {
            format!("{error}; or one of what each service has: exchange, {}", WEATHER.join(", "))
        })
    };
    lines.push((t, event?));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tape_is_read_line_by_line() {
        let text = r#"{"t": 0, "lrclib": {"knows": {"artist": "A", "title": "One", "duration_sec": 100, "instrumental": true}}}
            {"t": 1, "lrclib": {"limit": 11}}

            {"t": 2.5, "ollama": "down"}
            {"t": 2.5, "comfyui": {"answers": {"status": 502}}}"#;
        let tape = ServicesTape::parse(text).unwrap();
        assert_eq!(tape.lrclib[1], (1.0, Event::Weather(Weather::Limit(11.0))));
        assert!(matches!(&tape.lrclib[0].1, Event::Own(LrclibEvent::Knows(record)) if record.instrumental));
        assert_eq!(tape.ollama, [(2.5, Event::Weather(Weather::Down))]);
        assert_eq!(tape.comfyui, [(2.5, Event::Weather(Weather::Answers(Way::Status(502))))]);
        assert!(tape.openai.is_empty());
        assert_eq!(tape.marks().len(), 4);
    }

    #[test]
    fn a_mistake_is_named_with_its_line_and_what_is_allowed() {
        for (line, why) in [
            (r#"{"t": 1, "lrclib": "sings"}"#, "line 2: unknown variant `sings`, expected"),
            (r#"{"t": 1, "lrclib": {"answers": "badly"}}"#, "line 2: unknown variant `badly`"),
            (r#"{"t": 1, "genius": "up"}"#, "line 2: unknown field `genius`"),
            (r#"{"t": 1}"#, "line 2: a line is of one service"),
            (r#"{"t": 1, "ollama": "up", "openai": "up"}"#, "line 2: a line is of one service"),
            (r#"{"t": 0, "ollama": "up"}"#, "line 2: its t is before"),
            ("rest", "line 2: expected value"),
        ] {
            let error =
                ServicesTape::parse(&format!("{{\"t\": 0.5, \"ollama\": \"up\"}}\n{line}\n")).unwrap_err();
            assert!(error.starts_with(why), "{error}");
        }
    }
}
