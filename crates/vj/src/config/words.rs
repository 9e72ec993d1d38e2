//! Values that come as words: from the environment and from flags.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::str::FromStr;

use serde_json::{Number, Value};
use toml::de::DeValue;
use vj_core::settings::{Kind, Source};

use super::file::{check, to_json};
use super::findings::{Findings, shown};
use super::paths::as_meant_here;
use super::tables::{self, TABLES, Table};
use super::{Config, ConfigArgs};

/// Environment variables.
pub(super) type Environment = BTreeMap<String, OsString>;

/// Those of this process that may be ours.
pub(super) fn environment() -> Environment {
    let named = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    named.filter(|(name, _)| name.starts_with("VJ_")).collect()
}

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
pub(super) fn from_env(env: &Environment, config: &mut Config, findings: &mut Findings) {
    for (variable, text) in env {
        let named = TABLES.iter().find_map(|table| {
            let prefix = format!("VJ_{}_", table.name.to_uppercase());
            Some((table, variable.strip_prefix(&prefix)?.to_lowercase()))
        });
        let Some((table, key)) = named else { continue };
        take(config, table, Source::Env, &key, text, variable.clone(), findings);
    }
    if let Some(text) = env.get("VJ_TIME_SCALE") {
        match text.to_str().and_then(|text| text.parse().ok()) {
            Some(scale) if (1.0..=10.0).contains(&scale) => config.time_scale = scale,
            _ => {
                let text = shown(&text.to_string_lossy());
                findings
                    .wrong(format!("VJ_TIME_SCALE cannot be \"{text}\" (allowed: a number from 1 to 10)"));
            }
        }
    }
}

/// Takes up the flags.
pub(super) fn from_flags(args: &ConfigArgs, config: &mut Config, findings: &mut Findings) {
    for assignment in &args.set {
        let Assignment { table: name, key, value } = assignment;
        let flag = format!("--set {}", shown(&assignment.to_string()));
        let Some(table) = tables::find(name) else {
            let known: Vec<_> = TABLES.iter().map(|table| table.name).collect();
            let meant = tables::nearest(name, known.iter().copied());
            let meant = meant.map(|name| format!("; did you mean '{name}'?")).unwrap_or_default();
            let (name, known) = (shown(name), known.join(", "));
            findings.wrong(format!("{flag}: unknown table '{name}' (allowed: {known}){meant}"));
            continue;
        };
        take(config, table, Source::Flag, key, OsStr::new(value), flag, findings);
    }
    if let (Some(dir), Some(table)) = (&args.bus_dir, tables::find("bus")) {
        take(config, table, Source::Flag, "dir", dir.as_os_str(), "--bus-dir".to_owned(), findings);
    }
}

fn take(
    config: &mut Config,
    table: &'static Table,
    source: Source,
    key: &str,
    text: &OsStr,
    place: String,
    findings: &mut Findings,
) {
    let Some(text) = text.to_str() else {
        let text = shown(&text.to_string_lossy());
        return findings.wrong_in(table, format!("{place}: \"{text}\" is not UTF-8 (allowed: UTF-8)"));
    };
    let value = table.key(key).map_or_else(|| text.into(), |key| parse(text, &key.kind));
    let value = as_meant_here(table, key, value);
    match check(table, key, &value) {
        Ok(()) => {
            config.give(table, source, key, value);
            findings.given(table, key, source, place);
        }
        Err(error) => findings.wrong_in(table, format!("{place}: {error}")),
    }
}

/// The value that a word stands for: JSON or TOML if the key takes that, the word itself if it takes a text, and a list
/// of words with commas between them if it takes a list. If nothing will do: what to show in the error.
fn parse(text: &str, kind: &Kind) -> Value {
    let json = || serde_json::from_str::<Value>(text.trim()).ok();
    let toml = || DeValue::parse(text.trim()).ok().and_then(|value| to_json(value.get_ref()).ok());
    let word = || Some(Value::from(text));
    let list = || {
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        words.map(|word| item(word, kind)).collect::<Option<Value>>()
    };
    let meanings: [&dyn Fn() -> Option<Value>; 4] = [&json, &toml, &word, &list];
    let fitting = meanings.iter().find_map(|meaning| meaning().filter(|value| kind.takes(value)));
    fitting.or_else(json).or_else(toml).unwrap_or_else(|| text.into())
}

/// One of the words of a list.
fn item(word: &str, kind: &Kind) -> Option<Value> {
    match kind {
        Kind::Floats { .. } => serde_json::from_str::<Number>(word).ok().map(Value::from),
        Kind::Texts { .. } => Some(word.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_word_means_what_its_key_takes() {
        let number = Kind::Float { min: -2_000.0, max: 2_000.0 };
        let numbers = Kind::Floats { min: 0.0, max: 10.0, len_max: 3 };
        let text = Kind::Text { check: |_| true, allowed: "anything" };
        let texts = Kind::Texts { check: |text| text != "bad", allowed: "anything but bad", len_max: 3 };
        for (word, kind, value) in [
            ("1_000", number, json!(1_000)),
            (" 1.5 ", number, json!(1.5)),
            ("1,2.5", numbers, json!([1, 2.5])),
            ("7", numbers, json!([7])),
            ("[1, 2]", numbers, json!([1, 2])),
            ("7", text, json!("7")),
            ("true", text, json!("true")),
            ("inf", text, json!("inf")),
            ("2026-01-01", text, json!("2026-01-01")),
            ("a, b", text, json!("a, b")),
            ("\"a\"", text, json!("a")),
            ("'a'", text, json!("a")),
            ("['a', \"b\"]", texts, json!(["a", "b"])),
            ("a, b", texts, json!(["a", "b"])),
            ("", texts, json!([])),
            ("TRUE", Kind::Bool, json!("TRUE")),
            ("1,x", numbers, json!("1,x")),
        ] {
            assert_eq!(parse(word, &kind), value, "{word} as {kind}");
        }
    }

    #[test]
    fn an_assignment_is_said_as_it_was_given() {
        let said = |text: &str| text.parse::<Assignment>().map(|it| it.to_string());
        assert_eq!(said("audio_analyzer.device=a=b.c"), Ok("audio_analyzer.device=a=b.c".to_owned()));
        for bad in ["", "x", "x=1", "=a.b"] {
            assert!(said(bad).is_err(), "{bad}");
        }
    }
}
