//! Sounds that are sung and say nothing, in any language.

/// Folded. Stretched ones (ooooh, laaa) are brought to these by leaving out repeated letters.
const FILLERS: [&str; 75] = [
    "a", "ah", "aha", "aw", "ay", "aye", "ayo", "ba", "bam", "boom", "da", "dada", "di", "do", "doo",
    "doobie", "dum", "eh", "eo", "ey", "gon", "ha", "haha", "he", "hee", "hey", "heya", "hm", "hmm", "ho",
    "hoo", "huh", "ja", "jo", "la", "lala", "lalala", "le", "li", "lo", "m", "mh", "mhm", "mm", "mmm", "na",
    "nah", "nana", "nanana", "ne", "o", "oh", "oho", "ohoh", "oi", "ole", "oo", "ooh", "pa", "ra", "sha",
    "shalala", "ta", "tra", "uh", "uhh", "um", "wa", "whoa", "wo", "woah", "woo", "wow", "yeah", "yo",
];

/// Whether a folded word is such a sound.
pub(crate) fn is_filler(word: &str) -> bool {
    FILLERS.binary_search(&word).is_ok() || {
        let mut letters: Vec<char> = word.chars().collect();
        letters.dedup();
        let squeezed: String = letters.iter().collect();
        squeezed.len() < word.len() && FILLERS.binary_search(&squeezed.as_str()).is_ok() && letters.len() <= 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sounds_are_known_and_words_are_not_taken_for_them() {
        assert!(FILLERS.is_sorted());
        for sound in ["oh", "ooooh", "yeah", "lala", "laaa", "mmmm", "hmm", "naaa", "heyyy"] {
            assert!(is_filler(sound), "{sound}");
        }
        for word in ["love", "all", "hall", "need", "soon", "noon", "feel"] {
            assert!(!is_filler(word), "{word}");
        }
    }
}
