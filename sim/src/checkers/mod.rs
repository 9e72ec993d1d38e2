//! What must hold, judged by the history and the OSC log alone.
//!
//! Each checker takes what a run left behind and names what was violated, when and how. Each is proven by a test that
//! feeds it a bad history: a checker that cannot fail proves nothing.

mod command_line;
mod commands;
mod consoles;
mod devices;
mod endings;
mod floods;
mod lives;
mod lyrics;
mod marks;
mod playback;
mod recordings;
mod resources;
mod services;
mod shown;
mod spotify;
mod stretches;
mod supervision;
mod telemetry;
mod the_set;
mod told;
mod visuals;

use std::fmt;

pub use command_line::{COMMAND_LINE, command_line, command_line_ends, marked};
pub use commands::{
    STRAY, all_replied, answered_within_of_kill, answers_within, every_command_answered_once_in_order,
};
pub use consoles::{
    ACKNOWLEDGED, ANSWERS, COMPLETE, CONSOLE, FOUND, INCOMPLETE, OPENED, SHOWN, STAGE, WISHED,
    acknowledged_survives, answers, applied_once, complete_within_of_opening, complete_within_of_return,
    completions, console_commands_end_once, consoles_show_the_truth, killed_before_change,
    killed_before_complete, marked_at, wishes_are_shown,
};
pub use devices::{
    UNPLUGGED, degraded_without_its_device, heard_only_with_its_device, keeps_pace, listens_only_to,
    never_counts_back,
};
pub use endings::{DOWN, GOING_DOWN, LEFT, down_within, ends_in_order, nothing_left, second_is_refused};
pub use floods::{
    CAPTURED, DROPPED, FLOOD, HEARTBEAT, all_is_counted, captured_as_sent, deaf_are_dropped,
    heartbeats_go_on, lost_in_flood,
};
pub use lives::{
    LIVES, STORM_OVER, comes_to_its_end, dead_leave_no_socket, never_two_of_one, no_panic, one_of_each,
    only_holders_unlink, only_victims_end, serves_within,
};
pub use lyrics::{
    Book, Wait, images_are_of_their_song, last_moods, lyrics_are_sung, mood_is_told, moods_are_of_their_song,
    waits, words_come_within,
};
pub use playback::{each_play_is_told_once, each_play_told_after};
pub use recordings::{everything_is_recorded, rehearsed_as_recorded};
pub use resources::{
    DESCRIPTORS, HEARD, HELD, Lateness, RESIDENT, RESIDENT_MAX, STATS, no_descriptor_leak, note_resident,
    nothing_leaks, resident_at_most, resident_flat, resident_in_words, sends_without_loss, subscribers_hear,
};
pub use services::{cache_is_whole, lrclib_is_left_in_peace, models_are_asked_in_measure, undisturbed};
pub use spotify::{
    ASKED, FOR_A_TOKEN, SOURCE_STATUS, SPOTIFY, WITH_A_LOST_TOKEN, a_pause_is_told, no_track_outlasts_itself,
    nobody_is_asked_without_a_sign_in, one_question_per_rest, rest_is_shown, sign_in_is_never_lost,
    sign_in_is_not_kept, told_after_its_question, told_within_questions, what_plays_is_told,
};
pub use supervision::{
    Slack, adopted_within, crash_loop_is_given_up, killed_for_silence_on_time, no_restarts, nobody_is_called,
    whole_in_the_end,
};
pub use telemetry::{
    Pace, every_beat_is_told, flows_within_one_tick, no_complaints, no_gap_over, no_packet_lost,
};
pub use the_set::{tempo_is_heard, the_set_is_told, told_after};
pub use visuals::{Grace, the_end_is_told, visuals_see_what_plays};

/// What a violated property is about; it decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Something happened that never may.
    Safety,
    /// Something did not happen that must.
    Liveness,
    /// A process panicked.
    Panic,
    /// The same seed gave another run.
    Nondeterminism,
    /// Over all runs something never happened that sometimes must, so the runs prove little.
    Sometimes,
}

impl Class {
    /// The exit code of `cargo xtask sim`.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Safety => 10,
            Self::Liveness => 11,
            Self::Panic => 12,
            Self::Nondeterminism => 13,
            Self::Sometimes => 14,
        }
    }
}

/// A property that did not hold.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Violation {
    /// What it is about.
    pub class: Class,
    /// The property by name, as a sentence that should have been true.
    pub property: &'static str,
    /// When, in seconds since the start of the run.
    pub t: f64,
    /// What was seen.
    pub detail: String,
}

impl Violation {
    fn safety(property: &'static str, t: f64, detail: impl Into<String>) -> Self {
        Self { class: Class::Safety, property, t, detail: detail.into() }
    }

    fn liveness(property: &'static str, t: f64, detail: impl Into<String>) -> Self {
        Self { class: Class::Liveness, property, t, detail: detail.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {:.3} s: {}: {}", self.class, self.t, self.property, self.detail)
    }
}

#[cfg(test)]
pub(crate) mod bad_history {
    //! Histories by hand.

    use crate::history::{Entry, What};

    pub(crate) fn start(t: f64, process: &str, pid: u32) -> Entry {
        Entry { t, what: What::Start { process: process.to_owned(), pid } }
    }

    pub(crate) fn bound(t: f64, process: &str, pid: u32) -> Entry {
        Entry { t, what: What::Bound { process: process.to_owned(), pid } }
    }

    pub(crate) fn exit(t: f64, process: &str, pid: u32) -> Entry {
        Entry { t, what: What::Exit { process: process.to_owned(), pid, how: "signal 9".to_owned() } }
    }

    pub(crate) fn fault(t: f64, kind: &str, target: &str, pid: u32) -> Entry {
        let detail = format!("pid {pid}");
        Entry { t, what: What::Fault { kind: kind.to_owned(), target: target.to_owned(), detail } }
    }

    pub(crate) fn health(t: f64, worker: &str, health: &str) -> Entry {
        Entry { t, what: What::Health { worker: worker.to_owned(), health: health.to_owned() } }
    }

    pub(crate) fn command(t: f64, to: &str, id: &str) -> Entry {
        let (client, cmd) = ("probe".to_owned(), "get_state".to_owned());
        Entry { t, what: What::Command { client, to: to.to_owned(), id: id.to_owned(), cmd } }
    }

    pub(crate) fn answer(t: f64, to: &str, id: &str, outcome: &str) -> Entry {
        let (client, outcome, detail) = ("probe".to_owned(), outcome.to_owned(), String::new());
        Entry { t, what: What::Answer { client, to: to.to_owned(), id: id.to_owned(), outcome, detail } }
    }

    pub(crate) fn mark(t: f64, name: &str, detail: &str) -> Entry {
        Entry { t, what: What::Mark { name: name.to_owned(), detail: detail.to_owned() } }
    }
}
