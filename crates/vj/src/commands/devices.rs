//! `vj devices`: audio inputs, the chosen one marked.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::Args;
use clap::builder::FalseyValueParser;
use serde_json::{Value, json};
use vj_adapters::SystemBackend;
use vj_core::ProcessName;
use vj_workers::ports::{AudioBackend, InputInfo, choose_input};

use crate::client::{Bus, Called, on_bus};
use crate::columns::columns;
use crate::config::{ConfigArgs, table_of};
use crate::terminal::{Paint, print_line};

/// What `vj devices` is asked for.
#[derive(Debug, Args)]
pub(crate) struct DevicesArgs {
    /// Print one JSON document
    #[arg(long, env = "VJ_JSON", value_parser = FalseyValueParser::new())]
    json: bool,
}

/// Lists the inputs.
pub(crate) fn run(args: DevicesArgs, config: &ConfigArgs) -> Result<ExitCode> {
    on_bus(config, |bus| async move {
        let inputs = SystemBackend::new().inputs().map_err(|error| anyhow!(error))?;
        let wanted = wanted(&bus).await;
        let chosen = position(&inputs, &wanted);
        if args.json {
            let list: Vec<_> = inputs
                .iter()
                .enumerate()
                .map(|(at, it)| {
                    json!({
                        "name": it.name, "chosen": Some(at) == chosen, "loopback": it.is_loopback,
                        "sample_rate_hz": it.format.sample_rate_hz, "channels": it.format.channels,
                    })
                })
                .collect();
            print_line(json!({"devices": list, "wanted": wanted}))?;
            return Ok(ExitCode::SUCCESS);
        }
        print(&inputs, &wanted, chosen)?;
        Ok(ExitCode::SUCCESS)
    })
}

fn print(inputs: &[InputInfo], wanted: &str, chosen: Option<usize>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if inputs.is_empty() {
        writeln!(out, "There is no audio input.")?;
    } else {
        let rows: Vec<_> = inputs
            .iter()
            .enumerate()
            .map(|(at, it)| {
                let mark = if Some(at) == chosen { "*" } else { "" };
                let hears = if it.is_loopback { "what this machine plays" } else { "" };
                let format = format!("{} Hz, {} ch", it.format.sample_rate_hz, it.format.channels);
                vec![mark.to_owned(), it.name.clone(), format, hears.to_owned()]
            })
            .collect();
        write!(out, "{}", columns(&["", "NAME", "FORMAT", "HEARS"], &rows, Paint::for_stdout()))?;
    }
    if !wanted.is_empty() && chosen.is_none() {
        writeln!(out, "The chosen input \"{wanted}\" is not there.")?;
    }
    writeln!(
        out,
        "To choose: vj send audio_analyzer set_config device=\"NAME\", or audio_analyzer.device in the config."
    )
}

/// What the running worker was told to listen to, else what the config says.
async fn wanted(bus: &Bus) -> String {
    if let Ok(Called::Replied(reply)) = bus.call(ProcessName::AudioAnalyzer, "get_state", Value::Null).await {
        // Where nobody has named one, the worker stays with the one that it hears.
        let named = reply.data["config"]["device"].as_str().filter(|name| !name.is_empty());
        return named.or(reply.data["device"].as_str()).unwrap_or_default().to_owned();
    }
    table_of(ProcessName::AudioAnalyzer)
        .map(|table| bus.config.settings(table).text("device"))
        .unwrap_or_default()
}

fn position(inputs: &[InputInfo], wanted: &str) -> Option<usize> {
    let preferred = inputs.iter().position(|it| it.is_preferred);
    choose_input(inputs.iter().map(|it| (it.name.as_str(), it.id.as_str())), preferred, wanted)
}

/// The input that the worker would listen to.
pub(crate) fn chosen(wanted: &str) -> Result<String, String> {
    let inputs = SystemBackend::new().inputs().map_err(|error| error.to_string())?;
    match position(&inputs, wanted) {
        Some(at) => Ok(inputs[at].name.clone()),
        None if wanted.is_empty() => Err("there is no audio input".to_owned()),
        None => Err(format!("the audio input \"{wanted}\" is not there")),
    }
}
