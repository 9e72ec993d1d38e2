//! Changes of settings that are on their way to a worker.
//!
//! The worker's state is the truth. A wish is what somebody at this console asked for and does not yet see there: it is sent
//! once, sent again only if it is not known whether it arrived and the worker's state shows that it did not, and forgotten as
//! soon as that state shows it. Only the newest wish for a setting counts.

use std::collections::BTreeMap;

use serde_json::Value;
use vj_core::{At, ProcessName};

use crate::effect::CallId;
use crate::limits::REFUSED;

/// How far a wish has come.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// The worker is away: it is sent when it is back.
    Pending,
    /// It is sent; how it ended is not known yet.
    Sent(CallId),
    /// The worker has said yes; its state will show it.
    Accepted,
    /// The worker has said no, and why. Shown for a while.
    Refused {
        /// In the worker's words.
        why: String,
        /// When.
        at: At,
    },
}

/// A change that somebody asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// What the setting should be.
    pub value: Value,
    /// How far it has come.
    pub stage: Stage,
    /// Whether it is not known how an older wish for the same ended: that may still arrive, so this one is sent also where the
    /// worker seems to have it already.
    pub(crate) is_contested: bool,
    /// Whether it was sent, and how that ended is not known.
    pub(crate) is_doubtful: bool,
}

/// All wishes, by process and setting.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    by_key: BTreeMap<(ProcessName, String), Wish>,
}

/// How a wish ended that a state has shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// Which setting.
    pub key: String,
    /// What it is now.
    pub value: Value,
    /// Whether that is what was wished for; else somebody else has changed it since.
    pub is_as_wished: bool,
}

impl Wishes {
    /// The wish for this setting.
    #[must_use]
    pub fn of(&self, process: ProcessName, key: &str) -> Option<&Wish> {
        self.by_key.get(&(process, key.to_owned()))
    }

    /// All wishes for settings of a process, in order.
    pub fn of_process(&self, process: ProcessName) -> impl Iterator<Item = (&str, &Wish)> {
        let own = self.by_key.iter().filter(move |((of, _), _)| *of == process);
        own.map(|((_, key), wish)| (key.as_str(), wish))
    }

    /// How many are on their way.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.by_key.values().filter(|wish| !matches!(wish.stage, Stage::Refused { .. })).count()
    }

    /// Somebody wishes for this, instead of whatever was wished for before.
    pub(crate) fn wish(&mut self, process: ProcessName, key: &str, value: Value) {
        let key = (process, key.to_owned());
        let older = self.by_key.get(&key);
        let is_contested = older.is_some_and(|older| older.is_contested || older.is_doubtful);
        let wish = Wish { value, stage: Stage::Pending, is_contested, is_doubtful: is_contested };
        self.by_key.insert(key, wish);
    }

    /// The settings of a process for which something waits to be sent, with what.
    pub(crate) fn pending(&self, process: ProcessName) -> Vec<(String, Value)> {
        let waiting = self.of_process(process).filter(|(_, wish)| wish.stage == Stage::Pending);
        waiting.map(|(key, wish)| (key.to_owned(), wish.value.clone())).collect()
    }

    pub(crate) fn sent(&mut self, process: ProcessName, key: &str, call: CallId) {
        if let Some(wish) = self.by_key.get_mut(&(process, key.to_owned())) {
            wish.stage = Stage::Sent(call);
            wish.is_doubtful = true;
        }
    }

    /// The worker has said yes to this call. False if it was overtaken by a newer wish.
    pub(crate) fn accepted(&mut self, process: ProcessName, key: &str, call: CallId) -> bool {
        self.turn(process, key, call, Stage::Accepted)
    }

    /// The worker has said no to this call. False if it was overtaken by a newer wish.
    pub(crate) fn refused(
        &mut self,
        process: ProcessName,
        key: &str,
        call: CallId,
        why: String,
        at: At,
    ) -> bool {
        self.turn(process, key, call, Stage::Refused { why, at })
    }

    /// Nobody knows how this call ended.
    pub(crate) fn unknown(&mut self, process: ProcessName, key: &str, call: CallId) {
        self.turn(process, key, call, Stage::Pending);
    }

    fn turn(&mut self, process: ProcessName, key: &str, call: CallId, stage: Stage) -> bool {
        match self.by_key.get_mut(&(process, key.to_owned())) {
            Some(wish) if wish.stage == Stage::Sent(call) => {
                wish.is_doubtful = stage == Stage::Pending;
                wish.stage = stage;
                true
            }
            _ => false,
        }
    }

    /// Compares with what the process says its settings are. A wish of which nobody knew how it ended may have arrived all the
    /// same.
    pub(crate) fn settle(&mut self, process: ProcessName, config: &Value) -> Vec<Settled> {
        let mut settled = Vec::new();
        self.by_key.retain(|(of, key), wish| {
            let Some(now) = config.get(key).filter(|_| *of == process) else { return true };
            // Null takes an override back: whatever the config says is as wished.
            let is_as_wished = wish.value.is_null() || is_same(now, &wish.value);
            let is_over = match wish.stage {
                Stage::Pending => is_as_wished && !wish.is_contested && !wish.value.is_null(),
                Stage::Accepted => true,
                Stage::Sent(_) | Stage::Refused { .. } => false,
            };
            if is_over {
                settled.push(Settled { key: key.clone(), value: now.clone(), is_as_wished });
            }
            !is_over
        });
        settled
    }

    /// Forgets what was refused long enough ago.
    pub(crate) fn forget_refused(&mut self, now: At) {
        self.by_key.retain(|_, wish| match wish.stage {
            Stage::Refused { at, .. } => now.since(at) < REFUSED,
            _ => true,
        });
    }
}

/// Whether two values are the same setting: 30 and 30.0 are.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const WORKER: ProcessName = ProcessName::AudioAnalyzer;
    const KEY: &str = "latency_ms";

    fn wished(value: i64) -> Wishes {
        let mut wishes = Wishes::default();
        wishes.wish(WORKER, KEY, json!(value));
        wishes
    }

    #[test]
    fn only_the_newest_wish_is_sent_and_the_answer_to_an_older_one_means_nothing() {
        let mut wishes = wished(10);
        wishes.sent(WORKER, KEY, CallId(1));
        wishes.wish(WORKER, KEY, json!(20));
        assert_eq!(wishes.pending(WORKER), [(KEY.to_owned(), json!(20))]);
        assert!(!wishes.accepted(WORKER, KEY, CallId(1)));
        assert!(!wishes.refused(WORKER, KEY, CallId(1), "no".to_owned(), At::ZERO));
        wishes.sent(WORKER, KEY, CallId(2));
        assert_eq!(wishes.pending(WORKER), []);
        assert!(wishes.accepted(WORKER, KEY, CallId(2)));
        let settled = wishes.settle(WORKER, &json!({"latency_ms": 20.0}));
        assert_eq!(settled, [Settled { key: KEY.to_owned(), value: json!(20.0), is_as_wished: true }]);
        assert_eq!(wishes.under_way(), 0);
    }

    #[test]
    fn what_arrived_although_nobody_knew_is_not_sent_again() {
        let mut wishes = wished(10);
        wishes.sent(WORKER, KEY, CallId(1));
        wishes.unknown(WORKER, KEY, CallId(1));
        assert_eq!(wishes.settle(WORKER, &json!({"latency_ms": 10})).len(), 1);
        assert_eq!(wishes.pending(WORKER), []);
    }

    #[test]
    fn what_did_not_arrive_is_sent_again() {
        let mut wishes = wished(10);
        wishes.sent(WORKER, KEY, CallId(1));
        wishes.unknown(WORKER, KEY, CallId(1));
        assert_eq!(wishes.settle(WORKER, &json!({"latency_ms": 0})), []);
        assert_eq!(wishes.pending(WORKER), [(KEY.to_owned(), json!(10))]);
    }

    #[test]
    fn somebody_else_who_changed_it_since_wins() {
        let mut wishes = wished(10);
        wishes.sent(WORKER, KEY, CallId(1));
        assert_eq!(wishes.settle(WORKER, &json!({"latency_ms": 0})), [], "not answered yet");
        wishes.accepted(WORKER, KEY, CallId(1));
        let settled = wishes.settle(WORKER, &json!({"latency_ms": 77}));
        assert_eq!(settled, [Settled { key: KEY.to_owned(), value: json!(77), is_as_wished: false }]);
        assert_eq!(wishes.under_way(), 0, "the worker's truth stands");
    }

    #[test]
    fn where_an_older_wish_may_still_arrive_the_newest_is_sent_though_it_seems_to_be_there() {
        let mut wishes = wished(10);
        wishes.sent(WORKER, KEY, CallId(1));
        wishes.unknown(WORKER, KEY, CallId(1));
        wishes.wish(WORKER, KEY, json!(0));
        assert_eq!(wishes.settle(WORKER, &json!({"latency_ms": 0})), []);
        assert_eq!(wishes.pending(WORKER), [(KEY.to_owned(), json!(0))]);
        wishes.sent(WORKER, KEY, CallId(2));
        wishes.accepted(WORKER, KEY, CallId(2));
        assert_eq!(wishes.settle(WORKER, &json!({"latency_ms": 0})).len(), 1);
    }

    #[test]
    fn taking_an_override_back_is_sent_and_whatever_is_there_then_is_as_wished() {
        let mut wishes = Wishes::default();
        wishes.wish(WORKER, KEY, Value::Null);
        assert_eq!(wishes.settle(WORKER, &json!({"latency_ms": 0})), []);
        wishes.sent(WORKER, KEY, CallId(1));
        wishes.accepted(WORKER, KEY, CallId(1));
        assert!(wishes.settle(WORKER, &json!({"latency_ms": 7}))[0].is_as_wished);
    }

    #[test]
    fn a_refusal_is_shown_for_a_while() {
        let mut wishes = wished(10_000);
        wishes.sent(WORKER, KEY, CallId(1));
        wishes.refused(WORKER, KEY, CallId(1), "at most 2000".to_owned(), At::ZERO);
        assert_eq!(wishes.settle(WORKER, &json!({"latency_ms": 0})), []);
        wishes.forget_refused(At::ZERO + REFUSED / 2);
        assert!(
            matches!(&wishes.of(WORKER, KEY).unwrap().stage, Stage::Refused { why, .. } if why == "at most 2000")
        );
        wishes.forget_refused(At::ZERO + REFUSED);
        assert_eq!(wishes.of(WORKER, KEY), None);
    }
}
