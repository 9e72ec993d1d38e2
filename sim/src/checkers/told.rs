//! What the monitors told the visuals to be playing.

use vj_core::playback::Player;

use crate::osc_log::OscLine;

/// A monitor's word on the track. Who adds to it that there are lyrics says nothing new of what plays.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    pub(super) t: f64,
    /// Whose monitor said it.
    pub(super) player: Player,
    /// `Artist - Title`, or the title alone; empty for nothing.
    pub(super) what: String,
}

impl Told {
    /// Which process said it.
    pub(super) fn from(&self) -> &'static str {
        self.player.monitor().as_str()
    }
}

/// All of them, in order.
pub(super) fn told(osc: &[OscLine]) -> Vec<Told> {
    osc.iter().filter(|line| line.addr == "/karaoke/track").filter_map(word).collect()
}

fn word(line: &OscLine) -> Option<Told> {
    let player = Player::ALL.into_iter().find(|it| it.monitor().as_str() == line.from)?;
    let text = |at: usize| line.args.get(at).and_then(|it| it.as_str()).unwrap_or_default();
    let what = match (text(2), text(3)) {
        (_, "") => String::new(),
        ("", title) => title.to_owned(),
        (artist, title) => format!("{artist} - {title}"),
    };
    Some(Told { t: line.t, player, what })
}
