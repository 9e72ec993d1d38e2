//! Cue sheets: which track of a sound file begins when.
//!
//! What is read is what people write of a mix: `TITLE`, `PERFORMER`, `FILE`, `TRACK`, `INDEX 01 mm:ss:ff` with 75 frames a second
//! (CDRWIN's user guide, appendix A). Everything else is passed over.

use encoding_rs::{UTF_8, WINDOWS_1252};

/// Frames of a CD a second.
const FRAMES_PER_SEC: f64 = 75.0;

/// A CD has 99; a long night has more, and nobody a thousand.
const TRACKS_MAX: usize = 1_000;

/// A cue sheet.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CueSheet {
    /// The name of the whole.
    pub title: String,
    /// Whose it is.
    pub performer: String,
    /// Its tracks, in order of time.
    pub tracks: Vec<CueTrack>,
}

/// One track.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CueTrack {
    /// Its name.
    pub title: String,
    /// Whose it is; that of the sheet where the track does not say.
    pub performer: String,
    /// When it begins, in seconds of the file.
    pub start_sec: f64,
}

impl CueSheet {
    /// Reads a sheet: UTF-8 with or without a mark, UTF-16 with one, else Windows-1252.
    ///
    /// # Errors
    /// What is wrong, with the line.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let (marked, _, is_torn) = UTF_8.decode(bytes);
        let text = if is_torn { WINDOWS_1252.decode(bytes).0 } else { marked };
        let mut sheet = Self::default();
        // None before the first TRACK; the start of a track is known from its INDEX 01.
        let mut track: Option<(CueTrack, Option<f64>, usize)> = None;
        for (number, line) in (1..).zip(text.lines()) {
            let at = |why: String| format!("line {number}: {why}");
            let (word, rest) = next_word(line);
            match word.to_ascii_uppercase().as_str() {
                "TITLE" => {
                    let text = next_word(rest).0;
                    track.as_mut().map_or(&mut sheet.title, |(track, ..)| &mut track.title).clone_from(&text);
                }
                "PERFORMER" => {
                    let text = next_word(rest).0;
                    let performer =
                        track.as_mut().map_or(&mut sheet.performer, |(track, ..)| &mut track.performer);
                    performer.clone_from(&text);
                }
                "TRACK" => {
                    sheet.finish(track.take())?;
                    let performer = sheet.performer.clone();
                    track = Some((CueTrack { performer, ..CueTrack::default() }, None, number));
                }
                "INDEX" => {
                    let (index, rest) = next_word(rest);
                    let (time, _) = next_word(rest);
                    let Some((_, start, _)) = &mut track else {
                        return Err(at("INDEX stands before any TRACK".to_owned()));
                    };
                    let start_sec = seconds(&time).ok_or_else(|| {
                        at(format!("'{time}' is no time (allowed: MM:SS:FF, with 75 frames a second)"))
                    })?;
                    let index: u32 =
                        index.parse().map_err(|_| at(format!("'{index}' is no number of an index")))?;
                    if index == 1 {
                        *start = Some(start_sec);
                    }
                }
                "FILE" if !sheet.tracks.is_empty() || track.is_some() => {
                    return Err(at("a second FILE: a set has one sound file".to_owned()));
                }
                _ => {}
            }
        }
        sheet.finish(track)?;
        if sheet.tracks.is_empty() {
            return Err("it has no TRACK".to_owned());
        }
        Ok(sheet)
    }

    /// When a track ends: where the next begins, or with the whole.
    #[must_use]
    pub fn end_sec(&self, index: usize, length_sec: f64) -> f64 {
        self.tracks.get(index + 1).map_or(length_sec, |next| next.start_sec)
    }

    fn finish(&mut self, track: Option<(CueTrack, Option<f64>, usize)>) -> Result<(), String> {
        let Some((mut track, start, number)) = track else { return Ok(()) };
        let at = |why: &str| Err(format!("line {number}: {why}"));
        let Some(start_sec) = start else { return at("the track has no INDEX 01") };
        if self.tracks.last().is_some_and(|before| before.start_sec >= start_sec) {
            return at("the track does not begin after the one before it");
        }
        if self.tracks.len() >= TRACKS_MAX {
            return at(&format!("there are more tracks than {TRACKS_MAX}"));
        }
        if track.title.is_empty() {
            track.title = format!("Track {}", self.tracks.len() + 1);
        }
        track.start_sec = start_sec;
        self.tracks.push(track);
        Ok(())
    }
}

/// The first word, with its quotes taken off, and what follows it.
fn next_word(line: &str) -> (String, &str) {
    let line = line.trim();
    match line.strip_prefix('"') {
        // A quote within is written twice by nobody; the last one on the line ends a title.
        Some(quoted) => match quoted.rfind('"') {
            Some(end) => (quoted[..end].trim().to_owned(), &quoted[end + 1..]),
            None => (quoted.trim().to_owned(), ""),
        },
        None => match line.find(char::is_whitespace) {
            // Only keywords and numbers are followed by anything; a title without quotes is the whole rest.
            Some(end) if is_keyword(&line[..end]) => (line[..end].to_owned(), &line[end..]),
            _ => (line.to_owned(), ""),
        },
    }
}

fn is_keyword(word: &str) -> bool {
    const KEYWORDS: [&str; 5] = ["TITLE", "PERFORMER", "TRACK", "INDEX", "FILE"];
    let is_number = !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
    is_number && word.len() == 2 || KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(word))
}

/// The seconds of `mm:ss:ff`.
fn seconds(text: &str) -> Option<f64> {
    let mut parts = text.split(':').map(|part| {
        let is_digits = !part.is_empty() && part.len() <= 5 && part.chars().all(|c| c.is_ascii_digit());
        is_digits.then(|| part.parse::<u32>().ok()).flatten()
    });
    let (minutes, seconds, frames) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || seconds >= 60 || f64::from(frames) >= FRAMES_PER_SEC {
        return None;
    }
    Some(f64::from(minutes * 60 + seconds) + f64::from(frames) / FRAMES_PER_SEC)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHEET: &str = "\u{feff}REM DATE 2026\r\nPERFORMER \"Somebody\"\r\nTITLE \"A night\"\r\nFILE \"night.wav\" WAVE\r\n  \
        TRACK 01 AUDIO\r\n    TITLE \"Kerb \"Light\"\"\r\n    PERFORMER \"Nine Past Ten\"\r\n    INDEX 01 00:00:00\r\n  \
        TRACK 02 AUDIO\r\n    TITLE Late Tram\r\n    INDEX 00 04:58:00\r\n    INDEX 01 05:00:37\r\n  \
        TRACK 03 AUDIO\r\n    INDEX 01 101:02:74\r\n";

    #[test]
    fn tracks_have_their_times_and_the_sheets_performer_where_they_name_none() {
        let sheet = CueSheet::parse(SHEET.as_bytes()).unwrap();
        assert_eq!((sheet.title.as_str(), sheet.performer.as_str()), ("A night", "Somebody"));
        let tracks: Vec<_> =
            sheet.tracks.iter().map(|it| (it.performer.as_str(), it.title.as_str())).collect();
        assert_eq!(
            tracks,
            [("Nine Past Ten", "Kerb \"Light\""), ("Somebody", "Late Tram"), ("Somebody", "Track 3")]
        );
        assert_eq!(sheet.tracks[1].start_sec, 300.0 + 37.0 / 75.0);
        assert_eq!(sheet.tracks[2].start_sec, 6_062.0 + 74.0 / 75.0);
        assert_eq!((sheet.end_sec(0, 9_000.0), sheet.end_sec(2, 9_000.0)), (300.0 + 37.0 / 75.0, 9_000.0));
    }

    #[test]
    fn what_is_no_utf_8_is_windows_1252() {
        let sheet = CueSheet::parse(b"TRACK 01 AUDIO\nTITLE \"Bj\xf6rk\"\nINDEX 01 00:00:00\n").unwrap();
        assert_eq!(sheet.tracks[0].title, "Björk");
        let wide: Vec<u8> = "\u{feff}TRACK 01 AUDIO\nTITLE \"Jóga\"\nINDEX 01 00:00:00\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(CueSheet::parse(&wide).unwrap().tracks[0].title, "Jóga");
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        for (text, why) in [
            ("", "it has no TRACK"),
            ("INDEX 01 00:00:00", "line 1: INDEX stands before any TRACK"),
            ("TRACK 01 AUDIO\nINDEX 01 0:61:00", "line 2: '0:61:00' is no time"),
            ("TRACK 01 AUDIO\nINDEX 01 00:00:75", "line 2: '00:00:75' is no time"),
            ("TRACK 01 AUDIO\nTITLE a\nTRACK 02 AUDIO", "line 1: the track has no INDEX 01"),
            (
                "TRACK 01 AUDIO\nINDEX 01 00:01:00\nTRACK 02 AUDIO\nINDEX 01 00:01:00",
                "line 3: the track does not begin after",
            ),
            ("FILE \"a\" WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\nFILE \"b\" WAVE", "line 4: a second FILE"),
        ] {
            let error = CueSheet::parse(text.as_bytes()).unwrap_err();
            assert!(error.starts_with(why), "{error}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = CueSheet::parse(&bytes);
        }

        #[test]
        fn what_is_printed_is_read_again(
            tracks in proptest::collection::vec(("[a-zA-Zäß' ]{0,12}[a-zäß]", 1_u32..40_000), 1..12),
        ) {
            let (mut text, mut frames, mut expected) = (String::new(), 0, Vec::new());
            for (index, (title, gap)) in tracks.iter().enumerate() {
                let (m, s, f) = (frames / 75 / 60, frames / 75 % 60, frames % 75);
                text += &format!("TRACK {:02} AUDIO\n  TITLE \"{title}\"\n  INDEX 01 {m:02}:{s:02}:{f:02}\n", index + 1);
                expected.push((title.trim().to_owned(), f64::from(frames / 75) + f64::from(f) / 75.0));
                frames += gap;
            }
            let sheet = CueSheet::parse(text.as_bytes()).unwrap();
            let read: Vec<_> = sheet.tracks.into_iter().map(|it| (it.title, it.start_sec)).collect();
            prop_assert_eq!(read.len(), expected.len());
            for ((title, start), (wanted, at)) in read.iter().zip(&expected) {
                prop_assert_eq!(title, wanted);
                prop_assert!((start - at).abs() < 1e-9);
            }
        }
    }
}
