//! When what happens in a rehearsal: by its own clock, and by that of the set.

use serde_json::json;
use vj_core::At;
use vj_core::show::EPOCH;

use super::source;
use crate::faults::Fault;
use crate::ground::Ground;
use crate::history::{Entry, rounded};
use crate::osc_log::OscLine;
use crate::set::Set;

/// The sound of a recording begins so long after the rehearsal at least: by then everything stands, as it stood on that night.
const LEAD_SEC: f64 = 2.0;

/// When what happens in a rehearsal. A set that says when its sound begins is a recording: its second 0 comes a little later
/// than that of the rehearsal, where the sound would begin before anybody stands.
pub(super) struct Timing {
    later_sec: f64,
    /// The sound, and the second of the rehearsal at which it begins, if that is fixed.
    pub(super) begins: Option<(String, f64)>,
    pub(super) lasts_until: At,
}

/// The set and its faults by the clock of the rehearsal.
pub(super) fn timed(mut set: Set, mut faults: Vec<Fault>) -> (Set, Vec<Fault>, Timing) {
    let later_sec = set.audio_at_sec.map_or(0.0, |at_sec| (LEAD_SEC - at_sec).max(0.0));
    let begins = set.audio_at_sec.map(|at_sec| (source(&set), at_sec + later_sec));
    // A set that was made by hand ends with its sound; a recording lasts as long as the night did.
    let length_sec = set.length_sec.filter(|_| begins.is_some());
    let lasts_until = At::from_secs_f64(length_sec.map_or(0.0, |sec| sec + later_sec));
    set.playback = std::mem::take(&mut set.playback).later(later_sec);
    set.services = set.services.map(|tape| tape.later(later_sec));
    faults.iter_mut().for_each(|fault| fault.at += later_sec);
    (set, faults, Timing { later_sec, begins, lasts_until })
}

impl Timing {
    /// Writes down when the sound begins, as the worker does when a show has begun.
    pub(super) fn begin(&self, ground: &dyn Ground) {
        let Some((source, at_sec)) = &self.begins else { return };
        let clock = ground.system_clock();
        let epoch = clock.now() + At::from_secs_f64(*at_sec).since(ground.clock().now());
        let boot_id = clock.boot_id();
        let record = json!({"source": source, "epoch_nanos": epoch.as_nanos(), "boot_id": boot_id});
        ground.put_state_file(EPOCH, record.to_string().as_bytes());
    }

    /// What happened, by the clock of the set.
    pub(super) fn in_seconds_of_the_set(&self, history: &mut [Entry], osc: &mut [OscLine]) {
        let earlier = |t: f64| rounded((t - self.later_sec).max(0.0));
        if self.later_sec > 0.0 {
            history.iter_mut().for_each(|entry| entry.t = earlier(entry.t));
            osc.iter_mut().for_each(|line| line.t = earlier(line.t));
        }
    }
}
