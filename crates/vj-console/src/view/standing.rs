//! Whether what is shown is still so, and if not, since when nobody has said it.

use ratatui::layout::Rect;
use vj_core::ProcessName;

use super::canvas::Canvas;
use super::styles::Role;
use super::text::{ago, clean, wrap};
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
    if model.deaf.is_some() {
        return Standing::stale("! not heard".to_owned());
    }
    match model.heard.stale(address, model.now) {
        Some(age) => Standing::stale(format!("! heard {}", ago(age))),
        None if model.heard.at(address).is_none() => Standing::stale("nothing heard yet".to_owned()),
        None => Standing::live(),
    }
}

/// Why no telemetry can be heard at all, in place of what it would tell. False if it can.
pub(super) fn told_deaf(canvas: &mut Canvas<'_>, area: Rect, model: &Model) -> bool {
    let Some(why) = &model.deaf else { return false };
    canvas.row(area, 0, &[(Role::Alarm, "!! telemetry cannot be heard")]);
    let room = usize::from(area.height.saturating_sub(1));
    for (row, line) in wrap(&clean(why), usize::from(area.width), room).iter().enumerate() {
        canvas.row(area, row as u16 + 1, &[(Role::Normal, line)]);
    }
    true
}
