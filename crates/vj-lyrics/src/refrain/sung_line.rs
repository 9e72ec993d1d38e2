//! A line as it is compared.

use crate::limits::WORDS_COMPARED_MAX;
use crate::words::{fold, is_filler};

/// Stanzas shorter than this on average are no stanzas, but pauses that somebody put between lines.
const STANZA_LINES_MIN: f64 = 2.5;

/// A line that is sung.
pub(super) struct SungLine {
    /// Its place in the lyrics.
    pub(super) index: usize,
    /// Which stanza it is in; all 0 where there are none.
    pub(super) stanza: usize,
    pub(super) words: Vec<Word>,
    /// The sum of its words' weights.
    pub(super) weight: f32,
}

/// A folded word.
#[derive(PartialEq)]
pub(super) struct Word {
    text: String,
    /// How much it says: sounds and short words, of which a language's glue is made, say less than others.
    pub(super) weight: f32,
}

impl SungLine {
    /// All lines that are not empty.
    pub(super) fn read(lines: &[&str]) -> Vec<Self> {
        let mut sung: Vec<Self> = Vec::new();
        let mut stanza = 0;
        let mut is_break = false;
        for (index, line) in lines.iter().enumerate() {
            let words = words(line);
            if words.is_empty() {
                is_break = true;
                continue;
            }
            stanza += usize::from(std::mem::take(&mut is_break) && !sung.is_empty());
            let weight = words.iter().map(|word| word.weight).sum();
            sung.push(Self { index, stanza, words, weight });
        }
        if (sung.len() as f64) < STANZA_LINES_MIN * (stanza + 1) as f64 {
            sung.iter_mut().for_each(|line| line.stanza = 0);
        }
        sung
    }

    /// Whether its words are sung in the other line too, one after the other. A single sound is part of anything.
    pub(super) fn is_part_of(&self, other: &Self) -> bool {
        let is_here = |words: &[Word]| words.iter().zip(&self.words).all(|(one, two)| one.is_like(two));
        self.weight >= 0.8 && other.words.windows(self.words.len().max(1)).any(is_here)
    }

    /// How alike two lines are, 0 to 1: Dice's coefficient over the weights of their longest common subsequence of
    /// words.
    pub(super) fn similarity(&self, other: &Self) -> f32 {
        let both = self.weight + other.weight;
        let columns = other.words.len() + 1;
        let mut above = vec![0.0_f32; columns];
        let mut row = vec![0.0_f32; columns];
        for word in &self.words {
            for (at, against) in other.words.iter().enumerate() {
                let skipped = above[at + 1].max(row[at]);
                let taken = if word.is_like(against) {
                    above[at] + (word.weight + against.weight) / 2.0
                } else {
                    0.0
                };
                row[at + 1] = skipped.max(taken);
            }
            std::mem::swap(&mut above, &mut row);
        }
        if both > 0.0 { 2.0 * above[columns - 1] / both } else { 0.0 }
    }
}

impl Word {
    fn new(text: &str) -> Self {
        let weight = match text.chars().count() {
            _ if is_filler(text) => 0.2,
            0..=3 => 0.4,
            _ => 1.0,
        };
        Self { text: text.to_owned(), weight }
    }

    /// The same word, or another ending of it.
    fn is_like(&self, other: &Self) -> bool {
        let (short, long) = if self.text.len() <= other.text.len() {
            (&self.text, &other.text)
        } else {
            (&other.text, &self.text)
        };
        short == long || short.len() >= 4 && long.len() <= short.len() + 2 && long.starts_with(short.as_str())
    }
}

/// The words of a line, without what stands in brackets (ad-libs, "x2") unless that is all.
fn words(line: &str) -> Vec<Word> {
    let mut depth = 0_usize;
    let outside: String = line
        .chars()
        .filter(|c| match c {
            '(' | '[' | '{' => {
                depth += 1;
                false
            }
            ')' | ']' | '}' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect();
    let outside = fold(&outside);
    let folded = if outside.is_empty() { fold(line) } else { outside };
    let words = folded.split(' ').filter(|word| !word.is_empty()).take(WORDS_COMPARED_MAX);
    words.map(Word::new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn similarity(one: &str, two: &str) -> f32 {
        let lines = SungLine::read(&[one, two]);
        lines[0].similarity(&lines[1])
    }

    #[test]
    fn small_differences_stay_alike_and_a_common_start_is_not_enough() {
        for (one, two, least, most) in [
            ("Hold me, hold me now", "hold me hold me now", 1.0, 1.0),
            ("Hold me (hold me) now", "Hold me now (oh yeah)", 1.0, 1.0),
            (
                "Im Straßenlicht kenn ich dich ganz genau",
                "Im Strassenlicht kenn ich dich so genau",
                0.75,
                1.0,
            ),
            ("I was made for a night like this", "We were made for a night like this", 0.7, 1.0),
            ("I remember the garden", "I remember the winter", 0.0, 0.72),
            ("Oh the captain was a tailor's son", "Oh the cook he made a soup of nails", 0.0, 0.4),
            ("one thing", "another", 0.0, 0.2),
        ] {
            let found = similarity(one, two);
            assert!((least..=most).contains(&found), "{one} / {two}: {found}");
            assert!((similarity(two, one) - found).abs() < 1e-6);
        }
    }

    #[test]
    fn stanzas_are_counted_where_there_are_any() {
        let stanzas =
            |lines: &[&str]| SungLine::read(lines).iter().map(|line| line.stanza).collect::<Vec<_>>();
        assert_eq!(stanzas(&["", "a", "b", "c", "", "", "d", "e", "f"]), [0, 0, 0, 1, 1, 1]);
        assert_eq!(stanzas(&["a", "", "b", "", "c"]), [0, 0, 0], "a pause after each line");
    }
}
