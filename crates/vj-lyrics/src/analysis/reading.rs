//! A model's answer, as far as it is believed.

use serde_json::{Map, Value};

use super::values::{field, score, text, texts};
use super::{AnalysisError, Question, object};
use crate::categories::Categories;
use crate::limits::{
    IMAGE_PROMPT_BYTES_MAX, KEYWORD_CHARS_MAX, KEYWORDS_MAX, REFRAIN_LINES_NAMED_MAX, THEMES_MAX,
};
use crate::refrain::{Refrain, find_again};
use crate::words::{fold, head};

/// Names of the fields, without blanks and signs: ours first, then what models write instead.
const REFRAIN: [&str; 5] = ["refrainlines", "refrain", "choruslines", "chorus", "hook"];
const KEYWORDS: [&str; 3] = ["keywords", "keyword", "schlusselworter"];
const THEMES: [&str; 3] = ["themes", "theme", "themen"];
const CATEGORIES: [&str; 4] = ["categories", "category", "scores", "kategorien"];
const MOOD: [&str; 4] = ["primarymood", "mood", "primarycategory", "stimmung"];
const IMAGE: [&str; 4] = ["imageprompt", "image", "imagedescription", "bildprompt"];

/// An answer must have this many of its six fields, or it is another object.
const FIELDS_MIN: usize = 3;

/// Of the refrain's lines in the answer this share at least must stand in the song, or the refrain is an invention.
const REAL_SHARE_MIN: f64 = 0.5;

/// A refrain that is more of the song than this is a model that copied the song; chants stay below.
const REFRAIN_SHARE_MAX: f64 = 0.85;

/// What a model found in a song.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Analysis {
    /// The refrain, of lines that the song has. `None`: none was named, or none that is believed.
    pub refrain: Option<Refrain>,
    /// Words of the song, in upper case.
    pub keywords: Vec<String>,
    /// In the model's words: letters, digits and blanks.
    pub themes: Vec<String>,
    /// Each configured category; those that the model left out have 0.
    pub categories: Categories,
    /// For an image model: one line. `None`: none was written.
    pub image_prompt: Option<String>,
}

impl Analysis {
    /// Reads a model's text. `question` is what it was asked.
    ///
    /// # Errors
    ///
    /// Why nothing of it is believed.
    pub fn read(answer: &str, question: &Question<'_>) -> Result<Self, AnalysisError> {
        let object = object::find(answer, |object| usable_fields(object) >= FIELDS_MIN)?;
        let get = |names: &[&str]| field(&object, names);
        let folded_words = song_words(question.lines);
        Ok(Self {
            refrain: get(&REFRAIN).and_then(|value| refrain(value, question.lines)),
            keywords: get(&KEYWORDS).map(|value| keywords(value, &folded_words)).unwrap_or_default(),
            themes: get(&THEMES).map(themes).unwrap_or_default(),
            categories: categories(get(&CATEGORIES), get(&MOOD), question.categories),
            image_prompt: get(&IMAGE).and_then(image_prompt),
        })
    }
}

fn usable_fields(object: &Map<String, Value>) -> usize {
    let all: [&[&str]; 6] = [&REFRAIN, &KEYWORDS, &THEMES, &CATEGORIES, &MOOD, &IMAGE];
    all.into_iter().filter(|names| field(object, names).is_some_and(|value| !value.is_null())).count()
}

/// The lines of the answer, found again in the song; numbers are the prompt's.
fn refrain(value: &Value, lines: &[&str]) -> Option<Refrain> {
    let mut found = Vec::new();
    let (mut named, mut real) = (0_usize, 0_usize);
    let mut named_line = |places: Vec<usize>| {
        named += 1;
        real += usize::from(!places.is_empty());
        found.extend(places);
    };
    let items = match value {
        Value::Array(items) => items.clone(),
        Value::String(text) => text.lines().map(|line| Value::from(line.trim())).collect(),
        _ => return None,
    };
    for item in items.iter().take(REFRAIN_LINES_NAMED_MAX) {
        match item {
            Value::Number(number) => {
                let index = number.as_u64().and_then(|number| usize::try_from(number).ok()?.checked_sub(1));
                let line = index.and_then(|index| lines.get(index));
                named_line(line.map_or_else(Vec::new, |line| find_again(line, lines)));
            }
            other => {
                for line in text(other).lines().map(without_number).filter(|line| !fold(line).is_empty()) {
                    named_line(find_again(line, lines));
                }
            }
        }
    }
    let sung = lines.iter().filter(|line| !fold(line).is_empty()).count();
    let refrain = Refrain::from_lines(lines, found);
    let is_believed = real > 0
        && real as f64 >= REAL_SHARE_MIN * named as f64
        && refrain.lines.len() as f64 <= REFRAIN_SHARE_MAX * sung as f64;
    is_believed.then_some(refrain)
}

/// A line without the number that it had in the prompt.
fn without_number(line: &str) -> &str {
    match line.split_once('|') {
        Some((number, rest))
            if !number.is_empty() && number.trim().bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            rest.trim()
        }
        _ => line.trim(),
    }
}

/// All words of the song, folded, in order of the alphabet.
fn song_words(lines: &[&str]) -> Vec<String> {
    let mut words: Vec<String> =
        lines.iter().flat_map(|line| fold(line).split(' ').map(str::to_owned).collect::<Vec<_>>()).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Keywords are shown to an audience. Only those count of which the song has every word, in whatever ending.
fn keywords(value: &Value, song_words: &[String]) -> Vec<String> {
    let is_sung = |word: &str| {
        let start: String = word.chars().take(4).collect();
        let is_like = |sung: &String| sung == word || start.chars().count() == 4 && sung.starts_with(&start);
        song_words.iter().any(is_like)
    };
    let mut kept: Vec<(String, String)> = Vec::new();
    for keyword in texts(value) {
        let folded = fold(&keyword);
        let is_short = !folded.is_empty() && keyword.chars().count() <= KEYWORD_CHARS_MAX;
        let is_new = !kept.iter().any(|(known, _)| *known == folded);
        if is_short && is_new && folded.split(' ').all(is_sung) && kept.len() < KEYWORDS_MAX {
            kept.push((folded, keyword.to_uppercase()));
        }
    }
    kept.into_iter().map(|(_, shown)| shown).collect()
}

fn themes(value: &Value) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for theme in texts(value) {
        let is_plain =
            theme.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '\'' | '&' | '_'));
        let is_new = !kept.iter().any(|known| fold(known) == fold(&theme));
        if is_plain && is_new && theme.chars().count() <= KEYWORD_CHARS_MAX && kept.len() < THEMES_MAX {
            kept.push(theme);
        }
    }
    kept
}

/// An object with a number for each category, or a list of objects with a name and a number.
fn categories(value: Option<&Value>, mood: Option<&Value>, names: &[String]) -> Categories {
    let named: Vec<(String, &Value)> = match value {
        Some(Value::Object(object)) => object.iter().map(|(name, value)| (fold(name), value)).collect(),
        Some(Value::Array(items)) => {
            let items = items.iter().filter_map(Value::as_object);
            items
                .filter_map(|item| {
                    Some((
                        fold(&text(field(item, &["name", "category"])?)),
                        field(item, &["score", "value"])?,
                    ))
                })
                .collect()
        }
        _ => Vec::new(),
    };
    let of =
        |name: &str| named.iter().find(|(known, _)| *known == fold(name)).and_then(|(_, value)| score(value));
    let found: Vec<(&String, Option<(f64, bool)>)> = names.iter().map(|name| (name, of(name))).collect();
    let most = found
        .iter()
        .filter_map(|(_, score)| score.filter(|(_, is_part)| !is_part))
        .map(|(value, _)| value)
        .fold(0.0, f64::max);
    // Some models count to ten or to a hundred; a little above one is just too much.
    let scale = match most {
        _ if most < 2.0 => 1.0,
        _ if most <= 10.0 => 10.0,
        _ => 100.0,
    };
    let scores = found.into_iter().map(|(name, score)| {
        let score = score.map_or(0.0, |(value, is_part)| if is_part { value } else { value / scale });
        (name.clone(), score as f32)
    });
    let mut categories = Categories::from_scores(scores);
    let mood = mood.map(|mood| fold(&text(mood)));
    if let Some(named) = names.iter().find(|name| Some(fold(name)) == mood) {
        categories.primary_mood = Some(named.clone());
    }
    categories
}

/// One line, without addresses, cut at a word.
fn image_prompt(value: &Value) -> Option<String> {
    let text = text(value);
    let words = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty() && !word.contains("://"));
    let line = words.collect::<Vec<_>>().join(" ");
    let short = head(&line, IMAGE_PROMPT_BYTES_MAX);
    let short = if short.len() < line.len() {
        short.rsplit_once(' ').map_or(short, |(whole, _)| whole)
    } else {
        short
    };
    (!short.is_empty()).then(|| short.to_owned())
}
