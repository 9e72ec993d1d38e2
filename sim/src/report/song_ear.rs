//! Listens to an OSC log for the words of its songs.

use serde_json::Value;

use super::playing::Playing;
use super::songs::{Image, Mood, Shown, ShownSpan, Song, TimedText};
use super::units::{coarse, integer, number, rounded, text};
use crate::osc_log::OscLine;

impl Song {
    /// The songs that were told in `lines`, up to the end of the run. A song of which nothing was told stands among them if
    /// its track was; a reset after which nothing played does not.
    pub(super) fn all(lines: &[OscLine], end_sec: f64) -> Vec<Self> {
        let mut ear = Ear::default();
        lines.iter().filter(|line| line.addr.starts_with("/karaoke/")).for_each(|line| ear.hear(line));
        ear.end_song(rounded(end_sec));
        ear.songs
    }
}

#[derive(Default)]
struct Ear {
    songs: Vec<Song>,
    /// The track that the visuals were told of last.
    track: Option<Playing>,
    open: Option<Open>,
}

/// A song whose words still come.
#[derive(Default)]
struct Open {
    song: Song,
    track: Option<Playing>,
    /// The active line, and since when.
    line: Option<(f64, i64)>,
    refrain: Follow,
    keywords: Follow,
    /// Scores whose mood has not come yet.
    mood: Option<Mood>,
}

/// Refrain or keywords as they are told.
#[derive(Default)]
struct Follow {
    shown: Shown,
    now: Option<ShownSpan>,
}

impl Ear {
    fn hear(&mut self, line: &OscLine) {
        let t = rounded(line.t);
        match line.addr.as_str() {
            "/karaoke/track" => self.track(line),
            "/karaoke/lyrics/reset" => self.begin_song(t),
            "/karaoke/lyrics/line" => {
                if let Some(TimedText { index, time_sec, text }) = timed(line) {
                    let told = self.open(t).song.line(index);
                    (told.time_sec, told.text) = (Some(time_sec), text);
                }
            }
            "/karaoke/line/active" => {
                if let Some(index) = integer(line, 0) {
                    self.open(t).line_active(t, index);
                }
            }
            "/karaoke/refrain/reset" => self.open(t).refrain.reset(t),
            "/karaoke/refrain/line" => self.open(t).refrain.shown.lines.extend(timed(line)),
            "/karaoke/refrain/active" => self.open(t).refrain.active(t, line),
            "/karaoke/keywords/reset" => self.open(t).keywords.reset(t),
            "/karaoke/keywords/line" => self.open(t).keywords.shown.lines.extend(timed(line)),
            "/karaoke/keywords/active" => self.open(t).keywords.active(t, line),
            "/karaoke/image" => {
                let path = text(line, 0);
                self.open(t).song.images.push(Image { t, path });
            }
            other => {
                if let Some(name) = other.strip_prefix("/karaoke/categories/") {
                    self.open(t).category(t, name, line);
                }
            }
        }
    }

    fn track(&mut self, line: &OscLine) {
        self.track = Playing::of(line, 0.0);
        // A monitor's word comes before the reset and is about the next song; the lyrics worker's, with lyrics, is about this
        // one.
        let is_of_the_song = integer(line, 6) == Some(1);
        if let Some(open) = self.open.as_mut().filter(|_| is_of_the_song) {
            open.track.clone_from(&self.track);
        }
    }

    fn begin_song(&mut self, t: f64) {
        let last = self.end_song(t);
        let track = self.track.clone();
        let again = last.zip(track.as_ref()).is_some_and(|(last, track)| last.is_same_as(track));
        self.open =
            Some(Open { song: Song { start: t, again, ..Song::default() }, track, ..Open::default() });
    }

    /// The song that is told of. A log may begin in the middle of one.
    fn open(&mut self, t: f64) -> &mut Open {
        let track = &self.track;
        self.open.get_or_insert_with(|| Open {
            song: Song { start: t, ..Song::default() },
            track: track.clone(),
            ..Open::default()
        })
    }

    /// Keeps the song that ends now, and says which track it was.
    fn end_song(&mut self, t: f64) -> Option<Playing> {
        let mut open = self.open.take()?;
        open.line_active(t, -1);
        open.mood_is_told();
        let Open { mut song, track, refrain, keywords, .. } = open;
        song.end = t;
        (song.refrain, song.keywords) = (refrain.end(t), keywords.end(t));
        if let Some(Playing { source, artist, title, .. }) = track.clone() {
            (song.source, song.artist, song.title) = (source, artist, title);
        }
        song.mark_refrain();
        if track.is_some() || !song.is_silent() {
            self.songs.push(song);
        }
        track
    }
}

impl Open {
    fn line_active(&mut self, t: f64, index: i64) {
        if self.line.is_some_and(|(_, now)| now == index) {
            return;
        }
        let next = (index >= 0).then_some((t, index));
        if let Some((start, index)) = std::mem::replace(&mut self.line, next) {
            let line = self.song.line(index);
            // A line that was told and taken back at one moment was never seen.
            line.active.extend((t > start).then_some((start, t)));
        }
    }

    /// A category's score, or the mood, which is the last of them.
    fn category(&mut self, t: f64, name: &str, line: &OscLine) {
        let mood = self.mood.get_or_insert_default();
        mood.t = t;
        match line.args.first() {
            Some(Value::String(primary)) => {
                mood.mood.clone_from(primary);
                self.mood_is_told();
            }
            _ => mood.scores.extend(number(line, 0).map(|score| (name.to_owned(), coarse(score)))),
        }
    }

    /// After a reset the last song's mood is taken back, which says nothing of this one.
    fn mood_is_told(&mut self) {
        let moods = &mut self.song.moods;
        moods.extend(self.mood.take().filter(|mood| !(mood.is_blank() && moods.is_empty())));
    }
}

impl Follow {
    /// The list is told anew, and nothing of it is active.
    fn reset(&mut self, t: f64) {
        self.shown.lines.clear();
        self.becomes(t, None);
    }

    fn active(&mut self, t: f64, line: &OscLine) {
        let next = integer(line, 0).filter(|index| *index >= 0);
        self.becomes(t, next.map(|index| ShownSpan { start: t, end: t, index, text: text(line, 1) }));
    }

    fn becomes(&mut self, t: f64, next: Option<ShownSpan>) {
        let is_same = |(one, two): (&ShownSpan, &ShownSpan)| (one.index, &one.text) == (two.index, &two.text);
        if self.now.as_ref().zip(next.as_ref()).is_some_and(is_same) {
            return;
        }
        let ended = std::mem::replace(&mut self.now, next).map(|now| ShownSpan { end: t, ..now });
        self.shown.active.extend(ended.filter(|span| span.end > span.start));
    }

    fn end(mut self, t: f64) -> Shown {
        self.becomes(t, None);
        self.shown
    }
}

/// None for a message that is not as it should be.
fn timed(line: &OscLine) -> Option<TimedText> {
    Some(TimedText { index: integer(line, 0)?, time_sec: number(line, 1)?, text: text(line, 2) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::json;
    use crate::report::samples::{Lyrics, osc, sung};

    fn spans(song: &Song) -> Vec<(i64, f64, f64)> {
        let of_line = |line: &crate::report::SongLine| {
            line.active.iter().map(|(start, end)| (line.index, *start, *end)).collect::<Vec<_>>()
        };
        let mut spans: Vec<_> = song.lines.iter().flat_map(of_line).collect();
        spans.sort_by(|a, b| a.1.total_cmp(&b.1));
        spans
    }

    #[test]
    fn a_song_as_report_json_has_it() {
        insta::assert_snapshot!(json::text(&Song::all(&sung(), 30.0)));
    }

    #[test]
    fn a_run_without_lyrics_has_no_songs() {
        let lines = [osc(1.0, "spotify_monitor", "/karaoke/track", Lyrics::track("One", 0))];
        assert_eq!(Song::all(&lines, 9.0), []);
        assert_eq!(Song::all(&[], 0.0), []);
    }

    #[test]
    fn two_songs_end_and_begin_at_the_reset() {
        let mut told = Lyrics::default();
        told.plays(2.0, "One").line(2.1, 0, 1.0, "a").active(3.0, 0);
        told.plays(20.0, "Two").line(20.1, 0, 1.0, "b").active(21.0, 0);
        let songs = Song::all(&told.lines, 30.0);
        let of = |song: &Song| (song.title.clone(), song.start, song.end, song.again, spans(song));
        assert_eq!(
            songs.iter().map(of).collect::<Vec<_>>(),
            [
                ("One".to_owned(), 2.0, 20.0, false, vec![(0, 3.0, 20.0)]),
                ("Two".to_owned(), 20.0, 30.0, false, vec![(0, 21.0, 30.0)]),
            ]
        );
    }

    #[test]
    fn after_a_crash_the_same_song_is_told_again() {
        let mut told = Lyrics::default();
        told.plays(2.0, "One").line(2.1, 0, 1.0, "a").line(2.1, 1, 5.0, "b").active(3.0, 0);
        // Killed at 5 s. Until the new one resets, the visuals show what they know.
        told.reset(6.2).track_with_lyrics(6.2, "One").line(6.2, 0, 1.0, "a").line(6.2, 1, 5.0, "b");
        told.active(6.3, 1);
        let songs = Song::all(&told.lines, 9.0);
        let of = |song: &Song| (song.title.clone(), song.again, spans(song));
        assert_eq!(
            songs.iter().map(of).collect::<Vec<_>>(),
            [("One".to_owned(), false, vec![(0, 3.0, 6.2)]), ("One".to_owned(), true, vec![(1, 6.3, 9.0)]),]
        );
    }

    #[test]
    fn a_track_of_which_nothing_was_told_stands_there_and_silence_does_not() {
        let mut told = Lyrics::default();
        told.reset(0.5).plays(2.0, "One").stops(8.0).plays(9.0, "One");
        let songs = Song::all(&told.lines, 10.0);
        let of = |song: &Song| (song.start, song.end, song.is_silent(), song.again);
        assert_eq!(
            songs.iter().map(of).collect::<Vec<_>>(),
            [(2.0, 8.0, true, false), (9.0, 10.0, true, false)]
        );
    }

    #[test]
    fn between_two_lines_no_line_is_active_and_a_seek_brings_one_back() {
        let mut told = Lyrics::default();
        told.plays(2.0, "One").line(2.1, 0, 1.0, "a").line(2.1, 1, 5.0, "b");
        told.active(3.0, 0).active(4.0, -1).active(5.0, 1).active(5.5, 1).active(6.0, 0).active(6.0, 1);
        let songs = Song::all(&told.lines, 9.0);
        assert_eq!(spans(&songs[0]), [(0, 3.0, 4.0), (1, 5.0, 6.0), (1, 6.0, 9.0)]);
    }

    #[test]
    fn the_refrain_that_was_told_last_counts() {
        let mut told = Lyrics::default();
        told.plays(2.0, "One").line(2.1, 0, 1.0, "a").line(2.1, 1, 5.0, "b").line(2.1, 2, 7.0, "a");
        told.refrain(2.2, 0, 1.0, "a").refrain(2.2, 1, 7.0, "a").refrain_active(3.0, 0, "a");
        let marked = |lines: &[OscLine]| {
            Song::all(lines, 9.0)[0].lines.iter().map(|line| line.refrain).collect::<Vec<_>>()
        };
        assert_eq!(marked(&told.lines), [true, false, true]);
        told.refrain_reset(4.0).refrain(4.0, 0, 5.0, "b");
        assert_eq!(marked(&told.lines), [false, true, false]);
        let refrain = &Song::all(&told.lines, 9.0)[0].refrain;
        assert_eq!((refrain.lines.len(), refrain.active.len()), (1, 1));
        assert_eq!((refrain.active[0].start, refrain.active[0].end), (3.0, 4.0), "the reset ends it");
    }

    #[test]
    fn the_last_songs_mood_is_taken_back_and_a_model_may_know_better() {
        let mut told = Lyrics::default();
        told.plays(2.0, "One").mood(2.0, &[("dark", 0.0)], "").mood(2.2, &[("dark", 0.4)], "dark");
        told.mood(7.0, &[("dark", 0.2), ("sad", 0.9)], "sad");
        told.plays(8.0, "Two").mood(8.0, &[("dark", 0.0), ("sad", 0.0)], "");
        let songs = Song::all(&told.lines, 9.0);
        let moods: Vec<_> = songs[0].moods.iter().map(|mood| (mood.t, mood.mood.as_str())).collect();
        assert_eq!(moods, [(2.2, "dark"), (7.0, "sad")]);
        assert_eq!(songs[0].moods[1].ranked(), [("sad", 0.9), ("dark", 0.2)]);
        assert_eq!(songs[1].moods, []);
    }

    #[test]
    fn what_is_not_as_it_should_be_does_no_harm() {
        let odd = |addr: &str, args: Vec<Value>| osc(3.0, "lyrics_fetcher", addr, args);
        let lines = [
            odd("/karaoke/lyrics/line", vec![json!("x")]),
            odd("/karaoke/line/active", vec![]),
            odd("/karaoke/line/active", vec![json!(7)]),
            odd("/karaoke/refrain/active", vec![json!(0)]),
            odd("/karaoke/keywords/line", vec![json!(0), json!(1.0)]),
            odd("/karaoke/categories/dark", vec![]),
            odd("/karaoke/image", vec![]),
            odd("/karaoke/lyrics", vec![json!(1)]),
        ];
        let songs = Song::all(&lines, 9.0);
        // A line that was never told, and is active all the same: its text was lost.
        assert_eq!(
            (songs.len(), songs[0].lines[0].time_sec, spans(&songs[0])),
            (1, None, vec![(7, 3.0, 9.0)])
        );
    }
}
