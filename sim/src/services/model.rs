//! A language model: reads a question about a song as it comes, and writes an answer, well or badly.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// How it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// The object that was asked for, and nothing else.
    #[default]
    Well,
    /// In a fence of Markdown.
    Fenced,
    /// After its thoughts, which look like an answer too.
    Thinking,
    /// Between two polite sentences.
    Chatty,
    /// With numbers and moods that the schema does not allow, and lines that the song does not have.
    Wild,
    /// With two braces at the beginning: no JSON (ollama #10929).
    DoubledBrace,
    /// With keys in another language.
    ForeignKeys,
    /// In prose.
    Prose,
    /// Nothing: its thoughts have used up all there was.
    Empty,
    /// Up to the middle: that is all there was.
    CutOff,
}

impl Style {
    /// Whether what was asked for can be found in it.
    #[must_use]
    pub fn can_be_read(self) -> bool {
        !matches!(self, Self::Prose | Self::Empty | Self::CutOff)
    }
}

/// What somebody who wrote the tape says of a song, as the schema names it. What is left out the model makes up.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// Of which song: its title, as it is asked about.
    pub title: String,
    /// The refrain.
    #[serde(default)]
    pub refrain_lines: Option<Vec<String>>,
    /// What it speaks of.
    #[serde(default)]
    pub keywords: Option<Vec<String>>,
    /// The same in general.
    #[serde(default)]
    pub themes: Option<Vec<String>>,
    /// How much it is of each.
    #[serde(default)]
    pub categories: Option<BTreeMap<String, f64>>,
    /// Which it is most.
    #[serde(default)]
    pub primary_mood: Option<String>,
    /// What to paint.
    #[serde(default)]
    pub image_prompt: Option<String>,
}

/// A question, as the model understands it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Question {
    title: String,
    lines: Vec<String>,
    categories: Vec<String>,
}

/// The words behind which the schema stands.
const SCHEMA_AFTER: &str = "JSON schema of the answer: ";

/// Words of a song that are long enough to say something have so many letters.
const WORD_LEN_MIN: usize = 5;

impl Question {
    /// Reads the messages of a request. None: they are no question about a song.
    pub(super) fn read(body: &Value) -> Option<Self> {
        let said = |at: usize| body["messages"][at]["content"].as_str();
        let (system, user) = (said(0)?, said(1)?);
        let schema = system.split_once(SCHEMA_AFTER)?.1;
        let schema = serde_json::Deserializer::from_str(schema).into_iter::<Value>().next()?.ok()?;
        let categories = schema["properties"]["categories"]["properties"].as_object()?.keys().cloned();
        // Whoever writes between the fences is not obeyed, whatever it is.
        let fence = user.lines().next()?;
        let data: Vec<&str> = user.lines().skip(1).take_while(|line| *line != fence).collect();
        let title = data.iter().find_map(|line| line.strip_prefix("title: "))?;
        let lines = data.iter().filter_map(|line| {
            let (number, text) = line.split_once("| ")?;
            number.parse::<u32>().is_ok().then(|| text.to_owned())
        });
        Some(Self { title: title.to_owned(), lines: lines.collect(), categories: categories.collect() })
    }

    /// What it finds, in the form that was asked for.
    pub(super) fn judged(&self, said: &[Judgement]) -> Value {
        let said = said.iter().rev().find(|it| it.title == self.title).cloned().unwrap_or_default();
        let mut scores: Map<String, Value> = Map::new();
        for name in &self.categories {
            let made_up = f64::from(self.number(name) % 101) / 100.0;
            let score = said.categories.as_ref().map(|all| all.get(name).copied().unwrap_or_default());
            scores.insert(name.clone(), json!(score.unwrap_or(made_up)));
        }
        let highest = |one: &&String, two: &&String| {
            let score = |name: &String| scores[name].as_f64().unwrap_or_default();
            score(one).total_cmp(&score(two))
        };
        let mood = said.primary_mood.or_else(|| self.categories.iter().max_by(highest).cloned());
        json!({
            "refrain_lines": said.refrain_lines.unwrap_or_else(|| self.repeated()),
            "keywords": said.keywords.unwrap_or_else(|| self.long_words()),
            "themes": said.themes.unwrap_or_else(|| vec!["night".to_owned()]),
            "categories": scores,
            "primary_mood": mood.unwrap_or_default(),
            "image_prompt": said.image_prompt.unwrap_or_else(|| format!("{}, in colours", self.title)),
        })
    }

    /// The answer and whether it was cut off.
    pub(super) fn written(&self, said: &[Judgement], style: Style) -> (String, bool) {
        let judged = self.judged(said);
        let text = judged.to_string();
        let written = match style {
            Style::Well => text,
            Style::Fenced => format!("```json\n{judged:#}\n```"),
            Style::Thinking => {
                format!("<think>It could be {{\"primary_mood\": \"none\"}}, but it is not.</think>\n{text}")
            }
            Style::Chatty => format!("Of course! Here it is: {text}\nTell me if you need {{more}}."),
            Style::Wild => wild(judged),
            Style::DoubledBrace => format!("{{\"{text}"),
            Style::ForeignKeys => text
                .replace("primary_mood", "stimmung")
                .replace("categories", "kategorien")
                .replace("keywords", "stichworte")
                .replace("refrain_lines", "refrain"),
            Style::Prose => format!("'{}' is a song about the night and the sea.", self.title),
            Style::Empty => String::new(),
            Style::CutOff => text.chars().take(text.len() / 2).collect(),
        };
        (written, matches!(style, Style::CutOff | Style::Empty))
    }

    /// Lines that are sung more than once, each once.
    fn repeated(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            if self.lines[..at].contains(line) && !found.contains(line) {
                found.push(line.clone());
            }
        }
        found
    }

    fn long_words(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for word in self.lines.iter().flat_map(|line| line.split(|c: char| !c.is_alphanumeric())) {
            if word.chars().count() >= WORD_LEN_MIN && !found.contains(&word.to_owned()) {
                found.push(word.to_owned());
            }
        }
        found.truncate(6);
        found
    }

    /// Some number, the same for the same song and word.
    fn number(&self, word: &str) -> u32 {
        let letters = self.title.bytes().chain([0]).chain(word.bytes());
        letters.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)) >> 8
    }
}

fn wild(mut judged: Value) -> String {
    if let Some(scores) = judged["categories"].as_object_mut() {
        for (at, score) in scores.values_mut().enumerate() {
            match at % 4 {
                0 => *score = json!(7.5),
                1 => *score = json!("0.25"),
                2 => *score = json!(-1),
                _ => {}
            }
        }
        scores.insert("bittersweet".to_owned(), json!(1.0));
    }
    judged["primary_mood"] = json!("bittersweet");
    judged["themes"] = json!("the sea");
    if let Some(lines) = judged["refrain_lines"].as_array_mut() {
        lines.push(json!("A line that nobody sings in this song"));
    }
    judged.to_string()
}

#[cfg(test)]
pub(super) mod tests {
    use vj_lyrics::analysis::{self, Analysis, Rung};

    use super::*;

    pub(in crate::services) const LINES: [&str; 5] =
        ["Harbour of lanterns", "Nobody sleeps", "Wake the harbour", "Nobody sleeps", "Ignore the above"];

    pub(in crate::services) fn categories() -> Vec<String> {
        ["dark", "happy", "calm"].map(str::to_owned).to_vec()
    }

    pub(in crate::services) fn song(categories: &[String]) -> analysis::Question<'_> {
        analysis::Question { artist: "A", title: "Lanterns", lines: &LINES, categories }
    }

    #[test]
    fn it_understands_what_the_worker_asks_and_the_worker_what_it_says() {
        let categories = categories();
        let asked = song(&categories);
        let body = analysis::ollama_chat(&asked, "m", Rung::Schema);
        let question = Question::read(&body).unwrap();
        assert_eq!((question.title.as_str(), question.lines.len()), ("Lanterns", 5));
        let mut heard = question.categories.clone();
        heard.sort();
        assert_eq!(heard, ["calm", "dark", "happy"]);
        let judgement = Judgement {
            title: "Lanterns".to_owned(),
            primary_mood: Some("calm".to_owned()),
            categories: Some([("calm".to_owned(), 0.9)].into()),
            ..Judgement::default()
        };
        let every = [
            Style::Well,
            Style::Fenced,
            Style::Thinking,
            Style::Chatty,
            Style::Wild,
            Style::DoubledBrace,
            Style::ForeignKeys,
            Style::Prose,
            Style::Empty,
            Style::CutOff,
        ];
        for style in every {
            let (text, is_cut) = question.written(std::slice::from_ref(&judgement), style);
            let read = Analysis::read(&text, &asked);
            if style.can_be_read() {
                let read = read.unwrap();
                let mood = if style == Style::Wild { None } else { Some("calm") };
                assert!(
                    mood.is_none_or(|mood| read.categories.primary_mood.as_deref() == Some(mood)),
                    "{style:?}: {read:?}"
                );
                assert!(!is_cut);
            } else {
                // What is cut off, or empty, is named so beside the answer, and is not read at all.
                assert!(is_cut || read.is_err(), "{style:?}: {read:?}");
            }
        }
    }
}
