//! Texts that stand where lyrics should be, and are none.

use crate::words::fold;

/// What contributors and services write instead of lyrics, folded (no case, accents, punctuation). A text that holds
/// one of them and little else is none. The first is LRCLIB issue 90.
const PHRASES: [&str; 18] = [
    "as letras nao estao sincronizadas com a musica",
    "as letras desta musica",
    "lyrics are not synced",
    "lyrics not synced",
    "these lyrics are not time synced",
    "lyrics not available",
    "lyrics are not available",
    "no lyrics available",
    "no lyrics found",
    "lyrics coming soon",
    "lyrics for this song have yet to be released",
    "we don t have the lyrics",
    "you ll have to guess this one",
    "restricted lyrics",
    "kein songtext vorhanden",
    "letra no disponible",
    "paroles non disponibles",
    "looks like we don t have the lyrics for this song",
];

/// What says that nobody sings.
const INSTRUMENTAL: [&str; 10] = [
    "instrumental",
    "this is an instrumental",
    "this song is an instrumental",
    "this song is instrumental",
    "au instrumental",
    "instrumental track",
    "instrumental song",
    "music instrumental",
    "instrumental music",
    "pure music please enjoy",
];

/// A text with more words than this beside a placeholder's own is a song that happens to use them.
const WORDS_BESIDE_MAX: usize = 12;

/// Whether the lines together say no more than that there are no lyrics.
pub(super) fn is_placeholder<'l>(lines: impl Iterator<Item = &'l str>) -> bool {
    let Some(text) = short_text(lines) else { return false };
    PHRASES.iter().any(|phrase| {
        let words = |text: &str| text.split(' ').count();
        text.contains(phrase) && words(&text) <= words(phrase) + WORDS_BESIDE_MAX
    })
}

/// Whether the lines together say no more than that nobody sings.
pub(super) fn is_instrumental<'l>(lines: impl Iterator<Item = &'l str>) -> bool {
    short_text(lines).is_some_and(|text| INSTRUMENTAL.contains(&text.as_str()))
}

/// Whether the line stands for music without words, as notes and dots do; it is a pause then.
pub(super) fn is_music_sign(line: &str) -> bool {
    !line.is_empty()
        && line
            .chars()
            .all(|c| c.is_whitespace() || matches!(c, '♪' | '♫' | '♬' | '♩' | '…' | '.' | '*' | '-'))
}

/// All of it in one line, if it is so short that it can be a placeholder. The same line said twice counts once.
fn short_text<'l>(lines: impl Iterator<Item = &'l str>) -> Option<String> {
    let mut folded: Vec<String> = Vec::new();
    for line in lines.map(fold).filter(|line| !line.is_empty()) {
        if !folded.contains(&line) {
            folded.push(line);
        }
        if folded.len() > 6 {
            return None;
        }
    }
    Some(folded.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_known_and_songs_are_not_taken_for_them() {
        for (text, expected) in [
            ("As letras não estão sincronizadas com a música", true),
            ("AS LETRAS NAO ESTAO SINCRONIZADAS COM A MUSICA!", true),
            ("Lyrics not available.", true),
            ("Looks like we don't have the lyrics for this song\nSorry", true),
            ("You took the lyrics of my heart", false),
            ("", false),
        ] {
            assert_eq!(is_placeholder(text.lines()), expected, "{text}");
        }
        let song = "no lyrics found in the drawer where I kept what you wrote to me in the summer of the storm and the rain";
        assert!(!is_placeholder(song.lines()));
    }

    #[test]
    fn nobody_sings_in_an_instrumental() {
        assert!(is_instrumental("(Instrumental)".lines()));
        assert!(is_instrumental("[Instrumental]\n\n[Instrumental]".lines()));
        assert!(!is_instrumental("Instrumental in your fall".lines()));
        assert!(is_music_sign("♪ ♪") && is_music_sign("...") && !is_music_sign("") && !is_music_sign("♪ la"));
    }
}
