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
#[derive(Debug, Default)]
struct Splitter {
    bytes: Vec<u8>,
    depth: usize,
    in_text: bool,
    is_escaped: bool,
}

impl Splitter {
    /// The objects that end in these bytes. What stands between two objects is skipped.
    fn push(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut objects = Vec::new();
        for byte in bytes {
            if self.depth == 0 && *byte != b'{' {
                continue;
            }
            self.bytes.push(*byte);
            match *byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' if self.in_text => self.is_escaped = true,
                b'"' => self.in_text = !self.in_text,
                b'{' if !self.in_text => self.depth += 1,
                b'}' if !self.in_text => self.depth -= 1,
                _ => {}
            }
            if self.depth == 0 {
                objects.push(std::mem::take(&mut self.bytes));
            } else if self.bytes.len() >= OBJECT_BYTES_MAX {
                *self = Self::default();
            }
        }
        objects
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

        #[test]
        fn no_bytes_are_too_much(bytes in prop::collection::vec(prop::sample::select(b"{}\"\\:,1e".to_vec()), 0..200)) {
            let _ = Os2l::default().push(1, &bytes);
        }
    }
}
