//! What the brackets after a title say.

use std::collections::BTreeSet;

/// A kind of version. Two of different kinds have other words, other times, or no words at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Acoustic,
    Cover,
    Demo,
    Extended,
    Instrumental,
    Karaoke,
    Live,
    /// Sung in another language, by another arrangement, or again: "Taylor's Version", "Spanish Version", "Reprise".
    Other,
    Remix,
    /// Sped up, slowed down, pitched.
    Speed,
}

/// The words, folded, that tell a kind. Those of two words are found as neighbours.
const KINDS: [(&str, Kind); 54] = [
    ("acoustic", Kind::Acoustic),
    ("acustico", Kind::Acoustic),
    ("acustica", Kind::Acoustic),
    ("akustik", Kind::Acoustic),
    ("akustisch", Kind::Acoustic),
    ("acoustique", Kind::Acoustic),
    ("unplugged", Kind::Acoustic),
    ("stripped", Kind::Acoustic),
    ("piano", Kind::Acoustic),
    ("orchestral", Kind::Acoustic),
    ("symphonic", Kind::Acoustic),
    ("cover", Kind::Cover),
    ("tribute", Kind::Cover),
    ("originally performed", Kind::Cover),
    ("made famous", Kind::Cover),
    ("demo", Kind::Demo),
    ("outtake", Kind::Demo),
    ("rehearsal", Kind::Demo),
    ("take", Kind::Demo),
    ("early version", Kind::Demo),
    ("extended", Kind::Extended),
    ("long version", Kind::Extended),
    ("12 inch", Kind::Extended),
    ("instrumental", Kind::Instrumental),
    ("karaoke", Kind::Karaoke),
    ("backing track", Kind::Karaoke),
    ("live", Kind::Live),
    ("en vivo", Kind::Live),
    ("en directo", Kind::Live),
    ("en public", Kind::Live),
    ("en concert", Kind::Live),
    ("in concert", Kind::Live),
    ("ao vivo", Kind::Live),
    ("session", Kind::Live),
    ("sessions", Kind::Live),
    ("version", Kind::Other),
    ("reprise", Kind::Other),
    ("a cappella", Kind::Other),
    ("acapella", Kind::Other),
    ("acappella", Kind::Other),
    ("remix", Kind::Remix),
    ("rmx", Kind::Remix),
    ("mix", Kind::Remix),
    ("edit", Kind::Remix),
    ("rework", Kind::Remix),
    ("bootleg", Kind::Remix),
    ("mashup", Kind::Remix),
    ("flip", Kind::Remix),
    ("dub", Kind::Remix),
    ("vip", Kind::Remix),
    ("sped up", Kind::Speed),
    ("slowed", Kind::Speed),
    ("nightcore", Kind::Speed),
    ("reverb", Kind::Speed),
];

/// Words that say nothing of the words and their times. A bracket of nothing but these is left out; a length that
/// differs all the same is found by the length.
const NOISE: [&str; 47] = [
    "album",
    "anniversary",
    "audio",
    "bonus",
    "clean",
    "clip",
    "deluxe",
    "digital",
    "digitally",
    "dirty",
    "edition",
    "expanded",
    "explicit",
    "film",
    "from",
    "full",
    "hd",
    "hq",
    "lyric",
    "lyrics",
    "main",
    "master",
    "mastered",
    "mono",
    "motion",
    "movie",
    "music",
    "new",
    "official",
    "original",
    "ost",
    "picture",
    "radio",
    "remaster",
    "remastered",
    "remasterizado",
    "remasterise",
    "single",
    "soundtrack",
    "special",
    "stereo",
    "the",
    "track",
    "video",
    "visualizer",
    "visualiser",
    "4k",
];

/// Words that say nothing either, but only beside one of [`NOISE`]: a radio edit, an original mix, an album version.
const NOISE_BESIDE: [&str; 4] = ["edit", "mix", "version", "cut"];

/// What one bracket, or what stands after a dash, says.
#[derive(Debug, PartialEq)]
pub(crate) enum Part {
    /// Who else sings.
    Featuring(String),
    /// Nothing that counts.
    Noise,
    /// Which version it is: its kinds, and its other words.
    Version(BTreeSet<Kind>, Vec<String>),
    /// Part of the name.
    Name,
}

impl Part {
    /// Reads a folded part. `is_bracket`: it stood in brackets, where `with` names a guest.
    pub(crate) fn read(folded: &str, is_bracket: bool) -> Self {
        let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
        let Some(first) = words.first() else { return Self::Noise };
        if matches!(*first, "feat" | "ft" | "featuring") || is_bracket && *first == "with" {
            return Self::Featuring(words[1..].join(" "));
        }
        let is_year = |word: &str| {
            word.len() == 4 && word.parse::<u16>().is_ok_and(|year| (1900..2100).contains(&year))
        };
        let is_noise = |word: &&str| NOISE.contains(word) || is_year(word);
        let is_quiet = |word: &&str| is_noise(word) || NOISE_BESIDE.contains(word) || is_ordinal(word);
        if words.iter().any(is_noise) && words.iter().all(is_quiet) {
            return Self::Noise;
        }
        // "From the film X", "2011 remaster by Y".
        let is_remaster = words.iter().any(|word| word.starts_with("remaster"));
        let is_from = *first == "from"
            && words.iter().any(|word| matches!(*word, "film" | "movie" | "soundtrack" | "series"));
        if is_from || is_remaster && kinds(&words).is_empty() {
            return Self::Noise;
        }
        let kinds = kinds(&words);
        if kinds.is_empty() {
            return Self::Name;
        }
        let is_kind = |word: &str| KINDS.iter().any(|(known, _)| known.split(' ').any(|part| part == word));
        let details =
            words.iter().filter(|word| !is_kind(word) && !is_quiet(word)).map(|word| (*word).to_owned());
        Self::Version(kinds, details.collect())
    }
}

fn is_ordinal(word: &str) -> bool {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    !digits.is_empty() && digits.len() < word.len() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn kinds(words: &[&str]) -> BTreeSet<Kind> {
    let text = format!(" {} ", words.join(" "));
    let mut found: BTreeSet<Kind> =
        KINDS.iter().filter(|(word, _)| text.contains(&format!(" {word} "))).map(|(_, kind)| *kind).collect();
    // "Live version" is a live one and no other; "extended mix" is no remix.
    if found.len() > 1 {
        found.remove(&Kind::Other);
    }
    if found.contains(&Kind::Extended) && words.len() <= 2 {
        found.remove(&Kind::Remix);
    }
    found
}
