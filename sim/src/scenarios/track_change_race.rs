//! Tracks change faster than anybody can ask, in both players; lyrics and a model's word come late, and workers die on the
//! way: nothing old is told after something new.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::json;
use vj_core::ProcessName;

use super::two_players::{self, Lyrics, SETTLE_SEC, TwoPlayers};
use super::{Drivers, How, Run, Scenario, together};
use crate::checkers;
use crate::evening::{DEEDS, Rhythm};
use crate::faults::{Fault, FaultKind};
use crate::ground::Driver;
use crate::services::{Event, OllamaEvent, Seen, ServicesTape, Weather};
use crate::songbook::{self, SongWords};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "track-change-race",
    about: "changes between two questions, several within 100 ms, in two players, with late lyrics, late words of a model, and kills: nothing old is told after something new",
    how: How::Planned(run),
    sometimes: &SOMETIMES,
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

/// Every deed of an evening, and what only lyrics can show.
const SOMETIMES: [&str; DEEDS.len() + 3] =
    together(&[DEEDS, &[A_SONG_HAS_WORDS, A_MODEL_IS_HEARD, AN_ANSWER_IS_LATE]]);
const A_SONG_HAS_WORDS: &str = "a song has its words";
const A_MODEL_IS_HEARD: &str = "a model is heard on a song that still plays";
const AN_ANSWER_IS_LATE: &str = "an answer comes for a song that is over";

/// The show stands by then.
const BEGINS_SEC: f64 = 3.0;

/// For so long everything changes.
const RACE_SEC: f64 = 45.0;

fn run(driver: &Driver, seed: u64, plan: Option<&[Fault]>) -> Run {
    let mut rng = Pcg64::seed_from_u64(seed);
    let ends_sec = BEGINS_SEC + RACE_SEC;
    let (tape, seen) = crate::evening::draw(&mut rng, BEGINS_SEC, ends_sec, Rhythm::Race);
    let mut faults = Vec::new();
    // In half of the runs; twice at most, so that a restart takes a second or two.
    for _ in 0..if rng.random_bool(0.5) { rng.random_range(1..=2) } else { 0 } {
        const TARGETS: [ProcessName; 3] =
            [ProcessName::SpotifyMonitor, ProcessName::VirtualDjMonitor, ProcessName::LyricsFetcher];
        let target = TARGETS[rng.random_range(0..TARGETS.len())];
        let (kind, for_sec) = match rng.random_range(0..3) {
            0 => (FaultKind::Freeze, rng.random_range(0.1..4.0)),
            _ => (FaultKind::Kill, 0.0),
        };
        let at = rng.random_range(BEGINS_SEC..ends_sec);
        faults.push(Fault::new(at, kind).on(target).lasting(for_sec));
    }
    faults.sort_by(|one, two| one.at.total_cmp(&two.at));
    let faults = plan.map_or(faults, <[_]>::to_vec);
    let ends_sec = ends_sec + 2.0 * SETTLE_SEC * driver.patience();
    let songs = songbook::songs(&tape);
    let lyrics = Some(Lyrics {
        services: services(&mut rng, &songs, ends_sec),
        table: json!({"llm_provider": "ollama"}),
    });
    let settle_sec = SETTLE_SEC;
    let race = TwoPlayers { name: SCENARIO.name, seed, tape, faults, settle_sec, ends_sec, lyrics };
    let (mut run, asked) = two_players::play_with(driver, &race, |_, _| std::future::ready(()));
    let book = songbook::book(&songs);
    run.violations.extend(checkers::lyrics_are_sung(&run.history, &run.osc, &book, driver.patience()));
    let mood_of = |title: &str| songs.iter().find(|song| song.title == title).map(SongWords::mood);
    let is_of = |title: &str, mood: &str| mood_of(title) == Some(mood);
    run.violations.extend(checkers::moods_are_of_their_song(&run.osc, is_of));
    let waits = checkers::waits(&run.osc, &book);
    let has_words = waits.iter().any(|wait| wait.first_line.is_some());
    let is_heard = checkers::last_moods(&run.osc).iter().any(|(.., mood)| !mood.is_empty());
    let answered = |it: &Seen| it.asked.at_sec + it.reply.wait.as_secs_f64();
    let is_late = asked
        .ollama
        .iter()
        .chain(&asked.lrclib)
        .any(|it| waits.iter().any(|wait| (it.asked.at_sec..answered(it)).contains(&wait.to)));
    run.seen = seen.into_iter().collect();
    for (name, is_so) in
        [(A_SONG_HAS_WORDS, has_words), (A_MODEL_IS_HEARD, is_heard), (AN_ANSWER_IS_LATE, is_late)]
    {
        run.seen.extend(is_so.then_some(name));
    }
    let after = waits.iter().filter_map(|wait| Some((wait.is_known, wait.first_line? - wait.from)));
    run.figures
        .extend(after.map(|(is_known, sec)| if is_known { (CACHED, sec * 1e3) } else { (ASKED, sec * 1e3) }));
    run
}

const CACHED: &str = "ms from a track's word to its first line, from the cache";
const ASKED: &str = "ms from a track's word to its first line, from LRCLIB";

/// LRCLIB and a model, now fast, now slower than the songs change.
fn services(rng: &mut Pcg64, songs: &[SongWords], ends_sec: f64) -> ServicesTape {
    let mut tape = ServicesTape { lrclib: songbook::known(songs), ..ServicesTape::default() };
    let installed = OllamaEvent::Installs(vec!["llama3.2:latest".to_owned()]);
    tape.ollama.push((0.0, Event::Own(installed)));
    tape.ollama.extend(songs.iter().map(|it| (0.0, Event::Own(OllamaEvent::Judges(it.judgement())))));
    let mut t = 0.0;
    while t < ends_sec {
        let takes_sec = [0.02, 0.1, 0.4, 2.0][rng.random_range(0..4)];
        tape.lrclib.push((t, Event::Weather(Weather::Takes(takes_sec))));
        let thinks_sec = [0.05, 0.5, 2.0, 6.0][rng.random_range(0..4)];
        tape.ollama.push((t, Event::Own(OllamaEvent::ThinksSec(thinks_sec))));
        t += rng.random_range(2.0..12.0);
    }
    tape
}
