//! The config file, with the line of everything that is wrong in it.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use vj_core::settings::Source;

use super::Config;
use super::findings::{Findings, shown};
use super::paths::as_meant_in;
use super::tables::{self, TABLES, Table};

/// A config is a page or two; a recording that somebody took for one is not read whole.
const BYTES_MAX: u64 = 1024 * 1024;

/// The text of the file. One that nobody named need not be there.
pub(super) fn read(path: &Path, is_explicit: bool) -> Result<String, String> {
    let name = path.display();
    let failed = |error| format!("failed to read the config {name}: {error}");
    // How one says that no file is wanted.
    if path == Path::new("/dev/null") {
        return Ok(String::new());
    }
    match fs::metadata(path) {
        // A link that leads nowhere was meant to lead somewhere.
        Err(error)
            if error.kind() == ErrorKind::NotFound && !is_explicit && fs::symlink_metadata(path).is_err() =>
        {
            return Ok(String::new());
        }
        Err(error) => return Err(failed(error)),
        Ok(found) if found.is_dir() => {
            return Err(format!("the config {name} is a directory (allowed: a TOML file)"));
        }
        // A pipe could keep us waiting for ever, and could not be read again when it changes in the middle of a show.
        Ok(found) if !found.is_file() => {
            return Err(format!("the config {name} is a pipe or a device (allowed: a TOML file)"));
        }
        Ok(_) => {}
    }
    // Whatever length the system tells: it may grow, and that of some files is told as 0.
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(format!("the config {name} is too long (allowed: at most {BYTES_MAX} bytes)"));
    }
    decode(bytes, path)
}

/// Bytes as text.
pub(super) fn decode(bytes: Vec<u8>, path: &Path) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = line_of(&error.as_bytes()[..good]);
        format!("{}:{line}: not UTF-8 (allowed: TOML in UTF-8)", path.display())
    })
}

fn line_of(before: &[u8]) -> usize {
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Takes up what the file says.
pub(super) fn parse(text: &str, path: &Path, config: &mut Config, findings: &mut Findings) {
    let place = |at: usize| {
        let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
        format!("{}:{}", path.display(), line_of(before))
    };
    let parsed = match DeTable::parse(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            let span = error.span().unwrap_or_default();
            let why = match (error.message(), text.get(span.clone())) {
                ("duplicate key", Some(key)) => {
                    format!("duplicate key '{}' (allowed: each key and each table once)", shown(key))
                }
                (message, _) => message.replace('\n', ", "),
            };
            return findings.no_file(format!("{}: {why}", place(span.start)));
        }
    };
    // Tables come sorted by their names; people read a file from its head.
    let mut entries: Vec<_> = parsed.get_ref().iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    for (name, value) in entries {
        let (Some(table), Some(values)) = (tables::find(name.get_ref()), value.get_ref().as_table()) else {
            findings.wrong(format!("{}: {}", place(name.span().start), not_a_table(name.get_ref())));
            continue;
        };
        let mut entries: Vec<_> = values.iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        for (name, value) in entries {
            let place = place(name.span().start);
            match judge(table, name.get_ref(), value) {
                Ok(value) => {
                    let value = match (table.name, path.parent()) {
                        // What a config says must not hang on where somebody stands who reads it.
                        ("audio_analyzer", Some(folder)) => as_meant_in(folder, table, name.get_ref(), value),
                        _ => value,
                    };
                    config.give(table, Source::File, name.get_ref(), value);
                    findings.given(table, name.get_ref(), Source::File, place);
                }
                Err(error) => findings.wrong_in(table, format!("{place}: {error}")),
            }
        }
    }
}

fn not_a_table(name: &str) -> String {
    if tables::find(name).is_some() {
        return format!("'{name}' is a table (allowed: [{name}] and its keys below it)");
    }
    let known: Vec<_> = TABLES.iter().map(|table| format!("[{}]", table.name)).collect();
    let meant = tables::nearest(name, TABLES.iter().map(|table| table.name));
    let meant = meant.map(|name| format!("; did you mean [{name}]?")).unwrap_or_default();
    format!("unknown table [{}] (allowed: {}){meant}", shown(name), known.join(", "))
}

fn judge(table: &'static Table, name: &str, value: &Spanned<DeValue<'_>>) -> Result<Value, String> {
    match (to_json(value.get_ref()), table.key(name)) {
        (Ok(value), _) => check(table, name, &value).map(|()| value),
        (Err(text), Some(key)) => Err(cannot_be(table, name, &text, &key.kind)),
        (Err(_), None) => check(table, name, &Value::Null).map(|()| Value::Null),
    }
}

/// Whether the table has the key and the key allows the value.
pub(super) fn check(table: &'static Table, name: &str, value: &Value) -> Result<(), String> {
    let Some(key) = table.key(name) else {
        let known: Vec<_> = table.file_keys().map(|key| key.name).collect();
        let meant = tables::nearest(name, known.iter().copied());
        let meant = meant.map(|name| format!("; did you mean '{name}'?")).unwrap_or_default();
        let name = shown(name);
        return Err(format!("[{}] unknown key '{name}' (allowed: {}){meant}", table.name, known.join(", ")));
    };
    if key.kind.takes(value) {
        return Ok(());
    }
    Err(cannot_be(table, name, &value.to_string(), &key.kind))
}

/// The sentence for a value that its key does not allow.
pub(super) fn cannot_be(table: &Table, name: &str, value: &str, allowed: &impl std::fmt::Display) -> String {
    format!("[{}] '{name}' cannot be {} (allowed: {allowed})", table.name, shown(value))
}

/// What TOML says as JSON; the text of what JSON has no word for: dates, infinities, numbers beyond 64 bits.
pub(super) fn to_json(value: &DeValue<'_>) -> Result<Value, String> {
    Ok(match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(n) => {
            i64::from_str_radix(n.as_str(), n.radix()).map_err(|_| n.as_str().to_owned())?.into()
        }
        DeValue::Float(n) => {
            let parsed = n.as_str().parse::<f64>().ok().filter(|n| n.is_finite());
            parsed.ok_or_else(|| n.as_str().to_owned())?.into()
        }
        DeValue::Boolean(on) => (*on).into(),
        DeValue::Datetime(date) => return Err(date.to_string()),
        DeValue::Array(list) => {
            list.iter().map(|value| to_json(value.get_ref())).collect::<Result<_, _>>()?
        }
        DeValue::Table(table) => {
            let entries = table.iter().map(|(k, v)| Ok((k.get_ref().to_string(), to_json(v.get_ref())?)));
            Value::Object(entries.collect::<Result<_, String>>()?)
        }
    })
}
