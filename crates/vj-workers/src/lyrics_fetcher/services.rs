//! Which services answer, for people.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What is known of each.
#[derive(Default)]
pub(super) struct Services {
    known: RefCell<BTreeMap<&'static str, (bool, String)>>,
}

impl Services {
    /// It answers: what there is to say.
    pub(super) fn answers(&self, name: &'static str, message: impl Into<String>) {
        self.known.borrow_mut().insert(name, (true, message.into()));
    }

    /// It does not, or is not asked: why.
    pub(super) fn is_silent(&self, name: &'static str, why: impl Into<String>) {
        self.known.borrow_mut().insert(name, (false, why.into()));
    }

    /// As `get_state` shows them.
    pub(super) fn to_json(&self) -> Value {
        let known = self.known.borrow();
        let shown = known.iter().map(|(name, (answers, message))| {
            ((*name).to_owned(), json!({"answers": answers, "message": message}))
        });
        Value::Object(shown.collect())
    }
}
