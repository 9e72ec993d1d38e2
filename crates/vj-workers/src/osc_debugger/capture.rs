//! What is kept of all that is heard.

use std::collections::BTreeMap;
use std::fmt::Display;

use rosc::OscMessage;
use serde_json::{Map, Value, json};
use vj_bus::osc;
use vj_core::At;
use vj_core::playback::cut;
use vj_env::{Clock, LogRecord, WallMillis};

use super::keys::Config;
use super::limits::{
    ADDRESS_BYTES_MAX, ARGS_MAX, KEPT_PER_WINDOW, LOG_BYTES, MESSAGE_BYTES, TEXT_BYTES_MAX, WINDOW,
};
use super::rates::Rates;
use super::ring::Ring;

/// A packet that was heard, as far as it is kept.
pub(super) struct Captured {
    pub(super) time_ms: u64,
    /// A process of the show, or an address.
    pub(super) from: String,
    pub(super) what: Content,
}

pub(super) enum Content {
    Message { addr: String, tags: String, args: Vec<Value> },
    Malformed { error: String, bytes: usize },
}

impl Content {
    /// Beside itself.
    fn bytes(&self) -> usize {
        match self {
            Self::Message { addr, tags, args } => addr.len() + tags.len() + heap(args),
            Self::Malformed { error, .. } => error.len(),
        }
    }
}

fn heap(args: &[Value]) -> usize {
    let of_one = |arg: &Value| match arg {
        Value::String(text) => text.len(),
        Value::Array(list) => heap(list),
        _ => 0,
    };
    args.iter().map(|arg| size_of::<Value>() + of_one(arg)).sum()
}

/// What a process said.
pub(super) struct Said {
    pub(super) worker: String,
    pub(super) pid: u32,
    pub(super) record: LogRecord,
}

/// One who sends.
#[derive(Default)]
struct Source {
    is_connected: bool,
    packets: u64,
    window_began: At,
    kept_in_window: u32,
}

#[derive(Default)]
struct Counts {
    packets: u64,
    messages: u64,
    malformed: u64,
    sampled_out: u64,
    logs: u64,
    logs_left_out: u64,
}

pub(super) struct Capture {
    clock: Clock,
    /// Tells one life of the loop from another: numbers begin anew in each.
    run: u64,
    keeps_messages: bool,
    pub(super) messages: Ring<Captured>,
    pub(super) logs: Ring<Said>,
    rates: Rates,
    /// By name; strangers, who may be many, are one.
    sources: BTreeMap<&'static str, Source>,
    counts: Counts,
}

/// The name under which those who send to `listen` are counted.
pub(super) const STRANGERS: &str = "listen";

impl Capture {
    pub(super) fn new(clock: Clock, config: Config) -> Self {
        Self {
            run: clock.now().as_nanos(),
            clock,
            keeps_messages: config.keeps_messages,
            messages: Ring::new(config.max_messages, MESSAGE_BYTES),
            logs: Ring::new(config.max_logs, LOG_BYTES),
            rates: Rates::default(),
            sources: BTreeMap::new(),
            counts: Counts::default(),
        }
    }

    pub(super) fn set_config(&mut self, config: Config) {
        self.keeps_messages = config.keeps_messages;
        self.messages.set_max(config.max_messages);
        self.logs.set_max(config.max_logs);
    }

    /// The life of the loop, by a number.
    pub(super) fn run(&self) -> u64 {
        self.run
    }

    /// Forgets what was kept; what was counted stays, and numbers go on.
    pub(super) fn clear(&mut self) {
        self.messages.clear();
        self.logs.clear();
        self.rates.clear();
    }

    /// Whether this source can be heard.
    pub(super) fn connected(&mut self, source: &'static str, is_connected: bool) {
        self.sources.entry(source).or_default().is_connected = is_connected;
    }

    /// Takes in a packet of `source`, who calls itself `from`. Returns its messages, if it was read.
    pub(super) fn packet(
        &mut self,
        source: &'static str,
        from: &dyn Display,
        packet: &[u8],
    ) -> Vec<OscMessage> {
        let now = self.clock.now();
        self.counts.packets += 1;
        let known = self.sources.entry(source).or_default();
        known.packets += 1;
        if now.since(known.window_began) >= WINDOW {
            (known.window_began, known.kept_in_window) = (now, 0);
        }
        if known.kept_in_window >= KEPT_PER_WINDOW {
            self.counts.sampled_out += 1;
            return Vec::new();
        }
        let WallMillis(time_ms) = self.clock.wall_now();
        // Only now: of what is merely counted nobody wants the name.
        let from = from.to_string();
        match osc::messages(packet) {
            Ok(messages) => {
                known.kept_in_window += u32::try_from(messages.len().max(1)).unwrap_or(u32::MAX);
                for message in &messages {
                    self.message(time_ms, &from, message, now);
                }
                messages
            }
            Err(error) => {
                known.kept_in_window += 1;
                self.counts.malformed += 1;
                self.keep(time_ms, from, Content::Malformed { error, bytes: packet.len() });
                Vec::new()
            }
        }
    }

    fn message(&mut self, time_ms: u64, from: &str, message: &OscMessage, now: At) {
        self.counts.messages += 1;
        let addr = cut(&message.addr, ADDRESS_BYTES_MAX).into_owned();
        let (tags, mut args) = osc::tags_and_values(&message.args[..message.args.len().min(ARGS_MAX)]);
        shorten(&mut args);
        self.rates.hear(&addr, from, &args, now);
        self.keep(time_ms, from.to_owned(), Content::Message { addr, tags, args });
    }

    fn keep(&mut self, time_ms: u64, from: String, what: Content) {
        if self.keeps_messages {
            let bytes = size_of::<Captured>() + from.len() + what.bytes();
            self.messages.push(Captured { time_ms, from, what }, bytes);
        }
    }

    /// Takes in what a process said.
    pub(super) fn said(&mut self, worker: &str, pid: u32, records: Vec<LogRecord>, left_out: u64) {
        self.counts.logs_left_out += left_out;
        for mut record in records {
            self.counts.logs += 1;
            record.message = cut(&record.message, TEXT_BYTES_MAX * 4).into_owned();
            let bytes = size_of::<Said>() + worker.len() + record.message.len();
            self.logs.push(Said { worker: worker.to_owned(), pid, record }, bytes);
        }
    }

    /// The figures of heartbeats.
    pub(super) fn stats(&self) -> [(&'static str, u64); 7] {
        let Counts { packets, messages, malformed, sampled_out, logs, logs_left_out } = self.counts;
        [
            ("packets", packets),
            ("messages", messages),
            ("malformed", malformed),
            ("sampled_out", sampled_out),
            ("other_addresses", self.rates.others()),
            ("logs", logs),
            ("logs_left_out", logs_left_out),
        ]
    }

    /// The worker's own fields of `get_state`.
    pub(super) fn fields(&self) -> Map<String, Value> {
        let sources = self.sources.iter().map(|(name, source)| {
            ((*name).to_owned(), json!({"connected": source.is_connected, "packets": source.packets}))
        });
        let sources: Map<String, Value> = sources.collect();
        let addresses = self.rates.to_json(self.clock.now());
        [("sources".to_owned(), sources.into()), ("addresses".to_owned(), addresses)].into_iter().collect()
    }
}

/// Cuts what nobody would read: long texts, and arrays of any length.
fn shorten(args: &mut Vec<Value>) {
    let mut left = ARGS_MAX;
    for arg in args {
        shorten_one(arg, &mut left);
    }
}

fn shorten_one(arg: &mut Value, left: &mut usize) {
    *left = left.saturating_sub(1);
    match arg {
        Value::String(text) if text.len() > TEXT_BYTES_MAX => *text = cut(text, TEXT_BYTES_MAX).into_owned(),
        Value::Array(list) => {
            list.truncate(*left);
            for arg in list {
                shorten_one(arg, left);
            }
        }
        _ => {}
    }
}
