//! The lyrics worker dies while it writes, the disk is full, and somebody damages what is in the cache: what is there is whole
//! or set aside, a wrong song is never shown, and lyrics come all the same.

use std::rc::Rc;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::json;
use vj_core::ProcessName;
use vj_core::playback::Player;

use super::show::mark;
use super::two_players::{self, Lyrics, SETTLE_SEC, TwoPlayers};
use super::{Drivers, How, Run, Scenario, together};
use crate::checkers;
use crate::evening::Rhythm;
use crate::faults::{Fault, FaultKind};
use crate::ground::{Driver, Ground};
use crate::history::What;
use crate::services::{Event, OllamaEvent, ServicesTape, Weather};
use crate::songbook;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "cache-crash",
    about: "the lyrics worker dies while it writes, the disk is full, entries are damaged: what is there is whole or set aside, no wrong song is shown, lyrics come all the same",
    how: How::Planned(run),
    sometimes: &SOMETIMES,
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

const DIES_WRITING: &str = "the worker dies within 50 ms of an answer";
const FULL: &str = "the disk is full";
const FROM_CACHE: &str = "a song's words come from the cache after a death";
const SET_ASIDE: &str = "an entry is set aside";

const SOMETIMES: [&str; DAMAGES.len() + 4] =
    together(&[&DAMAGES, &[DIES_WRITING, FULL, FROM_CACHE, SET_ASIDE]]);

/// What may be done to an entry.
const DAMAGES: [&str; 4] =
    ["an entry ends in its middle", "an entry is empty", "an entry is no text", "an entry is another song's"];

/// The mark of a damage.
const DAMAGED: &str = "damaged";

/// The show stands by then.
const BEGINS_SEC: f64 = 3.0;

/// An answer of LRCLIB's takes so long.
const TAKES_SEC: f64 = 0.2;

/// Between two deaths at least: who dies more often is started ever later.
const DEATHS_APART_SEC: f64 = 20.0;

/// From a track's word to its first line, with the worker there.
const LYRICS_SEC: f64 = 4.0;

/// Who was away is back within this, and has found the song again.
const BACK_SEC: f64 = 8.0;

/// Just after an answer something is being written.
const WRITING_SEC: f64 = 0.05;

fn run(driver: &Driver, seed: u64, plan: Option<&[Fault]>) -> Run {
    let mut rng = Pcg64::seed_from_u64(seed);
    let ends_sec = driver.pick(300.0, 45.0);
    let (tape, _) = crate::evening::draw(&mut rng, BEGINS_SEC, ends_sec, Rhythm::Hurry);
    let songs = songbook::songs(&tape);
    let book = songbook::book(&songs);
    let mut services = ServicesTape { lrclib: songbook::known(&songs), ..ServicesTape::default() };
    services.lrclib.push((0.0, Event::Weather(Weather::Takes(TAKES_SEC))));
    services.ollama.push((0.0, Event::Own(OllamaEvent::Installs(vec!["llama3.2:latest".to_owned()]))));
    services.ollama.push((0.0, Event::Own(OllamaEvent::ThinksSec(0.4))));
    let judges = songs.iter().map(|it| (0.0, Event::Own(OllamaEvent::Judges(it.judgement()))));
    services.ollama.extend(judges);
    // Whoever has died often waits for half a minute before it is started again.
    let faults = draw(&mut rng, &tape.plays(), ends_sec - driver.pick(40.0, 10.0));
    let faults = plan.map_or(faults, <[_]>::to_vec);
    let damages = Pcg64::seed_from_u64(rng.random());
    let until_sec = ends_sec;
    let (settle_sec, ends_sec) = (SETTLE_SEC, ends_sec + 2.0 * SETTLE_SEC);
    let lyrics = Some(Lyrics { services, table: json!({"llm_provider": "ollama"}) });
    let evening = TwoPlayers { name: SCENARIO.name, seed, tape, faults, settle_sec, ends_sec, lyrics };
    let (mut run, asked) =
        two_players::play_with(driver, &evening, move |ground, _| damage(ground, damages, until_sec));
    let patience = driver.patience();
    let (history, osc) = (&run.history, &run.osc);
    let mut violations = checkers::lyrics_are_sung(history, osc, &book, patience);
    violations.extend(checkers::cache_is_whole(history, &asked.cache, DAMAGED));
    let waits = checkers::waits(osc, &book);
    let undisturbed = checkers::undisturbed(history, &waits, BACK_SEC * patience);
    violations.extend(checkers::words_come_within(&undisturbed, LYRICS_SEC * patience));
    let moods = |title: &str, mood: &str| songs.iter().any(|it| it.title == title && it.mood() == mood);
    violations.extend(checkers::moods_are_of_their_song(osc, moods));
    let deaths: Vec<f64> = history
        .iter()
        .filter(|it| matches!(&it.what, What::Exit { process, .. } if process == "lyrics_fetcher"))
        .map(|it| it.t)
        .collect();
    let answered = asked.lrclib.iter().map(|it| it.asked.at_sec + it.reply.wait.as_secs_f64());
    let answered: Vec<f64> = answered.collect();
    let is_near = |t: &f64| answered.iter().any(|at| (*at..at + WRITING_SEC).contains(t));
    let was_asked = |wait: &checkers::Wait| {
        asked
            .lrclib
            .iter()
            .any(|it| it.asked.parameter("track_name") == Some(&wait.title) && it.asked.at_sec >= wait.from)
    };
    let from_cache = waits.iter().any(|it| {
        it.is_known && it.first_line.is_some() && !was_asked(it) && deaths.iter().any(|t| *t < it.from)
    });
    let is_full =
        history.iter().any(|it| matches!(&it.what, What::Fault { kind, .. } if kind == "disk_full"));
    let shown = [
        (DIES_WRITING, deaths.iter().any(is_near)),
        (FULL, is_full),
        (FROM_CACHE, from_cache),
        (SET_ASIDE, asked.cache.iter().any(|(name, _)| name.ends_with(".damaged"))),
    ];
    run.seen = shown.into_iter().filter_map(|(name, is_so)| is_so.then_some(name)).collect();
    run.seen.extend(DAMAGES.iter().filter(|what| {
        history.iter().any(|it| matches!(&it.what, What::Mark { name, detail } if name == DAMAGED && detail.starts_with(**what)))
    }));
    run.violations.extend(violations);
    run
}

/// Deaths, most of them while something is being written, and a disk that is full now and then.
fn draw(rng: &mut Pcg64, plays: &[crate::playback_tape::Play], ends_sec: f64) -> Vec<Fault> {
    let (mut faults, mut t) = (Vec::new(), BEGINS_SEC);
    loop {
        t += DEATHS_APART_SEC + rng.random_range(0.0..20.0);
        if t > ends_sec {
            break;
        }
        // VirtualDJ's songs are heard of at once, so that it is known when an answer comes: then something is written.
        let mut of_virtualdj =
            plays.iter().filter(|play| play.player == Player::VirtualDj).map(|play| play.t);
        let next = of_virtualdj.find(|at| *at > t).unwrap_or(t);
        let at = if rng.random_bool(0.7) { next + TAKES_SEC + rng.random_range(0.0..WRITING_SEC) } else { t };
        t = at;
        faults.push(Fault::new(at, FaultKind::Kill).on(ProcessName::LyricsFetcher));
    }
    let mut t = BEGINS_SEC;
    loop {
        t += rng.random_range(10.0..80.0);
        let for_sec = rng.random_range(2.0..30.0);
        if t + for_sec > ends_sec {
            break;
        }
        faults.push(Fault::new(t, FaultKind::DiskFull).lasting(for_sec));
        t += for_sec;
    }
    faults.sort_by(|one, two| one.at.total_cmp(&two.at));
    faults
}

/// Damages entries, until it is late.
async fn damage(ground: Rc<dyn Ground>, mut rng: Pcg64, until_sec: f64) {
    loop {
        ground.clock().sleep(Duration::from_secs_f64(rng.random_range(3.0..20.0))).await;
        if ground.clock().now().as_secs_f64() > until_sec {
            return;
        }
        let files: Vec<_> =
            ground.cache_files().into_iter().filter(|(name, _)| name.ends_with(".json")).collect();
        if files.len() < 2 {
            continue;
        }
        let (name, bytes) = &files[rng.random_range(0..files.len())];
        let what = DAMAGES[rng.random_range(0..DAMAGES.len())];
        let other = &files[rng.random_range(0..files.len())].1;
        let damaged = match what {
            "an entry ends in its middle" => &bytes[..bytes.len() / 2],
            "an entry is empty" => &[][..],
            "an entry is no text" => &[0xff, 0, 0xfe, b'{'][..],
            _ => other,
        };
        ground.put_cache_file(name, damaged);
        mark(&*ground, DAMAGED, &format!("{what}: {name}"));
    }
}
