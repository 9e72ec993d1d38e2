//! `set.toml`, as it is written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::compare::Tolerance;
use crate::faults::Fault;

/// The formats that are read.
const FORMATS: std::ops::RangeInclusive<u32> = 1..=2;

/// A night is shorter than this.
const LONGEST_SEC: f64 = 7.0 * 86_400.0;

/// `set.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetFile {
    format: u32,
    pub(super) title: Option<String>,
    date: Option<toml::Value>,
    pub(super) vj: Option<String>,
    pub(super) audio: PathBuf,
    pub(super) audio_at: Option<f64>,
    pub(super) length_sec: Option<f64>,
    #[serde(default = "first_seed")]
    pub(super) seed: u64,
    #[serde(default)]
    pub(super) faults: Vec<Fault>,
    #[serde(default)]
    pub(super) config: BTreeMap<String, toml::Table>,
    pub(super) compare: Option<Tolerance>,
}

/// The seed of a set that does not name one.
pub(super) fn first_seed() -> u64 {
    1
}

impl SetFile {
    /// Reads it, and checks what can be checked without the files beside it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        // Before the rest: the keys of a later format would all be mistakes.
        let format =
            toml::from_str::<toml::Table>(text).ok().and_then(|table| table.get("format")?.as_integer());
        if let Some(format) = format.filter(|format| !FORMATS.contains(&u32::try_from(*format).unwrap_or(0)))
        {
            return Err(unknown_format(format));
        }
        let file: Self = toml::from_str(text).map_err(|error| in_one_line(&error, text))?;
        file.check()?;
        Ok(file)
    }

    fn check(&self) -> Result<(), String> {
        let of_format_2 = [
            ("date", self.date.is_some()),
            ("vj", self.vj.is_some()),
            ("audio_at", self.audio_at.is_some()),
            ("length_sec", self.length_sec.is_some()),
            ("[compare]", self.compare.is_some()),
        ];
        if let Some((key, _)) = of_format_2.iter().find(|(_, is_there)| self.format == 1 && *is_there) {
            return Err(format!("{key} needs format = 2"));
        }
        if let Some(date) = self.date.as_ref().filter(|date| !date.is_str() && !date.is_datetime()) {
            return Err(format!("date cannot be {date} (allowed: a date, or text)"));
        }
        for (key, value) in [("audio_at", self.audio_at), ("length_sec", self.length_sec)] {
            if let Some(value) = value.filter(|value| !(0.0..=LONGEST_SEC).contains(value)) {
                return Err(format!("{key} cannot be {value} (allowed: 0 to {LONGEST_SEC})"));
            }
        }
        self.compare
            .as_ref()
            .map_or(Ok(()), |compare| compare.check().map_err(|why| format!("[compare]: {why}")))
    }

    /// When it was recorded or made, as it is written.
    pub(super) fn date(&self) -> Option<String> {
        let date = self.date.as_ref()?;
        Some(date.as_str().map_or_else(|| date.to_string(), str::to_owned))
    }
}

fn unknown_format(format: i64) -> String {
    let later = if format > i64::from(*FORMATS.end()) { "; a later vj may have made it" } else { "" };
    format!("format cannot be {format} (allowed: {} to {}{later})", FORMATS.start(), FORMATS.end())
}

/// What is wrong with a TOML file, as one line with the place.
pub(crate) fn in_one_line(error: &toml::de::Error, text: &str) -> String {
    let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let message = error.message().replace('\n', ", ");
    line.map_or(message.clone(), |line| format!("line {line}: {message}"))
}
