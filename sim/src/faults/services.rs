//! Faults that are lines of a service's tape: put there before the run.

use serde_json::Value;

use super::fault::Fault;
use super::kind::FaultKind;
use crate::services::ServicesTape;
use crate::spotify::{Event, Grants, Progress, Tape, Way};

/// Puts what happens to services onto their tapes. A tape that is not there stays away: nobody asks that service.
///
/// # Errors
/// The fault that makes no sense, and why.
pub fn on_tapes(
    plan: &[Fault],
    spotify: Option<&mut Tape>,
    services: Option<&mut ServicesTape>,
) -> Result<(), String> {
    let mut of_spotify = Vec::new();
    let mut of_services = ServicesTape::default();
    for fault in plan.iter().filter(|fault| fault.kind.is_on_a_tape()) {
        add(fault, &mut of_spotify, &mut of_services)
            .map_err(|why| format!("fault at {} s: {why}", fault.at))?;
    }
    if let Some(tape) = spotify.filter(|_| !of_spotify.is_empty()) {
        *tape = Tape::of(tape.lines().iter().cloned().chain(of_spotify).collect());
    }
    if let Some(tape) = services {
        *tape = std::mem::take(tape).with(of_services);
    }
    Ok(())
}

/// Whether the fault says something that its service knows.
pub(super) fn check(fault: &Fault) -> Result<(), String> {
    add(fault, &mut Vec::new(), &mut ServicesTape::default())
}

fn add(fault: &Fault, spotify: &mut Vec<(f64, Event)>, services: &mut ServicesTape) -> Result<(), String> {
    let event = fault.event.clone().unwrap_or_default();
    let ends_at = fault.for_sec.map(|_| fault.ends_at());
    let no_end = || format!("'for_sec' says nothing of {event}: it has no end, or one of its own");
    if fault.kind == FaultKind::Spotify {
        let happens: Event = serde_json::from_value(event.clone()).map_err(|error| error.to_string())?;
        if let Some(ends_at) = ends_at {
            spotify.push((ends_at, as_ever(&happens).ok_or_else(no_end)?));
        }
        spotify.push((fault.at, happens));
        return Ok(());
    }
    let service = fault.kind.as_str();
    services.push(service, fault.at, event.clone())?;
    if let Some(ends_at) = ends_at {
        let end = match event.as_str().or_else(|| event.as_object()?.keys().next().map(String::as_str)) {
            Some("down") => Value::from("up"),
            Some("answers") => serde_json::json!({"answers": "well"}),
            Some("takes") => serde_json::json!({"takes": 0.0}),
            _ => return Err(no_end()),
        };
        services.push(service, ends_at, end)?;
    }
    Ok(())
}

/// What ends it.
fn as_ever(event: &Event) -> Option<Event> {
    match event {
        Event::Answers(_) => Some(Event::Answers(Way::Well)),
        Event::Progress(_) => Some(Event::Progress(Progress::Real)),
        Event::Grants(_) => Some(Event::Grants(Grants::Kept)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_happens_to_services_stands_on_their_tapes_in_order_of_time() {
        let event = |at: f64, kind, event| Fault { event: Some(event), ..Fault::new(at, kind).lasting(2.0) };
        let plan = [
            event(3.0, FaultKind::Spotify, json!({"answers": "stall"})),
            event(1.0, FaultKind::Lrclib, json!("down")),
            Fault::new(2.0, FaultKind::Kill).on("lyrics_fetcher"),
        ];
        let mut spotify = Tape::of(vec![(4.0, Event::Pause)]);
        let mut services = ServicesTape::parse("{\"t\": 2, \"lrclib\": {\"takes\": 1}}").unwrap();
        on_tapes(&plan, Some(&mut spotify), Some(&mut services)).unwrap();
        let expected =
            [(3.0, Event::Answers(Way::Stall)), (4.0, Event::Pause), (5.0, Event::Answers(Way::Well))];
        assert_eq!(spotify.lines(), expected);
        let times: Vec<_> = services.lrclib.iter().map(|(t, _)| *t).collect();
        assert_eq!(times, [1.0, 2.0, 3.0]);
        on_tapes(&plan, None, None).unwrap();
    }
}
