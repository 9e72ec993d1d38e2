//! A tape of what VirtualDJ's decks tell: by OSC, and their beats by OS2L.
//!
//! A line of JSON an event, in order of time:
//!
//! ```json
//! {"t": 5.0, "deck": {"osc": {"addr": "/vdj/deck/1/get_title", "tags": "s", "args": ["Sexy Boy"]}}}
//! {"t": 5.5, "deck": {"os2l": {"stream": 1, "text": "{\"evt\":\"beat\",\"pos\":8,\"bpm\":124.0,\"strength\":1.0}"}}}
//! {"t": 90.0, "deck": {"os2l": {"stream": 1, "is_closed": true}}}
//! ```

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vj_bus::osc;
use vj_core::base64;
use vj_workers::ports::StreamPart;

use crate::deck_message::DeckMessage;
use crate::jsonl;

/// VirtualDJ is asked more often than this, and each of its answers says again what has not changed.
const ASKED_WITHIN_SEC: f64 = 2.5;

/// Events in the order in which they happen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeckTape {
    events: Vec<DeckEvent>,
    has_answers: bool,
}

/// Something is told.
#[derive(Debug, Clone, PartialEq)]
pub struct DeckEvent {
    /// When, in seconds of the tape.
    pub t: f64,
    /// What.
    pub said: DeckSaid,
}

/// What is told, and on which way.
#[derive(Debug, Clone, PartialEq)]
pub enum DeckSaid {
    /// OS2L.
    Stream(StreamPart),
    /// OSC.
    Datagram(Vec<u8>),
}

/// One line; what concerns others than the decks is passed over.
#[derive(Deserialize)]
struct Line {
    t: f64,
    deck: Option<Written>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Written {
    Os2l(WrittenPart),
    Osc(DeckMessage),
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPart {
    #[serde(default = "first_stream")]
    stream: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_opened: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_closed: bool,
}

/// VirtualDJ opens one.
fn first_stream() -> u64 {
    1
}

impl WrittenPart {
    fn part(self) -> Result<StreamPart, String> {
        let Self { stream, text, base64, is_opened, is_closed } = self;
        match (text, base64, is_opened, is_closed) {
            (Some(text), None, false, false) => Ok(StreamPart::Bytes(stream, text.into_bytes())),
            (None, Some(text), false, false) => {
                let bytes = base64::decode(&text).ok_or("what was told is no base64")?;
                Ok(StreamPart::Bytes(stream, bytes))
            }
            (None, None, true, false) => Ok(StreamPart::Opened(stream)),
            (None, None, false, true) => Ok(StreamPart::Closed(stream)),
            _ => Err("'os2l' has one of 'text', 'base64', 'is_opened' and 'is_closed'".to_owned()),
        }
    }

    fn of(part: &StreamPart) -> Self {
        match part {
            StreamPart::Opened(stream) => Self { stream: *stream, is_opened: true, ..Self::default() },
            StreamPart::Closed(stream) => Self { stream: *stream, is_closed: true, ..Self::default() },
            StreamPart::Bytes(stream, bytes) => match String::from_utf8(bytes.clone()) {
                Ok(text) => Self { stream: *stream, text: Some(text), ..Self::default() },
                Err(_) => Self { stream: *stream, base64: Some(base64::encode(bytes)), ..Self::default() },
            },
        }
    }
}

impl DeckEvent {
    /// Its line.
    #[must_use]
    pub fn line(&self) -> Value {
        let written = match &self.said {
            DeckSaid::Stream(part) => Written::Os2l(WrittenPart::of(part)),
            DeckSaid::Datagram(datagram) => Written::Osc(DeckMessage::of(datagram)),
        };
        json!({"t": self.t, "deck": written})
    }
}

impl DeckTape {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong, with the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut events = Vec::new();
        for line in jsonl::in_order(text, |line: &Line| line.t) {
            let (number, line) = line?;
            let at = |why: String| format!("line {number}: {why}");
            let said = match line.deck {
                None => continue,
                Some(Written::Os2l(part)) => DeckSaid::Stream(part.part().map_err(at)?),
                Some(Written::Osc(message)) => DeckSaid::Datagram(message.datagram().map_err(at)?),
            };
            events.push(DeckEvent { t: line.t, said });
        }
        Ok(Self::of(events))
    }

    /// A tape of these events.
    #[must_use]
    pub fn of(mut events: Vec<DeckEvent>) -> Self {
        events.sort_by(|one, two| one.t.total_cmp(&two.t));
        let events = without_what_was_told_again_before(events);
        let has_answers = has_answers(&events);
        Self { events, has_answers }
    }

    /// The same, by so many seconds later.
    #[must_use]
    pub fn later(mut self, by_sec: f64) -> Self {
        self.events.iter_mut().for_each(|event| event.t += by_sec);
        self
    }

    /// What is told, in order of time.
    #[must_use]
    pub fn events(&self) -> &[DeckEvent] {
        &self.events
    }

    /// Whether what VirtualDJ answers to questions stands on it, as on a recording. On a tape that was written by hand stands
    /// what changes.
    #[must_use]
    pub fn has_answers(&self) -> bool {
        self.has_answers
    }

    /// Whether anything is told by OSC.
    #[must_use]
    pub fn has_osc(&self) -> bool {
        self.events.iter().any(|event| matches!(event.said, DeckSaid::Datagram(_)))
    }

    /// Whether anything is told by OS2L.
    #[must_use]
    pub fn has_os2l(&self) -> bool {
        self.events.iter().any(|event| matches!(event.said, DeckSaid::Stream(_)))
    }
}

/// The address of a datagram that is one message.
fn address(event: &DeckEvent) -> Option<String> {
    let DeckSaid::Datagram(datagram) = &event.said else { return None };
    let [message] = <[_; 1]>::try_from(osc::messages(datagram).ok()?).ok()?;
    Some(message.addr)
}

/// A recorder puts all that was told before it came at second 0: of each address, the newest counts. A socket has no room for a
/// minute of them at once.
fn without_what_was_told_again_before(mut events: Vec<DeckEvent>) -> Vec<DeckEvent> {
    let (before, mut told_again) = (events.partition_point(|event| event.t <= 0.0), BTreeSet::new());
    let is_newest = |event| address(event).is_none_or(|address| told_again.insert(address));
    let mut counts: Vec<bool> = events[..before].iter().rev().map(is_newest).collect();
    events.retain(|_| counts.pop().unwrap_or(true));
    events
}

fn has_answers(events: &[DeckEvent]) -> bool {
    let mut newest: BTreeMap<String, &DeckEvent> = BTreeMap::new();
    events.iter().any(|event| {
        let before = address(event).and_then(|address| newest.insert(address, event));
        before.is_some_and(|before| before.said == event.said && event.t - before.t <= ASKED_WITHIN_SEC)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(tape: &DeckTape) -> String {
        tape.events().iter().map(|event| format!("{}\n", event.line())).collect()
    }

    const BY_HAND: &str = r#"{"t": 1, "spotify": "pause"}
        {"t": 2.5, "deck": {"osc": {"addr": "/vdj/deck/1/get_title", "tags": "s", "args": ["One"]}}}

        {"t": 2.5, "deck": {"osc": {"base64": "junk"}}}
        {"t": 3, "deck": {"os2l": {"text": "{\"evt\":\"beat\"}"}}}
        {"t": 4, "deck": {"os2l": {"stream": 2, "is_opened": true}}}
        {"t": 4, "deck": {"os2l": {"stream": 2, "base64": "/w=="}}}
        {"t": 5, "deck": {"os2l": {"stream": 2, "is_closed": true}}}"#;

    #[test]
    fn it_is_read_line_by_line_and_what_is_printed_comes_back() {
        let tape = DeckTape::parse(BY_HAND).unwrap();
        let parts: Vec<_> = tape
            .events()
            .iter()
            .filter_map(|event| match &event.said {
                DeckSaid::Stream(part) => Some((event.t, part.clone())),
                DeckSaid::Datagram(_) => None,
            })
            .collect();
        let expected = [
            (3.0, StreamPart::Bytes(1, b"{\"evt\":\"beat\"}".to_vec())),
            (4.0, StreamPart::Opened(2)),
            (4.0, StreamPart::Bytes(2, vec![0xff])),
            (5.0, StreamPart::Closed(2)),
        ];
        assert_eq!(parts, expected);
        assert_eq!((tape.has_osc(), tape.has_os2l(), tape.has_answers()), (true, true, false));
        assert_eq!(DeckTape::parse(&print(&tape)).unwrap(), tape);
        assert_eq!(tape.later(2.0).events()[0].t, 4.5);
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        for (line, why) in [
            (r#"{"t": 3, "deck": {"osc": {"addr": "x"}}}"#, "line 2: 'x' is no address"),
            (r#"{"t": 3, "deck": {"osc": {"address": "/x"}}}"#, "line 2: unknown field `address`"),
            (r#"{"t": 3, "deck": {"os2l": {}}}"#, "line 2: 'os2l' has one of 'text', "),
            (r#"{"t": 3, "deck": {"os2l": {"text": "a", "is_closed": true}}}"#, "line 2: 'os2l' has one of "),
            (r#"{"t": 3, "deck": {"os2l": {"base64": "?"}}}"#, "line 2: what was told is no base64"),
            (r#"{"t": 3, "deck": {"midi": 1}}"#, "line 2: unknown variant `midi`"),
            (r#"{"t": 1, "deck": {"os2l": {"is_opened": true}}}"#, "line 2: its t is before"),
        ] {
            let error = DeckTape::parse(&format!("{{\"t\": 2}}\n{line}\n")).unwrap_err();
            assert!(error.starts_with(why), "{error}");
        }
    }

    #[test]
    fn of_what_was_told_before_the_tape_the_newest_of_each_address_counts() {
        let says = |t: f64, addr: &str, number: i32| {
            json!({"t": t, "deck": {"osc": {"addr": addr, "tags": "i", "args": [number]}}}).to_string()
        };
        let lines = [says(0.0, "/a", 1), says(0.0, "/b", 1), says(0.0, "/a", 2), says(1.0, "/a", 3)];
        let expected = [lines[1].clone(), lines[2].clone(), lines[3].clone()];
        assert_eq!(
            DeckTape::parse(&lines.join("\n")).unwrap(),
            DeckTape::parse(&expected.join("\n")).unwrap()
        );
    }

    #[test]
    fn a_tape_with_answers_is_known_by_what_they_say_again() {
        let says = |t: f64| {
            format!("{}\n", json!({"t": t, "deck": {"osc": {"addr": "/a", "tags": "i", "args": [1]}}}))
        };
        assert!(DeckTape::parse(&(says(3.0) + &says(4.0))).unwrap().has_answers());
        assert!(!DeckTape::parse(&(says(3.0) + &says(9.0))).unwrap().has_answers());
    }
}
