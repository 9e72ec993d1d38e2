//! The properties that a file names.

use toml::Value;

use crate::properties::{self, Given, PROPERTIES, Property};

/// A property with what it was given.
pub(super) struct Held {
    pub(super) property: &'static Property,
    pub(super) given: Given,
}

/// Reads `"name"` or `{ property = "name", key = value }`.
pub(super) fn read(value: &Value) -> Result<Held, String> {
    let table = match value {
        Value::String(name) => return Ok(Held { property: find(name)?, given: Given::default() }),
        Value::Table(table) => table,
        _ => return Err("a property is \"NAME\" or { property = \"NAME\", KEY = VALUE }".to_owned()),
    };
    let Some(name) = table.get("property").and_then(Value::as_str) else {
        return Err("'property' is missing: { property = \"NAME\", KEY = VALUE }".to_owned());
    };
    let property = find(name)?;
    let mut given = Given::default();
    for (key, value) in table.iter().filter(|(key, _)| *key != "property") {
        let is_number = property.numbers.iter().any(|(known, _)| known == key);
        let is_word = property.words.iter().any(|(known, _)| known == key);
        let number = value.as_float().or_else(|| value.as_integer().map(|value| value as f64));
        match (is_number, is_word, number, value.as_str()) {
            (true, _, Some(number), _) if number >= 0.0 => {
                given.numbers.insert(key.clone(), number);
            }
            (_, true, _, Some(word)) => {
                given.words.insert(key.clone(), word.to_owned());
            }
            (true, ..) => return Err(format!("{name}: '{key}' must be a number of 0 or more, not {value}")),
            (_, true, ..) => return Err(format!("{name}: '{key}' must be a text, not {value}")),
            _ => {
                let numbers = property.numbers.iter().map(|(known, _)| *known);
                let known: Vec<_> = numbers.chain(property.words.iter().map(|(known, _)| *known)).collect();
                let allowed = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
                return Err(format!("{name}: it takes no '{key}' (allowed: {allowed})"));
            }
        }
    }
    Ok(Held { property, given })
}

fn find(name: &str) -> Result<&'static Property, String> {
    properties::find(name).ok_or_else(|| {
        let known: Vec<_> = PROPERTIES.iter().map(|property| property.name).collect();
        format!("there is no property '{name}' (there are: {})", known.join(", "))
    })
}
