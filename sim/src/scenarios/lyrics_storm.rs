//! LRCLIB does everything that it is known to do: no song gets another one's words, none is asked for too often, and what was
//! found once is there at once.

use std::future::ready;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::json;

use super::two_players::{self, Lyrics, SETTLE_SEC, TwoPlayers};
use super::{Drivers, How, Run, Scenario, together};
use crate::checkers;
use crate::evening::Rhythm;
use crate::ground::Driver;
use crate::services::{Event, LrclibEvent, Record, ServicesTape, Way, Weather};
use crate::songbook::{self, SongWords};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "lyrics-storm",
    about: "LRCLIB is slow, broken, limited and full of wrong songs: no song gets another's words, words from the cache come within 50 ms, twice a second is the most that it is asked",
    how: How::Script(run),
    sometimes: &SOMETIMES,
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

/// What may happen to the service.
const WEATHER: [&str; 11] = [
    "an answer takes 8 s and more",
    "no answer comes within 10 s",
    "no answer comes at all",
    "an answer breaks off",
    "the connection is closed",
    "a page comes in place of an answer",
    "an answer is empty",
    "an answer comes in drops",
    "the service is out of order",
    "it wants its rest",
    "nobody listens",
];

/// What it may know of a song.
const KINDS: [&str; 12] = [
    "it knows a song by its name",
    "it knows a song on another album",
    "it knows another version only",
    "it knows a song of another length only",
    "it knows words without times",
    "nobody sings in a song",
    "it does not know a song",
    "a placeholder stands for the words",
    "words come in a file of Windows",
    "each word has its time",
    "lines have several stamps",
    "words stand in the wrong field",
];

const FROM_CACHE: &str = "a song's words come from the cache while LRCLIB is in trouble";

const SOMETIMES: [&str; WEATHER.len() + KINDS.len() + 1] = together(&[&WEATHER, &KINDS, &[FROM_CACHE]]);

/// The show stands by then.
const BEGINS_SEC: f64 = 3.0;

/// An answer takes so long on a good day.
const TAKES_SEC: f64 = 0.3;

/// From a track's word to its first line, where they are in the cache.
const CACHED_SEC: f64 = 0.05;

/// The same, where two questions have to be asked, each in its turn behind those of songs that were skipped.
const ASKED_SEC: f64 = 4.0;

/// After trouble a service is left in peace for so long at most.
const BACKOFF_SEC: f64 = 62.0;

fn run(driver: &Driver, seed: u64) -> Run {
    let mut rng = Pcg64::seed_from_u64(seed);
    let ends_sec = driver.pick(600.0, 45.0);
    let (tape, _) = crate::evening::draw(&mut rng, BEGINS_SEC, ends_sec, Rhythm::Hurry);
    let mut storm = Storm { services: ServicesTape::default(), seen: Vec::new(), trouble: Vec::new() };
    let songs = songbook::songs(&tape);
    let mut book = checkers::Book::new();
    for song in &songs {
        let kind = rng.random_range(0..KINDS.len());
        storm.seen.push(KINDS[kind]);
        let (record, has_words) = record(KINDS[kind], song);
        storm.services.lrclib.extend(record.map(|it| (0.0, Event::Own(LrclibEvent::Knows(it)))));
        book.extend(has_words.then(|| (song.title.clone(), song.lines())));
    }
    // It has blown over by the end: nobody is sulking any more.
    storm.draw(&mut rng, ends_sec - driver.pick(BACKOFF_SEC, 10.0));
    let lyrics = Some(Lyrics { services: storm.services.sorted(), table: json!({"llm_provider": "none"}) });
    let (settle_sec, ends_sec) = (SETTLE_SEC, ends_sec + 2.0 * SETTLE_SEC);
    let faults = Vec::new();
    let evening = TwoPlayers { name: SCENARIO.name, seed, tape, faults, settle_sec, ends_sec, lyrics };
    let (mut run, asked) = two_players::play_with(driver, &evening, |_, _| ready(()));
    let patience = driver.patience();
    let (violations, history, osc) = (&mut run.violations, &run.history, &run.osc);
    violations.extend(checkers::lyrics_are_sung(history, osc, &book, patience));
    let early_sec = driver.pick(0.0, 0.2);
    violations.extend(checkers::lrclib_is_left_in_peace(history, &asked.lrclib, early_sec));
    violations.extend(checkers::no_restarts(history, &[]));
    let (known, unknown): (Vec<_>, Vec<_>) =
        checkers::waits(osc, &book).into_iter().partition(|it| it.is_known);
    violations.extend(checkers::words_come_within(&known, CACHED_SEC * patience));
    let is_in_trouble =
        |from: f64, to: f64| storm.trouble.iter().any(|(one, two)| *one <= to && *two >= from);
    let calm: Vec<_> = unknown
        .iter()
        .filter(|it| !is_in_trouble(it.from - BACKOFF_SEC, it.from + ASKED_SEC * patience))
        .cloned()
        .collect();
    violations.extend(checkers::words_come_within(&calm, ASKED_SEC * patience));
    run.seen = storm.seen;
    let from_cache = known.iter().any(|it| it.first_line.is_some() && is_in_trouble(it.from, it.from));
    run.seen.extend(from_cache.then_some(FROM_CACHE));
    let after = |waits: &[checkers::Wait]| -> Vec<f64> {
        waits.iter().filter_map(|it| Some((it.first_line? - it.from) * 1e3)).collect()
    };
    run.figures.extend(after(&known).into_iter().map(|ms| (CACHED, ms)));
    run.figures.extend(after(&calm).into_iter().map(|ms| (ASKED, ms)));
    run
}

const CACHED: &str = "ms from a track's word to its first line, from the cache";
const ASKED: &str = "ms from a track's word to its first line, from LRCLIB on a good day";

struct Storm {
    services: ServicesTape,
    seen: Vec<&'static str>,
    /// From when to when something was wrong with the service.
    trouble: Vec<(f64, f64)>,
}

impl Storm {
    fn draw(&mut self, rng: &mut Pcg64, ends_sec: f64) {
        let mut t = 0.0;
        self.add(t, Weather::Takes(TAKES_SEC));
        loop {
            t += rng.random_range(2.0..150.0);
            let lasts_sec: f64 = rng.random_range(1.0..25.0);
            if t + lasts_sec > ends_sec {
                return;
            }
            let what = WEATHER[rng.random_range(0..WEATHER.len())];
            self.seen.push(what);
            self.happens(rng, t, lasts_sec, what);
            self.trouble.push((t, t + lasts_sec));
            t += lasts_sec;
        }
    }

    fn happens(&mut self, rng: &mut Pcg64, t: f64, lasts_sec: f64, what: &str) {
        let way = match what {
            "an answer takes 8 s and more" => return self.takes(t, lasts_sec, rng.random_range(8.0..9.9)),
            "no answer comes within 10 s" => return self.takes(t, lasts_sec, 12.0),
            "it wants its rest" => return self.add(t, Weather::Limit(lasts_sec)),
            "nobody listens" => {
                self.add(t, Weather::Down);
                return self.add(t + lasts_sec, Weather::Up);
            }
            "no answer comes at all" => Way::Stall,
            "an answer breaks off" => Way::Cut,
            "the connection is closed" => Way::Reset,
            "a page comes in place of an answer" => Way::Page,
            "an answer is empty" => Way::Empty,
            "an answer comes in drops" => Way::Trickle,
            _ => Way::Status([403, 500, 502, 503, 504][rng.random_range(0..5)]),
        };
        self.add(t, Weather::Answers(way));
        self.add(t + lasts_sec, Weather::Answers(Way::Well));
    }

    fn takes(&mut self, t: f64, lasts_sec: f64, takes_sec: f64) {
        self.add(t, Weather::Takes(takes_sec));
        self.add(t + lasts_sec, Weather::Takes(TAKES_SEC));
    }

    fn add(&mut self, t: f64, weather: Weather) {
        self.services.lrclib.push((t, Event::Weather(weather)));
    }
}

/// What LRCLIB knows of a song, and whether its words are found there.
fn record(kind: &str, song: &SongWords) -> (Option<Record>, bool) {
    let known = song.record();
    let synced = |text: String| Record { synced: Some(text), ..song.record() };
    let is_of_spotify = !song.album.is_empty();
    match kind {
        "it knows a song on another album" => {
            (Some(Record { album: "All the best".to_owned(), ..known }), true)
        }
        "it knows another version only" => {
            (Some(Record { title: format!("{} (Live)", song.title), ..known }), false)
        }
        // Where nobody knows how long the song is, the one that there is must do.
        "it knows a song of another length only" => {
            (Some(Record { duration_sec: song.duration_sec - 60.0, ..known }), !is_of_spotify)
        }
        "it knows words without times" => {
            let plain = song.lines().into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n");
            (Some(Record { plain: Some(plain), synced: None, ..known }), false)
        }
        "nobody sings in a song" => (Some(Record { instrumental: true, synced: None, ..known }), false),
        "it does not know a song" => (None, false),
        "a placeholder stands for the words" => {
            let text = "[00:00.00] As letras não estão sincronizadas com a música";
            (Some(synced(text.to_owned())), false)
        }
        "words come in a file of Windows" => {
            let text = format!(
                "\u{feff}[ti: {}]\r\n[by: somebody]\r\n{}",
                song.title,
                song.lrc().replace('\n', "\r\n")
            );
            (Some(synced(text)), true)
        }
        "each word has its time" => {
            let line = |line: &str| {
                let (stamp, text) = line.split_once(']').unwrap_or_default();
                let time = stamp.trim_start_matches('[');
                let words: Vec<_> = text.split(' ').map(|word| format!("<{time}> {word}")).collect();
                format!("{stamp}] {}", words.join(" "))
            };
            (Some(synced(song.lrc().lines().map(line).collect::<Vec<_>>().join("\n"))), true)
        }
        "lines have several stamps" => (Some(synced(with_several_stamps(song))), true),
        "words stand in the wrong field" => {
            let plain = song.lines().into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n");
            (Some(synced(plain)), false)
        }
        _ => (Some(known), true),
    }
}

/// Lines that come back stand there once, with all their times; so the file is not in order.
fn with_several_stamps(song: &SongWords) -> String {
    let mut lines: Vec<(String, String)> = Vec::new();
    for line in song.lrc().lines() {
        let (stamp, text) = line.split_once(']').unwrap_or_default();
        match lines.iter_mut().find(|(known, _)| known == text) {
            Some((_, stamps)) => stamps.push_str(&format!("{stamp}]")),
            None => lines.push((text.to_owned(), format!("{stamp}]"))),
        }
    }
    lines.into_iter().map(|(text, stamps)| format!("{stamps}{text}")).collect::<Vec<_>>().join("\n")
}
