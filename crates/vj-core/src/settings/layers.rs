//! Whose value counts.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Key;

/// Who gave a value; the later counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Nobody.
    Default,
    /// The config file.
    File,
    /// An environment variable.
    Env,
    /// A flag on the command line.
    Flag,
    /// `set_config`.
    Override,
}

impl Source {
    /// The word in `config_source`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Env => "env",
            Self::Flag => "flag",
            Self::Override => "override",
        }
    }
}

/// A key that does not exist, or a value that it does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// No such key.
    #[error("unknown key '{key}' (allowed: {known})")]
    UnknownKey {
        /// The key.
        key: String,
        /// All there are.
        known: String,
    },
    /// The key does not allow this value.
    #[error("'{key}' cannot be {value} (allowed: {allowed})")]
    BadValue {
        /// The key.
        key: &'static str,
        /// The value, as JSON.
        value: String,
        /// What is allowed.
        allowed: String,
    },
}

/// A value that `set_config` gave, and what it stood over: it falls away when that changes, since then the newer
/// intent is the file's.
#[derive(Debug, Clone, PartialEq)]
struct Override {
    value: Value,
    over: Value,
}

/// The settings of one process, in layers.
#[derive(Debug, Clone)]
pub struct Settings {
    keys: &'static [Key],
    layers: BTreeMap<Source, Map<String, Value>>,
    overrides: BTreeMap<&'static str, Override>,
}

impl Settings {
    /// All defaults.
    #[must_use]
    pub fn new(keys: &'static [Key]) -> Self {
        Self { keys, layers: BTreeMap::new(), overrides: BTreeMap::new() }
    }

    /// Puts the values of one source in place of those that it gave before.
    ///
    /// # Errors
    /// The first key that does not exist or whose value is not allowed; then nothing is changed.
    pub fn set_layer(&mut self, source: Source, values: Map<String, Value>) -> Result<(), SettingsError> {
        for (key, value) in &values {
            self.check(key, value)?;
        }
        self.layers.insert(source, values);
        let keys = self.keys;
        self.overrides.retain(|name, over| {
            keys.iter().find(|key| key.name == *name).is_some_and(|key| below(&self.layers, key) == over.over)
        });
        Ok(())
    }

    /// What `set_config` does: all or nothing; `null` takes an override back. Returns the keys whose value changed.
    ///
    /// # Errors
    /// The first key that does not exist or whose value is not allowed; then nothing is changed.
    pub fn apply(&mut self, values: &Map<String, Value>) -> Result<Vec<&'static str>, SettingsError> {
        let mut next = self.overrides.clone();
        for (name, value) in values {
            if value.is_null() {
                next.remove(self.key(name)?.name);
            } else {
                let key = self.check(name, value)?;
                next.insert(key.name, Override { value: value.clone(), over: below(&self.layers, key) });
            }
        }
        let before = self.clone();
        self.overrides = next;
        Ok(self.changed_since(&before))
    }

    /// The keys whose value that counts differs from `before`, settings of the same keys.
    #[must_use]
    pub fn changed_since(&self, before: &Self) -> Vec<&'static str> {
        self.keys
            .iter()
            .filter(|key| self.value_of(key) != before.value_of(key))
            .map(|key| key.name)
            .collect()
    }

    /// The overrides as they are kept on disk.
    #[must_use]
    pub fn overrides_to_json(&self) -> Value {
        self.overrides
            .iter()
            .map(|(name, over)| ((*name).to_owned(), json!({"value": over.value, "over": over.over})))
            .collect()
    }

    /// Takes up what was kept. What no longer fits (a key that is gone, a value that is no longer allowed, a file whose
    /// value changed) is left out and named in the answer.
    pub fn restore_overrides(&mut self, kept: &Value) -> Vec<String> {
        let mut left_out = Vec::new();
        for (name, entry) in kept.as_object().into_iter().flatten() {
            let value = entry.get("value").cloned().unwrap_or_default();
            let over = entry.get("over").cloned().unwrap_or_default();
            match self.check(name, &value) {
                Ok(key) if below(&self.layers, key) == over => {
                    self.overrides.insert(key.name, Override { value, over });
                }
                _ => left_out.push(name.clone()),
            }
        }
        left_out
    }

    /// Every key with the value that counts.
    #[must_use]
    pub fn effective(&self) -> Map<String, Value> {
        self.keys.iter().map(|key| (key.name.to_owned(), self.value_of(key))).collect()
    }

    /// Every key with who gave its value.
    #[must_use]
    pub fn sources(&self) -> Map<String, Value> {
        let source = |key: &Key| {
            if self.overrides.contains_key(key.name) {
                return Source::Override;
            }
            let given = self.layers.iter().rev().find(|(_, values)| values.contains_key(key.name));
            given.map_or(Source::Default, |(source, _)| *source)
        };
        self.keys.iter().map(|key| (key.name.to_owned(), Value::from(source(key).as_str()))).collect()
    }

    /// The value of a key of kind [`Kind::Bool`].
    ///
    /// # Panics
    /// If the process has no such key: a mistake in the program, not in the input.
    #[must_use]
    pub fn bool(&self, name: &str) -> bool {
        self.get(name).as_bool().expect("set_layer and apply let only true or false through")
    }

    /// The value of a key of kind [`Kind::Int`] or [`Kind::Float`].
    ///
    /// # Panics
    /// As [`Settings::bool`].
    #[must_use]
    pub fn number(&self, name: &str) -> f64 {
        self.get(name).as_f64().expect("set_layer and apply let only numbers through")
    }

    /// The value of a key of kind [`Kind::Choice`] or [`Kind::Text`].
    ///
    /// # Panics
    /// As [`Settings::bool`].
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        self.get(name).as_str().expect("set_layer and apply let only texts through").to_owned()
    }

    /// The value of a key of kind [`Kind::Texts`].
    #[must_use]
    pub fn texts(&self, name: &str) -> Vec<String> {
        self.get(name).as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// The value of a key of kind [`Kind::Floats`].
    #[must_use]
    pub fn numbers(&self, name: &str) -> Vec<f64> {
        self.get(name).as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
    }

    fn get(&self, name: &str) -> Value {
        let key = self.keys.iter().find(|key| key.name == name);
        self.value_of(key.expect("a process asks only for keys of its own table"))
    }

    fn value_of(&self, key: &Key) -> Value {
        self.overrides.get(key.name).map_or_else(|| below(&self.layers, key), |over| over.value.clone())
    }

    fn key(&self, name: &str) -> Result<&'static Key, SettingsError> {
        self.keys.iter().find(|key| key.name == name).ok_or_else(|| SettingsError::UnknownKey {
            key: name.to_owned(),
            known: self.keys.iter().map(|key| key.name).collect::<Vec<_>>().join(", "),
        })
    }

    fn check(&self, name: &str, value: &Value) -> Result<&'static Key, SettingsError> {
        let key = self.key(name)?;
        if key.kind.takes(value) {
            return Ok(key);
        }
        Err(SettingsError::BadValue {
            key: key.name,
            value: value.to_string(),
            allowed: key.kind.to_string(),
        })
    }
}

/// The value that counts when no override does.
fn below(layers: &BTreeMap<Source, Map<String, Value>>, key: &Key) -> Value {
    let given = layers.values().rev().find_map(|values| values.get(key.name));
    given.cloned().unwrap_or_else(key.default)
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    const KEYS: &[Key] = &[
        Key { name: "loop", kind: Kind::Bool, default: || json!(false), doc: "start again at the end" },
        Key { name: "gain", kind: Kind::Float { min: 0.0, max: 2.0 }, default: || json!(1.0), doc: "factor" },
        Key { name: "mode", kind: Kind::Choice(&["a", "b"]), default: || json!("a"), doc: "which" },
    ];

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn one_bad_key_changes_nothing_and_is_named_with_what_is_allowed() {
        let mut settings = Settings::new(KEYS);
        let error = settings.apply(&map(json!({"gain": 0.5, "mode": "c"}))).unwrap_err().to_string();
        assert_eq!(error, "'mode' cannot be \"c\" (allowed: one of a, b)");
        assert_eq!(settings.number("gain"), 1.0);
        let error = settings.apply(&map(json!({"gian": 0.5}))).unwrap_err().to_string();
        assert_eq!(error, "unknown key 'gian' (allowed: loop, gain, mode)");
    }

    #[test]
    fn the_newest_intent_wins_between_an_override_and_the_file() {
        let mut settings = Settings::new(KEYS);
        settings.set_layer(Source::File, map(json!({"gain": 0.5}))).unwrap();
        assert_eq!(settings.apply(&map(json!({"gain": 0.7}))).unwrap(), ["gain"]);
        assert_eq!((settings.number("gain"), settings.sources()["gain"].clone()), (0.7, json!("override")));
        // The file is read again, unchanged: the override stands. Then somebody edits that very value: it falls.
        settings.set_layer(Source::File, map(json!({"gain": 0.5, "loop": true}))).unwrap();
        assert_eq!(settings.number("gain"), 0.7);
        settings.set_layer(Source::File, map(json!({"gain": 0.6}))).unwrap();
        assert_eq!((settings.number("gain"), settings.sources()["gain"].clone()), (0.6, json!("file")));
    }

    #[test]
    fn null_takes_an_override_back() {
        let mut settings = Settings::new(KEYS);
        settings.apply(&map(json!({"gain": 0.7}))).unwrap();
        assert_eq!(settings.apply(&map(json!({"gain": null, "loop": null}))).unwrap(), ["gain"]);
        assert_eq!(settings.sources()["gain"], json!("default"));
    }

    #[test]
    fn overrides_survive_on_disk_unless_the_file_changed_meanwhile() {
        let mut settings = Settings::new(KEYS);
        settings.apply(&map(json!({"gain": 0.7, "mode": "b"}))).unwrap();
        let kept = settings.overrides_to_json();
        let mut next = Settings::new(KEYS);
        next.set_layer(Source::File, map(json!({"mode": "b"}))).unwrap();
        assert_eq!(next.restore_overrides(&kept), ["mode"]);
        assert_eq!(next.number("gain"), 0.7);
        assert_eq!(next.restore_overrides(&json!("nonsense")), Vec::<String>::new());
    }
}
