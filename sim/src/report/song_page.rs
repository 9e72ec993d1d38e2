//! The words of the songs as the page's script draws them: flat lists, each ascending and without overlaps, and of a size that
//! a browser bears.

use serde::{Serialize, Serializer};

use super::escape::json_in_script;
use super::songs::{Mood, Shown, Song, scores_in_words};
use super::units;

/// One lane's words take so many bytes of the page at most. A night of 300 songs with 60 lines each needs 1.3 MB; what an endless
/// storm of seeks would bring is cut at its end.
const LANE_BYTES_MAX: usize = 2_000_000;
/// Characters of a text on the timeline: more than a line of a song has, and what a screen can show.
const TEXT_CHARS_MAX: usize = 160;
/// As many scores are told beside a mood; all stand in the table.
const SCORES_MAX: usize = 5;

/// What the script draws of the songs.
#[derive(Debug, Default, Serialize)]
pub(super) struct SongLanes {
    /// When each reset came.
    resets: Vec<f64>,
    lyrics: Vec<Line>,
    keywords: Vec<Block>,
    moods: Vec<MoodBlock>,
    /// When an image was ready, and its path.
    images: Vec<(f64, String)>,
    /// Spans that are left out.
    #[serde(skip)]
    pub(super) cut: usize,
}

/// Start, end, text.
type Block = (f64, f64, String);
/// Start, end, mood, its highest scores.
type MoodBlock = (f64, f64, String, String);

/// Start, end, text; a line of the refrain has a 1 more.
#[derive(Debug)]
struct Line {
    block: Block,
    is_refrain: bool,
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (start, end, text) = &self.block;
        if self.is_refrain {
            (start, end, text, 1).serialize(serializer)
        } else {
            self.block.serialize(serializer)
        }
    }
}

impl SongLanes {
    pub(super) fn of(songs: &[Song]) -> Self {
        let mut lanes = Self::default();
        let told = |song: &&Song| !song.is_silent();
        lanes.resets = lanes.fitting(songs.iter().filter(told).map(|song| song.start));
        lanes.lyrics = lanes.fitting(songs.iter().flat_map(lines));
        lanes.keywords = lanes.fitting(songs.iter().flat_map(|song| blocks(&song.keywords)));
        lanes.moods = lanes.fitting(songs.iter().flat_map(moods));
        let images = songs.iter().flat_map(|song| &song.images);
        lanes.images = lanes.fitting(images.map(|image| (image.t, clipped(&image.path))));
        lanes
    }

    /// The lanes that there are, as a list goes on: `, lyrics, mood`.
    pub(super) fn names(&self) -> String {
        let lanes = [
            (", lyrics", self.lyrics.is_empty()),
            (", keywords", self.keywords.is_empty()),
            (", mood", self.moods.is_empty() && self.images.is_empty()),
        ];
        lanes.into_iter().filter(|(_, is_empty)| !is_empty).map(|(name, _)| name).collect()
    }

    /// The first of them that fit; counts the others. Markup in a text weighs more once it is harmless.
    fn fitting<T: Serialize>(&mut self, all: impl Iterator<Item = T>) -> Vec<T> {
        let (mut kept, mut bytes) = (Vec::new(), 0);
        for one in all {
            let json = serde_json::to_string(&one).expect("times and texts are always JSON");
            bytes += json_in_script(&json).len() + 1;
            if bytes <= LANE_BYTES_MAX {
                kept.push(one);
            } else {
                self.cut += 1;
            }
        }
        kept
    }
}

/// The lines of a song in the order in which they were active. A pause has no text, and so no block.
fn lines(song: &Song) -> Vec<Line> {
    let mut all = Vec::new();
    for line in &song.lines {
        let text = match line.time_sec {
            Some(_) => clipped(&line.text),
            None => format!("line {}, never told", line.index),
        };
        let spans = line.active.iter().filter(|_| !text.is_empty());
        all.extend(
            spans.map(|(start, end)| Line { block: (*start, *end, text.clone()), is_refrain: line.refrain }),
        );
    }
    all.sort_by(|a, b| a.block.0.total_cmp(&b.block.0));
    all
}

fn blocks(shown: &Shown) -> impl Iterator<Item = Block> {
    shown.active.iter().map(|span| (span.start, span.end, clipped(&span.text)))
}

/// A mood counts until another is told, or the next song begins.
fn moods(song: &Song) -> Vec<MoodBlock> {
    let ends = song.moods.iter().skip(1).map(|next| next.t).chain([song.end]);
    let told = song.moods.iter().zip(ends).filter(|(mood, _)| !mood.is_blank());
    told.map(|(mood, end)| (mood.t, end, mood_name(mood), scores_in_words(&mood.ranked(), SCORES_MAX)))
        .collect()
}

fn mood_name(mood: &Mood) -> String {
    if mood.mood.is_empty() { "no mood".to_owned() } else { clipped(&mood.mood) }
}

fn clipped(text: &str) -> String {
    units::clipped(text, TEXT_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::samples::{Lyrics, sung};

    #[test]
    fn the_lanes_of_a_song() {
        let lanes = serde_json::to_value(SongLanes::of(&Song::all(&sung(), 30.0))).unwrap();
        let expected = json!({
            "resets": [2.0],
            "lyrics": [
                [11.0, 13.0, "Seven years </script><script>alert(1)</script>"],
                [13.0, 15.0, "Burn it down", 1],
                [17.123, 30.0, "Burn it down", 1],
            ],
            "keywords": [[11.0, 13.0, "SEVEN YEARS"], [13.0, 15.0, "BURN"]],
            "moods": [[2.04, 30.0, "dark", "dark 0.512, sad 0.25"]],
            "images": [[14.5, "/cache/images/1.png"]],
        });
        assert_eq!(lanes, expected);
    }

    #[test]
    fn a_mood_lasts_until_the_next_one_or_until_it_is_taken_back() {
        let mut told = Lyrics::default();
        told.plays(2.0, "One").mood(3.0, &[("dark", 0.5)], "dark").mood(5.0, &[("sad", 0.5)], "");
        told.mood(7.0, &[("sad", 0.0)], "").line(8.0, 0, 1.0, &"é".repeat(500)).active(8.0, 0);
        let lanes = SongLanes::of(&Song::all(&told.lines, 9.0));
        let moods: Vec<_> =
            lanes.moods.iter().map(|(from, to, mood, _)| (*from, *to, mood.as_str())).collect();
        assert_eq!(moods, [(3.0, 5.0, "dark"), (5.0, 7.0, "no mood")]);
        assert_eq!(
            lanes.lyrics[0].block.2.chars().count(),
            TEXT_CHARS_MAX + 1,
            "cut, with a sign that it is"
        );
    }

    #[test]
    fn a_night_fits_whole_and_an_endless_one_is_cut() {
        let night = |songs: u32| {
            let mut told = Lyrics::default();
            for song in 0..songs {
                let at = f64::from(song) * 240.0;
                told.plays(at, &format!("Song {song}"));
                for line in 0..60 {
                    let sec = f64::from(line) * 4.0;
                    told.line(at + 0.03, line, sec, "A line as long as the lines of songs are <3");
                    told.active(at + sec + 0.04, line);
                }
            }
            SongLanes::of(&Song::all(&told.lines, f64::from(songs) * 240.0))
        };
        let (whole, endless) = (night(300), night(1_000));
        assert_eq!((whole.lyrics.len(), whole.cut), (18_000, 0));
        assert!(serde_json::to_string(&whole).unwrap().len() < LANE_BYTES_MAX);
        assert_eq!(endless.lyrics.len() + endless.cut, 60_000);
        assert!(endless.cut > 0);
    }
}
