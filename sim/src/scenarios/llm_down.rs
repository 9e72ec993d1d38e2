//! Models and painters are away, slow, busy and out of their minds: lyrics come as ever, nothing wrong is told, and once a model
//! is itself again it is heard.

use std::future::ready;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::json;

use super::two_players::{self, Asked, Lyrics, SETTLE_SEC, TwoPlayers};
use super::{Drivers, How, Run, Scenario, together};
use crate::checkers;
use crate::evening::Rhythm;
use crate::ground::Driver;
use crate::services::{
    ComfyUiEvent, Event, Forms, OllamaEvent, OpenAiEvent, ServicesTape, Style, Way, Weather,
};
use crate::songbook::{self, SongWords};
use crate::spotify::{self, Song, SongKind};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "llm-down",
    about: "models and painters are away, slow, busy and out of their minds: lyrics come as ever, nothing wrong is told, a model that is itself again is heard",
    how: How::Script(run),
    sometimes: &SOMETIMES,
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

/// What may happen.
const TROUBLE: [&str; 30] = [
    "nobody listens where Ollama was",
    "Ollama has no model",
    "Ollama's queue is full",
    "Ollama knows no schema",
    "Ollama's model cannot think, or must",
    "Ollama breaks off in the middle",
    "Ollama needs minutes",
    "Ollama does not answer",
    "Ollama is limited",
    "a page comes in place of Ollama's answer",
    "a model writes in fences",
    "a model thinks aloud",
    "a model chats",
    "a model writes what the schema forbids",
    "a model writes two braces",
    "a model writes in another language",
    "a model writes prose",
    "a model writes nothing",
    "a model is cut off",
    "the other server knows no schema",
    "the other server knows only text",
    "the other server wants fewer parameters",
    "the other server wants a key",
    "the other account is used up",
    "the other model declines",
    "the other answer is filtered out",
    "ComfyUI is not there",
    "ComfyUI fails",
    "ComfyUI is started anew",
    "ComfyUI paints for somebody else",
];

const BY_MODEL: &str = "a model is heard";
const BY_THE_OTHER: &str = "the other model is heard";
const PAINTED: &str = "an image is there";

const SOMETIMES: [&str; TROUBLE.len() + 3] = together(&[&TROUBLE, &[BY_MODEL, BY_THE_OTHER, PAINTED]]);

/// The show stands by then.
const BEGINS_SEC: f64 = 3.0;

/// LRCLIB is well all the time: two questions, in their turn behind those of songs that were skipped.
const LYRICS_SEC: f64 = 4.0;

/// The same from the cache.
const CACHED_SEC: f64 = 0.05;

/// A model thinks for so long.
const THINKS_SEC: f64 = 1.5;

/// In the end all are well, and a song begins; its mood is told within this: the model may still work at others, and a
/// server that was busy is asked again after five seconds.
const HEARD_SEC: f64 = 45.0;

/// Questions about one song: three rungs, one without parameters, and three for one that is busy; of two servers.
const QUESTIONS: usize = 14;

fn run(driver: &Driver, seed: u64) -> Run {
    let mut rng = Pcg64::seed_from_u64(seed);
    let ends_sec = driver.pick(400.0, 40.0);
    let (mut tape, _) = crate::evening::draw(&mut rng, BEGINS_SEC, ends_sec, Rhythm::Hurry);
    // The song that shows that all is well again; whatever VirtualDJ does, it has stopped by then.
    let last_sec = ends_sec + SETTLE_SEC;
    let last = Song {
        artist: "Lena Vale".to_owned(),
        title: "Heimkoma".to_owned(),
        album: "Slow Tide".to_owned(),
        duration_sec: crate::evening::SONG_SEC,
        at_sec: 0.0,
        kind: SongKind::Track,
    };
    let mut lines = tape.spotify.take().unwrap_or_default().lines().to_vec();
    lines.push((last_sec, spotify::Event::Play(last)));
    tape.spotify = Some(spotify::Tape::of(lines));
    let mut virtualdj = tape.virtualdj.take().unwrap_or_default();
    crate::evening::virtualdj_stops(&mut virtualdj, ends_sec);
    tape.virtualdj = Some(virtualdj);
    let songs = songbook::songs(&tape);
    let mut trouble = Trouble { tape: services(&songs), seen: Vec::new() };
    trouble.draw(&mut rng, ends_sec);
    let table = json!({"llm_provider": "auto", "comfyui_enabled": true});
    let lyrics = Some(Lyrics { services: trouble.tape.sorted(), table });
    let settle_sec = SETTLE_SEC;
    let ends_sec = last_sec + HEARD_SEC + 2.0 * SETTLE_SEC;
    let faults = Vec::new();
    let evening = TwoPlayers { name: SCENARIO.name, seed, tape, faults, settle_sec, ends_sec, lyrics };
    let (mut run, asked) = two_players::play_with(driver, &evening, |_, _| ready(()));
    run.seen = trouble.seen;
    judge(driver, &mut run, &asked, &songs, last_sec);
    run
}

fn judge(driver: &Driver, run: &mut Run, asked: &Asked, songs: &[SongWords], last_sec: f64) {
    let patience = driver.patience();
    let book = songbook::book(songs);
    let (history, osc) = (&run.history, &run.osc);
    let mut violations = checkers::lyrics_are_sung(history, osc, &book, patience);
    violations.extend(checkers::no_restarts(history, &[]));
    let (known, unknown): (Vec<_>, Vec<_>) =
        checkers::waits(osc, &book).into_iter().partition(|it| it.is_known);
    violations.extend(checkers::words_come_within(&known, CACHED_SEC * patience));
    violations.extend(checkers::words_come_within(&unknown, LYRICS_SEC * patience));
    let mood_of = |title: &str| songs.iter().find(|song| song.title == title).map(SongWords::mood);
    // One that is out of its mind may score as it likes, within what there is: then another category stands out.
    let wild = run.seen.contains(&"a model writes what the schema forbids");
    let is_of = |title: &str, mood: &str| mood_of(title) == Some(mood) || wild && mood_of(title).is_some();
    violations.extend(checkers::moods_are_of_their_song(osc, is_of));
    let told = checkers::last_moods(osc);
    let heard = checkers::mood_is_told(
        osc,
        "Heimkoma",
        mood_of("Heimkoma").unwrap_or_default(),
        last_sec + HEARD_SEC,
    );
    let is_heard = heard.is_empty();
    violations.extend(heard);
    let told_songs = told.len() + checkers::waits(osc, &book).len();
    violations.extend(checkers::models_are_asked_in_measure(history, &asked.ollama, told_songs, QUESTIONS));
    violations.extend(checkers::models_are_asked_in_measure(history, &asked.openai, told_songs, QUESTIONS));
    violations.extend(checkers::images_are_of_their_song(osc, &asked.cache));
    let has_image = osc.iter().any(|line| line.addr == "/karaoke/image");
    let chats = |seen: &[crate::services::Seen]| {
        seen.iter().any(|it| it.asked.method == "POST" && it.reply.status == 200)
    };
    let shown = [
        (BY_MODEL, is_heard && chats(&asked.ollama)),
        (BY_THE_OTHER, chats(&asked.openai)),
        (PAINTED, has_image && asked.comfyui.iter().any(|it| it.asked.path == "/view")),
    ];
    let shown: Vec<_> = shown.into_iter().filter_map(|(name, is_so)| is_so.then_some(name)).collect();
    let after = unknown.iter().filter_map(|it| Some((it.first_line? - it.from) * 1e3));
    run.figures
        .extend(after.map(|ms| ("ms from a track's word to its first line, whatever the model does", ms)));
    run.violations.extend(violations);
    run.seen.extend(shown);
}

/// All are well.
fn services(songs: &[SongWords]) -> ServicesTape {
    let mut tape = ServicesTape { lrclib: songbook::known(songs), ..ServicesTape::default() };
    tape.lrclib.push((0.0, Event::Weather(Weather::Takes(0.3))));
    let models = || vec!["llama3.2:latest".to_owned()];
    tape.ollama.push((0.0, Event::Own(OllamaEvent::Installs(models()))));
    tape.ollama.push((0.0, Event::Own(OllamaEvent::ThinksSec(THINKS_SEC))));
    tape.openai.push((0.0, Event::Own(OpenAiEvent::Serves(models()))));
    tape.openai.push((0.0, Event::Own(OpenAiEvent::ThinksSec(THINKS_SEC))));
    for song in songs {
        tape.ollama.push((0.0, Event::Own(OllamaEvent::Judges(song.judgement()))));
        tape.openai.push((0.0, Event::Own(OpenAiEvent::Judges(song.judgement()))));
    }
    tape.comfyui.push((0.0, Event::Own(ComfyUiEvent::Has(vec!["sd.safetensors".to_owned()]))));
    tape.comfyui.push((0.0, Event::Own(ComfyUiEvent::PaintsSec(3.0))));
    tape.comfyui.push((0.0, Event::Own(ComfyUiEvent::OutputsLateSec(0.7))));
    tape
}

struct Trouble {
    tape: ServicesTape,
    seen: Vec<&'static str>,
}

impl Trouble {
    fn draw(&mut self, rng: &mut Pcg64, ends_sec: f64) {
        let mut t = 0.0;
        loop {
            t += rng.random_range(1.0..30.0);
            let lasts_sec: f64 = rng.random_range(2.0..40.0);
            if t + lasts_sec > ends_sec {
                return;
            }
            let what = TROUBLE[rng.random_range(0..TROUBLE.len())];
            self.seen.push(what);
            self.happens(t, t + lasts_sec, what);
            t += lasts_sec;
        }
    }

    fn happens(&mut self, from: f64, to: f64, what: &str) {
        use OllamaEvent as O;
        use OpenAiEvent as A;
        let models = || vec!["llama3.2:latest".to_owned()];
        match what {
            "nobody listens where Ollama was" => self.ollama_weather(from, to, Weather::Down, Weather::Up),
            "Ollama has no model" => self.ollama(from, to, O::Installs(Vec::new()), O::Installs(models())),
            "Ollama's queue is full" => self.ollama(from, to, O::Busy(true), O::Busy(false)),
            "Ollama knows no schema" => {
                self.ollama(from, to, O::RefusesSchema(true), O::RefusesSchema(false));
            }
            "Ollama's model cannot think, or must" => {
                self.ollama(from, to, O::RefusesThink(true), O::RefusesThink(false));
            }
            "Ollama breaks off in the middle" => self.ollama(from, to, O::Breaks(true), O::Breaks(false)),
            "Ollama needs minutes" => {
                self.ollama(from, from + 1.0, O::ThinksSec(20.0), O::ThinksSec(THINKS_SEC));
            }
            "Ollama does not answer" => self.ollama_way(from, to, Way::Stall),
            "Ollama is limited" => self.tape.ollama.push((from, Event::Weather(Weather::Limit(to - from)))),
            "a page comes in place of Ollama's answer" => self.ollama_way(from, to, Way::Page),
            "a model writes in fences" => self.writes(from, to, Style::Fenced),
            "a model thinks aloud" => self.writes(from, to, Style::Thinking),
            "a model chats" => self.writes(from, to, Style::Chatty),
            "a model writes what the schema forbids" => self.writes(from, to, Style::Wild),
            "a model writes two braces" => self.writes(from, to, Style::DoubledBrace),
            "a model writes in another language" => self.writes(from, to, Style::ForeignKeys),
            "a model writes prose" => self.writes(from, to, Style::Prose),
            "a model writes nothing" => self.writes(from, to, Style::Empty),
            "a model is cut off" => self.writes(from, to, Style::CutOff),
            "the other server knows no schema" => {
                self.other(from, to, A::Knows(Forms::JsonObject), A::Knows(Forms::All));
            }
            "the other server knows only text" => {
                self.other(from, to, A::Knows(Forms::Text), A::Knows(Forms::All));
            }
            "the other server wants fewer parameters" => {
                self.other(from, to, A::RefusesParameters(true), A::RefusesParameters(false));
            }
            "the other server wants a key" => {
                self.other(from, to, A::Key("k".to_owned()), A::Key(String::new()));
            }
            "the other account is used up" => self.other(from, to, A::UsedUp(true), A::UsedUp(false)),
            "the other model declines" => self.other(from, to, A::Declines(true), A::Declines(false)),
            "the other answer is filtered out" => self.other(from, to, A::Filtered(true), A::Filtered(false)),
            "ComfyUI is not there" => {
                self.tape.comfyui.push((from, Event::Weather(Weather::Down)));
                self.tape.comfyui.push((to, Event::Weather(Weather::Up)));
            }
            "ComfyUI fails" => {
                self.tape.comfyui.push((from, Event::Own(ComfyUiEvent::Fails(true))));
                self.tape.comfyui.push((to, Event::Own(ComfyUiEvent::Fails(false))));
            }
            "ComfyUI is started anew" => self.tape.comfyui.push((from, Event::Own(ComfyUiEvent::Restarts))),
            "ComfyUI paints for somebody else" => {
                self.tape.comfyui.push((from, Event::Own(ComfyUiEvent::Human(to - from))));
            }
            other => unreachable!("nobody knows how {other} goes"),
        }
    }

    fn ollama(&mut self, from: f64, to: f64, begins: OllamaEvent, ends: OllamaEvent) {
        self.tape.ollama.extend([(from, Event::Own(begins)), (to, Event::Own(ends))]);
    }

    fn ollama_weather(&mut self, from: f64, to: f64, begins: Weather, ends: Weather) {
        self.tape.ollama.extend([(from, Event::Weather(begins)), (to, Event::Weather(ends))]);
    }

    fn ollama_way(&mut self, from: f64, to: f64, way: Way) {
        self.ollama_weather(from, to, Weather::Answers(way), Weather::Answers(Way::Well));
    }

    fn writes(&mut self, from: f64, to: f64, style: Style) {
        self.ollama(from, to, OllamaEvent::Writes(style), OllamaEvent::Writes(Style::Well));
    }

    /// Ollama is away meanwhile, so that the other one is asked.
    fn other(&mut self, from: f64, to: f64, begins: OpenAiEvent, ends: OpenAiEvent) {
        self.ollama_weather(from, to, Weather::Down, Weather::Up);
        self.tape.openai.extend([(from, Event::Own(begins)), (to, Event::Own(ends))]);
    }
}
