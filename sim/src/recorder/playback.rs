//! What players said and wrote, as lines of `playback.jsonl`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use vj_core::base64;
use vj_workers::playback::Said;

use crate::deck_message::DeckMessage;

/// Bytes of one file that are remembered, to know what was added to it.
const FILE_BYTES_MAX: usize = 4 << 20;

/// Makes lines of the entries of the monitors' tapes.
#[derive(Debug, Default)]
pub struct PlaybackLines {
    /// What stands in each of VirtualDJ's files, by its name in the set: where it stood, and what it held.
    files: BTreeMap<String, (String, Vec<u8>)>,
}

/// What an entry becomes.
#[derive(Debug, Clone, PartialEq)]
pub enum Made {
    /// A line.
    Line(Value),
    /// Nothing: it says nothing new.
    Nothing,
    /// Nothing, and this is to be said of it.
    Word(String),
}

impl PlaybackLines {
    /// An entry of Spotify's monitor at second `t`, which may lie before the recording.
    #[must_use]
    pub fn spotify(&self, t: f64, entry: &Value) -> Made {
        if t >= 0.0 {
            return Made::Line(json!({"t": t, "spotify": entry}));
        }
        // As it would have been said when the recording began.
        let Ok(said) = serde_json::from_value::<Said>(entry["said"].clone()) else { return Made::Nothing };
        let now = Said::of(&said.answer(Duration::from_secs_f64(-t)));
        Made::Line(json!({"t": 0.0, "spotify": {"said": now}}))
    }

    /// An entry of VirtualDJ's monitor.
    pub fn virtualdj(&mut self, t: f64, entry: &Value) -> Made {
        let Some(path) = entry["file"].as_str() else {
            return deck(t, entry);
        };
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
        if let Some((known, _)) = self.files.get(&name).filter(|(known, _)| known != path) {
            return Made::Word(format!("{path} is left out: {known} has the same name"));
        }
        if entry["is_gone"] == true {
            self.files.remove(&name);
            return Made::Line(json!({"t": t.max(0.0), "do": "remove", "file": name}));
        }
        let Some(bytes) = bytes_of(entry) else { return Made::Nothing };
        let before = self.files.get(&name).map(|(_, before)| before.as_slice());
        if before == Some(&bytes[..]) {
            return Made::Nothing;
        }
        let mut line = json!({"t": t.max(0.0), "file": name});
        let added = before.filter(|before| !before.is_empty()).and_then(|before| bytes.strip_prefix(before));
        line["do"] = if added.is_some() { "append" } else { "write" }.into();
        let added = added.unwrap_or(&bytes);
        match std::str::from_utf8(added) {
            Ok(text) => line["text"] = text.into(),
            Err(_) => line["base64"] = base64::encode(added).into(),
        }
        // What a monitor finds at its first look, and nobody has seen before, was there before the show.
        if t < 0.0 || (before.is_none() && entry["is_first_look"] == true) {
            line["before"] = true.into();
        }
        if bytes.len() <= FILE_BYTES_MAX {
            self.files.insert(name, (path.to_owned(), bytes));
        }
        Made::Line(line)
    }
}

/// What a deck told. Beats before the recording are none of it; how the decks stood then is.
fn deck(t: f64, entry: &Value) -> Made {
    let os2l = &entry["os2l"];
    if t < 0.0 && (os2l.get("text").is_some() || os2l.get("base64").is_some()) {
        return Made::Nothing;
    }
    match entry["osc"]["base64"].as_str().and_then(base64::decode) {
        Some(datagram) => Made::Line(json!({"t": t.max(0.0), "deck": {"osc": DeckMessage::of(&datagram)}})),
        None => Made::Line(json!({"t": t.max(0.0), "deck": entry})),
    }
}

fn bytes_of(entry: &Value) -> Option<Vec<u8>> {
    match (entry["text"].as_str(), entry["base64"].as_str()) {
        (Some(text), _) => Some(text.as_bytes().to_vec()),
        (None, Some(text)) => base64::decode(text),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_becomes_what_was_done_to_it() {
        let mut lines = PlaybackLines::default();
        let file = |text: &str| json!({"file": "/home/dj/VirtualDJ/tracklist.txt", "text": text});
        let first = json!({"file": "/home/dj/VirtualDJ/tracklist.txt", "text": "a\n", "is_first_look": true});
        let line = lines.virtualdj(1.5, &first);
        let expected =
            json!({"t": 1.5, "file": "tracklist.txt", "do": "write", "text": "a\n", "before": true});
        assert_eq!(line, Made::Line(expected));
        // A monitor that was started anew sees the same, and that is no news.
        assert_eq!(lines.virtualdj(2.0, &first), Made::Nothing);
        let line = lines.virtualdj(3.0, &file("a\nb\n"));
        assert_eq!(
            line,
            Made::Line(json!({"t": 3.0, "file": "tracklist.txt", "do": "append", "text": "b\n"}))
        );
        let line = lines.virtualdj(4.0, &file("c\n"));
        assert_eq!(
            line,
            Made::Line(json!({"t": 4.0, "file": "tracklist.txt", "do": "write", "text": "c\n"}))
        );
        let wide = json!({"file": "/home/dj/VirtualDJ/tracklist.txt", "base64": "Ywr/"});
        let line = lines.virtualdj(5.0, &wide);
        assert_eq!(
            line,
            Made::Line(json!({"t": 5.0, "file": "tracklist.txt", "do": "append", "base64": "/w=="}))
        );
        let twin = json!({"file": "/tmp/tracklist.txt", "text": "x"});
        assert!(matches!(lines.virtualdj(6.0, &twin), Made::Word(_)));
        let gone = json!({"file": "/home/dj/VirtualDJ/tracklist.txt", "is_gone": true});
        let line = lines.virtualdj(7.0, &gone);
        assert_eq!(line, Made::Line(json!({"t": 7.0, "file": "tracklist.txt", "do": "remove"})));
    }

    #[test]
    fn what_a_deck_told_is_readable_and_beats_before_the_recording_are_left_out() {
        let mut lines = PlaybackLines::default();
        let title = b"/vdj/deck/1/get_title\0\0\0,s\0\0One\0";
        let entry = |bytes: &[u8]| json!({"osc": {"base64": base64::encode(bytes)}});
        let readable = json!({"osc": {"addr": "/vdj/deck/1/get_title", "tags": "s", "args": ["One"]}});
        let line = lines.virtualdj(2.0, &entry(title));
        assert_eq!(line, Made::Line(json!({"t": 2.0, "deck": readable})));
        assert_eq!(lines.virtualdj(-2.0, &entry(title)), Made::Line(json!({"t": 0.0, "deck": readable})));
        let junk = entry(b"junk");
        assert_eq!(lines.virtualdj(2.0, &junk), Made::Line(json!({"t": 2.0, "deck": junk})));
        let beat = json!({"os2l": {"stream": 1, "text": "{}"}});
        assert_eq!(lines.virtualdj(2.0, &beat), Made::Line(json!({"t": 2.0, "deck": beat})));
        assert_eq!(lines.virtualdj(-2.0, &beat), Made::Nothing);
        let opened = json!({"os2l": {"stream": 1, "is_opened": true}});
        assert_eq!(lines.virtualdj(-2.0, &opened), Made::Line(json!({"t": 0.0, "deck": opened})));
    }

    #[test]
    fn what_was_said_before_the_recording_is_said_at_its_beginning() {
        let said = json!({"said": {"plays": {
            "track": {"artist": "A", "title": "B", "album": "", "duration_sec": 100.0},
            "position_sec": 10.0, "is_playing": true, "kind": "track"}}});
        let Made::Line(line) = PlaybackLines::default().spotify(-2.5, &said) else { panic!("no line") };
        assert_eq!(
            (line["t"].clone(), line["spotify"]["said"]["plays"]["position_sec"].clone()),
            (json!(0.0), json!(12.5))
        );
        let line = PlaybackLines::default().spotify(2.5, &said);
        assert_eq!(line, Made::Line(json!({"t": 2.5, "spotify": said})));
    }
}
