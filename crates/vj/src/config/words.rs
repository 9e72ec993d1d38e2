//! Values that come as words: from the environment and from flags.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde_json::Value;
use vj_core::settings::{Kind, Source};

use super::file::check;
use super::tables::{self, TABLES, Table};
use super::{Config, ConfigArgs};

/// `--set TABLE.KEY=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assignment {
    table: String,
    key: String,
    value: String,
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').and_then(|(path, value)| Some((path.split_once('.')?, value)));
        let ((table, key), value) =
            parts.ok_or("allowed: TABLE.KEY=VALUE, as in audio_analyzer.loop=true")?;
        Ok(Self { table: table.trim().to_owned(), key: key.trim().to_owned(), value: value.to_owned() })
    }
}

impl fmt::Display for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}={}", self.table, self.key, self.value)
    }
}

/// Takes up `VJ_TABLE_KEY` of every key. A variable of a table's that names no key of it is a slip of the pen.
pub(super) fn from_env(env: &BTreeMap<String, String>, config: &mut Config, errors: &mut Vec<String>) {
    for (variable, text) in env {
        let named = TABLES.iter().find_map(|table| {
            let prefix = format!("VJ_{}_", table.name.to_uppercase());
            Some((table, variable.strip_prefix(&prefix)?.to_lowercase()))
        });
        let Some((table, key)) = named else { continue };
        take(config, table, Source::Env, &key, text, variable, errors);
    }
    if let Some(text) = env.get("VJ_TIME_SCALE") {
        match text.parse() {
            Ok(scale) if (1.0..=10.0).contains(&scale) => config.time_scale = scale,
            _ => errors.push(format!("VJ_TIME_SCALE cannot be \"{text}\" (allowed: a number from 1 to 10)")),
        }
    }
}

/// Takes up the flags.
pub(super) fn from_flags(args: &ConfigArgs, config: &mut Config, errors: &mut Vec<String>) {
    for assignment in &args.set {
        let Assignment { table: name, key, value } = assignment;
        let Some(table) = tables::find(name) else {
            let known: Vec<_> = TABLES.iter().map(|table| table.name).collect();
            errors
                .push(format!("--set {assignment}: unknown table '{name}' (allowed: {})", known.join(", ")));
            continue;
        };
        take(config, table, Source::Flag, key, value, &format!("--set {assignment}"), errors);
    }
    if let (Some(dir), Some(table)) = (&args.bus_dir, tables::find("bus")) {
        take(config, table, Source::Flag, "dir", &dir.to_string_lossy(), "--bus-dir", errors);
    }
}

fn take(
    config: &mut Config,
    table: &'static Table,
    source: Source,
    key: &str,
    text: &str,
    whence: &str,
    errors: &mut Vec<String>,
) {
    let value = table.key(key).map_or_else(|| text.into(), |key| parse(text, &key.kind));
    match check(table, key, &value) {
        Ok(()) => config.give(table, source, key, value),
        Err(error) => errors.push(format!("{whence}: {error}")),
    }
}

/// The value that a word stands for: JSON if the key takes that, the word itself if it takes a text, and a list of
/// words with commas between them if it takes a list.
fn parse(text: &str, kind: &Kind) -> Value {
    let json: Option<Value> = serde_json::from_str(text.trim()).ok();
    let list = || text.split(',').map(str::trim).filter(|word| !word.is_empty());
    let word = Value::from(text);
    match json {
        Some(value) if kind.takes(&value) => value,
        _ if kind.takes(&word) => word,
        None if matches!(kind, Kind::Texts { .. }) => list().map(Value::from).collect(),
        Some(_) | None if matches!(kind, Kind::Floats { .. }) => {
            let numbers: Option<Vec<f64>> = list().map(|word| word.parse().ok()).collect();
            numbers.map_or(word, Value::from)
        }
        Some(value) => value,
        None => word,
    }
}
