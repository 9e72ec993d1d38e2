//! OSC packets as anybody may send them: taken apart without trust.
//!
//! rosc reads bundles by recursion and drops arrays by it, so a packet of one datagram could nest deep enough to overflow a
//! stack. What is deeper than anything real is refused before it is read.

use rosc::{OscMessage, OscPacket, OscType, decoder};
use serde_json::{Value, json};

/// Bundles in bundles, and arrays in arrays, are read down to here.
const DEPTH_MAX: usize = 8;

const BUNDLE: &[u8] = b"#bundle\0";

/// Its time tag stands between the word and the first element.
const BUNDLE_HEAD: usize = 16;

/// The messages of a packet, in order. What follows the end of a message is left alone: some programs send more than they mean.
///
/// # Errors
/// What is wrong with it, as the end of a sentence.
pub fn messages(packet: &[u8]) -> Result<Vec<OscMessage>, String> {
    if !is_shallow(packet, DEPTH_MAX) {
        return Err(format!("it is nested more than {DEPTH_MAX} deep"));
    }
    let (rest, packet) = decoder::decode_udp(packet).map_err(|error| error.to_string())?;
    if matches!(packet, OscPacket::Bundle(_)) && !rest.is_empty() {
        return Err(format!("the last {} bytes of the bundle are no element", rest.len()));
    }
    let mut messages = Vec::new();
    flatten(packet, &mut messages);
    Ok(messages)
}

fn flatten(packet: OscPacket, messages: &mut Vec<OscMessage>) {
    match packet {
        OscPacket::Message(message) => messages.push(message),
        OscPacket::Bundle(bundle) => {
            for packet in bundle.content {
                flatten(packet, messages);
            }
        }
    }
}

fn is_shallow(packet: &[u8], depth_left: usize) -> bool {
    if !packet.starts_with(BUNDLE) {
        return arrays_are_shallow(packet);
    }
    if depth_left == 0 {
        return false;
    }
    let mut rest = packet.get(BUNDLE_HEAD..).unwrap_or_default();
    while let Some((size, elements)) = rest.split_first_chunk::<4>() {
        let size = usize::try_from(u32::from_be_bytes(*size)).unwrap_or(usize::MAX);
        // One that is cut off is for the decoder to complain of.
        let Some(element) = elements.get(..size) else { return true };
        if !is_shallow(element, depth_left - 1) {
            return false;
        }
        rest = &elements[size..];
    }
    true
}

/// Type tags begin with a comma; whatever else has one and that many brackets is no message of anybody's.
fn arrays_are_shallow(message: &[u8]) -> bool {
    let tags = message.split(|byte| *byte == b',').nth(1).unwrap_or_default();
    let mut depth = 0_usize;
    tags.iter().take_while(|byte| **byte != 0).all(|byte| {
        match byte {
            b'[' => depth += 1,
            b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth <= DEPTH_MAX
    })
}

/// The type tags of arguments, and their values as JSON.
#[must_use]
pub fn tags_and_values(args: &[OscType]) -> (String, Vec<Value>) {
    args.iter().map(tag_and_value).unzip()
}

fn tag_and_value(arg: &OscType) -> (char, Value) {
    match arg {
        OscType::Int(n) => ('i', json!(n)),
        OscType::Float(x) => ('f', json!(x)),
        OscType::String(text) => ('s', json!(text)),
        OscType::Long(n) => ('h', json!(n)),
        OscType::Double(x) => ('d', json!(x)),
        OscType::Bool(true) => ('T', json!(true)),
        OscType::Bool(false) => ('F', json!(false)),
        OscType::Nil => ('N', Value::Null),
        OscType::Inf => ('I', json!("inf")),
        OscType::Char(c) => ('c', json!(c)),
        OscType::Blob(bytes) => ('b', json!(bytes.len())),
        OscType::Time(time) => ('t', json!([time.seconds, time.fractional])),
        OscType::Midi(midi) => ('m', json!([midi.port, midi.status, midi.data1, midi.data2])),
        OscType::Color(color) => ('r', json!([color.red, color.green, color.blue, color.alpha])),
        OscType::Array(array) => {
            ('[', array.content.iter().map(|arg| tag_and_value(arg).1).collect::<Vec<_>>().into())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rosc::{OscArray, OscBundle, OscTime, encoder};

    use super::*;

    fn message(addr: &str) -> OscPacket {
        OscPacket::Message(OscMessage { addr: addr.to_owned(), args: vec![OscType::Int(1)] })
    }

    fn bundle(content: Vec<OscPacket>) -> OscPacket {
        OscPacket::Bundle(OscBundle { timetag: OscTime { seconds: 0, fractional: 1 }, content })
    }

    fn nested(depth: usize) -> Vec<u8> {
        let packet = (0..depth).fold(message("/deep"), |packet, _| bundle(vec![message("/before"), packet]));
        encoder::encode(&packet).unwrap()
    }

    #[test]
    fn bundles_are_read_down_to_the_limit_and_in_order() {
        let read = messages(&nested(DEPTH_MAX)).unwrap();
        assert_eq!((read.len(), read.last().unwrap().addr.as_str()), (DEPTH_MAX + 1, "/deep"));
        assert!(messages(&nested(DEPTH_MAX + 1)).unwrap_err().contains("nested"));
    }

    #[test]
    fn what_would_overflow_a_stack_is_refused() {
        // As many bundles as fit into a datagram, each the only element of the one around it.
        let mut heads = Vec::new();
        let mut len = 0_u32;
        while len < 65_000 {
            heads.push(len);
            len += 20;
        }
        let mut deep = Vec::new();
        for inner in heads.iter().rev() {
            deep.extend_from_slice(BUNDLE);
            deep.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 1]);
            deep.extend_from_slice(&inner.to_be_bytes());
        }
        assert!(messages(&deep).unwrap_err().contains("nested"), "{} bytes", deep.len());
        // One that is cut off is refused, too, and not read in part.
        assert!(messages(&deep[..deep.len() - 7]).is_err());
        let array = |depth: usize| {
            let inner = OscType::Array(OscArray { content: Vec::new() });
            let arg = (1..depth).fold(inner, |arg, _| OscType::Array(OscArray { content: vec![arg] }));
            encoder::encode(&OscPacket::Message(OscMessage { addr: "/a".to_owned(), args: vec![arg] }))
                .unwrap()
        };
        assert!(messages(&array(DEPTH_MAX)).is_ok());
        assert!(messages(&array(DEPTH_MAX + 1)).unwrap_err().contains("nested"));
        let mut brackets = b"/a\0\0,".to_vec();
        brackets.extend(std::iter::repeat_n(b'[', 30_000));
        brackets.extend(std::iter::repeat_n(b']', 30_000));
        brackets.extend([0; 4]);
        assert!(messages(&brackets).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_do_any_harm(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = messages(&bytes);
        }

        #[test]
        fn a_damaged_packet_does_no_harm(at in 0_usize..200, byte in any::<u8>(), depth in 0_usize..6) {
            let mut packet = nested(depth);
            let len = packet.len();
            packet[at % len] = byte;
            let _ = messages(&packet);
            let _ = messages(&packet[..at % len]);
        }
    }
}
