//! What the visuals would have got: one message a line.

use std::cell::{Cell, RefCell};
use std::io::{self, BufRead, Write};

use rosc::{OscPacket, OscType, decoder};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vj_core::{At, ProcessName};

use crate::history::seconds;
use crate::jsonl;

/// One line of `osc.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OscLine {
    /// Seconds since the start of the run.
    pub t: f64,
    /// Which process sent it.
    pub from: String,
    /// OSC address.
    pub addr: String,
    /// Type tags without the comma.
    pub tags: String,
    /// Arguments, in order.
    pub args: Vec<Value>,
}

/// The OSC log of a run, as it grows.
///
/// A long run keeps only a running hash of what comes sixty times a second: an hour of it has a million messages, a day 26 million.
pub struct OscLog {
    keep: bool,
    packets: RefCell<Vec<Packet>>,
    hash: Cell<u64>,
    count: Cell<u64>,
}

struct Packet {
    at: At,
    from: ProcessName,
    bytes: Box<[u8]>,
}

impl OscLog {
    /// A log that keeps every packet, or of those of the audio worker only a count and a hash.
    #[must_use]
    pub fn new(keep: bool) -> Self {
        Self { keep, packets: RefCell::default(), hash: Cell::new(FNV_OFFSET), count: Cell::new(0) }
    }

    /// Adds one datagram.
    pub fn add(&self, at: At, from: ProcessName, bytes: &[u8]) {
        self.count.set(self.count.get() + 1);
        if self.keep || !bytes.starts_with(OF_THE_TICK) {
            self.packets.borrow_mut().push(Packet { at, from, bytes: bytes.into() });
        } else {
            let mut hash = hash_word(self.hash.get(), at.as_nanos() ^ (from as u64).rotate_left(56));
            let (words, rest) = bytes.as_chunks::<8>();
            for word in words {
                hash = hash_word(hash, u64::from_le_bytes(*word));
            }
            for byte in rest {
                hash = hash_word(hash, u64::from(*byte));
            }
            self.hash.set(hash);
        }
    }

    /// Datagrams so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count.get()
    }

    /// A hash over all that was not kept.
    #[must_use]
    pub fn hash(&self) -> u64 {
        self.hash.get()
    }

    /// The kept log, decoded; bundles are taken apart.
    #[must_use]
    pub fn lines(&self) -> Vec<OscLine> {
        let packets = self.packets.borrow();
        let lines = |packet: &Packet| decoded(seconds(packet.at), packet.from.as_str(), &packet.bytes);
        packets.iter().flat_map(lines).collect()
    }
}

/// What the addresses begin with of what comes with every tick.
const OF_THE_TICK: &[u8] = b"/audio/";

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, a word at a time: fast, and good enough to tell two logs apart.
fn hash_word(hash: u64, word: u64) -> u64 {
    (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23)
}

/// The messages of a datagram, as lines; bundles are taken apart.
pub(crate) fn decoded(t: f64, from: &str, bytes: &[u8]) -> Vec<OscLine> {
    let mut lines = Vec::new();
    match decoder::decode_udp(bytes) {
        Ok((_, packet)) => push_lines(&mut lines, t, from, packet),
        Err(error) => lines.push(OscLine {
            t,
            from: from.to_owned(),
            addr: String::new(),
            tags: String::new(),
            args: vec![format!("not OSC: {error}").into()],
        }),
    }
    lines
}

fn push_lines(lines: &mut Vec<OscLine>, t: f64, from: &str, decoded: OscPacket) {
    match decoded {
        OscPacket::Message(message) => {
            let tags = message.args.iter().map(tag).collect();
            let args = message.args.iter().map(value).collect();
            lines.push(OscLine { t, from: from.to_owned(), addr: message.addr, tags, args });
        }
        OscPacket::Bundle(bundle) => {
            for inner in bundle.content {
                push_lines(lines, t, from, inner);
            }
        }
    }
}

fn tag(arg: &OscType) -> char {
    match arg {
        OscType::Int(_) => 'i',
        OscType::Float(_) => 'f',
        OscType::String(_) => 's',
        OscType::Blob(_) => 'b',
        _ => '?',
    }
}

fn value(arg: &OscType) -> Value {
    match arg {
        OscType::Int(n) => (*n).into(),
        // Through its shortest decimal form: 0.1 stays 0.1 and does not become 0.10000000149.
        OscType::Float(x) => x.to_string().parse::<f64>().map_or(Value::Null, Value::from),
        OscType::String(text) => text.clone().into(),
        other => format!("{other:?}").into(),
    }
}

/// Writes `osc.jsonl`.
///
/// # Errors
/// What the writer said.
pub fn write_jsonl(lines: &[OscLine], out: impl Write) -> io::Result<()> {
    jsonl::write(lines, out)
}

/// Reads `osc.jsonl`.
///
/// # Errors
/// The first line that is not an entry, by its number.
pub fn read_jsonl(input: impl BufRead) -> io::Result<Vec<OscLine>> {
    jsonl::read(input, "OSC message")
}
