//! The decks, as VirtualDJ tells of them by OSC, and which of them is the current one.

use std::mem::take;
use std::time::Duration;

use rosc::OscMessage;
use vj_bus::osc;
use vj_core::At;
use vj_core::playback::{Playback, PlaybackKind, Track};

use super::deck::{Deck, SETTLES};
use super::deck_words::{is_on, number_of, set_text};

/// Decks that are asked for. VirtualDJ answers of those that it has.
pub(super) const DECKS: usize = 4;

/// Without an answer for so long it is not there.
const SILENT_FOR: Duration = Duration::from_secs(3);

/// A deck is the current one once it has been audible without the one before for so long. Cuts of the fader come several in a second, and a
/// mix takes longer than this anyway.
const HOLD: Duration = Duration::from_secs(1);

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Decks {
    decks: [Deck; DECKS],
    heard_at: Option<At>,
    current: Option<usize>,
    /// Since when others are audible and the current one is not.
    outplayed_at: Option<At>,
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
        let Ok(messages) = osc::messages(datagram) else { return false };
        let taken: Vec<_> = messages.iter().map(|message| self.hear(now, message)).collect();
        taken.contains(&true)
    }

    fn hear(&mut self, now: At, message: &OscMessage) -> bool {
        let Some(rest) = message.addr.strip_prefix("/vdj/") else { return false };
        let was_alive = self.is_alive(now);
        if !was_alive {
            self.begin_anew();
        }
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
        if changed && verb == "is_audible" {
            let is_current_audible = self.current.is_some_and(|at| self.decks[at].is_audible);
            let is_outplayed = !is_current_audible && self.is_any_audible();
            self.outplayed_at = is_outplayed.then(|| self.outplayed_at.unwrap_or(now));
        } else if changed {
            deck.text_changed(now);
        }
        changed || !was_alive
    }

    /// VirtualDJ is there, or there again: what its decks held before it fell silent may be gone.
    fn begin_anew(&mut self) {
        for deck in &mut self.decks {
            let before = Some((take(&mut deck.artist), take(&mut deck.title), deck.loads));
            *deck = Deck { loads: deck.loads, before, ..Deck::default() };
        }
        (self.current, self.outplayed_at) = (None, None);
    }

    /// When what was told will have settled, or a deck been audible for long enough, if either is to come.
    pub(super) fn settles_at(&self, now: At) -> Option<At> {
        let settled = self.decks.iter().filter_map(|deck| deck.changed_at).map(|at| at + SETTLES);
        let held = self.outplayed_at.map(|since| since + HOLD);
        settled.chain(held).filter(|at| *at > now).min()
    }

    /// What the current deck plays. What is loaded and not heard yet is nothing; when no deck is audible, the last one has
    /// stopped.
    pub(super) fn playback(&mut self, now: At) -> Playback {
        for deck in &mut self.decks {
            deck.settle(now);
        }
        self.choose(now);
        let Some(current) = self.current else { return Playback::default() };
        let deck = &self.decks[current];
        let is_any_audible = self.is_any_audible();
        if deck.is_half_told(now) {
            return Playback { position: None, ..self.last.clone() };
        }
        if !deck.has_track() {
            self.last = Playback::default();
        } else if deck.is_audible || self.is_told(current) {
            let mut track = Track::new(deck.artist.trim(), deck.title.trim());
            track.duration = deck.length;
            let position = deck.position.filter(|_| !deck.length.is_zero()).map(|(share, at)| {
                let since = if is_any_audible { now.since(at) } else { Duration::ZERO };
                (deck.length.mul_f64(share) + since).min(deck.length)
            });
            self.last = Playback {
                track: Some(track),
                position,
                is_playing: is_any_audible,
                kind: PlaybackKind::Track,
                play: Some(self.play_of(current)),
            };
        } else {
            self.last = Playback { position: None, is_playing: false, ..take(&mut self.last) };
        }
        self.last.clone()
    }

    /// Settles which deck is the current one. While two are audible it stays; where another one is audible instead, that may
    /// be a cut of the fader, unless the track that was current is out of its deck.
    fn choose(&mut self, now: At) {
        let is_ready = |deck: &Deck| deck.is_audible && !deck.is_half_told(now) && deck.has_track();
        if let Some(current) = self.current {
            let deck = &self.decks[current];
            let is_held = self.outplayed_at.is_none_or(|since| now.since(since) < HOLD);
            let is_in = self.is_told(current) && deck.has_track();
            if deck.is_audible && (deck.has_track() || deck.is_half_told(now)) || is_in && is_held {
                return;
            }
        }
        if let Some(ready) = self.decks.iter().position(is_ready) {
            (self.current, self.outplayed_at) = (Some(ready), None);
        }
    }

    fn is_any_audible(&self) -> bool {
        self.decks.iter().any(|deck| deck.is_audible)
    }

    fn play_of(&self, deck: usize) -> u64 {
        (self.decks[deck].loads << 2) | deck as u64
    }

    /// Whether what was said last is what stands in this deck.
    fn is_told(&self, deck: usize) -> bool {
        self.last.play == Some(self.play_of(deck))
    }

    /// The tempo of the current deck, if it is known.
    pub(super) fn bpm(&self) -> Option<f32> {
        let bpm = self.decks[self.current?].bpm;
        (20.0..=400.0).contains(&bpm).then_some(bpm as f32)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rosc::{OscPacket, OscType, encoder};

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
        assert_eq!(decks.settles_at(at(3.1)), Some(at(4.0)), "that may be a cut of the fader");
        assert_eq!(title(&mut decks, at(3.9)), "one");
        assert_eq!(title(&mut decks, at(4.0)), "two");
        load(&mut decks, at(4.0), 1, "C", "three");
        assert_eq!(title(&mut decks, at(5.0)), "two", "a preview in the headphones is nothing");
        audible(&mut decks, at(6.0), 2, false);
        let playback = decks.playback(at(6.0));
        assert_eq!((playback.track.unwrap().title.as_str(), playback.is_playing), ("two", false));
    }

    #[test]
    fn cuts_of_the_fader_are_no_changes_of_the_track() {
        let mut decks = Decks::default();
        load(&mut decks, at(0.0), 1, "A", "one");
        load(&mut decks, at(0.0), 2, "B", "two");
        audible(&mut decks, at(1.0), 1, true);
        assert_eq!(title(&mut decks, at(1.5)), "one");
        for cut in 0..20 {
            let (now, deck) = (2.0 + 0.3 * f64::from(cut), 1 + cut % 2);
            audible(&mut decks, at(now), usize::try_from(deck).unwrap(), false);
            audible(&mut decks, at(now), usize::try_from(3 - deck).unwrap(), true);
            let playback = decks.playback(at(now + 0.2));
            assert_eq!((playback.track.unwrap().title.as_str(), playback.is_playing), ("one", true), "{now}");
        }
        audible(&mut decks, at(9.0), 1, false);
        audible(&mut decks, at(9.0), 2, true);
        load(&mut decks, at(9.2), 1, "C", "three");
        assert_eq!(title(&mut decks, at(9.31)), "two", "the track that was current is out of its deck");
        load(&mut decks, at(10.0), 2, "", "");
        assert_eq!(title(&mut decks, at(10.2)), "", "so is this one, and the other is not audible");
        audible(&mut decks, at(11.0), 1, true);
        assert_eq!(title(&mut decks, at(11.0)), "three");
    }

    #[test]
    fn what_is_loaded_and_not_heard_yet_is_nothing() {
        let mut decks = Decks::default();
        load(&mut decks, at(0.0), 1, "A", "one");
        audible(&mut decks, at(1.0), 1, true);
        assert_eq!(title(&mut decks, at(2.0)), "one");
        audible(&mut decks, at(3.0), 1, false);
        load(&mut decks, at(3.5), 1, "B", "two");
        let playback = decks.playback(at(4.0));
        assert_eq!((playback.track.unwrap().title.as_str(), playback.is_playing), ("one", false));
        audible(&mut decks, at(5.0), 1, true);
        assert_eq!(title(&mut decks, at(5.0)), "two");
    }

    #[test]
    fn one_that_comes_back_is_not_believed_to_have_its_old_decks() {
        let mut decks = Decks::default();
        load(&mut decks, at(0.0), 1, "A", "one");
        audible(&mut decks, at(0.0), 1, true);
        let before = decks.playback(at(1.0));
        // It was only not heard for a while.
        load(&mut decks, at(9.0), 1, "A", "one");
        audible(&mut decks, at(9.0), 1, true);
        assert_eq!(decks.playback(at(9.2)).play, before.play, "the same play");
        // It has begun anew, and another deck plays.
        load(&mut decks, at(20.0), 2, "B", "two");
        audible(&mut decks, at(20.0), 2, true);
        assert_eq!(title(&mut decks, at(20.2)), "two");
        say(&mut decks, at(20.3), "/vdj/deck/1/is_audible", OscType::Int(0));
        // It has begun anew with nothing in its decks.
        say(&mut decks, at(30.0), "/vdj/deck/1/is_audible", OscType::Int(0));
        assert_eq!(decks.playback(at(30.2)), Playback::default());
        assert_eq!(decks.bpm(), None);
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
