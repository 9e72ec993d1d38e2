//! The config file, with the line of everything that is wrong in it.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use vj_core::settings::Source;

use super::Config;
use super::tables::{self, TABLES, Table};

/// A config is a page or two; a recording that somebody took for one is not read whole.
const BYTES_MAX: u64 = 1024 * 1024;

/// The text of the file. One that nobody named need not be there.
pub(super) fn read(path: &Path, is_explicit: bool) -> Result<String, String> {
    let shown = path.display();
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound && !is_explicit => return Ok(String::new()),
        Err(error) => return Err(format!("failed to read the config {shown}: {error}")),
        Ok(found) if found.is_dir() => {
            return Err(format!("the config {shown} is a directory (allowed: a TOML file)"));
        }
        Ok(found) if found.len() > BYTES_MAX => {
            return Err(format!(
                "the config {shown} has {} bytes (allowed: at most {BYTES_MAX})",
                found.len()
            ));
        }
        Ok(_) => {}
    }
    let bytes = fs::read(path).map_err(|error| format!("failed to read the config {shown}: {error}"))?;
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..good].iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("{shown}:{line}: not UTF-8 (allowed: TOML in UTF-8)")
    })
}

/// Where each key of the file stands.
#[derive(Default)]
pub(super) struct Lines {
    places: BTreeMap<(String, String), String>,
}

impl Lines {
    /// The place of that key of `table` which a sentence names last.
    pub(super) fn of_key_in(&self, table: &str, sentence: &str) -> Option<&str> {
        let named = self.places.iter().filter(|((of, _), _)| of == table);
        let found = named.filter_map(|((_, key), place)| Some((sentence.find(key.as_str())?, place)));
        found.min_by_key(|(at, _)| *at).map(|(_, place)| place.as_str())
    }
}

/// Takes up what the file says.
pub(super) fn parse(
    text: &str,
    path: &Path,
    config: &mut Config,
    lines: &mut Lines,
    errors: &mut Vec<String>,
) -> Result<(), String> {
    let place = |at: usize| {
        let line = text.get(..at).unwrap_or(text).bytes().filter(|byte| *byte == b'\n').count() + 1;
        format!("{}:{line}", path.display())
    };
    let parsed = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        format!("{}: {}", place(at), error.message().replace('\n', ", "))
    })?;
    for (name, value) in parsed.get_ref() {
        let here = place(name.span().start);
        let (Some(table), Some(values)) = (tables::find(name.get_ref()), value.get_ref().as_table()) else {
            errors.push(not_a_table(&here, name.get_ref()));
            continue;
        };
        for (name, value) in values {
            let here = place(name.span().start);
            lines.places.insert((table.name.to_owned(), name.get_ref().to_string()), here.clone());
            match judge(table, name.get_ref(), value) {
                Ok(value) => config.give(table, Source::File, name.get_ref(), value),
                Err(error) => errors.push(format!("{here}: {error}")),
            }
        }
    }
    Ok(())
}

fn not_a_table(here: &str, name: &str) -> String {
    if tables::find(name).is_some() {
        return format!("{here}: '{name}' is a table (allowed: [{name}] and its keys below it)");
    }
    let known: Vec<_> = TABLES.iter().map(|table| format!("[{}]", table.name)).collect();
    let meant = tables::nearest(name, TABLES.iter().map(|table| table.name));
    let meant = meant.map(|name| format!("; did you mean [{name}]?")).unwrap_or_default();
    format!("{here}: unknown table [{name}] (allowed: {}){meant}", known.join(", "))
}

fn judge(table: &'static Table, name: &str, value: &Spanned<DeValue<'_>>) -> Result<Value, String> {
    let value =
        to_json(value.get_ref()).ok_or_else(|| format!("[{}] '{name}' cannot be a date", table.name))?;
    check(table, name, &value).map(|()| value)
}

/// Whether the table has the key and the key allows the value.
pub(super) fn check(table: &'static Table, name: &str, value: &Value) -> Result<(), String> {
    let Some(key) = table.key(name) else {
        let known: Vec<_> = table.file_keys().map(|key| key.name).collect();
        let meant = tables::nearest(name, known.iter().copied());
        let meant = meant.map(|name| format!("; did you mean '{name}'?")).unwrap_or_default();
        return Err(format!("[{}] unknown key '{name}' (allowed: {}){meant}", table.name, known.join(", ")));
    };
    if key.kind.takes(value) {
        return Ok(());
    }
    Err(format!("[{}] '{name}' cannot be {value} (allowed: {})", table.name, key.kind))
}

fn to_json(value: &DeValue<'_>) -> Option<Value> {
    Some(match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(n) => match i64::from_str_radix(&n.as_str().replace('_', ""), n.radix()) {
            Ok(n) => n.into(),
            Err(_) => n.as_str().into(),
        },
        DeValue::Float(n) => match n.as_str().replace('_', "").parse::<f64>() {
            Ok(n) if n.is_finite() => n.into(),
            _ => n.as_str().into(),
        },
        DeValue::Boolean(on) => (*on).into(),
        DeValue::Datetime(_) => return None,
        DeValue::Array(list) => list.iter().map(|value| to_json(value.get_ref())).collect::<Option<_>>()?,
        DeValue::Table(table) => {
            let entries = table.iter().map(|(k, v)| Some((k.get_ref().to_string(), to_json(v.get_ref())?)));
            Value::Object(entries.collect::<Option<_>>()?)
        }
    })
}
