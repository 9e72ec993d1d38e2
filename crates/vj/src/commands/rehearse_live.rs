//! A rehearsal that asks the real services of lyrics.

use clap::ValueEnum;
use serde_json::{Map, Value};
use vj_core::ProcessName::LyricsFetcher;

use crate::config::{Config, ConfigArgs};

/// Who answers for LRCLIB, the models and ComfyUI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Services {
    // What stands in the set's services.jsonl.
    Set,
    // Those that the config names.
    Live,
}

/// The lyrics worker's settings by the user's config, if the real services are to be asked.
pub(super) fn settings(
    services: Services,
    is_real: bool,
    config: &ConfigArgs,
) -> Result<Option<Map<String, Value>>, String> {
    if services == Services::Set {
        return Ok(None);
    }
    if !is_real {
        let why = "--services live needs --realtime: in virtual time no real service could answer in time";
        return Err(why.to_owned());
    }
    let config = Config::load(config).map_err(|errors| errors.to_string())?;
    let layers = config.launch(LyricsFetcher).layers;
    Ok(Some(layers.into_iter().flat_map(|(_, values)| values).collect()))
}
