//! A tape of what VirtualDJ does to its files, and of what it really plays.
//!
//! A line of JSON an event, in order of time:
//!
//! ```json
//! {"t": 2.0, "do": "append", "file": "tracklist.txt", "text": "21:04 : Air - Sexy Boy\r\n", "encoding": "windows-1252"}
//! {"t": 2.0, "plays": "Air - Sexy Boy"}
//! ```
//!
//! What is done: `write` (in place), `append`, `replace` (by renaming), `empty`, `remove`, `touch`, `lock`, `unlock`. `plays` is
//! the truth: from then on a listener can know it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use encoding_rs::{Encoding, UTF_16LE};
use serde::{Deserialize, Serialize};
use vj_core::{At, base64};

use crate::ground::Ground;
use crate::history::What;
use crate::player_files::FileDeed;

/// The mark of what is played.
pub const PLAYS: &str = "plays";

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TapeEvent {
    /// When, in seconds of the run.
    pub t: f64,
    /// What is done to a file.
    #[serde(rename = "do", default, skip_serializing_if = "Option::is_none")]
    pub deed: Option<String>,
    /// To which.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// What is written, if anything.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// In which encoding; UTF-8 if it does not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub encoding: String,
    /// What is written, where it is no text: base64.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub base64: String,
    /// It was done before the show, whatever its time says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub before: bool,
    /// What plays from now on, as `Artist - Title`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plays: Option<String>,
}

impl TapeEvent {
    /// Something is done to a file.
    #[must_use]
    pub fn deed(t: f64, deed: &str, file: &str, text: &str, encoding: &str) -> Self {
        let (file, text, encoding) = (file.to_owned(), text.to_owned(), encoding.to_owned());
        Self {
            t,
            deed: Some(deed.to_owned()),
            file,
            text,
            encoding,
            base64: String::new(),
            before: false,
            plays: None,
        }
    }

    /// Something plays.
    #[must_use]
    pub fn plays(t: f64, what: &str) -> Self {
        let (file, text, encoding, base64, before) = Default::default();
        Self { t, deed: None, file, text, encoding, base64, before, plays: Some(what.to_owned()) }
    }

    fn is_before(&self) -> bool {
        self.before || self.t <= 0.0
    }

    /// Whether it can be done.
    ///
    /// # Errors
    /// What nobody can do, or which encoding there is not.
    pub fn check(&self) -> Result<(), String> {
        self.to_deed().map(drop)
    }

    /// Does to the file what it says; false where that cannot be done.
    pub fn act(&self, ground: &dyn Ground) -> bool {
        let deed = self.to_deed().ok().flatten();
        deed.is_some_and(|deed| ground.player_file(&self.file, deed))
    }

    fn to_deed(&self) -> Result<Option<FileDeed>, String> {
        let Some(deed) = &self.deed else { return Ok(None) };
        let bytes = || match base64::decode(&self.base64) {
            _ if self.base64.is_empty() => encode(&self.text, &self.encoding),
            decoded => decoded.ok_or_else(|| "what it writes is no base64".to_owned()),
        };
        Ok(Some(match deed.as_str() {
            "write" => FileDeed::Write(bytes()?),
            "append" => FileDeed::Append(bytes()?),
            "replace" => FileDeed::Replace(bytes()?),
            "empty" => FileDeed::Empty,
            "remove" => FileDeed::Remove,
            "touch" => FileDeed::Touch,
            "lock" => FileDeed::Lock,
            "unlock" => FileDeed::Unlock,
            other => return Err(format!("nobody can do '{other}' to a file")),
        }))
    }
}

/// The text's bytes. `utf-8-bom` and `utf-16-bom` put a mark before it.
fn encode(text: &str, encoding: &str) -> Result<Vec<u8>, String> {
    let wide = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    match encoding {
        "" | "utf-8" => Ok(text.as_bytes().to_vec()),
        "utf-8-bom" => Ok([b"\xef\xbb\xbf", text.as_bytes()].concat()),
        "utf-16-bom" => Ok([&b"\xff\xfe"[..], &wide(text)].concat()),
        name => match Encoding::for_label(name.as_bytes()) {
            Some(encoding) if encoding == UTF_16LE => Ok(wide(text)),
            Some(encoding) => Ok(encoding.encode(text).0.into_owned()),
            None => Err(format!("there is no encoding '{name}'")),
        },
    }
}

/// A tape.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlayerTape {
    /// Its events, in order of time.
    pub events: Vec<TapeEvent>,
}

impl PlayerTape {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong, with the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut events: Vec<TapeEvent> = Vec::new();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let at = |error: String| format!("line {}: {error}", index + 1);
            let event: TapeEvent = serde_json::from_str(line).map_err(|error| at(error.to_string()))?;
            event.to_deed().map_err(at)?;
            if events.last().is_some_and(|last| last.t > event.t) {
                return Err(at("it lies before the line above".to_owned()));
            }
            events.push(event);
        }
        Ok(Self { events })
    }

    /// Reads one from a file.
    ///
    /// # Errors
    /// What is wrong, with the path.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Without the lines that are somebody else's.
    pub(crate) fn own(mut self) -> Self {
        self.events.retain(|event| event.deed.is_some() || event.plays.is_some());
        self
    }

    /// What plays, in order.
    pub fn truth(&self) -> impl Iterator<Item = &str> {
        self.events.iter().filter_map(|event| event.plays.as_deref())
    }

    /// Does what stands at its very beginning: how things are before the show.
    pub fn prepare(&self, ground: &dyn Ground) {
        for event in self.events.iter().filter(|event| event.is_before()) {
            event.act(ground);
        }
    }

    /// Makes the files what they are at this second of the tape, whatever they are now.
    pub fn set_to(&self, ground: &dyn Ground, at_sec: f64) {
        let mut files: BTreeMap<&str, Option<Vec<u8>>> = BTreeMap::new();
        for event in &self.events {
            let file = files.entry(&event.file).or_default();
            if !(event.is_before() || event.t <= at_sec) {
                continue;
            }
            match event.to_deed() {
                Ok(Some(FileDeed::Write(bytes) | FileDeed::Replace(bytes))) => *file = Some(bytes),
                Ok(Some(FileDeed::Append(bytes))) => file.get_or_insert_default().extend(bytes),
                Ok(Some(FileDeed::Empty)) => *file = Some(Vec::new()),
                Ok(Some(FileDeed::Remove)) => *file = None,
                Ok(Some(FileDeed::Touch | FileDeed::Lock | FileDeed::Unlock) | None) | Err(_) => {}
            }
        }
        for (name, bytes) in files.into_iter().filter(|(name, _)| !name.is_empty()) {
            ground.player_file(name, bytes.map_or(FileDeed::Remove, FileDeed::Replace));
        }
    }

    /// Does the rest of what stands on it, each thing at its time.
    pub async fn play(&self, ground: &dyn Ground) {
        self.play_on(ground, 0.0).await;
    }

    /// The same where the tape is so far ahead of the run: what has been by now is left out.
    pub async fn play_on(&self, ground: &dyn Ground, ahead_sec: f64) {
        let now_sec = ground.clock().now().as_secs_f64() + ahead_sec;
        let is_past = |event: &TapeEvent| ahead_sec != 0.0 && event.t <= now_sec;
        for event in self.events.iter().filter(|event| !event.is_before() && !is_past(event)) {
            ground.clock().sleep_until(At::from_secs_f64(event.t - ahead_sec)).await;
            event.act(ground);
            if let Some(plays) = &event.plays {
                ground.note(What::Mark { name: PLAYS.to_owned(), detail: plays.clone() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_comes_back_and_what_is_wrong_is_named() {
        let events = vec![
            TapeEvent::deed(1.0, "append", "tracklist.txt", "21:00 : Ä - b\r\n", "windows-1252"),
            TapeEvent::plays(1.0, "Ä - b"),
        ];
        let text: String = events.iter().map(|it| serde_json::to_string(it).unwrap() + "\n").collect();
        assert_eq!(PlayerTape::parse(&text).unwrap().events, events);
        for (bad, why) in [
            ("{\"t\": 1, \"do\": \"eat\", \"file\": \"x\"}", "line 1: nobody can do 'eat'"),
            (
                "{\"t\": 1, \"do\": \"write\", \"encoding\": \"runes\"}",
                "line 1: there is no encoding 'runes'",
            ),
            ("{\"t\": 2, \"plays\": \"a\"}\n{\"t\": 1, \"plays\": \"b\"}", "line 2: it lies before"),
            ("{}", "line 1: missing field `t`"),
        ] {
            let error = PlayerTape::parse(bad).unwrap_err();
            assert!(error.starts_with(why), "{error}");
        }
    }
}
