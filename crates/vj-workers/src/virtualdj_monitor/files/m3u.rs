//! The history `.m3u`: two lines a play, `#EXTVDJ:` with its tags, then where the sound stands.
//!
//! The tags look like XML and are not: `&` stands raw in most files and as an entity in some, and every tag may be missing.

use vj_core::playback::Track;

use super::entry::{Entry, seconds, split_line, with_remix};

const EXTVDJ: &str = "#EXTVDJ:";
const EXTINF: &str = "#EXTINF:";

/// The entries in order, and whether the last one is whole: with its second line, and the end of that.
#[must_use]
pub fn parse(text: &str) -> (Vec<Entry>, bool) {
    let mut entries = Vec::new();
    let mut head: Option<&str> = None;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with(EXTVDJ) || line.starts_with(EXTINF) {
            entries.extend(head.take().and_then(|head| entry(head, "")));
            head = Some(line);
        } else if !line.starts_with('#') {
            entries.extend(entry(head.take().unwrap_or_default(), line));
        }
    }
    let is_whole = head.is_none() && (text.is_empty() || text.ends_with('\n'));
    entries.extend(head.and_then(|head| entry(head, "")));
    (entries, is_whole)
}

fn entry(head: &str, place: &str) -> Option<Entry> {
    if let Some(tags) = head.strip_prefix(EXTVDJ) {
        return tagged(tags, place);
    }
    let named = |track: Track, stamp: &str| {
        let is_named = !track.title.is_empty() || !track.artist.is_empty();
        is_named.then(|| Entry { track, stamp: stamp.to_owned(), played_at_sec: None })
    };
    if let Some((length, name)) = head.strip_prefix(EXTINF).and_then(|info| info.split_once(',')) {
        let mut track = split_line(name);
        track.duration = seconds(length).unwrap_or_default();
        return named(track, place);
    }
    named(by_place(place)?, place)
}

fn tagged(tags: &str, place: &str) -> Option<Entry> {
    let get = |name: &str| tag(tags, name).map(|text| unescape(text.trim())).unwrap_or_default();
    let (artist, title) = (get("artist"), with_remix(&get("title"), &get("remix")));
    let mut track = Track::new(&artist, &title);
    if artist.is_empty() && title.is_empty() {
        track = by_place(place)?;
    }
    track.album = get("album");
    track.duration = seconds(&get("songlength")).unwrap_or_default();
    let (time, played_at) = (get("time"), get("lastplaytime"));
    Some(Entry { track, stamp: format!("{time} {played_at}"), played_at_sec: played_at.parse().ok() })
}

/// What stands between a tag and its end; the end may be missing where a line is half-written.
fn tag<'a>(tags: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tags.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
}

/// A file is often called after what is in it; a stream is not.
fn by_place(place: &str) -> Option<Track> {
    if place.contains("://") || place.is_empty() {
        return None;
    }
    let name = place.rsplit(['/', '\\']).next()?;
    Some(split_line(name.rsplit_once('.').map_or(name, |(stem, _)| stem)))
}

/// Entities where they are whole, everything else as it stands.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        plain.push_str(before);
        match behind.split_once(';').and_then(|(name, after)| Some((entity(name)?, after))) {
            Some((letter, after)) => {
                plain.push(letter);
                rest = after;
            }
            None => {
                plain.push('&');
                rest = behind;
            }
        }
    }
    plain + rest
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let digits = name.strip_prefix('#')?;
            let number = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(number)
        }
    }
}

/// One play as VirtualDJ writes it, with entities where they are needed.
#[must_use]
pub fn print(entry: &Entry, place: &str) -> String {
    let Entry { track, stamp, .. } = entry;
    let (time, played_at) = stamp.split_once(' ').unwrap_or((stamp, ""));
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut line = format!("{EXTVDJ}<time>{time}</time><lastplaytime>{played_at}</lastplaytime>");
    for (name, text) in [("artist", &track.artist), ("title", &track.title), ("album", &track.album)] {
        if !text.is_empty() {
            line.push_str(&format!("<{name}>{}</{name}>", escape(text)));
        }
    }
    if !track.duration.is_zero() {
        line.push_str(&format!("<songlength>{}</songlength>", track.duration.as_secs_f64()));
    }
    format!("{line}\n{place}\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_is_read_as_virtualdj_writes_it() {
        let text = "#EXTVDJ:<time>21:39</time><lastplaytime>1674884385</lastplaytime><filesize>9</filesize><artist>Nick Cave & The Bad Seeds</artist><title>Red Right Hand</title><remix>Live</remix><songlength>241.622</songlength>\r\n\
                    netsearch://dz715352532\r\n\
                    #EXTVDJ:<time>21:43</time><lastplaytime>1674884600</lastplaytime><artist>Kruder &amp; Dorfmeister</artist><title>&lt;One&gt;</title>\r\n\
                    D:\\Music\\x.mp3\r\n\
                    \r\n# a comment\r\n/music/Air - La Femme d'Argent.flac\r\n\
                    #EXTVDJ:<time>21:50</time><title>Half";
        let (entries, is_whole) = parse(text);
        assert!(!is_whole);
        let shown: Vec<_> = entries.iter().map(|it| (&*it.track.artist, &*it.track.title)).collect();
        assert_eq!(
            shown,
            [
                ("Nick Cave & The Bad Seeds", "Red Right Hand (Live)"),
                ("Kruder & Dorfmeister", "<One>"),
                ("Air", "La Femme d'Argent"),
            ]
        );
        assert_eq!(entries[0].track.duration, Duration::from_millis(241_622));
        assert_eq!((entries[0].played_at_sec, entries[2].played_at_sec), (Some(1_674_884_385), None));
        for empty in ["", "\r\n\r\n", "#comment\n"] {
            assert_eq!(parse(empty), (Vec::new(), true), "{empty:?}");
        }
    }

    #[test]
    fn other_players_lists_are_read_too() {
        let (entries, _) = parse("#EXTM3U\n#EXTINF:241,Air - Sexy Boy\nx.mp3\n");
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].track.duration, Duration::from_secs(241));
        assert_eq!(entries[0].track.artist, "Air");
    }

    #[test]
    fn half_an_entry_is_not_whole() {
        let whole = print(
            &Entry { track: Track::new("A", "B"), stamp: "21:39 5".to_owned(), played_at_sec: Some(5) },
            "/b.mp3",
        );
        for end in 1..whole.len() {
            assert!(!parse(&whole[..end]).1, "{}", &whole[..end]);
        }
        assert!(parse(&whole).1);
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in "((#EXTVDJ:|#EXTINF:)?(<[a-z]{1,9}>|</title>|&[a-z#0-9]{0,4};?|.){0,12}\r?\n?){0,6}") {
            let _ = parse(&text);
        }

        #[test]
        fn what_is_printed_comes_back(
            artist in "[a-zé&<>; ]{0,12}",
            title in "[a-z&;#()]{1,12}",
            millis in 0_u64..500_000,
            played_at in 1_u64..2_000_000_000,
        ) {
            let mut track = Track::new(artist.trim(), &title);
            track.duration = Duration::from_millis(millis);
            let entry = Entry { track, stamp: format!("21:39 {played_at}"), played_at_sec: Some(played_at) };
            prop_assert_eq!(parse(&print(&entry, "netsearch://dz1")), (vec![entry], true));
        }
    }
}
