//! The OSC screen: what the debugger captured.

use std::collections::VecDeque;

use serde_json::Value;

use super::list::List;
use crate::limits::MESSAGES_MAX;

/// One message, as the debugger kept it.
#[derive(Debug, Clone, PartialEq)]
pub struct CapturedMessage {
    /// Its number with the debugger.
    pub seq: u64,
    /// Milliseconds since the Unix epoch.
    pub time_ms: u64,
    /// Who sent it: a process of the show, or an address.
    pub from: String,
    /// Its address; empty if it is no OSC.
    pub address: String,
    /// Its arguments in words, or what is wrong with it.
    pub args: String,
    /// Whether it is no OSC.
    pub is_malformed: bool,
}

/// What the screen holds.
#[derive(Debug, Clone, Default)]
pub struct MessagePane {
    /// Oldest first.
    pub messages: VecDeque<CapturedMessage>,
    /// The number of the newest that was asked for.
    pub since: u64,
    /// The life of the debugger that gave that number.
    run: Option<u64>,
    /// While it is, nothing new is shown.
    pub is_frozen: bool,
    /// Only addresses that contain this, in any case; with `!` before it only the others.
    pub filter: String,
    /// Whether the rates stand in place of the messages, where both do not fit.
    pub shows_rates: bool,
    /// In the list of rates.
    pub list: List,
}

impl MessagePane {
    /// Takes up an answer of the debugger. Another life of it counts from the beginning again, and is asked anew.
    pub fn take(&mut self, data: &Value) {
        let newest = data["seq"].as_u64().unwrap_or_default();
        let run = data["run"].as_u64();
        if newest < self.since || (self.since > 0 && run != self.run) {
            self.messages.clear();
            self.since = 0;
            return;
        }
        self.run = run;
        for message in data["messages"].as_array().into_iter().flatten().map(read) {
            if message.seq > self.since {
                self.since = message.seq;
                if self.messages.len() == MESSAGES_MAX {
                    self.messages.pop_front();
                }
                self.messages.push_back(message);
            }
        }
        self.since = self.since.max(newest);
    }

    /// The messages that the filter lets through, oldest first.
    pub fn shown(&self) -> impl DoubleEndedIterator<Item = &CapturedMessage> {
        self.messages.iter().filter(|message| passes(&self.filter, &[&message.address, &message.from]))
    }
}

/// Whether any of these texts fits a filter as users type it: part of a word in any case, and with `!` before it the opposite.
#[must_use]
pub fn passes(filter: &str, texts: &[&str]) -> bool {
    let (wanted, is_inverse) = filter.strip_prefix('!').map_or((filter, false), |rest| (rest, true));
    let wanted = wanted.to_lowercase();
    wanted.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(&wanted)) != is_inverse
}

fn read(message: &Value) -> CapturedMessage {
    let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
    let error = message["error"].as_str();
    let args = message["args"].as_array().into_iter().flatten().map(in_words).collect::<Vec<_>>();
    CapturedMessage {
        seq: message["seq"].as_u64().unwrap_or_default(),
        time_ms: message["time_ms"].as_u64().unwrap_or_default(),
        from: text("from"),
        address: text("addr"),
        args: error.map_or_else(|| args.join(" "), str::to_owned),
        is_malformed: error.is_some(),
    }
}

/// An argument in words: numbers short, texts in quotes.
pub(crate) fn in_words(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => format!("{:.3}", number.as_f64().unwrap_or_default()),
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(seqs: std::ops::RangeInclusive<u64>) -> Value {
        let message = |seq: u64| json!({"seq": seq, "time_ms": 5, "from": "audio_analyzer", "addr": "/audio/bpm", "args": [120.0, 1]});
        json!({"seq": seqs.end(), "messages": seqs.map(message).collect::<Vec<_>>()})
    }

    #[test]
    fn each_message_is_taken_once_and_a_new_debugger_starts_over() {
        let mut pane = MessagePane::default();
        pane.take(&answer(1..=3));
        pane.take(&answer(2..=5));
        assert_eq!(pane.messages.iter().map(|it| it.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert_eq!(pane.messages[0].args, "120.000 1");
        pane.take(&json!({"seq": 1, "messages": []}));
        assert_eq!((pane.messages.len(), pane.since), (0, 0), "the next question asks for all of it");
        for n in 0..20 {
            pane.take(&answer(n * 100 + 1..=n * 100 + 100));
        }
        assert_eq!((pane.messages.len(), pane.since), (MESSAGES_MAX, 2_000));
    }

    #[test]
    fn a_filter_is_part_of_a_word_or_its_opposite() {
        for (filter, expect) in [("", true), ("BPM", true), ("beat", false), ("!beat", true), ("!bpm", false)]
        {
            assert_eq!(passes(filter, &["/audio/bpm", "audio_analyzer"]), expect, "{filter}");
        }
    }
}
