//! OS2L: VirtualDJ connects to us and sends an object of JSON for each beat, one behind the other, with or without a line end.

use std::collections::BTreeMap;

use serde_json::Value;

/// Longest object: what is longer is none.
const OBJECT_BYTES_MAX: usize = 16 * 1024;

/// A beat of a deck.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct DeckBeat {
    /// Which beat of the track it is.
    pub(super) number: i32,
    /// Tempo in BPM; none where it is not told.
    pub(super) bpm: Option<f32>,
    /// How strong it is, 0..1.
    pub(super) strength: f32,
}

/// Cuts one stream into objects.
///
/// An object that breaks off must not take those behind it along: what follows would count as its text. So a new one begins
/// wherever `{"evt"` stands, which no text can hold (its quotes would be escaped), and in a line that begins with a brace; and
/// a text ends with its line, whatever it lacks.
#[derive(Debug, Default)]
struct Splitter {
    bytes: Vec<u8>,
    depth: usize,
    in_text: bool,
    is_escaped: bool,
    /// Nothing but blanks has come in this line yet.
    at_line_start: bool,
}

impl Splitter {
    /// The objects that end in these bytes. What stands between two objects is skipped.
    fn push(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        bytes.iter().filter_map(|byte| self.take(*byte)).collect()
    }

    fn take(&mut self, byte: u8) -> Option<Vec<u8>> {
        let at_line_start = self.at_line_start;
        self.at_line_start = byte == b'\n' || (at_line_start && byte.is_ascii_whitespace());
        if (byte == b'\n' && self.in_text) || (byte == b'{' && at_line_start) {
            *self = Self { at_line_start: self.at_line_start, ..Self::default() };
        }
        if self.depth == 0 && byte != b'{' {
            return None;
        }
        self.bytes.push(byte);
        if let Some(begin) = self.begins_anew() {
            self.bytes.drain(..begin);
            (self.depth, self.in_text, self.is_escaped) = (1, false, false);
            return None;
        }
        match byte {
            _ if self.is_escaped => self.is_escaped = false,
            b'\\' if self.in_text => self.is_escaped = true,
            b'"' => self.in_text = !self.in_text,
            b'{' if !self.in_text => self.depth += 1,
            b'}' if !self.in_text => self.depth -= 1,
            _ => {}
        }
        if self.depth == 0 {
            return Some(std::mem::take(&mut self.bytes));
        }
        if self.bytes.len() >= OBJECT_BYTES_MAX {
            *self = Self::default();
        }
        None
    }

    /// Where the object begins whose `{"evt"` has just ended within another.
    fn begins_anew(&self) -> Option<usize> {
        let head = self.bytes.strip_suffix(b"\"evt\"")?.trim_ascii_end().strip_suffix(b"{")?;
        (!head.is_empty()).then_some(head.len())
    }
}

/// Reads all streams.
#[derive(Debug, Default)]
pub(super) struct Os2l {
    streams: BTreeMap<u64, Splitter>,
}

impl Os2l {
    /// A stream begins.
    pub(super) fn opened(&mut self, stream: u64) {
        self.streams.insert(stream, Splitter::default());
    }

    /// A stream is over.
    pub(super) fn closed(&mut self, stream: u64) {
        self.streams.remove(&stream);
    }

    /// Streams that are open.
    pub(super) fn connected(&self) -> usize {
        self.streams.len()
    }

    /// The beats that these bytes tell of.
    pub(super) fn push(&mut self, stream: u64, bytes: &[u8]) -> Vec<DeckBeat> {
        let objects = self.streams.entry(stream).or_default().push(bytes);
        objects.iter().filter_map(|object| beat(object)).collect()
    }
}

fn beat(object: &[u8]) -> Option<DeckBeat> {
    let object: Value = serde_json::from_slice(object).ok()?;
    if object["evt"] != "beat" {
        return None;
    }
    let strength = object["strength"].as_f64().unwrap_or(1.0);
    // Seen as a share and as percent.
    let strength = if strength > 1.0 { strength / 100.0 } else { strength };
    let bpm = object["bpm"].as_f64().filter(|bpm| (20.0..=400.0).contains(bpm));
    // A cast saturates, and a position that is none is the first.
    let number = object["pos"].as_f64().unwrap_or_default().floor() as i32;
    Some(DeckBeat { number, bpm: bpm.map(|bpm| bpm as f32), strength: strength.clamp(0.0, 1.0) as f32 })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TWO: &str = "{\"evt\":\"beat\",\"change\":false,\"pos\":42,\"bpm\":120.0,\"strength\":0.9}\r\n{\"evt\":\"btn\",\"name\":\"a}\\\"{\"}{\"evt\":\"beat\",\"pos\":43.7,\"bpm\":0,\"strength\":50}";

    fn expected() -> [DeckBeat; 2] {
        [
            DeckBeat { number: 42, bpm: Some(120.0), strength: 0.9 },
            DeckBeat { number: 43, bpm: None, strength: 0.5 },
        ]
    }

    #[test]
    fn junk_between_objects_and_one_that_never_ends_cost_nothing_else() {
        let mut os2l = Os2l::default();
        os2l.opened(1);
        assert_eq!(os2l.push(1, b"junk}} {\"evt\":}{\"evt\":\"beat\",\"pos\":1}").len(), 1);
        assert_eq!(os2l.push(1, &[b'{'; 40_000]), []);
        os2l.closed(1);
        os2l.opened(1);
        assert_eq!(os2l.push(1, TWO.as_bytes()), expected());
        assert_eq!(os2l.connected(), 1);
    }

    #[test]
    fn an_event_that_breaks_off_costs_no_other() {
        for torn in
            ["{\"evt\":\"be", "{\"evt\":\"beat\",\"pos\":4", "{", "{\"evt\":\"a\\", "{\"a\":{\"b\":{\""]
        {
            let mut os2l = Os2l::default();
            assert_eq!(os2l.push(1, format!("{torn}{TWO}").as_bytes()), expected(), "{torn}");
            let other = "\n{\"pos\":7,\"evt\":\"beat\"}";
            let beats = os2l.push(1, format!("{torn}{other}").as_bytes());
            assert_eq!(beats.iter().map(|it| it.number).collect::<Vec<_>>(), [7], "{torn}");
        }
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_a_stream_is_cut(cuts in prop::collection::vec(0..TWO.len(), 0..9)) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            cuts.push(TWO.len());
            let (mut os2l, mut from, mut beats) = (Os2l::default(), 0, Vec::new());
            for to in cuts {
                beats.extend(os2l.push(7, &TWO.as_bytes()[from..to]));
                from = to;
            }
            prop_assert_eq!(beats, expected());
        }

        /// Whatever is cut out of a stream, every event that the cut leaves alone is heard, and at most one that never was.
        #[test]
        fn a_cut_costs_the_events_that_it_touches(
            events in prop::collection::vec((0_u8..4, prop::bool::ANY), 2..9), from in 0.0_f64..1.0, len in 0_usize..90,
        ) {
            let mut stream = String::new();
            let mut spans = Vec::new();
            for (at, (form, has_line_end)) in events.iter().enumerate() {
                let begin = stream.len();
                stream.push_str(&match form {
                    0 => format!(r#"{{"evt":"beat","change":false,"pos":{at},"bpm":120.0,"strength":0.9}}"#),
                    1 => format!(r#"{{ "evt": "beat", "pos": {at}, "name": "a}}\"{{ b" }}"#),
                    2 => format!(r#"{{"evt":"beat","pos":{at},"more":{{"x":[1,{{"y":"}}"}}]}}}}"#),
                    // Another order of its fields, on lines of its own.
                    _ => format!("\n{{\"pos\":{at},\"name\":\"{{\",\"evt\":\"beat\"}}"),
                });
                spans.push((at as i32, begin, stream.len()));
                if *has_line_end || *form == 3 {
                    stream.push_str("\r\n");
                }
            }
            let from = (stream.len() as f64 * from) as usize;
            let to = (from + len).min(stream.len());
            // A line end that is cut belongs to the events beside it.
            let whole: Vec<i32> = spans.iter().filter(|(_, begin, end)| *end + 2 <= from || *begin >= to).map(|it| it.0).collect();
            let cut = [&stream.as_bytes()[..from], &stream.as_bytes()[to..]].concat();
            let heard: Vec<i32> = Os2l::default().push(1, &cut).iter().map(|beat| beat.number).collect();
            let kept: Vec<i32> = heard.iter().copied().filter(|it| whole.contains(it)).collect();
            prop_assert!(whole.iter().all(|it| kept.contains(it)), "{heard:?} of {whole:?}: {}", String::from_utf8_lossy(&cut));
            prop_assert!(heard.len() <= whole.len() + 2, "{heard:?}");
        }

        #[test]
        fn no_bytes_are_too_much(bytes in prop::collection::vec(prop::sample::select(b"{}\"\\:,1e".to_vec()), 0..200)) {
            let _ = Os2l::default().push(1, &bytes);
        }
    }
}
