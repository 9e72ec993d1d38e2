//! What a song's words say of it: by themselves, and after a model has looked at them.

use vj_lyrics::analysis::Analysis;
use vj_lyrics::categories::Categories;
use vj_lyrics::keywords::Keywords;
use vj_lyrics::limits::KEYWORDS_PER_LINE_MAX;
use vj_lyrics::lrc::{Line, Lyrics};
use vj_lyrics::refrain::Refrain;
use vj_lyrics::words::{Language, fold};

use super::outbox::{Say, TimedText};

/// What is known of a song.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Words {
    pub(super) language: Option<Language>,
    pub(super) refrain: Option<Refrain>,
    pub(super) keywords: Keywords,
    pub(super) categories: Categories,
    pub(super) themes: Vec<String>,
    pub(super) image_prompt: Option<String>,
    /// Who says so: `words`, or a model's name.
    pub(super) by: String,
}

impl Words {
    /// By the words alone: there at once.
    pub(super) fn of(lyrics: &Lyrics, categories: &[String]) -> Self {
        let lines = lyrics.texts();
        let language = Language::of(&lines.join("\n"));
        Self {
            language,
            refrain: Refrain::find(&lines),
            keywords: Keywords::find(&lines, language),
            categories: Categories::by_words(&lines, language, categories),
            by: "words".to_owned(),
            ..Self::default()
        }
    }

    /// With what a model found, as far as it found anything.
    pub(super) fn with(&self, found: Analysis, lyrics: &Lyrics, by: &str) -> Self {
        let mut words = self.clone();
        if found.refrain.is_some() {
            words.refrain = found.refrain;
        }
        if !found.keywords.is_empty() {
            words.keywords = keywords(found.keywords, &lyrics.texts(), &self.keywords);
        }
        if found.categories.scores.iter().any(|(_, score)| *score > 0.0) {
            words.categories = found.categories;
        }
        words.themes = found.themes;
        words.image_prompt = found.image_prompt;
        by.clone_into(&mut words.by);
        words
    }

    /// The lines of the refrain with their times.
    pub(super) fn refrain_lines(&self, lines: &[Line]) -> Vec<(usize, TimedText)> {
        let places = self.refrain.as_ref().map_or(&[][..], |refrain| &refrain.lines);
        let shown = places.iter().filter_map(|at| Some((*at, lines.get(*at)?)));
        numbered(shown.filter(|(_, line)| !line.is_pause()).map(|(at, line)| (at, line, line.text.clone())))
    }

    /// The keywords of the lines with their times.
    pub(super) fn keyword_lines(&self, lines: &[Line]) -> Vec<(usize, TimedText)> {
        let found = self.keywords.lines.iter();
        numbered(found.filter_map(|(at, words)| Some((*at, lines.get(*at)?, words.clone()))))
    }

    /// Categories and mood, as they are told.
    pub(super) fn moods(&self) -> Vec<Say> {
        let scores = self.categories.scores.iter().map(|(name, score)| Say::Category(name.clone(), *score));
        let mood = Say::Mood(self.categories.primary_mood.clone().unwrap_or_default());
        scores.chain([mood]).collect()
    }

    /// What an image of the song shows, where no model has said it.
    pub(super) fn prompt(&self) -> String {
        if let Some(prompt) = &self.image_prompt {
            return prompt.clone();
        }
        let mood = self.categories.primary_mood.iter().cloned();
        let words = self.keywords.song.iter().take(5).map(|word| word.to_lowercase());
        let about: Vec<String> = mood.chain(words).collect();
        format!("abstract cinematic concert visuals, no text, {}", about.join(", "))
    }
}

fn numbered<'l>(lines: impl Iterator<Item = (usize, &'l Line, String)>) -> Vec<(usize, TimedText)> {
    let numbers = 0_i32..;
    let timed = |(index, (at, line, text)): (i32, (usize, &'l Line, String))| {
        (at, TimedText { index, time_sec: line.time_sec() as f32, text })
    };
    numbers.zip(lines).map(timed).collect()
}

/// A model names the song's keywords. A line shows those of them that it sings; one without any keeps its own.
fn keywords(song: Vec<String>, lines: &[&str], by_words: &Keywords) -> Keywords {
    let folded: Vec<(String, &String)> = song.iter().map(|word| (fold(word), word)).collect();
    let of_line = |at: usize, line: &str| -> Option<String> {
        let line = format!(" {} ", fold(line));
        let mut sung: Vec<(usize, &str)> = folded
            .iter()
            .filter(|(word, _)| !word.is_empty())
            .filter_map(|(word, shown)| Some((line.find(&format!(" {word} "))?, shown.as_str())))
            .collect();
        sung.truncate(KEYWORDS_PER_LINE_MAX);
        sung.sort_unstable();
        let shown = sung.iter().map(|(_, word)| *word).collect::<Vec<_>>().join(" ");
        let own = || by_words.lines.iter().find(|(known, _)| *known == at).map(|(_, words)| words.clone());
        Some(shown).filter(|shown| !shown.is_empty()).or_else(own)
    };
    let found = lines.iter().enumerate().filter_map(|(at, line)| Some((at, of_line(at, line)?)));
    let found = found.collect();
    Keywords { song, lines: found }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lyrics() -> Lyrics {
        Lyrics::parse(
            "[00:01.00]Burn it down\n[00:02.00]The river is cold\n[00:03.00]\n[00:04.00]Burn the river down",
        )
        .unwrap()
    }

    #[test]
    fn a_models_keywords_stand_where_they_are_sung() {
        let words = Words::of(&lyrics(), &[]);
        let found = Analysis { keywords: vec!["RIVER".to_owned(), "BURN".to_owned()], ..Analysis::default() };
        let words = words.with(found, &lyrics(), "llama");
        let lines: Vec<&str> = words.keywords.lines.iter().map(|(_, words)| words.as_str()).collect();
        assert_eq!(lines, ["BURN", "RIVER", "BURN RIVER"]);
        let lines = lyrics();
        let timed = words.keyword_lines(lines.synced_lines().unwrap());
        assert_eq!(timed[2].0, 3);
        assert_eq!((timed[2].1.index, timed[2].1.time_sec), (2, 4.0));
    }

    #[test]
    fn what_a_model_did_not_find_stays_as_the_words_say() {
        let words = Words::of(&lyrics(), &["dark".to_owned()]);
        let after = words.with(Analysis::default(), &lyrics(), "llama");
        assert_eq!(
            (&after.refrain, &after.keywords, &after.categories),
            (&words.refrain, &words.keywords, &words.categories)
        );
        assert!(after.prompt().contains("no text"));
    }
}
