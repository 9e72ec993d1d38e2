//! What `vj doctor` says of the services that the lyrics worker asks. A show runs without each of them.

use serde_json::Value;
use vj_core::ProcessName;
use vj_core::limits::DISCOVERY_TIMEOUT;
use vj_workers::lyrics_fetcher::look_at_services;

use super::doctor::Check;
use crate::client::{Bus, Called};
use crate::config::table_of;
use crate::lyrics;
use crate::terminal::harmless;

/// How they are; nothing where there is no lyrics worker.
pub(super) async fn check(bus: &Bus) -> Vec<Check> {
    let Some(table) = table_of(ProcessName::LyricsFetcher) else { return Vec::new() };
    if !bus.config.enabled(table).0 {
        return Vec::new();
    }
    // A worker that was refused knows it, and keeps to the rest that was asked for.
    let trouble = trouble_of_the_worker(bus).await;
    let settings = bus.config.settings(table);
    let looks =
        look_at_services(&lyrics::outside(&bus.paths), &bus.clock, &settings, trouble.is_none()).await;
    let known = trouble.map(|why| Check::note("lrclib", why, "lyrics_fetcher goes on asking by itself"));
    let checks = looks.into_iter().map(|look| {
        // Services are somebody else's, and so are their words.
        let found = harmless(&look.found);
        match look.fix {
            None => Check::fine(look.service, found),
            Some(fix) => Check::note(look.service, found, harmless(&fix)),
        }
    });
    known.into_iter().chain(checks).collect()
}

/// Why LRCLIB gives the worker of this show no answers.
async fn trouble_of_the_worker(bus: &Bus) -> Option<String> {
    let asked = bus.call(ProcessName::LyricsFetcher, "get_state", Value::Null);
    let Ok(Ok(Called::Replied(reply))) = bus.clock.timeout(DISCOVERY_TIMEOUT, asked).await else {
        return None;
    };
    let lrclib = &reply.data["services"]["lrclib"];
    let is_failing = lrclib["answers"] == false && lrclib["message"] != "not asked yet";
    lrclib["message"].as_str().filter(|_| is_failing).map(harmless)
}
