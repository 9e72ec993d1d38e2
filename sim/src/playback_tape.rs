//! A tape of an evening: what Spotify and VirtualDJ do, on one timeline.
//!
//! A line of JSON an event, in order of time: one of [`spotify::Event`](crate::spotify::Event), of
//! [`TapeEvent`](crate::player_tape::TapeEvent), or of [`DeckEvent`](crate::deck_tape::DeckEvent). In a set it is `playback.jsonl` beside the sound.
//!
//! ```json
//! {"t": 1.0, "spotify": {"play": {"artist": "Air", "title": "Sexy Boy", "duration_sec": 298}}}
//! {"t": 38.7, "do": "append", "file": "tracklist.txt", "text": "21:04 : Air - La femme d'argent\r\n"}
//! {"t": 38.5, "deck": {"osc": {"addr": "/vdj/deck/1/get_bpm", "tags": "f", "args": [124.0]}}}
//! ```

use std::fs;
use std::path::Path;

use serde_json::Value;
use vj_core::playback::Player;

use crate::deck_tape::DeckTape;
use crate::player_tape::PlayerTape;
use crate::recorder::whole_lines;
use crate::spotify::{Event, Tape};

/// An evening of both players.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlaybackTape {
    /// What Spotify does; none: there is no Spotify.
    pub spotify: Option<Tape>,
    /// What VirtualDJ does; none: there is no VirtualDJ.
    pub virtualdj: Option<PlayerTape>,
    /// What VirtualDJ's decks tell; none: they tell nothing.
    pub decks: Option<DeckTape>,
}

/// A player begins a track.
#[derive(Debug, Clone, PartialEq)]
pub struct Play {
    /// When, in seconds of the tape.
    pub t: f64,
    /// Who.
    pub player: Player,
    /// `Artist - Title`.
    pub what: String,
}

/// A tape is written by hand or by a recorder for one evening; decks that tell a hundred things a second for a night need this.
const BYTES_MAX: u64 = 512 << 20;

impl PlaybackTape {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong, with the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (mut spotify, mut virtualdj, mut decks) = (false, false, false);
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let at = |why: String| format!("line {number}: {why}");
            let event: Value = serde_json::from_str(line).map_err(|error| at(error.to_string()))?;
            let has = |key: &str| event.get(key).is_some();
            match (has("spotify"), has("do") || has("plays"), has("deck")) {
                (true, false, false) => spotify = true,
                (false, true, false) => virtualdj = true,
                (false, false, true) => decks = true,
                (true, ..) => return Err(at("it is of both players; write two lines".to_owned())),
                (false, true, true) => {
                    return Err(
                        at("it is of VirtualDJ's files and of its decks; write two lines".to_owned()),
                    );
                }
                (false, false, false) => {
                    return Err(at(
                        "nothing happens in it (allowed: 'spotify', 'do', 'plays', 'deck')".to_owned()
                    ));
                }
            }
        }
        // Each passes over what is the other's, and names the line of a mistake in its own.
        Ok(Self {
            spotify: spotify.then(|| Tape::parse(text)).transpose()?,
            virtualdj: virtualdj.then(|| PlayerTape::parse(text)).transpose()?.map(PlayerTape::own),
            decks: decks.then(|| DeckTape::parse(text)).transpose()?,
        })
    }

    /// Whether VirtualDJ does anything.
    #[must_use]
    pub fn has_virtualdj(&self) -> bool {
        self.virtualdj.is_some() || self.decks.is_some()
    }

    /// The same, by so many seconds later.
    #[must_use]
    pub fn later(mut self, by_sec: f64) -> Self {
        self.spotify = self.spotify.map(|tape| tape.later(by_sec));
        for event in self.virtualdj.iter_mut().flat_map(|tape| &mut tape.events) {
            event.t += by_sec;
        }
        self.decks = self.decks.map(|tape| tape.later(by_sec));
        self
    }

    /// What is played, in order of time.
    #[must_use]
    pub fn plays(&self) -> Vec<Play> {
        let mut plays = Vec::new();
        for (t, event) in self.spotify.iter().flat_map(Tape::lines) {
            if let Event::Play(song) = event {
                let what = format!("{} - {}", song.artist, song.title);
                plays.push(Play { t: *t, player: Player::Spotify, what });
            }
        }
        for event in self.virtualdj.iter().flat_map(|tape| &tape.events) {
            let what = event.plays.clone().filter(|what| !what.is_empty());
            plays.extend(what.map(|what| Play { t: event.t, player: Player::VirtualDj, what }));
        }
        plays.sort_by(|one, two| one.t.total_cmp(&two.t));
        plays
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
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPOTIFY: &str = r#"{"t": 1, "spotify": "pause"}"#;
    const VIRTUALDJ: &str = r#"{"t": 2, "do": "write", "file": "now_playing.txt", "text": "A - B"}"#;
    const DECK: &str = r#"{"t": 2, "deck": {"os2l": {"is_opened": true}}}"#;

    #[test]
    fn each_player_gets_its_own_lines() {
        let tape = PlaybackTape::parse(&format!("{SPOTIFY}\n\n{VIRTUALDJ}\n{DECK}\n")).unwrap();
        assert!(tape.has_virtualdj());
        assert_eq!(tape.clone().later(3.0).decks.unwrap().events()[0].t, 5.0);
        assert_eq!(tape.decks.unwrap().events().len(), 1);
        assert_eq!(tape.spotify.unwrap().lines(), [(1.0, Event::Pause)]);
        assert_eq!(tape.virtualdj.unwrap().events.len(), 1);
        let both = format!(
            "{}\n{}",
            r#"{"t": 3, "plays": "A - B"}"#,
            r#"{"t": 4, "spotify": {"play": {"artist": "C", "title": "D", "duration_sec": 9}}}"#
        );
        let plays = PlaybackTape::parse(&both).unwrap().plays();
        let plays: Vec<_> = plays.iter().map(|play| (play.t, play.player, play.what.as_str())).collect();
        assert_eq!(plays, [(3.0, Player::VirtualDj, "A - B"), (4.0, Player::Spotify, "C - D")]);
        let alone = PlaybackTape::parse(VIRTUALDJ).unwrap();
        assert!(alone.spotify.is_none() && alone.virtualdj.is_some() && alone.decks.is_none());
        assert!(PlaybackTape::parse(DECK).unwrap().has_virtualdj());
        assert_eq!(PlaybackTape::parse("").unwrap(), PlaybackTape::default());
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        for (line, why) in [
            (r#"{"t": 1, "spotfy": "pause"}"#, "line 2: nothing happens in it"),
            (r#"{"t": 1, "spotify": "pause", "plays": "A"}"#, "line 2: it is of both players"),
            (r#"{"t": 1, "plays": "A", "deck": {}}"#, "line 2: it is of VirtualDJ's files and of its decks"),
            (r#"{"t": 1, "deck": {"osc": {}}}"#, "line 2: a message of a deck has 'addr'"),
            (r#"{"t": 1, "spotify": "dance"}"#, "line 2: unknown variant `dance`"),
            (r#"{"t": 1, "do": "eat", "file": "x"}"#, "line 2: nobody can do 'eat'"),
            (r#"{"t": 0, "spotify": "pause"}"#, "line 2: its t is before"),
            ("rest", "line 2: expected value"),
        ] {
            let error = PlaybackTape::parse(&format!("{SPOTIFY}\n{line}\n")).unwrap_err();
            assert!(error.starts_with(why), "{error}");
        }
    }
}
