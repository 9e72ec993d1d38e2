//! What `vj doctor` says of Spotify.

use serde_json::Value;
use vj_adapters::spotify::{Failure, Found, Service, Token, TokenFile, WebApi, rest_left};
use vj_core::ProcessName;
use vj_core::settings::Settings;

use super::doctor::{ANSWERS_WITHIN, Check};
use crate::client::{Bus, Called};
use crate::config::table_of;

const WHAT: &str = "spotify";
const SIGN_IN: &str = "`vj spotify login`";

/// How the way to Spotify is: as its monitor sees it, or, where none runs, as one would find it.
pub(super) async fn check(bus: &Bus) -> Check {
    let Some(table) = table_of(ProcessName::SpotifyMonitor) else { return Check::fine(WHAT, "-") };
    if !bus.config.enabled(table).0 {
        return Check::fine(WHAT, "spotify_monitor is not enabled, and not asked for");
    }
    if let Ok(Called::Replied(reply)) = bus.call(ProcessName::SpotifyMonitor, "get_state", Value::Null).await
    {
        return of_the_monitor(&reply.data);
    }
    let settings = bus.config.settings(table);
    if settings.text("source") == "local" {
        return Check::fine(WHAT, "would ask the player on this machine");
    }
    match TokenFile::new(&bus.paths.state).look(&mut None) {
        Found::New(token) => of_the_service(bus, &settings, &token).await,
        Found::Damaged(why) | Found::Unreadable(why) => Check::note(WHAT, why, SIGN_IN),
        Found::Nothing | Found::Unchanged => match settings.text("source").as_str() {
            "auto" => Check::note(
                WHAT,
                "nobody has signed in: only the player on this machine will be asked",
                format!("{SIGN_IN}, if Spotify plays on other devices too"),
            ),
            _ => Check::note(WHAT, "not configured: nobody has signed in", SIGN_IN),
        },
    }
}

fn of_the_monitor(state: &Value) -> Check {
    let text = |field: &str| state[field].as_str().unwrap_or_default();
    let (source, how) = (text("source"), text("source_status"));
    match how {
        "ok" if !source.contains(';') => {
            Check::fine(WHAT, format!("the monitor asks {source}, which answers"))
        }
        "ok" => Check::note(WHAT, format!("the monitor asks {source}"), SIGN_IN),
        _ if how.contains("vj spotify login") => Check::note(WHAT, how, SIGN_IN),
        _ => Check::note(WHAT, format!("the monitor asks {source}: {how}"), "it goes on asking by itself"),
    }
}

async fn of_the_service(bus: &Bus, settings: &Settings, token: &Token) -> Check {
    let api = WebApi::new(&Service::of(settings));
    if let Err(why) = api.can_renew(token) {
        return Check::note(WHAT, why, SIGN_IN);
    }
    if token.is_stale(bus.clock.wall_now()) {
        // Renewing it is the monitor's: what is handed out then must not be lost.
        return Check::fine(WHAT, "signed in; a show renews the access token");
    }
    if let Some(left) = rest_left(&bus.paths.state, bus.clock.wall_now().0) {
        let sec = left.as_secs_f64().ceil();
        return Check::note(WHAT, format!("signed in; Spotify wants rest for {sec} s"), "a show keeps to it");
    }
    match bus.clock.timeout(ANSWERS_WITHIN, api.playing(token)).await {
        Ok(Ok(_)) => Check::fine(WHAT, "signed in, and Spotify answers"),
        Ok(Err(Failure::Expired)) => Check::fine(WHAT, "signed in; a show renews the access token"),
        Ok(Err(failure @ Failure::SignIn(_))) => Check::note(WHAT, failure.to_string(), SIGN_IN),
        Ok(Err(failure)) => {
            Check::note(WHAT, failure.to_string(), "spotify_monitor goes on asking by itself")
        }
        Err(_) => Check::note(WHAT, "Spotify does not answer", "is this machine online?"),
    }
}
