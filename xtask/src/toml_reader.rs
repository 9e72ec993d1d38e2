//! Reads TOML by hand, so that each complaint names the file, the line, the key and what is allowed.

use std::ops::{Range, RangeInclusive};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The text of a TOML file and the name under which complaints mention it.
pub(crate) struct Document {
    name: String,
    text: String,
}

impl Document {
    pub(crate) fn read(root: &Path, name: &str) -> Result<Self> {
        let text =
            std::fs::read_to_string(root.join(name)).with_context(|| format!("{name}: cannot be read"))?;
        Ok(Self::new(name, text))
    }

    pub(crate) fn new(name: &str, text: String) -> Self {
        Self { name: name.to_owned(), text }
    }

    /// The parsed document; keep it, and take [`Table::root`] of it.
    pub(crate) fn parse(&self) -> Result<DeTable<'_>> {
        match DeTable::parse(&self.text) {
            Ok(table) => Ok(table.into_inner()),
            Err(error) => {
                let line = self.line(error.span().map_or(0, |span| span.start));
                bail!("{}:{line}: {}", self.name, error.message().replace('\n', ", "))
            }
        }
    }

    pub(crate) fn line(&self, offset: usize) -> usize {
        1 + self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
    }
}

/// One table of a document.
#[derive(Clone)]
pub(crate) struct Table<'t> {
    document: &'t Document,
    entries: &'t DeTable<'t>,
    span: Range<usize>,
}

impl<'t> Table<'t> {
    pub(crate) fn root(document: &'t Document, entries: &'t DeTable<'t>) -> Self {
        Self { document, entries, span: 0..0 }
    }

    /// A complaint about the table as a whole.
    pub(crate) fn complaint(&self, what: &str) -> anyhow::Error {
        anyhow!("{}:{}: {what}", self.document.name, self.document.line(self.span.start))
    }

    /// A complaint about one key, which stands where the key's value stands.
    pub(crate) fn complaint_at(&self, key: &str, what: &str) -> anyhow::Error {
        anyhow!("{}:{}: {key}: {what}", self.document.name, self.line_of(key))
    }

    pub(crate) fn line_of(&self, key: &str) -> usize {
        let start = self.entries.get(key).map_or(self.span.start, |value| value.span().start);
        self.document.line(start)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &'t str> {
        self.entries.keys().map(|key| key.get_ref().as_ref())
    }

    /// Refuses keys that nobody would read: a misspelt key must not pass in silence.
    pub(crate) fn only(&self, allowed: &[&str]) -> Result<()> {
        match self.keys().find(|key| !allowed.contains(key)) {
            None => Ok(()),
            Some(key) => {
                Err(self.complaint_at(key, &format!("unknown key, allowed are {}", allowed.join(", "))))
            }
        }
    }

    pub(crate) fn text(&self, key: &str) -> Result<Option<&'t str>> {
        let Some(value) = self.value(key) else { return Ok(None) };
        match value.as_str() {
            Some(text) => Ok(Some(text)),
            None => Err(self.complaint_at(key, "a text in quotes is needed")),
        }
    }

    pub(crate) fn needed_text(&self, key: &str) -> Result<&'t str> {
        self.text(key)?.ok_or_else(|| self.complaint(&format!("{key} = \"...\" is missing")))
    }

    pub(crate) fn number(&self, key: &str, allowed: RangeInclusive<f64>) -> Result<Option<f64>> {
        let Some(value) = self.value(key) else { return Ok(None) };
        match number(value).filter(|number| allowed.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => {
                let what = format!("a number from {} to {} is needed", allowed.start(), allowed.end());
                Err(self.complaint_at(key, &what))
            }
        }
    }

    pub(crate) fn number_or(&self, key: &str, default: f64, allowed: RangeInclusive<f64>) -> Result<f64> {
        Ok(self.number(key, allowed)?.unwrap_or(default))
    }

    pub(crate) fn needed_number(&self, key: &str, allowed: RangeInclusive<f64>) -> Result<f64> {
        self.number(key, allowed)?.ok_or_else(|| self.complaint(&format!("{key} = NUMBER is missing")))
    }

    pub(crate) fn flag(&self, key: &str) -> Result<bool> {
        match self.value(key).map(DeValue::as_bool) {
            None => Ok(false),
            Some(Some(flag)) => Ok(flag),
            Some(None) => Err(self.complaint_at(key, "true or false is needed")),
        }
    }

    /// A list of texts; a missing key is an empty list.
    pub(crate) fn texts(&self, key: &str) -> Result<Vec<&'t str>> {
        let Some(value) = self.value(key) else { return Ok(Vec::new()) };
        let wrong = || self.complaint_at(key, "a list of texts is needed, such as [\"a\", \"b\"]");
        let list = value.as_array().ok_or_else(wrong)?;
        list.iter().map(|item| item.get_ref().as_str().ok_or_else(wrong)).collect()
    }

    /// A pair of numbers, such as a range.
    pub(crate) fn pair(&self, key: &str, allowed: RangeInclusive<f64>) -> Result<Option<[f64; 2]>> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let numbers: Vec<f64> = value
            .as_array()
            .map(|list| list.iter().filter_map(|item| number(item.get_ref())).collect())
            .unwrap_or_default();
        match numbers[..] {
            [from, to] if allowed.contains(&from) && allowed.contains(&to) => Ok(Some([from, to])),
            _ => {
                let what = format!("two numbers from {} to {} are needed", allowed.start(), allowed.end());
                Err(self.complaint_at(key, &what))
            }
        }
    }

    pub(crate) fn table(&self, key: &str) -> Result<Option<Table<'t>>> {
        let Some(value) = self.entries.get(key) else { return Ok(None) };
        match self.nested(value) {
            Some(table) => Ok(Some(table)),
            None => Err(self.complaint_at(key, "a table is needed")),
        }
    }

    /// The tables of `[[key]]`; a missing key is an empty list.
    pub(crate) fn tables(&self, key: &str) -> Result<Vec<Table<'t>>> {
        let Some(value) = self.value(key) else { return Ok(Vec::new()) };
        let wrong = || self.complaint_at(key, &format!("tables are needed, each headed by [[{key}]]"));
        let list = value.as_array().ok_or_else(wrong)?;
        list.iter().map(|item| self.nested(item).ok_or_else(wrong)).collect()
    }

    fn value(&self, key: &str) -> Option<&'t DeValue<'t>> {
        self.entries.get(key).map(Spanned::get_ref)
    }

    fn nested(&self, value: &'t Spanned<DeValue<'t>>) -> Option<Table<'t>> {
        let entries = value.get_ref().as_table()?;
        Some(Table { document: self.document, entries, span: value.span() })
    }
}

fn number(value: &DeValue<'_>) -> Option<f64> {
    let written = match value {
        DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
        DeValue::Float(float) => float.as_str(),
        _ => return None,
    };
    written.replace('_', "").parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(text: &str, read: impl Fn(&Table<'_>) -> Result<()>) -> String {
        let document = Document::new("score.toml", text.to_owned());
        let outcome = document.parse().and_then(|entries| read(&Table::root(&document, &entries)));
        outcome.expect_err("the text is wrong on purpose").to_string()
    }

    #[test]
    fn a_complaint_names_file_line_key_and_what_is_allowed() {
        let wrong_number = complaint("title = \"a\"\nbpm = 900\n", |table| {
            table.needed_number("bpm", 60.0..=200.0).map(|_| ())
        });
        assert_eq!(wrong_number, "score.toml:2: bpm: a number from 60 to 200 is needed");

        let unknown = complaint("\n\nbmp = 90\n", |table| table.only(&["bpm", "title"]));
        assert_eq!(unknown, "score.toml:3: bmp: unknown key, allowed are bpm, title");

        let wrong_text = complaint("title = 3", |table| table.needed_text("title").map(|_| ()));
        assert_eq!(wrong_text, "score.toml:1: title: a text in quotes is needed");

        let broken = complaint("title = \"a\"\nbpm = = 3", |_| Ok(()));
        assert!(broken.starts_with("score.toml:2: "), "{broken}");
    }

    #[test]
    fn nested_tables_know_their_lines() {
        let nested = complaint("[[tracks]]\nbpm = 1\n[[tracks]]\nbpm = \"x\"\n", |table| {
            for track in table.tables("tracks")? {
                track.needed_number("bpm", 0.0..=10.0)?;
            }
            Ok(())
        });
        assert_eq!(nested, "score.toml:4: bpm: a number from 0 to 10 is needed");
    }
}
