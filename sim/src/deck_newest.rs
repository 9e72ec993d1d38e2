//! How the decks stand at a moment, as far as they have told: what VirtualDJ would answer whoever asks.

use std::collections::{BTreeMap, BTreeSet};

use rosc::{OscMessage, OscPacket, OscType, encoder};
use vj_bus::osc;
use vj_workers::ports::StreamPart;

use crate::deck_tape::{DeckEvent, DeckSaid};

/// What is told of a track comes in one go, as long as this.
const ONE_GO_SEC: f64 = 0.1;

/// The newest of each address, and the streams that are open.
#[derive(Debug, Clone, Default)]
pub(crate) struct DeckNewest {
    told: BTreeMap<String, Told>,
    streams: BTreeSet<u64>,
    /// When anything was told by OSC, in seconds of the tape.
    heard_sec: Option<f64>,
}

#[derive(Debug, Clone)]
struct Told {
    value: Vec<OscType>,
    at_sec: f64,
}

impl DeckNewest {
    /// How they stand when all of this has been told.
    pub(crate) fn after<'a>(events: impl IntoIterator<Item = &'a DeckEvent>) -> Self {
        let mut newest = Self::default();
        events.into_iter().for_each(|event| newest.hear(event));
        newest
    }

    /// Something is told.
    pub(crate) fn hear(&mut self, event: &DeckEvent) {
        match &event.said {
            DeckSaid::Stream(StreamPart::Opened(stream) | StreamPart::Bytes(stream, _)) => {
                self.streams.insert(*stream);
            }
            DeckSaid::Stream(StreamPart::Closed(stream)) => {
                self.streams.remove(stream);
            }
            DeckSaid::Datagram(datagram) => {
                self.heard_sec = Some(event.t);
                for message in osc::messages(datagram).unwrap_or_default() {
                    self.take(event.t, message);
                }
            }
        }
    }

    fn take(&mut self, at_sec: f64, message: OscMessage) {
        let OscMessage { addr, args } = message;
        let addr = asked_for(&addr).map_or(addr.clone(), |(_, addr)| addr);
        if let Some((deck, verb)) = addr.rsplit_once('/') {
            let place = format!("{deck}/get_position");
            if verb == "is_audible"
                && let Some(value) = self.value(&place, at_sec)
            {
                // Until here it ran, or stood.
                self.told.insert(place, Told { value, at_sec });
            } else if matches!(verb, "get_artist" | "get_title")
                && self.told.get(&addr).is_none_or(|told| told.value != args)
                && self.told.get(&place).is_some_and(|told| at_sec - told.at_sec > ONE_GO_SEC)
            {
                // It is of the track before.
                self.told.remove(&place);
            }
        }
        self.told.insert(addr, Told { value: args, at_sec });
    }

    /// What was told last at this address. The place in a track that is heard has moved on since.
    fn value(&self, addr: &str, now_sec: f64) -> Option<Vec<OscType>> {
        let told = self.told.get(addr)?;
        let moved = addr.strip_suffix("/get_position").and_then(|deck| {
            let first = |verb: &str| self.told.get(&format!("{deck}/{verb}"))?.value.first();
            let length_sec = first("get_songlength").and_then(number).filter(|sec| *sec > 0.0)?;
            let share = told.value.first().and_then(number)?;
            first("is_audible").is_some_and(is_on).then(|| share + (now_sec - told.at_sec) / length_sec)
        });
        Some(
            moved.map_or_else(
                || told.value.clone(),
                |share| vec![OscType::Float(share.clamp(0.0, 1.0) as f32)],
            ),
        )
    }

    /// The datagram of this address, as it is now.
    pub(crate) fn datagram(&self, addr: &str, now_sec: f64) -> Option<Vec<u8>> {
        encoded(addr, self.value(addr, now_sec)?)
    }

    /// All of them. The places come last: they are of the tracks that are told before them.
    pub(crate) fn datagrams(&self, now_sec: f64) -> Vec<Vec<u8>> {
        let is_place = |addr: &&String| addr.ends_with("/get_position");
        let (places, rest): (Vec<_>, Vec<_>) = self.told.keys().partition(is_place);
        rest.into_iter().chain(places).filter_map(|addr| self.datagram(addr, now_sec)).collect()
    }

    /// What an empty deck says, where `before` something was told of one that is not told any more.
    pub(crate) fn silences(&self, before: &Self) -> Vec<Vec<u8>> {
        let gone = before.told.keys().filter(|addr| !self.told.contains_key(*addr));
        let nothing = gone.filter_map(|addr| match addr.rsplit_once('/')?.1 {
            "get_artist" | "get_title" => encoded(addr, vec![OscType::String(String::new())]),
            "is_audible" => encoded(addr, vec![OscType::Int(0)]),
            _ => None,
        });
        nothing.collect()
    }

    /// The streams that are open.
    pub(crate) fn streams(&self) -> &BTreeSet<u64> {
        &self.streams
    }

    /// When anything was told by OSC, in seconds of the tape.
    pub(crate) fn heard_sec(&self) -> Option<f64> {
        self.heard_sec
    }
}

/// The word of a question, and the address at which it is answered.
pub(crate) fn asked_for(addr: &str) -> Option<(&str, String)> {
    let (word, rest) = addr.strip_prefix("/vdj/")?.split_once('/')?;
    matches!(word, "query" | "subscribe").then(|| (word, format!("/vdj/{rest}")))
}

fn encoded(addr: &str, args: Vec<OscType>) -> Option<Vec<u8>> {
    encoder::encode(&OscPacket::Message(OscMessage { addr: addr.to_owned(), args })).ok()
}

fn number(value: &OscType) -> Option<f64> {
    match value {
        OscType::Float(number) => Some(f64::from(*number)),
        OscType::Double(number) => Some(*number),
        OscType::Int(number) => Some(f64::from(*number)),
        OscType::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// VirtualDJ says no by nothing, 0 or a word.
fn is_on(value: &OscType) -> bool {
    match value {
        OscType::Bool(is_on) => *is_on,
        OscType::String(text) => !matches!(text.trim(), "" | "0" | "no" | "off" | "false"),
        other => number(other).is_some_and(|number| number != 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(newest: &mut DeckNewest, t: f64, verb: &str, value: OscType) {
        let datagram = encoded(&format!("/vdj/deck/1/{verb}"), vec![value]).unwrap();
        newest.hear(&DeckEvent { t, said: DeckSaid::Datagram(datagram) });
    }

    fn place(newest: &DeckNewest, now_sec: f64) -> Option<f64> {
        number(&newest.value("/vdj/deck/1/get_position", now_sec)?[0])
    }

    #[test]
    fn a_place_moves_on_while_its_deck_is_heard_and_ends_with_its_track() {
        let mut newest = DeckNewest::default();
        says(&mut newest, 0.0, "get_title", OscType::String("one".to_owned()));
        says(&mut newest, 0.0, "get_songlength", OscType::Float(100.0));
        says(&mut newest, 0.0, "get_position", OscType::Float(0.25));
        assert_eq!(place(&newest, 10.0), Some(0.25), "it stands");
        says(&mut newest, 10.0, "is_audible", OscType::Int(1));
        assert_eq!(place(&newest, 35.0), Some(0.5));
        says(&mut newest, 60.0, "is_audible", OscType::Int(0));
        assert_eq!(place(&newest, 90.0), Some(0.75), "it stands again");
        says(&mut newest, 91.0, "get_title", OscType::String("one".to_owned()));
        assert_eq!(place(&newest, 91.0), Some(0.75), "that is no other track");
        says(&mut newest, 92.0, "get_title", OscType::String("two".to_owned()));
        assert_eq!(place(&newest, 92.0), None);
    }

    #[test]
    fn decks_that_are_empty_again_say_so() {
        let (mut newest, empty) = (DeckNewest::default(), DeckNewest::default());
        says(&mut newest, 0.0, "get_title", OscType::String("one".to_owned()));
        says(&mut newest, 0.0, "get_bpm", OscType::Float(120.0));
        says(&mut newest, 0.0, "is_audible", OscType::Int(1));
        assert_eq!(newest.datagrams(0.0).len(), 3);
        let silences = [
            encoded("/vdj/deck/1/get_title", vec![OscType::String(String::new())]),
            encoded("/vdj/deck/1/is_audible", vec![OscType::Int(0)]),
        ];
        assert_eq!(empty.silences(&newest), silences.map(Option::unwrap));
        assert_eq!(newest.silences(&empty), Vec::<Vec<u8>>::new());
    }
}
