//! The words of VirtualDJ's OSC: it answers `/vdj/query/deck/N/VERB` and `/vdj/subscribe/deck/N/VERB` with
//! `/vdj/deck/N/VERB` and one value.

use rosc::{OscMessage, OscPacket, OscType, encoder};

use super::decks::DECKS;

/// What is asked of each.
const VERBS: [&str; 6] =
    ["get_artist", "get_title", "get_songlength", "get_position", "get_bpm", "is_audible"];

/// The datagrams that ask for everything, now (`query`) or from now on whenever it changes (`subscribe`).
pub(super) fn questions(word: &str) -> Vec<Vec<u8>> {
    let asked = (1..=DECKS).flat_map(|deck| VERBS.map(|verb| format!("/vdj/{word}/deck/{deck}/{verb}")));
    let message = |addr| OscPacket::Message(OscMessage { addr, args: Vec::new() });
    asked.filter_map(|addr| encoder::encode(&message(addr)).ok()).collect()
}

/// Takes a text in. Returns whether it is another.
pub(super) fn set_text(text: &mut String, value: &OscType) -> bool {
    let new = match value {
        OscType::String(text) => text.as_str(),
        _ => "",
    };
    let changed = text != new;
    if changed {
        new.clone_into(text);
    }
    changed
}

/// Any form of number; what is none is 0.
pub(super) fn number_of(value: &OscType) -> f64 {
    let number = match value {
        OscType::Float(number) => f64::from(*number),
        OscType::Double(number) => *number,
        OscType::Int(number) => f64::from(*number),
        OscType::Long(number) => *number as f64,
        OscType::String(text) => text.trim().trim_end_matches('%').parse().unwrap_or_default(),
        _ => 0.0,
    };
    if number.is_finite() { number } else { 0.0 }
}

/// VirtualDJ says no by nothing, 0 or a word.
pub(super) fn is_on(value: &OscType) -> bool {
    match value {
        OscType::Bool(is_on) => *is_on,
        OscType::String(text) => !matches!(text.trim(), "" | "0" | "no" | "off" | "false"),
        other => number_of(other) != 0.0,
    }
}

#[cfg(test)]
mod tests {
    use rosc::decoder;

    use super::*;

    #[test]
    fn everything_is_asked_of_every_deck() {
        let asked = questions("subscribe");
        assert_eq!(asked.len(), DECKS * VERBS.len());
        let Ok((_, OscPacket::Message(first))) = decoder::decode_udp(&asked[0]) else { panic!("no message") };
        assert_eq!(first.addr, "/vdj/subscribe/deck/1/get_artist");
    }
}
