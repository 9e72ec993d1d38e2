//! `vj devices`: audio inputs, the chosen one marked.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::Args;
use clap::builder::FalseyValueParser;
use serde_json::{Value, json};
use vj_adapters::SystemBackend;
use vj_core::ProcessName;
use vj_core::show::DEVICE;
use vj_workers::ports::{AudioBackend, InputInfo, choose_input};

use crate::client::{Bus, Called, on_bus};
use crate::columns::columns;
use crate::config::{ConfigArgs, Paths, table_of};
use crate::terminal::{Paint, print_line};

/// What else a newcomer should know.
const AFTER_HELP: &str = "\
To choose one, at once and for good: vj send audio_analyzer set_config device=\"NAME\"";

/// What `vj devices` is asked for.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct DevicesArgs {
    /// Print one JSON document
    #[arg(long, env = "VJ_JSON", value_parser = FalseyValueParser::new())]
    json: bool,
}

/// What the audio worker hears, or would.
pub(crate) enum Source {
    File(String),
    /// The input of this name; of none, the one that is preferred.
    Input(String),
}

impl Source {
    fn of(source: &str, device: &str) -> Self {
        source
            .strip_prefix("file:")
            .map_or_else(|| Self::Input(device.to_owned()), |path| Self::File(path.to_owned()))
    }

    /// What the running worker was told to hear, else what the config says.
    pub(crate) async fn find(bus: &Bus) -> Self {
        if let Ok(Called::Replied(reply)) =
            bus.call(ProcessName::AudioAnalyzer, "get_state", Value::Null).await
        {
            // Where nobody has named an input, the worker stays with the one that it hears.
            let config = &reply.data["config"];
            let named = config["device"].as_str().filter(|name| !name.is_empty());
            let device = named.or(reply.data["device"].as_str()).map(str::to_owned);
            // While that is gone, it waits for it.
            let device = device.or_else(|| chosen_before(&bus.paths)).unwrap_or_default();
            return Self::of(config["source"].as_str().unwrap_or_default(), &device);
        }
        let table = table_of(ProcessName::AudioAnalyzer).expect("the audio worker has a table");
        let settings = bus.config.settings(table);
        Self::of(&settings.text("source"), &settings.text("device"))
    }

    /// Which of these it is.
    fn chosen(&self, inputs: &[InputInfo]) -> Option<usize> {
        match self {
            Self::File(_) => None,
            Self::Input(wanted) => position(inputs, wanted),
        }
    }
}

/// The input that the worker chose in this show, where nobody had named one.
fn chosen_before(paths: &Paths) -> Option<String> {
    let choice: Value = serde_json::from_slice(&std::fs::read(paths.state.join(DEVICE)).ok()?).ok()?;
    choice["name"].as_str().map(str::to_owned)
}

/// Lists the inputs.
pub(crate) fn run(args: DevicesArgs, config: &ConfigArgs) -> Result<ExitCode> {
    on_bus(config, |bus| async move {
        let inputs = SystemBackend::new().inputs().map_err(|error| anyhow!(error))?;
        let source = Source::find(&bus).await;
        if args.json {
            print_line(document(&inputs, &source))?;
        } else {
            io::stdout().lock().write_all(page(&inputs, &source, Paint::for_stdout()).as_bytes())?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn document(inputs: &[InputInfo], source: &Source) -> Value {
    let chosen = source.chosen(inputs);
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
    match source {
        Source::Input(wanted) => json!({"devices": list, "wanted": wanted, "file": null}),
        Source::File(path) => json!({"devices": list, "wanted": "", "file": path}),
    }
}

fn page(inputs: &[InputInfo], source: &Source, paint: Paint) -> String {
    let chosen = source.chosen(inputs);
    let rows = inputs.iter().enumerate().map(|(at, it)| {
        let mark = if Some(at) == chosen { "*" } else { "" };
        let hears = if it.is_loopback { "what this machine plays" } else { "" };
        let format = format!("{} Hz, {} ch", it.format.sample_rate_hz, it.format.channels);
        vec![mark.to_owned(), it.name.clone(), format, hears.to_owned()]
    });
    let mut page = match inputs {
        [] => "There is no audio input: is a sound server running, is a card plugged in?\n".to_owned(),
        _ => columns(&["", "NAME", "FORMAT", "HEARS"], &rows.collect::<Vec<_>>(), paint),
    };
    match source {
        Source::File(path) => {
            page += &format!(
                "audio_analyzer plays the file {path} and hears no input.\n\
                 To let it hear one: vj send audio_analyzer set_config source=device\n"
            );
        }
        Source::Input(wanted) if chosen.is_none() && !wanted.is_empty() => {
            page += &format!("The chosen input \"{wanted}\" is not there: audio_analyzer waits for it.\n");
        }
        Source::Input(_) => {}
    }
    if !inputs.is_empty() {
        page += "To choose one: vj send audio_analyzer set_config device=\"NAME\"\n";
    }
    page
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

#[cfg(test)]
mod tests {
    use vj_workers::ports::SoundFormat;

    use super::*;

    fn input(name: &str, is_loopback: bool, channels: u16) -> InputInfo {
        let format = SoundFormat { sample_rate_hz: 48_000, channels, frames: None };
        let id = format!("id of {name}");
        InputInfo { name: name.to_owned(), id, is_loopback, is_preferred: is_loopback, format }
    }

    #[test]
    fn the_inputs_are_listed_with_the_one_that_is_heard() {
        let inputs = [input("Monitor of Speakers", true, 2), input("Scarlett 2i2", false, 4)];
        let mut seen = String::new();
        for (what, inputs, source, device) in [
            ("two, none named", &inputs[..], "device", ""),
            ("two, one named", &inputs, "device", "scarlett"),
            ("two, another named", &inputs, "device", "BlackHole 2ch"),
            ("two, a file plays", &inputs, "file:/sets/night.flac", "scarlett"),
            ("none", &[], "device", ""),
            ("none, one named", &[], "device", "Scarlett 2i2"),
            ("none, a file plays", &[], "file:/sets/night.flac", ""),
        ] {
            let source = Source::of(source, device);
            let page = page(inputs, &source, Paint::never());
            seen += &format!("# {what}\n{page}{}\n\n", document(inputs, &source));
        }
        insta::assert_snapshot!(seen);
    }
}
