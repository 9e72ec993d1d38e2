//! What must hold, by name: the checkers as a scenario file asks for them.

use std::collections::BTreeMap;

use vj_core::playback::Player;

use crate::checkers::{self, Grace, Violation};
use crate::ground::Driver;
use crate::history::Entry;
use crate::osc_log::OscLine;
use crate::services::Seen;

/// A run that is to be judged.
pub struct Judged<'a> {
    /// What the processes lived through.
    pub history: &'a [Entry],
    /// What the visuals got.
    pub osc: &'a [OscLine],
    /// Under which driver.
    pub driver: &'a Driver,
    /// When it ended, in seconds.
    pub end_sec: f64,
    /// How long after the last change and fault all must be well.
    pub settle_sec: f64,
    /// Between two questions to Spotify.
    pub poll_sec: f64,
    /// The workers of the show.
    pub workers: &'a [&'a str],
    /// The words of the songs that LRCLIB knows.
    pub book: &'a checkers::Book,
    /// What LRCLIB was asked.
    pub lrclib: &'a [Seen],
    /// What models were asked.
    pub models: &'a [Seen],
    /// The cache, file by file.
    pub cache: &'a [(String, Vec<u8>)],
}

/// The numbers and words that a property was given.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Given {
    /// By key.
    pub numbers: BTreeMap<String, f64>,
    /// By key.
    pub words: BTreeMap<String, String>,
}

impl Given {
    fn number(&self, key: &str, otherwise: f64) -> f64 {
        self.numbers.get(key).copied().unwrap_or(otherwise)
    }

    fn word<'a>(&'a self, key: &str, otherwise: &'a str) -> &'a str {
        self.words.get(key).map_or(otherwise, String::as_str)
    }
}

/// A property.
pub struct Property {
    /// Its name in files.
    pub name: &'static str,
    /// One line of help.
    pub about: &'static str,
    /// Numbers that it can be given, with what they are otherwise.
    pub numbers: &'static [(&'static str, f64)],
    /// Words that it can be given, with what they are otherwise.
    pub words: &'static [(&'static str, &'static str)],
    check: fn(&Judged<'_>, &Given, &Property) -> Vec<Violation>,
}

impl Property {
    /// What of it did not hold.
    #[must_use]
    pub fn check(&self, run: &Judged<'_>, given: &Given) -> Vec<Violation> {
        (self.check)(run, given, self)
    }

    fn sec(&self, given: &Given, key: &str) -> f64 {
        let otherwise = self.numbers.iter().find(|(name, _)| *name == key).map_or(0.0, |(_, value)| *value);
        given.number(key, otherwise)
    }

    fn word<'a>(&'a self, given: &'a Given, key: &str) -> &'a str {
        let otherwise = self.words.iter().find(|(name, _)| *name == key).map_or("", |(_, value)| *value);
        given.word(key, otherwise)
    }
}

/// The property of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Property> {
    PROPERTIES.iter().find(|property| property.name == name)
}

const fn plain(
    name: &'static str,
    about: &'static str,
    check: fn(&Judged<'_>, &Given, &Property) -> Vec<Violation>,
) -> Property {
    Property { name, about, numbers: &[], words: &[], check }
}

const fn within(
    name: &'static str,
    about: &'static str,
    numbers: &'static [(&'static str, f64)],
    check: fn(&Judged<'_>, &Given, &Property) -> Vec<Violation>,
) -> Property {
    Property { name, about, numbers, words: &[], check }
}

/// All of them. Seconds are those of virtual time; a real machine is given three times as many.
pub const PROPERTIES: &[Property] = &[
    plain("no_panic", "always: no process panics", |run, _, _| checkers::no_panic(run.history)),
    plain("never_two_of_one", "always: never do two live processes serve one name", |run, _, _| {
        checkers::never_two_of_one(run.history)
    }),
    plain("only_victims_end", "always: nobody ends whom no fault struck", |run, _, _| {
        checkers::only_victims_end(run.history)
    }),
    plain("commands_end_once", "always: each command of each client ends once, in order", |run, _, _| {
        checkers::every_command_answered_once_in_order(run.history)
    }),
    plain("nobody_is_given_up", "always: no worker is given up", |run, _, _| {
        checkers::nobody_is_called(run.history, "given_up")
    }),
    plain("nobody_is_unhealthy", "always: no worker is called unhealthy", |run, _, _| {
        checkers::nobody_is_called(run.history, "unhealthy")
    }),
    plain("nobody_complains", "always: no process warns or errs in its log", |run, _, _| {
        checkers::no_complaints(run.history)
    }),
    plain("nobody_restarts", "always: each process is started once", |run, _, _| {
        let once: Vec<_> = run.workers.iter().copied().chain(["process_manager"]).map(|it| (it, 1)).collect();
        checkers::no_restarts(run.history, &once)
    }),
    plain("whole_in_the_end", "eventually: each worker is healthy when all faults are over", |run, _, _| {
        checkers::whole_in_the_end(run.history, run.workers)
    }),
    within(
        "no_stale_socket",
        "eventually: the socket of a dead process is served again or removed within `sec`",
        &[("sec", 35.0)],
        |run, given, it| {
            checkers::dead_leave_no_socket(run.history, it.sec(given, "sec") * run.driver.patience())
        },
    ),
    within(
        "back_within",
        "eventually: after each kill of a worker its successor answers within `sec`",
        &[("sec", 1.5)],
        |run, given, it| {
            checkers::answered_within_of_kill(run.history, it.sec(given, "sec") * run.driver.patience())
        },
    ),
    within(
        "adopted_within",
        "eventually: a new manager calls every worker healthy within `sec`",
        &[("sec", 2.0)],
        |run, given, it| {
            checkers::adopted_within(run.history, run.workers, it.sec(given, "sec") * run.driver.patience())
        },
    ),
    within(
        "nothing_leaks",
        "always: in virtual time, at the end the processes hold no more links, sockets, locks and ports than when all stood, and no more than `files` new files",
        &[("files", 8.0)],
        |run, given, it| match run.driver {
            Driver::Virtual => checkers::nothing_leaks(run.history, it.sec(given, "files") as u64),
            // What real processes hold is not counted here: `kill-storm` counts the descriptors of the guardian.
            Driver::Real(_) => Vec::new(),
        },
    ),
    Property {
        name: "no_gap_over",
        about: "eventually: between two messages of `addr` no more than `sec` pass",
        numbers: &[("sec", 1.6)],
        words: &[("addr", "/audio/levels")],
        check: |run, given, it| {
            let sec = it.sec(given, "sec") * run.driver.patience();
            checkers::no_gap_over(run.osc, it.word(given, "addr"), sec, run.end_sec)
        },
    },
    Property {
        name: "no_packet_lost",
        about: "always: `addr` comes with every tick",
        numbers: &[],
        words: &[("addr", "/audio/levels")],
        check: |run, given, it| {
            checkers::no_packet_lost(run.osc, it.word(given, "addr"), run.end_sec, run.driver.pace())
        },
    },
    within(
        "degraded_without_its_device",
        "eventually: without its input the audio worker is degraded within `said_sec`, and healthy within `back_sec` of its return",
        &[("said_sec", 1.0), ("back_sec", 2.0)],
        |run, given, it| {
            let (said, back) = (it.sec(given, "said_sec"), it.sec(given, "back_sec"));
            let patience = run.driver.patience();
            checkers::degraded_without_its_device(
                run.history,
                "audio_analyzer",
                said * patience,
                back * patience,
            )
        },
    ),
    within(
        "heard_only_with_its_device",
        "always: nothing is heard without the input; eventually: there is sound within `sec` of its return",
        &[("sec", 2.0)],
        |run, given, it| {
            let sec = it.sec(given, "sec") * run.driver.patience();
            checkers::heard_only_with_its_device(run.history, run.osc, sec)
        },
    ),
    Property {
        name: "listens_only_to",
        about: "always: the audio worker opens no other input than `device`",
        numbers: &[],
        words: &[("device", "Line In")],
        check: |run, given, it| checkers::listens_only_to(run.history, it.word(given, "device")),
    },
    within(
        "visuals_see_what_plays",
        "always: no track is told that was not so a moment ago, none twice, none old after a new one; eventually: whoever plays is told",
        &[("slack_sec", 0.3)],
        |run, given, it| {
            let patience = run.driver.patience();
            let slack_sec = it.sec(given, "slack_sec") * patience;
            let grace = Grace { poll_sec: run.poll_sec, slack_sec, settle_sec: run.settle_sec * patience };
            checkers::visuals_see_what_plays(run.history, run.osc, grace)
        },
    ),
    within(
        "the_end_is_told",
        "eventually: when all has come to rest, whoever plays at the end of the run is told, VirtualDJ before Spotify",
        &[("slack_sec", 0.3)],
        |run, given, it| {
            let patience = run.driver.patience();
            let slack_sec = it.sec(given, "slack_sec") * patience;
            let grace = Grace { poll_sec: run.poll_sec, slack_sec, settle_sec: run.settle_sec * patience };
            checkers::the_end_is_told(run.history, run.osc, grace)
        },
    ),
    within(
        "each_play_is_told_once",
        "always: each track of VirtualDJ is told once, in order; eventually: within `sec`",
        &[("sec", 2.5)],
        |run, given, it| {
            let sec = it.sec(given, "sec") * run.driver.patience();
            checkers::each_play_is_told_once(run.history, run.osc, Player::VirtualDj, sec)
        },
    ),
    plain("rests_are_kept", "always: within a rest that Spotify wants it is asked once", |run, _, _| {
        checkers::one_question_per_rest(run.history)
    }),
    plain(
        "sign_in_is_never_lost",
        "always: Spotify is never asked with a refresh token that is good no more",
        |run, _, _| checkers::sign_in_is_never_lost(run.history),
    ),
    plain(
        "lyrics_are_sung",
        "always: lines are of the song that was told last, once, in order, the active one on time",
        |run, _, _| checkers::lyrics_are_sung(run.history, run.osc, run.book, run.driver.patience()),
    ),
    within(
        "words_come_within",
        "eventually: a song whose workers were there has its first line within `sec` of its word",
        &[("sec", 4.0), ("back_sec", 8.0)],
        |run, given, it| {
            let patience = run.driver.patience();
            let waits = checkers::waits(run.osc, run.book);
            let calm = checkers::undisturbed(run.history, &waits, it.sec(given, "back_sec") * patience);
            checkers::words_come_within(&calm, it.sec(given, "sec") * patience)
        },
    ),
    plain(
        "lrclib_is_left_in_peace",
        "always: LRCLIB is asked twice a second at most, never within a rest, not again for what it does not know",
        |run, _, _| {
            let early_sec = run.driver.pick(0.0, 0.2);
            checkers::lrclib_is_left_in_peace(run.history, run.lrclib, early_sec)
        },
    ),
    within(
        "models_are_asked_in_measure",
        "always: a model is asked no more than `each` times a song",
        &[("each", 12.0)],
        |run, given, it| {
            let each = it.sec(given, "each") as usize;
            checkers::models_are_asked_in_measure(run.history, run.models, run.book.len(), each)
        },
    ),
    plain(
        "cache_is_whole",
        "always: each entry of the cache can be read and is of its place",
        |run, _, _| checkers::cache_is_whole(run.history, run.cache, "damaged"),
    ),
];

/// The table of the documents.
#[must_use]
pub fn table() -> String {
    let mut text = "| property | what holds | parameters |\n|---|---|---|\n".to_owned();
    for Property { name, about, numbers, words, .. } in PROPERTIES {
        let numbers = numbers.iter().map(|(key, value)| format!("`{key}` = {value}"));
        let words = words.iter().map(|(key, value)| format!("`{key}` = \"{value}\""));
        let parameters: Vec<_> = numbers.chain(words).collect();
        text += &format!("| `{name}` | {about} | {} |\n", parameters.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_hold_the_table_as_it_is() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/WRITE_A_SCENARIO.md");
        let document = std::fs::read_to_string(path).unwrap();
        assert!(document.contains(&table()), "docs/WRITE_A_SCENARIO.md must hold this table:\n{}", table());
    }
}
