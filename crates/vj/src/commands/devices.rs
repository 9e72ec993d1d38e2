//! `vj devices`: audio inputs, the chosen one marked.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use clap::builder::FalseyValueParser;
use serde_json::json;

use crate::config::ConfigArgs;

/// What `vj devices` is asked for.
#[derive(Debug, Args)]
pub(crate) struct DevicesArgs {
    /// Print one JSON document
    #[arg(long, env = "VJ_JSON", value_parser = FalseyValueParser::new())]
    json: bool,
}

/// Lists the inputs.
pub(crate) fn run(args: DevicesArgs, _config: &ConfigArgs) -> Result<ExitCode> {
    if args.json {
        println!("{}", json!({"devices": []}));
    }
    anyhow::bail!("live capture is not part of this build")
}

/// The input that the worker would listen to.
pub(crate) fn chosen(_wanted: &str) -> Result<String, String> {
    Err("live capture is not part of this build".to_owned())
}
