//! A datagram of a deck as a line has it: to be read and edited where it is one OSC message, else in base64.

use rosc::{OscMessage, OscPacket, OscType, decoder, encoder};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vj_core::base64;

/// One form or the other: `{"addr": "/vdj/deck/1/get_title", "tags": "s", "args": ["x"]}`, or `{"base64": "..."}`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeckMessage {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    addr: Option<String>,
    /// A letter an argument, without the comma.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tags: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    args: Option<Vec<Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

impl DeckMessage {
    /// The readable form, where it says everything: where the same bytes come out of it again.
    #[must_use]
    pub fn of(datagram: &[u8]) -> Self {
        let readable = readable(datagram).filter(|message| message.is_read_as(datagram));
        readable.unwrap_or_else(|| Self { base64: Some(base64::encode(datagram)), ..Self::default() })
    }

    /// Also once it is a text and is read again: a number in decimals may be another one.
    fn is_read_as(&self, datagram: &[u8]) -> bool {
        let again = serde_json::to_string(self).and_then(|text| serde_json::from_str::<Self>(&text));
        again.is_ok_and(|again| again.datagram().is_ok_and(|bytes| bytes == datagram))
    }

    /// The bytes.
    ///
    /// # Errors
    /// What in it is none.
    pub fn datagram(&self) -> Result<Vec<u8>, String> {
        match (&self.addr, &self.base64) {
            (None, Some(text)) if self.tags.is_none() && self.args.is_none() => {
                base64::decode(text).ok_or_else(|| "what was told is no base64".to_owned())
            }
            (Some(addr), None) => self.encoded(addr),
            _ => Err("a message of a deck has 'addr', 'tags' and 'args', or 'base64'".to_owned()),
        }
    }

    fn encoded(&self, addr: &str) -> Result<Vec<u8>, String> {
        let (tags, args) =
            (self.tags.as_deref().unwrap_or_default(), self.args.as_deref().unwrap_or_default());
        if !addr.starts_with('/') {
            return Err(format!("'{addr}' is no address: it begins with no /"));
        }
        let count = tags.chars().count();
        if count != args.len() {
            return Err(format!("{addr} has {count} tags and {} args", args.len()));
        }
        let args = tags.chars().zip(args).map(|(tag, value)| arg(tag, value));
        let args = args.collect::<Result<_, _>>().map_err(|why| format!("{addr}: {why}"))?;
        let message = OscMessage { addr: addr.to_owned(), args };
        encoder::encode(&OscPacket::Message(message)).map_err(|error| format!("{addr}: {error}"))
    }
}

fn readable(datagram: &[u8]) -> Option<DeckMessage> {
    let Ok((_, OscPacket::Message(message))) = decoder::decode_udp(datagram) else { return None };
    let args: Option<Vec<(char, Value)>> = message.args.iter().map(tagged).collect();
    let (tags, args) = args?.into_iter().unzip();
    Some(DeckMessage { addr: Some(message.addr), tags: Some(tags), args: Some(args), base64: None })
}

fn tagged(arg: &OscType) -> Option<(char, Value)> {
    Some(match arg {
        OscType::Int(number) => ('i', (*number).into()),
        OscType::Long(number) => ('h', (*number).into()),
        // Through its shortest decimal form: 0.1 stays 0.1 and does not become 0.10000000149.
        OscType::Float(number) => ('f', number.to_string().parse::<f64>().ok()?.into()),
        OscType::Double(number) => ('d', (*number).into()),
        OscType::String(text) => ('s', text.clone().into()),
        OscType::Blob(bytes) => ('b', base64::encode(bytes).into()),
        OscType::Bool(true) => ('T', true.into()),
        OscType::Bool(false) => ('F', false.into()),
        OscType::Nil => ('N', Value::Null),
        OscType::Inf => ('I', Value::Null),
        _ => return None,
    })
}

fn arg(tag: char, value: &Value) -> Result<OscType, String> {
    let read = match tag {
        'i' => value.as_i64().and_then(|number| i32::try_from(number).ok()).map(OscType::Int),
        'h' => value.as_i64().map(OscType::Long),
        'f' => value.as_f64().map(|number| OscType::Float(number as f32)),
        'd' => value.as_f64().map(OscType::Double),
        's' => value.as_str().map(|text| OscType::String(text.to_owned())),
        'b' => value.as_str().and_then(base64::decode).map(OscType::Blob),
        'T' => (value == true).then_some(OscType::Bool(true)),
        'F' => (value == false).then_some(OscType::Bool(false)),
        'N' => value.is_null().then_some(OscType::Nil),
        'I' => value.is_null().then_some(OscType::Inf),
        _ => return Err(format!("there is no tag '{tag}' (allowed: i, h, f, d, s, b, T, F, N, I)")),
    };
    read.ok_or_else(|| format!("{value} cannot be told as '{tag}'"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rosc::{OscBundle, OscTime};
    use serde_json::json;

    use super::*;

    fn bytes(addr: &str, args: Vec<OscType>) -> Vec<u8> {
        encoder::encode(&OscPacket::Message(OscMessage { addr: addr.to_owned(), args })).unwrap()
    }

    #[test]
    fn one_message_is_readable_and_what_is_none_stays_as_it_came() {
        let title = bytes("/vdj/deck/1/get_title", vec![OscType::String("Ä".to_owned())]);
        let written = serde_json::to_value(DeckMessage::of(&title)).unwrap();
        assert_eq!(written, json!({"addr": "/vdj/deck/1/get_title", "tags": "s", "args": ["Ä"]}));
        let position = bytes("/vdj/deck/1/get_position", vec![OscType::Float(0.1)]);
        assert_eq!(serde_json::to_value(DeckMessage::of(&position)).unwrap()["args"], json!([0.1]));
        let message = OscPacket::Message(OscMessage { addr: "/a".to_owned(), args: Vec::new() });
        let timetag = OscTime { seconds: 0, fractional: 1 };
        let bundle =
            encoder::encode(&OscPacket::Bundle(OscBundle { timetag, content: vec![message] })).unwrap();
        let longer = [&title[..], b"rest"].concat();
        let infinite = bytes("/a", vec![OscType::Float(f32::INFINITY)]);
        let time = bytes("/a", vec![OscType::Time(timetag)]);
        for other in [bundle, longer, infinite, time, b"junk".to_vec(), Vec::new()] {
            let written = serde_json::to_value(DeckMessage::of(&other)).unwrap();
            assert_eq!(written, json!({"base64": base64::encode(&other)}));
            assert_eq!(DeckMessage::of(&other).datagram().unwrap(), other);
        }
    }

    #[test]
    fn a_mistake_is_named() {
        for (message, why) in [
            (json!({"addr": "x"}), "'x' is no address: it begins with no /"),
            (json!({"addr": "/x", "tags": "si", "args": ["a"]}), "/x has 2 tags and 1 args"),
            (json!({"addr": "/x", "tags": "i", "args": ["a"]}), "/x: \"a\" cannot be told as 'i'"),
            (json!({"addr": "/x", "tags": "i", "args": [5e9]}), "/x: 5000000000.0 cannot be told as 'i'"),
            (
                json!({"addr": "/x", "tags": "q", "args": [1]}),
                "/x: there is no tag 'q' (allowed: i, h, f, d, s, b, T, F, N, I)",
            ),
            (json!({"base64": "?"}), "what was told is no base64"),
            (
                json!({"addr": "/x", "base64": "AA=="}),
                "a message of a deck has 'addr', 'tags' and 'args', or 'base64'",
            ),
            (json!({}), "a message of a deck has 'addr', 'tags' and 'args', or 'base64'"),
        ] {
            let read: DeckMessage = serde_json::from_value(message).unwrap();
            assert_eq!(read.datagram().unwrap_err(), why);
        }
    }

    proptest! {
        #[test]
        fn whatever_is_told_comes_back(
            text in ".{0,9}", float in any::<f32>(), double in any::<f64>(), number in any::<i64>(), junk in any::<Vec<u8>>(),
        ) {
            let args = vec![
                OscType::String(text.replace('\0', "")), OscType::Float(float), OscType::Double(double),
                OscType::Long(number), OscType::Blob(junk.clone()), OscType::Bool(number > 0),
            ];
            for datagram in [bytes("/vdj/x", args), junk] {
                let text = serde_json::to_string(&DeckMessage::of(&datagram)).unwrap();
                let read: DeckMessage = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(read.datagram().unwrap(), datagram);
            }
        }
    }
}
