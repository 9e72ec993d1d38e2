//! `vj config`: every value with its source, the defaults, the schema, and the end of overrides.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use clap::builder::{FalseyValueParser, PossibleValuesParser};
use serde_json::{Map, Value, json};
use vj_core::ProcessName;
use vj_core::settings::{Key, Kind, Settings};
use vj_env::Store;
use vj_env::real::FileStore;

use crate::client::{Bus, Called, on_bus, on_this_bus};
use crate::columns::columns;
use crate::config::{Config, ConfigArgs, Paths, TABLES, Table, table_of};
use crate::terminal::Paint;

/// Whose overrides are dropped unless somebody is named.
const EVERYBODY: &str = "all";

/// What else a newcomer should know.
const AFTER_HELP: &str = "\
Whose value counts: default < config file < environment < flag < `vj send WORKER set_config KEY=VALUE`. FROM says whose \
it is. A file to begin with: vj config --defaults > ~/.config/vj/config.toml";

/// What `vj config` is asked for.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ConfigCommandArgs {
    /// Print a config file with every key, its default and what it is for
    #[arg(long, conflicts_with_all = ["schema", "reset"])]
    defaults: bool,
    /// Print the JSON schema of the config file
    #[arg(long, conflicts_with = "reset")]
    schema: bool,
    /// Drop what `set_config` has changed: of this worker, or of everybody (`process_manager` for supervision)
    #[arg(long, value_name = "WORKER", num_args = 0..=1, default_missing_value = EVERYBODY, value_parser = names())]
    reset: Option<String>,
    /// Print one JSON document
    #[arg(long, env = "VJ_JSON", value_parser = FalseyValueParser::new())]
    json: bool,
}

fn names() -> PossibleValuesParser {
    let names = ProcessName::ALL.into_iter().filter(|name| name.is_in_a_show()).map(ProcessName::as_str);
    PossibleValuesParser::new([EVERYBODY].into_iter().chain(names))
}

/// Prints or resets.
pub(crate) fn run(args: ConfigCommandArgs, config: &ConfigArgs) -> Result<ExitCode> {
    if args.defaults {
        return print(&defaults());
    }
    if args.schema {
        return print(&format!("{:#}\n", schema()));
    }
    if let Some(whose) = args.reset {
        return on_bus(config, |bus| async move { reset(&bus, &whose, args.json).await });
    }
    // This is how one sees whether a file is good, so the last good one of a show does not stand in for it here.
    match Config::load(config) {
        Ok(loaded) => {
            on_this_bus(loaded, Paths::find(config), |bus| async move { show(&bus, args.json).await })
        }
        Err(errors) => Ok(errors.report()),
    }
}

/// Whoever reads may leave early, which `print!` would take for a reason to panic.
fn print(text: &str) -> Result<ExitCode> {
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Every value with its source.
async fn show(bus: &Bus, as_json: bool) -> Result<ExitCode> {
    let mut rows = Vec::new();
    let mut document = Map::new();
    for table in TABLES {
        let mut settings = bus.config.settings(table);
        restore(bus, table, &mut settings).await?;
        let (values, sources) = (settings.effective(), settings.sources());
        let mut entries = Map::new();
        let mut add = |key: &str, value: &Value, source: &str| {
            rows.push(vec![format!("{}.{key}", table.name), value.to_string(), source.to_owned()]);
            entries.insert(key.to_owned(), json!({"value": value, "source": source}));
        };
        if table.is_of_a_worker() {
            let (on, source) = bus.config.enabled(table);
            add("enabled", &on.into(), source.as_str());
        }
        for key in table.keys {
            add(key.name, &values[key.name], sources[key.name].as_str().unwrap_or_default());
        }
        document.insert(table.name.to_owned(), entries.into());
    }
    if as_json {
        print(&format!("{:#}\n", Value::Object(document)))
    } else {
        print(&columns(&["KEY", "VALUE", "FROM"], &rows, Paint::for_stdout()))
    }
}

fn overrides_of(process: ProcessName) -> String {
    format!("overrides/{process}.json")
}

/// Takes up the overrides that the process would: none if they do not fit the rest of the settings any more.
async fn restore(bus: &Bus, table: &Table, settings: &mut Settings) -> Result<()> {
    let Some(process) = table.process else { return Ok(()) };
    let kept = FileStore::new(&bus.paths.state).read(&overrides_of(process)).await?;
    if let Some(kept) = kept.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()) {
        let without = settings.clone();
        let _ = settings.restore_overrides(&kept);
        if (table.check)(settings).is_err() {
            *settings = without;
        }
    }
    Ok(())
}

/// A process that runs takes its overrides back itself; of one that does not, the file goes.
async fn reset(bus: &Bus, whose: &str, as_json: bool) -> Result<ExitCode> {
    let store = FileStore::new(&bus.paths.state);
    let mut dropped = Map::new();
    for process in TABLES
        .iter()
        .filter_map(|table| table.process)
        .filter(|it| whose == EVERYBODY || it.as_str() == whose)
    {
        let Some(table) = table_of(process) else { continue };
        let mut settings = bus.config.settings(table);
        restore(bus, table, &mut settings).await?;
        let sources = settings.sources();
        let over: Vec<_> =
            table.keys.iter().filter(|key| sources[key.name] == "override").map(|key| key.name).collect();
        let nulls: Map<String, Value> =
            table.keys.iter().map(|key| (key.name.to_owned(), Value::Null)).collect();
        match bus.call(process, "set_config", nulls.into()).await? {
            Called::Replied(reply) => {
                // It could not be written down: the overrides would be back after a crash.
                if let Some(message) = reply.message {
                    eprintln!("{} {process}: {message}", Paint::for_stderr().alarm("warning:"));
                }
            }
            Called::Refused(why) => anyhow::bail!("{process} refused: {why}"),
            Called::NotRunning => {
                store.remove(&overrides_of(process)).await.context("failed to drop the overrides")?;
            }
        }
        dropped.insert(process.to_string(), json!(over));
    }
    if as_json {
        return print(&format!("{}\n", json!({"dropped": dropped})));
    }
    let mut text = String::new();
    for (process, keys) in &dropped {
        let keys: Vec<_> = keys.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let keys = if keys.is_empty() { "nothing was overridden".to_owned() } else { keys.join(", ") };
        text += &format!("{process}: {keys}\n");
    }
    print(&text)
}

/// A whole config file. It says what the program does without one.
pub(crate) fn defaults() -> String {
    let mut text =
        "# The config of vj, with every key at its default. Leave out what you do not change.\n".to_owned();
    for table in TABLES {
        text += &format!("\n# {}.\n[{}]\n", table.doc, table.name);
        for key in table.file_keys() {
            let value = (key.default)().to_string();
            text += &format!("{} = {value}  # {}; {}\n", key.name, key.doc, key.kind);
        }
    }
    text
}

fn schema() -> Value {
    let tables: Map<String, Value> = TABLES
        .iter()
        .map(|table| {
            let keys: Map<String, Value> =
                table.file_keys().map(|key| (key.name.to_owned(), schema_of(key))).collect();
            let table_schema = json!({
                "type": "object", "description": table.doc, "properties": keys, "additionalProperties": false,
            });
            (table.name.to_owned(), table_schema)
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The config file of vj",
        "type": "object",
        "properties": tables,
        "additionalProperties": false,
    })
}

fn schema_of(key: &Key) -> Value {
    let mut schema = match key.kind {
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Int { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        Kind::Float { min, max } => json!({"type": "number", "minimum": min, "maximum": max}),
        Kind::Floats { min, max, len_max } => json!({
            "type": "array", "minItems": 1, "maxItems": len_max,
            "items": {"type": "number", "minimum": min, "maximum": max},
        }),
        Kind::Choice(words) => json!({"enum": words}),
        Kind::Text { .. } => json!({"type": "string"}),
        Kind::Texts { len_max, .. } => {
            json!({"type": "array", "maxItems": len_max, "items": {"type": "string"}})
        }
    };
    schema["default"] = (key.default)();
    schema["description"] = format!("{} ({})", key.doc, key.kind).into();
    schema
}
