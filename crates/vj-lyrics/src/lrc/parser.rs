//! Text into lyrics.

use vj_core::playback::cut;

use super::placeholder::{is_instrumental, is_music_sign, is_placeholder};
use super::stamp::{TIME_MS_MAX, read_stamp};
use super::{Line, Lyrics, Word};
use crate::limits::{
    LINE_BYTES_MAX, LINES_MAX, LYRICS_BYTES_MAX, OFFSET_MS_MAX, STAMPS_PER_LINE_MAX, WORDS_PER_LINE_MAX,
};
use crate::words::head;

pub(super) fn parse(text: &str) -> Option<Lyrics> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = head(text, LYRICS_BYTES_MAX);
    let mut read = Read::default();
    for line in text.split(['\n', '\r', '\u{2028}', '\u{85}']) {
        read.line(line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}'));
    }
    read.finish()
}

/// What has been read so far.
#[derive(Default)]
struct Read {
    synced: Vec<Line>,
    /// Lines without stamps, the empty ones too.
    plain: Vec<String>,
    offset_ms: i64,
    is_said_instrumental: bool,
}

impl Read {
    fn line(&mut self, line: &str) {
        let mut stamps = Vec::new();
        let mut rest = line;
        while let Some((time_ms, after)) = read_stamp(rest, '[', ']') {
            stamps.push(time_ms);
            rest = after.trim_start();
        }
        stamps.truncate(STAMPS_PER_LINE_MAX);
        let Some(first_ms) = stamps.first().copied() else { return self.line_without_stamp(line) };
        let (text, words) = read_words(rest);
        for time_ms in stamps {
            if self.synced.len() < LINES_MAX {
                // A line that comes back is sung in the same rhythm.
                let shift = i64::from(time_ms) - i64::from(first_ms);
                let words = words.iter().map(|word| Word { time_ms: shifted(word.time_ms, shift), ..*word });
                self.synced.push(Line { time_ms, text: text.clone(), words: words.collect() });
            }
        }
    }

    fn line_without_stamp(&mut self, line: &str) {
        if let Some((key, value)) = read_tag(line) {
            match key.to_ascii_lowercase().as_str() {
                "offset" => self.offset_ms = read_offset_ms(value).unwrap_or(self.offset_ms),
                "au" => self.is_said_instrumental |= value.eq_ignore_ascii_case("instrumental"),
                _ => {}
            }
        } else if self.plain.len() < LINES_MAX {
            let text = if is_music_sign(line) { String::new() } else { squeeze(line) };
            self.plain.push(cut(&text, LINE_BYTES_MAX).into_owned());
        }
    }

    fn finish(mut self) -> Option<Lyrics> {
        self.untangle();
        let lines = || {
            let synced = self.synced.iter().map(|line| line.text.as_str());
            synced.chain(self.plain.iter().map(String::as_str)).filter(|text| !text.is_empty())
        };
        if lines().next().is_none() {
            return self.is_said_instrumental.then_some(Lyrics::Instrumental);
        }
        if is_instrumental(lines()) {
            return Some(Lyrics::Instrumental);
        }
        if is_placeholder(lines()) {
            return None;
        }
        Some(if self.is_synced() { Lyrics::Synced(self.synced) } else { Lyrics::Plain(self.into_plain()) })
    }

    /// Into the order of time, with the file's offset, without what is said twice.
    fn untangle(&mut self) {
        for line in &mut self.synced {
            // By the format's description a positive offset makes lyrics appear sooner.
            line.time_ms = shifted(line.time_ms, -self.offset_ms);
            for word in &mut line.words {
                word.time_ms = shifted(word.time_ms, -self.offset_ms);
            }
        }
        // At one time what is sung comes before a pause; two texts there (a translation) keep their order.
        self.synced.sort_by_key(|line| (line.time_ms, line.is_pause()));
        let mut kept: Vec<Line> = Vec::with_capacity(self.synced.len());
        for line in self.synced.drain(..) {
            let at_the_same_time = kept.iter().rev().take_while(|other| other.time_ms == line.time_ms);
            let is_said = at_the_same_time.clone().any(|other| line.is_pause() || other.text == line.text);
            // A pause goes on.
            let is_idle = line.is_pause() && kept.last().is_some_and(Line::is_pause);
            if !is_said && !is_idle {
                kept.push(line);
            }
        }
        self.synced = kept;
    }

    /// Stamps that say nothing (all of them 0, or a credit alone in a plain text) make no synced lyrics.
    fn is_synced(&self) -> bool {
        let sung = || self.synced.iter().filter(|line| !line.is_pause());
        let plain = self.plain.iter().filter(|line| !line.is_empty()).count();
        let count = sung().count();
        let is_one_moment =
            count > 1 && sung().all(|line| Some(line.time_ms) == sung().next().map(|l| l.time_ms));
        count > 0 && !is_one_moment && count >= plain
    }

    fn into_plain(self) -> Vec<String> {
        let stamped = self.synced.into_iter().map(|line| line.text);
        let mut lines: Vec<String> = Vec::new();
        for line in stamped.chain(self.plain) {
            // What was sung between stamps could be taken for a tag or a stamp without them.
            if read_tag(&line).is_some() || read_stamp(&line, '[', ']').is_some() {
                continue;
            }
            if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
                lines.push(line);
            }
        }
        lines.truncate(LINES_MAX);
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        lines
    }
}

fn shifted(time_ms: u32, by_ms: i64) -> u32 {
    let shifted = i64::from(time_ms).saturating_add(by_ms).clamp(0, i64::from(TIME_MS_MAX));
    u32::try_from(shifted).unwrap_or(TIME_MS_MAX)
}

/// An ID tag, `[key:value]`: a key of letters, and nothing after it. `[Chorus: both]` is not one, it is a heading.
fn read_tag(line: &str) -> Option<(&str, &str)> {
    const KEYS: [&str; 17] = [
        "ar", "ti", "al", "au", "by", "re", "ve", "length", "offset", "la", "lr", "id", "tool", "encoding",
        "hash", "sign", "qq",
    ];
    let (key, value) = line.strip_prefix('[')?.strip_suffix(']')?.split_once(':')?;
    let is_key = KEYS.iter().any(|known| key.trim().eq_ignore_ascii_case(known));
    is_key.then_some((key.trim(), value.trim()))
}

/// In milliseconds; signs and fractions are found too.
fn read_offset_ms(text: &str) -> Option<i64> {
    let offset_ms: f64 = text.trim().strip_suffix("ms").unwrap_or(text).trim().parse().ok()?;
    let is_sane = offset_ms.is_finite() && offset_ms.abs() <= OFFSET_MS_MAX as f64;
    is_sane.then_some(offset_ms.round() as i64)
}

/// The text of a line without its inner stamps, blanks squeezed, and where they stood.
fn read_words(line: &str) -> (String, Vec<Word>) {
    let mut text = String::new();
    let mut words = Vec::new();
    let mut is_blank_due = false;
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if let Some((time_ms, after)) = read_stamp(rest, '<', '>') {
            if std::mem::take(&mut is_blank_due) {
                text.push(' ');
            }
            words.push(Word { time_ms: time_ms.min(TIME_MS_MAX), at: text.len() });
            rest = after;
            continue;
        }
        if c.is_whitespace() || c.is_control() {
            is_blank_due = !text.is_empty() && !text.ends_with(' ');
        } else {
            if std::mem::take(&mut is_blank_due) {
                text.push(' ');
            }
            text.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
    let text = text.trim_end();
    if is_music_sign(text) || text.is_empty() {
        return (String::new(), Vec::new());
    }
    let text = cut(text, LINE_BYTES_MAX).into_owned();
    words.truncate(WORDS_PER_LINE_MAX);
    for word in &mut words {
        word.at = head(&text, word.at).len();
    }
    (text, words)
}

/// Blanks and control characters in a row are one blank.
fn squeeze(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn synced(text: &str) -> Vec<(u32, String)> {
        match parse(text) {
            Some(Lyrics::Synced(lines)) => lines.into_iter().map(|line| (line.time_ms, line.text)).collect(),
            other => panic!("{text:?} gave {other:?}"),
        }
    }

    #[test]
    fn what_is_found_in_files_is_read() {
        for (text, expected) in [
            ("[00:01.00] a\n[00:05.50] b", &[(1_000, "a"), (5_500, "b")][..]),
            ("\u{feff}[00:01.00]a\r\n[00:02.00]b\r\n", &[(1_000, "a"), (2_000, "b")]),
            ("[00:05.00][00:01.00] a\n[00:03.00]b", &[(1_000, "a"), (3_000, "b"), (5_000, "a")]),
            ("[00:09.00]c\n[00:02.00]a", &[(2_000, "a"), (9_000, "c")]),
            ("[00:01.00]a\n[00:01.00]a\n[00:02.00]b", &[(1_000, "a"), (2_000, "b")]),
            (
                "[00:01.00]a\n[00:01.00]translated\n[00:02.00]b",
                &[(1_000, "a"), (1_000, "translated"), (2_000, "b")],
            ),
            ("[00:01.00]\n[00:01.00]a", &[(1_000, "a")]),
            ("[00:01.00]a\n[00:02.00]\n[00:03.00] \n[00:04.00]b", &[(1_000, "a"), (2_000, ""), (4_000, "b")]),
            ("[00:01.00]a\n[00:02.00]♪\n[00:04.00]b", &[(1_000, "a"), (2_000, ""), (4_000, "b")]),
            ("[offset:+500]\n[00:01.00]a\n[00:00.20]b", &[(0, "b"), (500, "a")]),
            ("[offset: -500]\n[00:01.00]a", &[(1_500, "a")]),
            ("[offset:+175.99]\n[00:01.00]a", &[(824, "a")]),
            ("[offset:99999999]\n[offset:x]\n[00:01.00]a", &[(1_000, "a")]),
            ("[ar:Me]\n[ti: It]\n[length:03:00]\n[00:01.00]a", &[(1_000, "a")]),
            ("[00:01.00][Chorus]\n[00:02.00]a", &[(1_000, "[Chorus]"), (2_000, "a")]),
            ("[00:01.00]a   b\tc", &[(1_000, "a b c")]),
            ("[75:01.00]a", &[(4_501_000, "a")]),
        ] {
            let expected: Vec<_> = expected.iter().map(|(ms, text)| (*ms, (*text).to_owned())).collect();
            assert_eq!(synced(text), expected, "{text:?}");
        }
    }

    #[test]
    fn words_with_times_are_kept() {
        let text = "[00:10.00] <00:10.00> Hel<00:10.20>lo  <00:10.50> world <00:11.00>\n[00:20.00][00:30.00]<00:20.50>x";
        let Some(Lyrics::Synced(lines)) = parse(text) else { panic!() };
        let words: Vec<_> = lines[0].timed_words().collect();
        assert_eq!(lines[0].text, "Hello world");
        assert_eq!(words, [(10_000, "Hel"), (10_200, "lo"), (10_500, "world"), (11_000, "")]);
        assert_eq!(lines[2].words, [Word { time_ms: 30_500, at: 0 }], "a line that comes back");
    }

    #[test]
    fn texts_without_times_are_plain_and_those_that_say_nothing_are_none() {
        let plain = |lines: &[&str]| {
            Some(Lyrics::Plain(lines.iter().map(|line| (*line).to_owned()).collect::<Vec<String>>()))
        };
        assert_eq!(parse("a\n\n\nb\n\n"), plain(&["a", "", "b"]));
        assert_eq!(parse("[00:00.00]by me\na\nb\nc"), plain(&["by me", "a", "b", "c"]));
        assert_eq!(parse("[00:00.00]a\n[00:00.00]b"), plain(&["a", "b"]));
        for nothing in ["", " \n\t", "[00:01.00]\n[00:02.00]♪", "[ar:a]", "\u{feff}"] {
            assert_eq!(parse(nothing), None, "{nothing:?}");
        }
        assert_eq!(parse("[00:00.10]As letras não estão sincronizadas com a música"), None);
        assert_eq!(parse("[au: instrumental]"), Some(Lyrics::Instrumental));
        assert_eq!(parse("[00:00.00]Instrumental"), Some(Lyrics::Instrumental));
    }

    #[test]
    fn a_huge_file_is_cut_and_not_refused() {
        let many = "[00:01.00]".repeat(1_000) + "a\n";
        let Some(Lyrics::Synced(lines)) = parse(&many) else { panic!() };
        assert_eq!(lines.len(), 1);
        let long = format!("[00:01.00]{}\n", "ä".repeat(10_000)) + &"[00:02.00][00:03.00]b\n".repeat(50_000);
        let Some(Lyrics::Synced(lines)) = parse(&long) else { panic!() };
        assert!(lines.len() <= LINES_MAX && lines.iter().all(|line| line.text.len() <= LINE_BYTES_MAX));
    }

    /// Pieces of LRC, whole and broken, in any order.
    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "\\[[0-9]{1,5}:[0-9]{1,3}[.:,]?[0-9]{0,4}\\]",
            "<[0-9]{1,2}:[0-9]{2}\\.[0-9]{1,3}>",
            "\\[(offset|ar|au|ti|Chorus): ?[+-]?[a-z0-9.]{0,8}\\]",
            "[ \\t\\[\\]<>:.0-9♪]{1,6}",
            "[\\n\\r]{1,2}",
            "\\PC{0,12}",
        ];
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back_the_same(text in pieces()) {
            if let Some(lyrics) = parse(&text) {
                let written = lyrics.format();
                prop_assert_eq!(parse(&written), Some(lyrics), "written as {:?}", written);
            }
        }

        #[test]
        fn lines_are_in_order_and_within_their_limits(text in "(?s).{0,400}", stamped in pieces()) {
            for text in [text, stamped] {
                if let Some(Lyrics::Synced(lines)) = parse(&text) {
                    prop_assert!(lines.is_sorted_by_key(|line| line.time_ms));
                    for line in &lines {
                        prop_assert!(line.words.iter().all(|word| line.text.is_char_boundary(word.at)));
                        prop_assert!(line.words.is_sorted_by_key(|word| word.at));
                    }
                }
            }
        }
    }
}
