//! A line in a format of the user's own: VirtualDJ's `tracklistFormat`, with words for what is where.

use super::entry::{Entry, split_line, with_remix};

/// What a line may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Artist,
    Title,
    Remix,
    Album,
    Time,
    /// Anything.
    Skip,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Field(Field),
    Literal(String),
}

/// A pattern such as `deck=%any artist=%artist title=%title`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Part>);

/// The words, longest first where one begins another. `%author` is VirtualDJ's own for the artist.
const WORDS: [(&str, Field); 8] = [
    ("%author", Field::Artist),
    ("%artist", Field::Artist),
    ("%title", Field::Title),
    ("%remix", Field::Remix),
    ("%album", Field::Album),
    ("%time", Field::Time),
    ("%any", Field::Skip),
    ("%deck", Field::Skip),
];

impl Pattern {
    /// Reads a pattern. None if it names neither artist nor title, or has two words with nothing between them: then nobody could
    /// tell where one ends.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts: Vec<Part> = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let word = WORDS.iter().find(|(word, _)| rest.starts_with(word));
            if let Some((word, field)) = word {
                if matches!(parts.last(), Some(Part::Field(_))) {
                    return None;
                }
                parts.push(Part::Field(*field));
                rest = &rest[word.len()..];
                continue;
            }
            let letter = rest.chars().next()?;
            rest = &rest[letter.len_utf8()..];
            match parts.last_mut() {
                Some(Part::Literal(literal)) => literal.push(letter),
                _ => parts.push(Part::Literal(letter.to_string())),
            }
        }
        let names = |field| parts.contains(&Part::Field(field));
        (names(Field::Artist) || names(Field::Title)).then_some(Self(parts))
    }

    /// What a line tells; none if it is not of this form.
    #[must_use]
    pub fn read(&self, line: &str) -> Option<Entry> {
        let line = line.trim();
        let mut rest = line;
        let (mut artist, mut title, mut remix, mut album) = ("", "", "", "");
        for (index, part) in self.0.iter().enumerate() {
            match part {
                Part::Literal(literal) => rest = rest.strip_prefix(literal.as_str())?,
                Part::Field(field) => {
                    let end = match self.0.get(index + 1) {
                        Some(Part::Literal(literal)) => match rest.find(literal.as_str()) {
                            Some(end) => end,
                            // Blanks at the end of a line were trimmed away.
                            None if rest.ends_with(literal.trim_end()) && index + 2 == self.0.len() => {
                                rest.len() - literal.trim_end().len()
                            }
                            None => return None,
                        },
                        _ => rest.len(),
                    };
                    let text = rest[..end].trim();
                    rest = &rest[end..];
                    match field {
                        Field::Artist => artist = text,
                        Field::Title => title = text,
                        Field::Remix => remix = text,
                        Field::Album => album = text,
                        Field::Time | Field::Skip => {}
                    }
                }
            }
        }
        if !rest.trim().is_empty() || (artist.is_empty() && title.is_empty()) {
            return None;
        }
        let has_artist = self.0.contains(&Part::Field(Field::Artist));
        let mut track = vj_core::playback::Track::new(artist, title);
        if !has_artist {
            track = split_line(title);
        }
        track.title = with_remix(&track.title, remix);
        track.album = album.to_owned();
        Some(Entry { track, stamp: line.to_owned(), played_at_sec: None })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_of_ones_own_is_read() {
        for (pattern, line, expect) in [
            (
                "deck=%any artist=%author title=%title",
                "deck=1 artist=Air title=Sexy Boy",
                Some(("Air", "Sexy Boy")),
            ),
            ("%title|%artist|%remix|", "Sexy Boy|Air|Live|", Some(("Air", "Sexy Boy (Live)"))),
            ("[%time] %title", "[21:39] Air - Sexy Boy", Some(("Air", "Sexy Boy"))),
            ("%artist :: %title", "Air - Sexy Boy", None),
            ("deck=%any artist=%author title=%title", "VirtualDJ History 2026/11/26", None),
        ] {
            let read = Pattern::parse(pattern).unwrap().read(line);
            let shown = read.as_ref().map(|it| (&*it.track.artist, &*it.track.title));
            assert_eq!(shown, expect, "{pattern} {line}");
        }
    }

    #[test]
    fn a_pattern_that_could_not_be_read_is_none() {
        for bad in ["", "artist", "%time", "%artist%title"] {
            assert_eq!(Pattern::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_line_is_too_much(
            pattern in "(%artist|%title|%any|%remix| |=|é){0,7}",
            line in "(%artist|[a-z= é]){0,40}",
        ) {
            if let Some(pattern) = Pattern::parse(&pattern) {
                let _ = pattern.read(&line);
            }
        }

        #[test]
        fn what_is_printed_comes_back(artist in "[a-zé&-]{1,9}", title in "[a-z()-]{1,9}") {
            let pattern = Pattern::parse("on %deck: %artist = %title").unwrap();
            let entry = pattern.read(&format!("on 2: {artist} = {title}")).unwrap();
            prop_assert_eq!((entry.track.artist, entry.track.title), (artist, title));
        }
    }
}
