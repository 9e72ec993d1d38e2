//! A bare sound file as a set: with what lies beside it under the same name.
//!
//! A `.cue` says which tracks it has, a `.lrc` what is sung; with either of them the fake Spotify plays the tracks, and LRCLIB
//! knows the words. Of a sound file alone nobody plays anything: there is the sound, and nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use encoding_rs::{UTF_8, WINDOWS_1252};
use vj_lyrics::lrc::{Line, Lyrics};

use super::cue::{CueSheet, CueTrack};
use super::opened::{Set, SetError};
use crate::playback_tape::PlaybackTape;
use crate::report::{Truth, TruthTrack};
use crate::services::{Event as ServiceEvent, LrclibEvent, Record, ServicesTape};
use crate::spotify::{Event, Song, SongKind, Tape};

/// What is known of a sound file by looking into it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SoundFacts {
    /// How long it is.
    pub length_sec: Option<f64>,
    /// By its tags; empty where they do not say.
    pub artist: String,
    /// By its tags.
    pub title: String,
    /// By its tags.
    pub album: String,
}

/// A track whose end nobody knows.
const LENGTH_SEC: f64 = 3_600.0;

/// More is no sheet and no song.
const BYTES_MAX: u64 = 1 << 20;

/// The set of a sound file, with what lies beside it.
pub(super) fn open(path: &Path, facts: impl FnOnce(&Path) -> SoundFacts) -> Result<Set, SetError> {
    let mut set = Set::of_sound(path);
    let cue = beside(path, "cue");
    let lrc = beside(path, "lrc");
    if cue.is_none() && lrc.is_none() {
        return Ok(set);
    }
    let facts = facts(path);
    let length_sec = facts.length_sec.unwrap_or(LENGTH_SEC);
    let sheet = match &cue {
        Some(cue) => {
            let sheet =
                CueSheet::parse(&bytes(cue)?).map_err(|why| SetError::Bad { path: cue.clone(), why })?;
            if let Some(late) = sheet.tracks.iter().find(|track| track.start_sec >= length_sec) {
                let (title, at) = (&late.title, late.start_sec);
                let why = format!("'{title}' begins at {at:.1} s, and the sound ends at {length_sec:.1} s");
                return Err(SetError::Bad { path: cue.clone(), why });
            }
            sheet
        }
        None => CueSheet { tracks: vec![alone(path, &facts)], ..CueSheet::default() },
    };
    if !sheet.title.is_empty() {
        set.title.clone_from(&sheet.title);
    }
    let words = lrc.map(|lrc| lyrics(&lrc)).transpose()?;
    let mut songs = Songs { played: Vec::new(), known: Vec::new(), tracks: Vec::new() };
    for (index, track) in sheet.tracks.iter().enumerate() {
        let end_sec = sheet.end_sec(index, length_sec);
        let own = match &words {
            Some(words) if sheet.tracks.len() == 1 => Some(words.clone()),
            Some(words) => part(words, track.start_sec, end_sec),
            None => None,
        };
        let words = match own {
            Some(own) => Some(own),
            None => of_track(path, track)?,
        };
        let album = if cue.is_some() { &sheet.title } else { &facts.album };
        songs.add(track, end_sec, album, words);
    }
    songs.played.push((length_sec, Event::Stop));
    set.playback = PlaybackTape { spotify: Some(Tape::of(songs.played)), ..PlaybackTape::default() };
    set.services = Some(ServicesTape { lrclib: songs.known, ..ServicesTape::default() });
    set.truth = Some(Truth { tracks: songs.tracks, ..Truth::default() });
    Ok(set)
}

/// What the players and LRCLIB are told.
struct Songs {
    played: Vec<(f64, Event)>,
    known: Vec<(f64, ServiceEvent<LrclibEvent>)>,
    tracks: Vec<TruthTrack>,
}

impl Songs {
    fn add(&mut self, track: &CueTrack, end_sec: f64, album: &str, words: Option<Lyrics>) {
        let (artist, title, start) = (track.performer.clone(), track.title.clone(), track.start_sec);
        let (album, duration_sec) = (album.to_owned(), end_sec - start);
        let record = Record {
            artist: artist.clone(),
            title: title.clone(),
            album: album.clone(),
            duration_sec,
            instrumental: words == Some(Lyrics::Instrumental),
            plain: words.as_ref().filter(|it| matches!(it, Lyrics::Plain(_))).map(Lyrics::format),
            synced: words.as_ref().filter(|it| it.synced_lines().is_some()).map(Lyrics::format),
        };
        if words.is_some() {
            self.known.push((0.0, ServiceEvent::Own(LrclibEvent::Knows(record))));
        }
        self.tracks.push(TruthTrack { title: title.clone(), artist: artist.clone(), start, end: end_sec });
        let song = Song { artist, title, album, duration_sec, at_sec: 0.0, kind: SongKind::Track };
        self.played.push((start, Event::Play(song)));
    }
}

/// The only track of a file: by its tags, else by its name.
fn alone(path: &Path, facts: &SoundFacts) -> CueTrack {
    let stem = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let (artist, title) = by_name(&stem);
    let or = |tag: &str, name: &str| if tag.is_empty() { name.to_owned() } else { tag.to_owned() };
    CueTrack { performer: or(&facts.artist, &artist), title: or(&facts.title, &title), start_sec: 0.0 }
}

/// Artist and title of `Artist - Title`, without a number before it; the artist is empty where the name is only a title.
#[must_use]
pub fn by_name(stem: &str) -> (String, String) {
    let without = stem.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = without.strip_prefix(['.', ' ', '-', '_']).filter(|_| without.len() < stem.len());
    let rest = numbered.map_or(stem, |rest| rest.trim_start_matches([' ', '-', '_', '.']));
    let rest = if rest.is_empty() { stem } else { rest };
    match rest.split_once(" - ") {
        Some((artist, title)) => (artist.trim().to_owned(), title.trim().to_owned()),
        None => (String::new(), rest.trim().to_owned()),
    }
}

/// The part of the words of a whole mix that is sung in one of its tracks.
fn part(words: &Lyrics, start_sec: f64, end_sec: f64) -> Option<Lyrics> {
    let inside = words.synced_lines()?.iter().filter(|line| (start_sec..end_sec).contains(&line.time_sec()));
    let lines: Vec<Line> = inside
        .map(|line| Line::new(((line.time_sec() - start_sec) * 1e3).round() as u32, &line.text))
        .collect();
    let is_sung = lines.iter().any(|line| !line.is_pause());
    is_sung.then_some(Lyrics::Synced(lines))
}

/// `Title.lrc` or `Artist - Title.lrc` in the same folder.
fn of_track(sound: &Path, track: &CueTrack) -> Result<Option<Lyrics>, SetError> {
    let harmless = |text: &str| text.replace(['/', '\\', '\0'], "_");
    let (artist, title) = (harmless(&track.performer), harmless(&track.title));
    for name in [format!("{artist} - {title}.lrc"), format!("{title}.lrc")] {
        let path = sound.with_file_name(name);
        if path.is_file() {
            return lyrics(&path).map(Some);
        }
    }
    Ok(None)
}

/// Reads a file of lyrics.
///
/// # Errors
/// It cannot be read, or nothing in it is lyrics.
pub fn lyrics(path: &Path) -> Result<Lyrics, SetError> {
    let bytes = bytes(path)?;
    let (text, _, is_torn) = UTF_8.decode(&bytes);
    let text = if is_torn { WINDOWS_1252.decode(&bytes).0 } else { text };
    Lyrics::parse(&text).ok_or_else(|| SetError::Bad {
        path: path.to_owned(),
        why: "nothing in it is lyrics (allowed: lines such as [01:02.34]words)".to_owned(),
    })
}

/// Whether a text has lines with times.
#[must_use]
pub fn is_synced(text: &str) -> bool {
    Lyrics::parse(text).is_some_and(|lyrics| lyrics.synced_lines().is_some())
}

fn beside(sound: &Path, extension: &str) -> Option<PathBuf> {
    [extension.to_owned(), extension.to_ascii_uppercase()]
        .into_iter()
        .map(|extension| sound.with_extension(extension))
        .find(|path| path.is_file())
}

fn bytes(path: &Path) -> Result<Vec<u8>, SetError> {
    let read = |path: &Path| {
        let bytes = fs::metadata(path)?.len();
        if bytes > BYTES_MAX {
            let why = format!("{bytes} bytes are more than the limit of {BYTES_MAX}");
            return Err(std::io::Error::other(why));
        }
        fs::read(path)
    };
    read(path).map_err(|source| SetError::Read { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        files.iter().for_each(|(name, text)| fs::write(dir.path().join(name), text).unwrap());
        dir
    }

    fn facts(length_sec: f64) -> impl FnOnce(&Path) -> SoundFacts {
        move |_| SoundFacts { length_sec: Some(length_sec), ..SoundFacts::default() }
    }

    fn plays(set: &Set) -> Vec<(f64, String)> {
        set.playback.plays().into_iter().map(|play| (play.t, play.what)).collect()
    }

    const CUE: &str = "TITLE \"Night\"\nTRACK 01 AUDIO\nTITLE One\nPERFORMER A\nINDEX 01 00:00:00\n\
                       TRACK 02 AUDIO\nTITLE Two\nPERFORMER B\nINDEX 01 01:40:00\n";

    #[test]
    fn a_sound_alone_is_only_a_sound() {
        let dir = folder(&[("a.wav", "")]);
        let set = open(&dir.path().join("a.wav"), facts(5.0)).unwrap();
        assert!(set.playback.spotify.is_none() && set.services.is_none() && set.truth.is_none());
    }

    #[test]
    fn words_beside_it_are_those_of_the_song_that_it_is_named_after() {
        let dir = folder(&[
            ("03. Air - Sexy Boy.flac", ""),
            ("03. Air - Sexy Boy.lrc", "[00:01.50]Where do they come from"),
        ]);
        let sound = dir.path().join("03. Air - Sexy Boy.flac");
        let set = open(&sound, facts(298.0)).unwrap();
        assert_eq!(plays(&set), [(0.0, "Air - Sexy Boy".to_owned())]);
        assert_eq!(set.services.unwrap().book()["Sexy Boy"], [(1.5, "Where do they come from".to_owned())]);
        let tagged = |_: &Path| SoundFacts { title: "Other".to_owned(), ..SoundFacts::default() };
        assert_eq!(plays(&open(&sound, tagged).unwrap()), [(0.0, "Air - Other".to_owned())]);
    }

    #[test]
    fn a_cue_says_what_plays_when_and_each_track_has_its_own_words() {
        let dir = folder(&[
            ("n.wav", ""),
            ("n.cue", CUE),
            ("B - Two.lrc", "[00:03.00]two"),
            ("One.lrc", "[00:02.00]one"),
        ]);
        let set = open(&dir.path().join("n.wav"), facts(180.0)).unwrap();
        assert_eq!(set.title, "Night");
        assert_eq!(plays(&set), [(0.0, "A - One".to_owned()), (100.0, "B - Two".to_owned())]);
        assert_eq!(set.playback.spotify.as_ref().unwrap().ends_at_sec(), 180.0);
        let book = set.services.unwrap().book();
        assert_eq!(book["One"], [(2.0, "one".to_owned())]);
        assert_eq!(book["Two"], [(3.0, "two".to_owned())]);
        assert_eq!(set.truth.unwrap().tracks[1].end, 180.0);
    }

    #[test]
    fn the_words_of_a_whole_mix_are_parted_among_its_tracks() {
        let dir = folder(&[
            ("n.wav", ""),
            ("n.cue", CUE),
            ("n.lrc", "[00:05.00]one\n[01:39.00]still one\n[01:45.25]two\n"),
        ]);
        let set = open(&dir.path().join("n.wav"), facts(180.0)).unwrap();
        let book = set.services.unwrap().book();
        assert_eq!(book["One"], [(5.0, "one".to_owned()), (99.0, "still one".to_owned())]);
        assert_eq!(book["Two"], [(5.25, "two".to_owned())]);
    }

    #[test]
    fn a_bad_file_beside_it_is_named() {
        for (name, text, why) in [
            ("n.cue", "TRACK 01 AUDIO\nINDEX 01 soon\n", "n.cue: line 2: 'soon' is no time"),
            (
                "n.cue",
                "TRACK 01 AUDIO\nTITLE x\nINDEX 01 05:00:00\n",
                "n.cue: 'x' begins at 300.0 s, and the sound ends at 60.0 s",
            ),
            ("n.lrc", "\n\n", "n.lrc: nothing in it is lyrics"),
        ] {
            let dir = folder(&[("n.wav", ""), (name, text)]);
            let error = open(&dir.path().join("n.wav"), facts(60.0)).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn numbers_before_a_name_are_no_part_of_it() {
        for (stem, artist, title) in [
            ("01 - Air - Sexy Boy", "Air", "Sexy Boy"),
            ("07_Track", "", "Track"),
            ("99 Luftballons", "", "Luftballons"),
            ("1999", "", "1999"),
            ("Prince - 1999", "Prince", "1999"),
        ] {
            assert_eq!(by_name(stem), (artist.to_owned(), title.to_owned()), "{stem}");
        }
    }
}
