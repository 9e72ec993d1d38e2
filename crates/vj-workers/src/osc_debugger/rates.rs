//! How often each address is heard.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vj_core::At;

use super::limits::{ADDRESSES_MAX, LAST_ARGS_BYTES_MAX, QUIET_SEC};

struct Rate {
    from: String,
    count: u64,
    /// The second in which it was heard last, how often in that, and how often in the one before.
    second: u64,
    now: u32,
    before: u32,
    last_args: Vec<Value>,
}

impl Rate {
    fn hear(&mut self, second: u64) {
        if second != self.second {
            self.before = if second == self.second + 1 { self.now } else { 0 };
            (self.second, self.now) = (second, 0);
        }
        self.now += 1;
        self.count += 1;
    }

    /// In the last whole second.
    fn per_sec(&self, second: u64) -> u32 {
        match second - self.second {
            0 => self.before,
            1 => self.now,
            _ => 0,
        }
    }
}

/// By address.
#[derive(Default)]
pub(super) struct Rates {
    by_address: BTreeMap<String, Rate>,
    /// Messages of addresses that found the table full.
    others: u64,
    /// The second in which room was last made.
    swept: u64,
}

impl Rates {
    pub(super) fn hear(&mut self, address: &str, from: &str, args: &[Value], now: At) {
        let second = now.as_nanos() / 1_000_000_000;
        let is_short = serde_json::to_string(args).is_ok_and(|text| text.len() <= LAST_ARGS_BYTES_MAX);
        let last_args = if is_short { args.to_vec() } else { vec!["…".into()] };
        if let Some(rate) = self.by_address.get_mut(address) {
            rate.hear(second);
            rate.last_args = last_args;
            if rate.from != from {
                from.clone_into(&mut rate.from);
            }
        } else if self.has_room(second) {
            let mut rate = Rate { from: from.to_owned(), count: 0, second, now: 0, before: 0, last_args };
            rate.hear(second);
            self.by_address.insert(address.to_owned(), rate);
        } else {
            self.others += 1;
        }
    }

    /// Strangers must not hold all places for the rest of a night.
    fn has_room(&mut self, second: u64) -> bool {
        if self.by_address.len() == ADDRESSES_MAX && second > self.swept {
            self.swept = second;
            self.by_address.retain(|_, rate| rate.second + QUIET_SEC >= second);
        }
        self.by_address.len() < ADDRESSES_MAX
    }

    pub(super) fn others(&self) -> u64 {
        self.others
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// As `get_state` shows it, in order.
    pub(super) fn to_json(&self, now: At) -> Value {
        let second = now.as_nanos() / 1_000_000_000;
        let shown = self.by_address.iter().map(|(address, rate)| {
            json!({
                "addr": address, "from": rate.from, "count": rate.count, "per_sec": rate.per_sec(second),
                "args": rate.last_args,
            })
        });
        shown.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_that_of_the_last_whole_second_and_ends() {
        let mut rates = Rates::default();
        let at = |ms: u64| At::from_millis(ms);
        for ms in (0..3_000).step_by(20) {
            rates.hear("/a", "somebody", &[], at(ms));
        }
        for (ms, expect) in [(2_990, 50), (3_500, 50), (4_100, 0)] {
            assert_eq!(rates.to_json(at(ms))[0]["per_sec"], expect, "at {ms} ms");
        }
        assert_eq!(rates.to_json(at(9_000))[0]["count"], 150);
    }

    #[test]
    fn strangers_cannot_make_the_table_grow() {
        let mut rates = Rates::default();
        for n in 0..10_000 {
            rates.hear(&format!("/n/{n}"), "somebody", &["x".repeat(1_000).into()], At::ZERO);
        }
        assert_eq!(rates.to_json(At::ZERO).as_array().unwrap().len(), ADDRESSES_MAX);
        assert!(rates.to_json(At::ZERO).to_string().len() < 200_000, "a state must fit into a frame");
        assert_eq!(rates.others(), 10_000 - ADDRESSES_MAX as u64);
        let shows = |rates: &Rates, address: &str| rates.by_address.contains_key(address);
        rates.hear("/late", "a worker", &[], At::from_millis(QUIET_SEC * 1_000));
        assert!(!shows(&rates, "/late"));
        rates.hear("/late", "a worker", &[], At::from_millis((QUIET_SEC + 1) * 1_000));
        assert!(shows(&rates, "/late") && !shows(&rates, "/n/1"), "those that are quiet make room");
    }
}
