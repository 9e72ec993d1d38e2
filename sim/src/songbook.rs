//! Words for the songs of an evening that somebody has drawn: each song's lines are its own, so that a line of another song
//! is seen at once.

use std::collections::BTreeMap;

use vj_core::playback::Player;
use vj_lyrics::categories::DEFAULT_CATEGORIES;

use crate::checkers::Book;
use crate::playback_tape::PlaybackTape;
use crate::services::{Event, Judgement, LrclibEvent, Record};

/// Lines of a song.
const LINES: u32 = 40;

/// Every so many lines comes the one of the refrain.
const REFRAIN_EVERY: u32 = 4;

/// The most seconds between two lines.
const LINE_SEC_MAX: u32 = 4;

/// Words that say nothing of a mood, in no list of any category.
const WORDS: [&str; 8] =
    ["carries", "letters", "between", "wooden", "tables", "under", "seventeen", "windows"];

/// A song and its words.
#[derive(Debug, Clone, PartialEq)]
pub struct SongWords {
    /// Who made it.
    pub artist: String,
    /// Its name.
    pub title: String,
    /// Its length, where the player tells it.
    pub duration_sec: f64,
    /// Its album.
    pub album: String,
    /// Its number among the songs of the evening.
    pub number: usize,
}

impl SongWords {
    /// Its lines with their times.
    #[must_use]
    pub fn lines(&self) -> Vec<(f64, String)> {
        let mut sec = 1.0;
        (0..LINES)
            .map(|line| {
                sec += f64::from(1 + (self.number as u32 * 7 + line * 5) % LINE_SEC_MAX) * 0.75;
                let word = |at: u32| WORDS[(self.number + (line * at) as usize) % WORDS.len()];
                let text = if line % REFRAIN_EVERY == REFRAIN_EVERY - 1 {
                    format!("{}, again and over again", self.title)
                } else {
                    format!("{} {} {} number {line}", self.title, word(3), word(5))
                };
                (sec, text)
            })
            .collect()
    }

    /// The same in LRC.
    #[must_use]
    pub fn lrc(&self) -> String {
        let stamped =
            |(sec, text): &(f64, String)| format!("[{:02}:{:05.2}]{text}", (sec / 60.0).floor(), sec % 60.0);
        self.lines().iter().map(stamped).collect::<Vec<_>>().join("\n")
    }

    /// What a model that is in its right mind calls it. The words themselves say nothing of it.
    #[must_use]
    pub fn mood(&self) -> &'static str {
        DEFAULT_CATEGORIES[self.number % DEFAULT_CATEGORIES.len()]
    }

    /// As LRCLIB knows it.
    #[must_use]
    pub fn record(&self) -> Record {
        Record {
            artist: self.artist.clone(),
            title: self.title.clone(),
            album: self.album.clone(),
            duration_sec: self.duration_sec,
            synced: Some(self.lrc()),
            ..Record::default()
        }
    }

    /// What a model says of it.
    #[must_use]
    pub fn judgement(&self) -> Judgement {
        Judgement {
            title: self.title.clone(),
            categories: Some(BTreeMap::from([(self.mood().to_owned(), 0.9)])),
            primary_mood: Some(self.mood().to_owned()),
            image_prompt: Some(format!("{}, in colours", self.title)),
            ..Judgement::default()
        }
    }
}

/// The songs that are played on an evening, each once.
#[must_use]
pub fn songs(tape: &PlaybackTape) -> Vec<SongWords> {
    let mut songs: Vec<SongWords> = Vec::new();
    for play in tape.plays() {
        let Some((artist, title)) = play.what.split_once(" - ") else { continue };
        if songs.iter().any(|song| song.title == title) {
            continue;
        }
        // VirtualDJ tells neither album nor length.
        let album = if play.player == Player::Spotify { "Slow Tide" } else { "" };
        songs.push(SongWords {
            artist: artist.to_owned(),
            title: title.to_owned(),
            duration_sec: crate::evening::SONG_SEC,
            album: album.to_owned(),
            number: songs.len(),
        });
    }
    songs
}

/// The words of these songs, for the checkers.
#[must_use]
pub fn book(songs: &[SongWords]) -> Book {
    songs.iter().map(|song| (song.title.clone(), song.lines())).collect()
}

/// LRCLIB knows these songs from the beginning.
#[must_use]
pub fn known(songs: &[SongWords]) -> Vec<(f64, Event<LrclibEvent>)> {
    songs.iter().map(|song| (0.0, Event::Own(LrclibEvent::Knows(song.record())))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vj_lyrics::categories::Categories;
    use vj_lyrics::lrc::Lyrics;
    use vj_lyrics::words::Language;

    #[test]
    fn what_is_written_is_read_again_and_says_nothing_of_a_mood() {
        for number in 0..20 {
            let song = SongWords {
                artist: "A".to_owned(),
                title: format!("Sæglópur {number}"),
                duration_sec: 200.0,
                album: String::new(),
                number,
            };
            let lyrics = Lyrics::parse(&song.lrc()).unwrap();
            let read: Vec<_> =
                lyrics.synced_lines().unwrap().iter().map(|it| (it.time_sec(), it.text.clone())).collect();
            assert_eq!(read, song.lines());
            let names: Vec<String> = DEFAULT_CATEGORIES.map(str::to_owned).to_vec();
            let moods = Categories::by_words(&lyrics.texts(), Some(Language::English), &names);
            assert_eq!(moods.primary_mood, None);
        }
    }
}
