//! A set of three tracks, whole: sound, Spotify, VirtualDJ, their lyrics and what a model says of them; no process breaks.

use std::path::{Path, PathBuf};

use super::show::STUCK;
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::ground::Driver;
use crate::history::{Entry, What};
use crate::rehearsal::{Rehearsal, rehearse};
use crate::services::ServicesTape;
use crate::set::Set;
use crate::tape::Tapes;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "end-to-end",
    about: "the bundled set of three tracks, with sound, players, lyrics and a model: told within a question and 0.5 s, tempo within 1 BPM, lines within 20 ms",
    how: How::Script(run),
    sometimes: &[],
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

/// From a track's beginning to the word, beyond the time between two questions.
const TOLD_WITHIN_SEC: f64 = 0.5;

/// Between two questions to Spotify: the default.
const POLL_SEC: f64 = 2.0;

/// From a track's word to its first line: two answers of 0.35 s, and a service that is out of order for 1.3 s.
const WORDS_WITHIN_SEC: f64 = 4.0;

/// How far the tempo that is told may be off, in BPM.
const TEMPO_OFF_BPM: f64 = 1.0;

/// The set, in the workspace that this was built from.
fn first_night() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/sets/first-night")
}

fn run(driver: &Driver, seed: u64) -> Run {
    let stuck = |why: String| Run {
        history: vec![Entry { t: 0.0, what: What::Mark { name: STUCK.to_owned(), detail: why } }],
        ..Run::default()
    };
    let set = match Set::open(&first_night()) {
        Ok(set) => set,
        Err(error) => return stuck(error.to_string()),
    };
    let book = set.services.as_ref().map(ServicesTape::book).unwrap_or_default();
    let (plays, truth) = (set.playback.plays(), set.truth.clone().unwrap_or_default());
    let rehearsal = Rehearsal::new(driver.clone(), set, seed, Vec::new(), Tapes::new());
    let played = rehearse(rehearsal, |_| {});
    if let Some(why) = played.failure {
        return stuck(why);
    }
    let truth = truth.shifted(played.meta.audio_starts_sec);
    let (history, osc, mut violations) = (played.history, played.osc, played.violations);
    let within_sec = POLL_SEC + TOLD_WITHIN_SEC * driver.patience();
    violations.extend(checkers::the_set_is_told(&osc, &plays, within_sec));
    violations.extend(checkers::every_beat_is_told(&osc));
    violations.extend(checkers::tempo_is_heard(&osc, &truth, TEMPO_OFF_BPM));
    violations.extend(checkers::lyrics_are_sung(&history, &osc, &book, driver.patience()));
    let waits = checkers::waits(&osc, &book);
    violations.extend(checkers::words_come_within(&waits, WORDS_WITHIN_SEC * driver.patience()));
    violations.extend(checkers::no_restarts(&history, &[]));
    let words = waits.iter().filter_map(|wait| Some((WORDS, wait.first_line? - wait.from)));
    let told = checkers::told_after(&osc, &plays).into_iter().map(|sec| (FIGURE, sec));
    let figures = told.chain(words).collect();
    Run { history, osc, violations, figures, ..Run::default() }
}

const FIGURE: &str = "s from a track's beginning to the word";
const WORDS: &str = "s from a track's word to its first line";
