//! Whether what is shown is still so, and if not, since when nobody has said it.

use vj_core::ProcessName;

use super::styles::Role;
use super::text::ago;
use crate::model::Model;

/// How what is shown stands.
pub(super) struct Standing {
    /// Whether it was told lately.
    pub(super) is_live: bool,
    /// What there is to say about it, for the rule over the pane; may be empty.
    pub(super) word: String,
}

impl Standing {
    fn live() -> Self {
        Self { is_live: true, word: String::new() }
    }

    fn stale(word: String) -> Self {
        Self { is_live: false, word }
    }

    /// The word and how it looks.
    pub(super) fn part(&self) -> (Role, &str) {
        (if self.is_live { Role::Faint } else { Role::Warning }, &self.word)
    }
}

/// What this process says, where it is plain who that is.
pub(super) fn of_process(model: &Model, name: ProcessName) -> Standing {
    match model.processes.get(&name) {
        Some(known) if known.is_fresh(model.now) => Standing::live(),
        Some(known) => {
            let how = if known.lost.is_some() { "lost" } else { "silent" };
            Standing::stale(format!("! {how}, as of {}", ago(known.age(model.now))))
        }
        None => Standing::stale("! not reached".to_owned()),
    }
}

/// The same with its name.
pub(super) fn of_named(model: &Model, name: ProcessName) -> Standing {
    let standing = of_process(model, name);
    let word = match standing.word.strip_prefix("! ") {
        Some(word) => format!("! {name} {word}"),
        None => String::new(),
    };
    Standing { word, ..standing }
}

/// What is heard at this address of the telemetry.
pub(super) fn of_telemetry(model: &Model, address: &str) -> Standing {
    if let Some(why) = &model.deaf {
        return Standing::stale(format!("! telemetry cannot be heard: {why}"));
    }
    match model.heard.stale(address, model.now) {
        Some(age) => Standing::stale(format!("! heard {}", ago(age))),
        None if model.heard.at(address).is_none() => Standing::stale("nothing heard yet".to_owned()),
        None => Standing::live(),
    }
}
