//! The show of a scenario file: who plays, and who knows of it.

use rand_pcg::Pcg64;
use serde::Deserialize;
use serde_json::{Value, json};
use vj_core::ProcessName;

use super::schema::ScenarioFile;
use crate::checkers::Book;
use crate::deck_stand_in::DeckStandIn;
use crate::evening::{self, Rhythm};
use crate::faults::{self, Fault};
use crate::ground::Driver;
use crate::playback_tape::PlaybackTape;
use crate::services::{Event, OllamaEvent, ServicesStandIn, ServicesTape, Weather};
use crate::songbook::{self, SongWords};
use crate::spotify::{StandIn, Tape};
use crate::stage::Stage;
use crate::tape::Tapes;

/// An answer of a service that knows all songs takes so long.
const TAKES_SEC: f64 = 0.2;

/// For so long a show is looked at that has come to rest.
const LOOKED_AT_SEC: f64 = 10.0;

/// Between two questions to Spotify, where the file does not say.
pub(super) const POLL_SEC: f64 = 2.0;

/// An evening that is drawn from the seed.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Evening {
    rhythm: RhythmWord,
    #[serde(default = "from_sec")]
    from_sec: f64,
    until_sec: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RhythmWord {
    Race,
    Hurry,
    Night,
}

fn from_sec() -> f64 {
    super::schema::STANDS_SEC
}

/// Who answers the lyrics worker.
pub(super) enum Services {
    /// An LRCLIB that knows all that is played, and a model that judges it.
    Songs,
    /// What stands on a tape.
    Tape(ServicesTape),
}

/// All that a run of the file needs.
pub(super) struct Cast {
    pub(super) stage: Stage,
    pub(super) spotify: Option<(StandIn, Tape)>,
    pub(super) services: Option<(ServicesStandIn, ServicesTape)>,
    pub(super) decks: Option<DeckStandIn>,
    pub(super) playback: PlaybackTape,
    pub(super) book: Book,
}

impl ScenarioFile {
    /// What the players do.
    pub(super) fn played(&self, rng: &mut Pcg64, driver: &Driver, end_sec: f64) -> PlaybackTape {
        let Some(Evening { rhythm, from_sec, until_sec }) = self.evening else {
            return self.playback.clone();
        };
        let rests_sec = self.settle_sec * driver.patience() + LOOKED_AT_SEC;
        let until_sec = until_sec.unwrap_or(end_sec).min(end_sec - rests_sec);
        let rhythm = match rhythm {
            RhythmWord::Race => Rhythm::Race,
            RhythmWord::Hurry => Rhythm::Hurry,
            RhythmWord::Night => Rhythm::Night,
        };
        evening::draw(rng, from_sec, until_sec, rhythm).0
    }

    /// Puts the show together, with what happens to services on their tapes.
    ///
    /// # Errors
    /// What the system refused, or a fault that makes no sense.
    pub(super) fn cast(
        &self,
        driver: &Driver,
        seed: u64,
        mut playback: PlaybackTape,
        plan: &[Fault],
    ) -> Result<Cast, String> {
        let songs = songbook::songs(&playback);
        let mut tape = match &self.services {
            Some(Services::Songs) => Some(knowing(&songs)),
            Some(Services::Tape(tape)) => Some(tape.clone()),
            None => None,
        };
        let book = match &self.services {
            Some(Services::Songs) => songbook::book(&songs),
            _ => tape.as_ref().map(ServicesTape::book).unwrap_or_default(),
        };
        let has = |name| self.processes.contains(&name);
        if has(ProcessName::SpotifyMonitor) {
            playback.spotify.get_or_insert_default();
        }
        faults::on_tapes(plan, playback.spotify.as_mut(), tape.as_mut())?;
        let mut stage = Stage::new(seed, Tapes::new());
        stage.keep_osc = self.keep_osc;
        for card in &self.cards {
            stage.cards.add(&card.name, card.rate_hz, card.channels, card.loopback);
        }
        let refused = |error: std::io::Error| format!("no fake service: {error}");
        let (mut spotify, mut services) = (None, None);
        let decks = playback.decks.clone().map(|tape| DeckStandIn::new(driver, tape));
        let decks = decks.transpose().map_err(refused)?;
        for name in &self.processes {
            let mut table = Value::Object(self.config.get(name).cloned().unwrap_or_default());
            match name {
                ProcessName::AudioAnalyzer => {
                    if let Some(sound) = &self.sound {
                        table["source"] = format!("file:{sound}").into();
                        table["loop"] = json!(true);
                    }
                }
                ProcessName::SpotifyMonitor => {
                    let tape = playback.spotify.clone().unwrap_or_default();
                    let stand_in = StandIn::new(driver, tape.clone()).map_err(refused)?;
                    if table.get("poll_interval").is_none() {
                        table["poll_interval"] = POLL_SEC.into();
                    }
                    table = stand_in.table(table);
                    stage.spotify = stand_in.open();
                    spotify = Some((stand_in, tape));
                }
                ProcessName::VirtualDjMonitor => {
                    if let Some(decks) = &decks {
                        (stage.network, table) = (decks.network(), decks.table(table));
                    }
                }
                ProcessName::LyricsFetcher => {
                    let tape = tape.clone().unwrap_or_default();
                    let stand_in = ServicesStandIn::new(driver, tape.clone()).map_err(refused)?;
                    if table.get("llm_provider").is_none() {
                        table["llm_provider"] = "ollama".into();
                    }
                    table = stand_in.table(table);
                    stage.web = stand_in.web();
                    services = Some((stand_in, tape));
                }
                _ => {}
            }
            // The manager needs no table of its own, and gets none.
            if name.is_worker() || self.config.contains_key(name) {
                stage = stage.with(*name, table);
            }
        }
        Ok(Cast { stage, spotify, services, decks, playback, book })
    }
}

/// Services that know these songs.
fn knowing(songs: &[SongWords]) -> ServicesTape {
    let mut tape = ServicesTape { lrclib: songbook::known(songs), ..ServicesTape::default() };
    tape.lrclib.push((0.0, Event::Weather(Weather::Takes(TAKES_SEC))));
    tape.ollama.push((0.0, Event::Own(OllamaEvent::Installs(vec!["llama3.2:latest".to_owned()]))));
    tape.ollama.push((0.0, Event::Own(OllamaEvent::ThinksSec(0.4))));
    tape.ollama.extend(songs.iter().map(|it| (0.0, Event::Own(OllamaEvent::Judges(it.judgement())))));
    tape
}
