//! The configuration: default < config file < environment < flag (< `set_config`, which each process keeps itself).
//!
//! - `tables`: which tables and keys there are.
//! - `file`: the TOML file, with the line of everything that is wrong in it.
//! - `words`: values that come as words, from the environment and from flags.
//! - `findings`: where each value was given, and everything that is wrong.
//! - `paths`: where the config, the state and the cache stand.
//! - [`Config`]: all values with their sources, and what each process is launched with.

mod file;
mod findings;
mod paths;
mod tables;
mod words;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use serde_json::{Map, Value, json};
use vj_bus::{Launch, TelemetryConfig};
use vj_core::ProcessName;
use vj_core::settings::{Settings, Source};
use vj_core::supervision::Law;

use crate::terminal::Paint;

use findings::Findings;
pub(crate) use paths::{Paths, as_meant_here};
pub(crate) use tables::{TABLES, Table, address, table_of};
use words::{Assignment, Environment, environment};

/// What every command can be told about the config.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ConfigArgs {
    /// The config file [default: ~/.config/vj/config.toml]
    #[arg(
        long,
        env = "VJ_CONFIG",
        value_name = "FILE",
        value_parser = OsStringValueParser::new().try_map(not_empty),
        global = true,
        help_heading = "Configuration"
    )]
    pub(crate) config: Option<PathBuf>,
    /// The directory of the control sockets [env: VJ_BUS_DIR] [default: bus.dir of the config: /tmp/vj-bus]
    #[arg(long, value_name = "DIR", global = true, help_heading = "Configuration")]
    pub(crate) bus_dir: Option<PathBuf>,
    /// One setting, over the file and the environment [env: VJ_TABLE_KEY for each]
    #[arg(
        id = "setting",
        long = "set",
        value_name = "TABLE.KEY=VALUE",
        global = true,
        help_heading = "Configuration"
    )]
    pub(crate) set: Vec<Assignment>,
}

/// clap's own parser would only say that a value is missing, even where the variable is to blame.
fn not_empty(path: OsString) -> Result<PathBuf, &'static str> {
    if path.is_empty() { Err("allowed: a path; is VJ_CONFIG set to nothing?") } else { Ok(path.into()) }
}

impl ConfigArgs {
    /// The same, for another process of this program.
    pub(crate) fn hand_on(&self, command: &mut std::process::Command) {
        if let Some(config) = &self.config {
            command.arg("--config").arg(std::path::absolute(config).unwrap_or_else(|_| config.clone()));
        }
        if let Some(dir) = &self.bus_dir {
            command.arg("--bus-dir").arg(std::path::absolute(dir).unwrap_or_else(|_| dir.clone()));
        }
        for assignment in &self.set {
            command.arg("--set").arg(assignment.to_string());
        }
    }
}

/// Everything that is wrong with the config, a sentence each.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConfigErrors(Vec<String>);

impl ConfigErrors {
    /// Tells the user, and gives the exit code of bad config.
    pub(crate) fn report(&self) -> ExitCode {
        for error in &self.0 {
            eprintln!("{} {error}", Paint::for_stderr().alarm("error:"));
        }
        ExitCode::from(2)
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for ConfigErrors {}

type Values = Map<String, Value>;

/// All values that somebody gave, by table and source; what nobody gave is the default.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Config {
    given: BTreeMap<&'static str, BTreeMap<Source, Values>>,
    /// By how much the waits of supervision are divided: tests only.
    time_scale: f64,
    /// Seconds between two heartbeats, where the manager was told another number than the config says.
    heartbeat: Option<f64>,
}

impl Config {
    /// Reads file, environment and flags.
    pub(crate) fn load(args: &ConfigArgs) -> Result<Self, ConfigErrors> {
        let paths = Paths::find(args);
        let read = file::read(&paths.config, paths.config_is_explicit);
        Self::make(read, &paths.config, &environment(), args)
    }

    /// All defaults but for what the flags say: for a worker that must start whatever the file holds.
    pub(crate) fn default_at(args: &ConfigArgs) -> Self {
        let read = Ok(String::new());
        Self::make(read, Path::new(""), &Environment::new(), args)
            .unwrap_or_else(|_| Self { time_scale: 1.0, ..Self::default() })
    }

    fn make(
        text: Result<String, String>,
        path: &Path,
        env: &Environment,
        args: &ConfigArgs,
    ) -> Result<Self, ConfigErrors> {
        let mut config = Self { time_scale: 1.0, ..Self::default() };
        let mut findings = Findings::default();
        match text {
            Ok(text) => file::parse(&text, path, &mut config, &mut findings),
            Err(error) => findings.no_file(error),
        }
        words::from_env(env, &mut config, &mut findings);
        words::from_flags(args, &mut config, &mut findings);
        config.cross_check(&mut findings);
        let errors = findings.into_errors();
        if errors.is_empty() { Ok(config) } else { Err(ConfigErrors(errors)) }
    }

    fn give(&mut self, table: &'static Table, source: Source, key: &str, value: Value) {
        let layers = self.given.entry(table.name).or_default();
        layers.entry(source).or_default().insert(key.to_owned(), value);
    }

    /// What settings must hold together, where all of them are known.
    fn cross_check(&self, findings: &mut Findings) {
        for table in TABLES.iter().filter(|table| findings.is_complete(table)).collect::<Vec<_>>() {
            if let Err(error) = (table.check)(&self.settings(table)) {
                let place = findings.place_of(table, &error).map(str::to_owned);
                let place = place.unwrap_or_else(|| format!("[{}]", table.name));
                findings.wrong(format!("{place}: {error}"));
            }
        }
    }

    /// The values of one table with their sources, without `enabled`.
    pub(crate) fn settings(&self, table: &'static Table) -> Settings {
        let mut settings = Settings::new(table.keys);
        for (source, values) in self.layers(table) {
            settings.set_layer(source, values).expect("only values that their keys allow were let in");
        }
        settings
    }

    fn layers(&self, table: &Table) -> Vec<(Source, Values)> {
        let all = self.given.get(table.name).into_iter().flatten();
        all.map(|(source, values)| {
            let own = values.iter().filter(|(key, _)| *key != tables::ENABLED.name);
            (*source, own.map(|(key, value)| (key.clone(), value.clone())).collect())
        })
        .collect()
    }

    /// Whether a worker runs unless somebody says otherwise, and who says so.
    pub(crate) fn enabled(&self, table: &Table) -> (bool, Source) {
        let given = self.given.get(table.name).into_iter().flatten().rev();
        let said = given
            .filter_map(|(source, values)| Some((values.get(tables::ENABLED.name)?.as_bool()?, *source)));
        said.into_iter().next().unwrap_or((true, Source::Default))
    }

    /// Where the sockets stand.
    pub(crate) fn bus_dir(&self) -> PathBuf {
        let bus = tables::find("bus").expect("there is a table for the bus");
        self.settings(bus).text("dir").into()
    }

    /// All workers of a show, each with whether it runs.
    pub(crate) fn workers(&self) -> Vec<(ProcessName, bool)> {
        let workers = TABLES.iter().filter_map(|table| Some((table.process?, table)));
        let hidden = table_of(ProcessName::TestWorker).filter(|table| self.given.contains_key(table.name));
        workers
            .chain(hidden.map(|table| (ProcessName::TestWorker, table)))
            .filter(|(name, _)| name.is_worker())
            .map(|(name, table)| (name, self.enabled(table).0))
            .collect()
    }

    /// By how much the waits of supervision are divided: tests only.
    pub(crate) fn time_scale(&self) -> f64 {
        self.time_scale
    }

    /// The law of supervision, in the time of this machine.
    pub(crate) fn law(&self) -> Law {
        let supervision = table_of(ProcessName::ProcessManager).expect("the manager has a table");
        let law = vj_supervisor::law(&self.settings(supervision));
        law.scaled(self.time_scale).unwrap_or(law)
    }

    /// The same config for workers whose manager was told, by `set_config`, to expect a heartbeat each `sec` seconds.
    pub(crate) fn with_heartbeat(mut self, sec: f64) -> Self {
        let supervision = table_of(ProcessName::ProcessManager).expect("the manager has a table");
        self.heartbeat = Some(sec).filter(|sec| *sec != self.settings(supervision).number("heartbeat"));
        self
    }

    fn heartbeat(&self) -> Duration {
        let told = self.heartbeat.map(|sec| Duration::from_secs_f64(sec / self.time_scale));
        told.unwrap_or(self.law().heartbeat)
    }

    /// What a process is started with.
    pub(crate) fn launch(&self, name: ProcessName) -> Launch {
        let telemetry = self.settings(tables::find("telemetry").expect("there is a table for telemetry"));
        let targets = telemetry.texts("targets").iter().filter_map(|text| tables::address(text)).collect();
        let playback = self.settings(tables::find("playback").expect("there is a table for playback"));
        Launch {
            layers: table_of(name).map(|table| self.layers(table)).unwrap_or_default(),
            telemetry: TelemetryConfig {
                targets,
                bundle: telemetry.bool("bundle"),
                ascii: telemetry.bool("ascii"),
                rate_hz: telemetry.number("rate_hz") as u32,
            },
            prefer: playback.texts("prefer").iter().filter_map(|name| name.parse().ok()).collect(),
            heartbeat: self.heartbeat().max(Duration::from_millis(10)),
            time_scale: self.time_scale,
            config: None,
        }
    }

    /// The last good config of the show that is on, with the environment and the flags of today; none if no show is on.
    pub(crate) fn last_good(args: &ConfigArgs) -> Option<Self> {
        let bytes = std::fs::read(Paths::find(args).state.join(vj_core::show::CONFIG)).ok()?;
        let mut config = Self::from_snapshot(&bytes).ok()?;
        let mut findings = Findings::default();
        words::from_env(&environment(), &mut config, &mut findings);
        words::from_flags(args, &mut config, &mut findings);
        config.cross_check(&mut findings);
        findings.into_errors().is_empty().then_some(config)
    }

    /// For the workers: all that was given, as JSON.
    pub(crate) fn to_snapshot(&self) -> Vec<u8> {
        let given: Map<String, Value> = self
            .given
            .iter()
            .map(|(table, layers)| {
                let layers: Map<String, Value> = layers
                    .iter()
                    .map(|(source, values)| (source.as_str().to_owned(), values.clone().into()))
                    .collect();
                ((*table).to_owned(), layers.into())
            })
            .collect();
        let snapshot = json!({
            "version": vj_bus::VERSION, "time_scale": self.time_scale, "heartbeat": self.heartbeat, "given": given,
        });
        serde_json::to_vec_pretty(&snapshot).expect("JSON values can always be written")
    }

    /// What [`to_snapshot`](Self::to_snapshot) wrote. Every value is judged again: the file may be of another version.
    pub(crate) fn from_snapshot(bytes: &[u8]) -> Result<Self, String> {
        let snapshot: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let time_scale = snapshot["time_scale"].as_f64().filter(|scale| (1.0..=10.0).contains(scale));
        let mut config = Self { time_scale: time_scale.ok_or("'time_scale' is missing")?, ..Self::default() };
        config.heartbeat = snapshot["heartbeat"].as_f64().filter(|sec| (0.1..=86_400.0).contains(sec));
        let given = snapshot["given"].as_object().ok_or("'given' is missing")?;
        for (name, layers) in given {
            // A table or a key of another version of vj is not for us.
            let Some(table) = tables::find(name) else { continue };
            for source in [Source::File, Source::Env, Source::Flag] {
                for (name, value) in layers[source.as_str()].as_object().into_iter().flatten() {
                    if table.key(name).is_some_and(|key| key.kind.takes(value)) {
                        config.give(table, source, name, value.clone());
                    }
                }
            }
        }
        let mut findings = Findings::default();
        config.cross_check(&mut findings);
        findings.into_errors().into_iter().next().map_or(Ok(config), Err)
    }
}

#[cfg(test)]
mod tests;
