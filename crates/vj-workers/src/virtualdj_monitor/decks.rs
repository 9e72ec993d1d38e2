//! The decks, as VirtualDJ tells of them by OSC: it answers `/vdj/query/deck/N/VERB` and `/vdj/subscribe/deck/N/VERB` with
//! `/vdj/deck/N/VERB` and one value.

use std::time::Duration;

use rosc::{OscMessage, OscPacket, OscType, decoder, encoder};
use vj_core::At;
use vj_core::playback::{Playback, PlaybackKind, Track};

/// Decks that are asked for. VirtualDJ answers of those that it has.
const DECKS: usize = 4;

/// What is asked of each.
const VERBS: [&str; 6] =
    ["get_artist", "get_title", "get_songlength", "get_position", "get_bpm", "is_audible"];

/// Without an answer for so long it is not there.
const SILENT_FOR: Duration = Duration::from_secs(3);

/// Artist and title come one after the other.
const SETTLES: Duration = Duration::from_millis(100);

/// One deck.
#[derive(Debug, Clone, PartialEq, Default)]
struct Deck {
    artist: String,
    title: String,
    length: Duration,
    /// 0..1, and when it was told.
    position: Option<(f64, At)>,
    bpm: f64,
    is_audible: bool,
    /// When artist or title changed.
    changed_at: Option<At>,
    /// Counts what was loaded.
    loads: u64,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Decks {
    decks: [Deck; DECKS],
    heard_at: Option<At>,
    current: Option<usize>,
    /// What was said to play last, which stands while something else is half told.
    last: Playback,
}

impl Decks {
    /// Whether VirtualDJ answers.
    pub(super) fn is_alive(&self, now: At) -> bool {
        self.heard_at.is_some_and(|at| now.since(at) < SILENT_FOR)
    }

    /// Takes in a datagram. Returns whether it may have changed what plays.
    pub(super) fn take(&mut self, now: At, datagram: &[u8]) -> bool {
        let Ok((_, packet)) = decoder::decode_udp(datagram) else { return false };
        self.take_packet(now, packet)
    }

    fn take_packet(&mut self, now: At, packet: OscPacket) -> bool {
        match packet {
            OscPacket::Message(message) => self.hear(now, &message),
            // A bundle in a bundle goes as deep as its datagram is long, and those are bounded where they come in.
            OscPacket::Bundle(bundle) => {
                let taken: Vec<_> =
                    bundle.content.into_iter().map(|packet| self.take_packet(now, packet)).collect();
                taken.contains(&true)
            }
        }
    }

    fn hear(&mut self, now: At, message: &OscMessage) -> bool {
        let Some(rest) = message.addr.strip_prefix("/vdj/") else { return false };
        let was_alive = self.is_alive(now);
        self.heard_at = Some(now);
        let mut words = rest.split('/').skip_while(|word| matches!(*word, "query" | "subscribe"));
        let (deck, number, verb) = (words.next(), words.next(), words.next());
        let number =
            number.and_then(|number| number.parse::<usize>().ok()).filter(|n| (1..=DECKS).contains(n));
        let (Some("deck"), Some(number), Some(verb), Some(value)) =
            (deck, number, verb, message.args.first())
        else {
            return !was_alive;
        };
        let deck = &mut self.decks[number - 1];
        let changed = match verb {
            "get_artist" => set_text(&mut deck.artist, value),
            "get_title" => set_text(&mut deck.title, value),
            "get_songlength" => {
                deck.length = Duration::try_from_secs_f64(number_of(value)).unwrap_or_default();
                false
            }
            "get_position" => {
                deck.position = Some((number_of(value).clamp(0.0, 1.0), now));
                false
            }
            "get_bpm" => {
                deck.bpm = number_of(value);
                false
            }
            "is_audible" => {
                let is_audible = is_on(value);
                std::mem::replace(&mut deck.is_audible, is_audible) != is_audible
            }
            _ => false,
        };
        if changed && verb != "is_audible" {
            if deck.changed_at.is_none_or(|at| now.since(at) >= SETTLES) {
                deck.loads += 1;
                // What was told of the place belongs to the track before.
                deck.position = None;
            }
            deck.changed_at = Some(now);
        }
        changed || !was_alive
    }

    /// When what was told has settled, if it has not.
    pub(super) fn settles_at(&self, now: At) -> Option<At> {
        self.decks
            .iter()
            .filter_map(|deck| deck.changed_at)
            .map(|at| at + SETTLES)
            .filter(|at| *at > now)
            .min()
    }

    /// What the audible deck plays. While two are audible, the one that was alone before stays the current one; when none
    /// is, the last one has stopped.
    pub(super) fn playback(&mut self, now: At) -> Playback {
        let is_ready = |deck: &Deck| {
            deck.is_audible && deck.changed_at.is_none_or(|at| now.since(at) >= SETTLES) && deck.has_track()
        };
        let stays = self.current.is_some_and(|current| self.decks[current].is_audible);
        if !stays {
            self.current = self.decks.iter().position(is_ready).or(self.current);
        }
        let Some(current) = self.current else { return Playback::default() };
        let deck = &self.decks[current];
        if deck.changed_at.is_some_and(|at| now.since(at) < SETTLES) {
            return Playback { position: None, ..self.last.clone() };
        }
        if !deck.has_track() {
            return Playback::default();
        }
        let mut track = Track::new(deck.artist.trim(), deck.title.trim());
        track.duration = deck.length;
        let position = deck.position.filter(|_| !deck.length.is_zero()).map(|(share, at)| {
            let since = if deck.is_audible { now.since(at) } else { Duration::ZERO };
            (deck.length.mul_f64(share) + since).min(deck.length)
        });
        self.last = Playback {
            track: Some(track),
            position,
            is_playing: deck.is_audible,
            kind: PlaybackKind::Track,
            play: Some((deck.loads << 2) | current as u64),
        };
        self.last.clone()
    }

    /// The tempo of the current deck, if it is known.
    pub(super) fn bpm(&self) -> Option<f32> {
        let bpm = self.decks[self.current?].bpm;
        (20.0..=400.0).contains(&bpm).then_some(bpm as f32)
    }
}

impl Deck {
    fn has_track(&self) -> bool {
        !self.artist.trim().is_empty() || !self.title.trim().is_empty()
    }
}

/// The datagrams that ask for everything, now (`query`) or from now on whenever it changes (`subscribe`).
pub(super) fn questions(word: &str) -> Vec<Vec<u8>> {
    let asked = (1..=DECKS).flat_map(|deck| VERBS.map(|verb| format!("/vdj/{word}/deck/{deck}/{verb}")));
    let message = |addr| OscPacket::Message(OscMessage { addr, args: Vec::new() });
    asked.filter_map(|addr| encoder::encode(&message(addr)).ok()).collect()
}

fn set_text(text: &mut String, value: &OscType) -> bool {
    let new = match value {
        OscType::String(text) => text.as_str(),
        _ => "",
    };
    let changed = text != new;
    if changed {
        new.clone_into(text);
    }
    changed
}

fn number_of(value: &OscType) -> f64 {
    let number = match value {
        OscType::Float(number) => f64::from(*number),
        OscType::Double(number) => *number,
        OscType::Int(number) => f64::from(*number),
        OscType::Long(number) => *number as f64,
        OscType::String(text) => text.trim().trim_end_matches('%').parse().unwrap_or_default(),
        _ => 0.0,
    };
    if number.is_finite() { number } else { 0.0 }
}

/// VirtualDJ says no by nothing, 0 or a word.
fn is_on(value: &OscType) -> bool {
    match value {
        OscType::Bool(is_on) => *is_on,
        OscType::String(text) => !matches!(text.trim(), "" | "0" | "no" | "off" | "false"),
        other => number_of(other) != 0.0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(sec: f64) -> At {
        At::from_secs_f64(sec)
    }

    fn say(decks: &mut Decks, now: At, address: &str, value: OscType) -> bool {
        let packet = OscPacket::Message(OscMessage { addr: address.to_owned(), args: vec![value] });
        decks.take(now, &encoder::encode(&packet).unwrap())
    }

    fn load(decks: &mut Decks, now: At, deck: usize, artist: &str, title: &str) {
        let text = |text: &str| OscType::String(text.to_owned());
        say(decks, now, &format!("/vdj/deck/{deck}/get_artist"), text(artist));
        say(decks, now, &format!("/vdj/deck/{deck}/get_title"), text(title));
        say(decks, now, &format!("/vdj/deck/{deck}/get_songlength"), OscType::Float(200.0));
    }

    fn audible(decks: &mut Decks, now: At, deck: usize, is_audible: bool) {
        let value = OscType::String(if is_audible { "1" } else { "" }.to_owned());
        say(decks, now, &format!("/vdj/deck/{deck}/is_audible"), value);
    }

    /// Bundles, one in the other, as many as a datagram of this length holds.
    fn nested(bytes: usize) -> Vec<u8> {
        let mut packet = Vec::new();
        while packet.len() + 20 <= bytes {
            let len = u32::try_from(packet.len()).unwrap().to_be_bytes();
            let inner = if packet.is_empty() { Vec::new() } else { [&len[..], &packet].concat() };
            packet = [&b"#bundle\0\0\0\0\0\0\0\0\x01"[..], &inner].concat();
        }
        packet
    }

    #[test]
    fn bundles_in_bundles_do_no_harm_in_the_longest_datagram_that_is_taken() {
        let mut decks = Decks::default();
        load(&mut decks, at(0.0), 1, "A", "One");
        audible(&mut decks, at(0.0), 1, true);
        assert!(!decks.take(at(1.0), &nested(4_096)));
        assert_eq!(title(&mut decks, at(1.0)), "One");
    }

    fn title(decks: &mut Decks, now: At) -> String {
        decks.playback(now).track.map(|track| track.title).unwrap_or_default()
    }

    #[test]
    fn the_audible_deck_is_the_current_one_and_not_what_is_loaded() {
        let mut decks = Decks::default();
        load(&mut decks, at(0.0), 1, "A", "one");
        load(&mut decks, at(0.0), 2, "B", "two");
        assert_eq!(title(&mut decks, at(1.0)), "");
        audible(&mut decks, at(1.0), 1, true);
        assert_eq!(title(&mut decks, at(1.0)), "one");
        audible(&mut decks, at(2.0), 2, true);
        assert_eq!(title(&mut decks, at(2.0)), "one", "while it is mixed in, the old one stays");
        audible(&mut decks, at(3.0), 1, false);
        assert_eq!(title(&mut decks, at(3.0)), "two");
        load(&mut decks, at(4.0), 1, "C", "three");
        assert_eq!(title(&mut decks, at(5.0)), "two", "a preview in the headphones is nothing");
        audible(&mut decks, at(6.0), 2, false);
        let playback = decks.playback(at(6.0));
        assert_eq!((playback.track.unwrap().title.as_str(), playback.is_playing), ("two", false));
    }

    #[test]
    fn artist_and_title_of_two_tracks_are_never_mixed() {
        let mut decks = Decks::default();
        load(&mut decks, at(0.0), 1, "A", "one");
        audible(&mut decks, at(0.0), 1, true);
        let first = decks.playback(at(1.0));
        let text = |text: &str| OscType::String(text.to_owned());
        say(&mut decks, at(2.0), "/vdj/deck/1/get_artist", text("B"));
        assert_eq!(decks.playback(at(2.02)).track, first.track, "until it is told whole");
        assert_eq!(decks.settles_at(at(2.02)), Some(at(2.1)));
        say(&mut decks, at(2.05), "/vdj/deck/1/get_title", text("two"));
        let second = decks.playback(at(2.2));
        assert_eq!(
            second.track,
            Some(Track { duration: Duration::from_secs(200), ..Track::new("B", "two") })
        );
        assert_ne!(first.play, second.play);
        assert_eq!(decks.settles_at(at(2.2)), None);
    }

    #[test]
    fn the_place_is_a_share_of_the_length_and_runs_on() {
        let mut decks = Decks::default();
        load(&mut decks, at(0.0), 1, "A", "one");
        audible(&mut decks, at(0.0), 1, true);
        assert_eq!(decks.playback(at(0.5)).position, None);
        say(&mut decks, at(1.0), "/vdj/query/deck/1/get_position", OscType::Float(0.25));
        assert_eq!(decks.playback(at(3.0)).position, Some(Duration::from_secs(52)));
        say(&mut decks, at(3.0), "/vdj/deck/1/get_bpm", OscType::String("124.5".to_owned()));
        assert_eq!(decks.bpm(), Some(124.5));
    }

    #[test]
    fn it_is_gone_when_it_answers_no_more() {
        let mut decks = Decks::default();
        assert!(!decks.is_alive(at(0.0)));
        assert!(
            say(&mut decks, at(1.0), "/vdj/deck/1/get_bpm", OscType::Float(0.0)),
            "it is there: worth a look"
        );
        assert!(decks.is_alive(at(3.9)) && !decks.is_alive(at(4.0)));
        assert!(!say(&mut decks, at(1.5), "/other/deck/1/get_bpm", OscType::Float(0.0)));
    }

    #[test]
    fn everything_is_asked_of_every_deck() {
        let asked = questions("subscribe");
        assert_eq!(asked.len(), DECKS * VERBS.len());
        let Ok((_, OscPacket::Message(first))) = decoder::decode_udp(&asked[0]) else { panic!("no message") };
        assert_eq!(first.addr, "/vdj/subscribe/deck/1/get_artist");
    }

    proptest! {
        #[test]
        fn no_datagram_is_too_much(
            bytes in prop::collection::vec(any::<u8>(), 0..64),
            verb in "(/vdj/)?(query/)?deck/[0-9]{0,2}/(get_title|get_position|is_audible|get_songlength)?",
            number in any::<f32>(),
        ) {
            let mut decks = Decks::default();
            let _ = decks.take(At::ZERO, &bytes);
            let _ = say(&mut decks, At::ZERO, &format!("/{}", verb.trim_start_matches('/')), OscType::Float(number));
            let _ = decks.playback(At::from_millis(500));
        }
    }
}
