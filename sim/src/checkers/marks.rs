//! What scenarios and fakes put into the history themselves.

use crate::history::{Entry, What};

/// The marks of that name: when, and with what detail.
pub(super) fn marks<'a>(history: &'a [Entry], wanted: &str) -> impl Iterator<Item = (f64, &'a str)> {
    history.iter().filter_map(move |entry| match &entry.what {
        What::Mark { name, detail } if name == wanted => Some((entry.t, detail.as_str())),
        _ => None,
    })
}
