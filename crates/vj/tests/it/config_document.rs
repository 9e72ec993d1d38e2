//! The defaults, the schema and the document are made from the tables in the code, and agree.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::config::Home;

/// Set, it makes the test below write the document instead of comparing it.
const BLESS: &str = "BLESS_DOCUMENTS";

#[test]
fn the_document_shows_the_defaults() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/CONFIG.md");
    let document = fs::read_to_string(&path).unwrap();
    let (begin, end) = ("```toml\n", "```");
    let (before, rest) = document.split_once(begin).unwrap();
    let (shown, after) = rest.split_once(end).unwrap();
    let defaults = Home::new().fine(&["config", "--defaults"]);
    if std::env::var_os(BLESS).is_some() {
        fs::write(path, format!("{before}{begin}{defaults}{end}{after}")).unwrap();
    } else {
        assert_eq!(shown, defaults, "{BLESS}=1 cargo test -p vj config_document writes docs/CONFIG.md anew");
    }
}

#[test]
fn the_defaults_are_a_config_that_changes_nothing() {
    let home = Home::new();
    let before: Value = serde_json::from_str(&home.fine(&["config", "--json"])).unwrap();
    home.write("all.toml", home.fine(&["config", "--defaults"]));
    let after: Value =
        serde_json::from_str(&home.fine(&["config", "--json", "--config", "all.toml"])).unwrap();
    for (table, keys) in before.as_object().unwrap() {
        for (key, it) in keys.as_object().unwrap().iter().filter(|_| table != "bus") {
            assert_eq!(after[table][key], json!({"value": it["value"], "source": "file"}), "{table}.{key}");
        }
    }
}

#[test]
fn the_schema_has_every_key_and_takes_every_default() {
    let home = Home::new();
    let printed = home.fine(&["config", "--schema"]);
    insta::assert_snapshot!("schema", printed);
    let schema: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let config: Value = serde_json::from_str(&home.fine(&["config", "--json"])).unwrap();
    assert_eq!(names(&schema["properties"]), names(&config));
    assert_eq!(schema["additionalProperties"], false);
    for (table, keys) in config.as_object().unwrap() {
        let of_table = &schema["properties"][table];
        assert_eq!(names(&of_table["properties"]), names(keys), "{table}");
        assert_eq!(of_table["additionalProperties"], false, "{table}");
        for (key, it) in keys.as_object().unwrap().iter().filter(|_| table != "bus") {
            let of_key = &of_table["properties"][key];
            assert_eq!(of_key["default"], it["value"], "{table}.{key}");
            assert!(fits(&it["value"], of_key), "{table}.{key}: {} {of_key}", it["value"]);
            assert!(of_key["description"].as_str().is_some_and(|text| !text.is_empty()), "{table}.{key}");
        }
    }
}

fn names(object: &Value) -> Vec<&String> {
    object.as_object().unwrap().keys().collect()
}

/// As much of JSON schema as the schema uses.
fn fits(value: &Value, schema: &Value) -> bool {
    let within = |n: f64| {
        schema["minimum"].as_f64().is_none_or(|min| n >= min)
            && schema["maximum"].as_f64().is_none_or(|max| n <= max)
    };
    match schema["type"].as_str() {
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.as_i64().is_some_and(|n| within(n as f64)),
        Some("number") => value.as_f64().is_some_and(within),
        Some("string") => value.is_string(),
        Some("array") => value.as_array().is_some_and(|list| {
            let len = list.len() as u64;
            len >= schema["minItems"].as_u64().unwrap_or(0)
                && schema["maxItems"].as_u64().is_none_or(|max| len <= max)
                && list.iter().all(|item| fits(item, &schema["items"]))
        }),
        _ => schema["enum"].as_array().is_some_and(|words| words.contains(value)),
    }
}
