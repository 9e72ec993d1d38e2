//! A language model, asked what a song is about. It may be slow, dead, or talk nonsense: nothing waits for it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use vj_core::At;
use vj_core::playback::Track;
use vj_env::Clock;
use vj_lyrics::analysis::{
    Analysis, Question, Rung, Setback, choose_model, ollama_chat, openai_chat, read_models, read_ollama,
    read_openai,
};
use vj_lyrics::limits::ANSWER_BYTES_MAX;
use vj_lyrics::lrc::Lyrics;
use vj_lyrics::song::{AnalysisKey, SongKey};

use super::ask::{Secret, ask, get, post};
use super::cache::{Cache, Entry};
use super::keys::{Config, Provider};
use super::limits::{BACKOFF_MAX, BUSY_TRIES, BUSY_WAIT, MODEL_TIMEOUT, PROBE_TIMEOUT, REFUSED_FOR};
use super::services::Services;
use super::url::url;
use crate::ports::{Web, WebAnswer, WebFailure, WebRequest};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Api {
    Ollama,
    OpenAi,
}

impl Api {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ollama => "ollama",
            Self::OpenAi => "openai",
        }
    }
}

/// Who is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mind {
    api: Api,
    base: String,
    model: String,
}

/// Why a server's models are not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unlisted {
    #[error(transparent)]
    Silent(#[from] WebFailure),
    #[error("it answers with status {0}")]
    Status(u16),
    #[error("it does not name its models")]
    Unnamed,
}

/// What has been learnt about a server.
#[derive(Debug, Clone, Default)]
struct Manners {
    rung: Rung,
    is_bare: bool,
    /// It is left in peace until then, and why.
    held: Option<(At, String)>,
}

/// What is to be analysed.
pub(super) struct Task {
    pub(super) config: Config,
    pub(super) key: SongKey,
    pub(super) track: Track,
    pub(super) lyrics: Lyrics,
    pub(super) cache: Cache,
}

/// How it ended.
pub(super) struct Analysed {
    /// What was found and by whom, or why nothing was.
    pub(super) result: Result<(Analysis, String), String>,
    pub(super) is_from_cache: bool,
    /// To be kept.
    pub(super) entry: Option<Entry>,
}

/// Asks models.
pub(super) struct Analyst {
    web: Rc<dyn Web>,
    clock: Clock,
    key: Option<Secret>,
    services: Rc<Services>,
    manners: RefCell<BTreeMap<String, Manners>>,
}

impl Analyst {
    pub(super) fn new(web: Rc<dyn Web>, clock: Clock, key: Option<Secret>, services: Rc<Services>) -> Self {
        Self { web, clock, key, services, manners: RefCell::default() }
    }

    /// Looks who would be asked, for people.
    pub(super) async fn look(&self, config: &Config) {
        let _ = self.find(config).await;
    }

    pub(super) async fn analyse(&self, task: Task) -> Analysed {
        let nothing = |why: String| Analysed { result: Err(why), is_from_cache: false, entry: None };
        let mind = match self.find(&task.config).await {
            Ok(mind) => mind,
            Err(why) => return nothing(why),
        };
        let lines = task.lyrics.texts();
        let Track { artist, title, .. } = &task.track;
        let categories = task.config.category_names();
        let question = Question { artist, title, lines: &lines, categories };
        let key = AnalysisKey::new(&task.key, mind.api.as_str(), &mind.model, categories);
        let by = mind.model.clone();
        if let Some(answer) = task.cache.analysis(&key).await
            && let Ok(analysis) = Analysis::read(&answer, &question)
        {
            return Analysed { result: Ok((analysis, by)), is_from_cache: true, entry: None };
        }
        let answered = self.ask_mind(&mind, &question).await;
        let read = answered.and_then(|answer| {
            let analysis = Analysis::read(&answer, &question).map_err(|error| error.to_string())?;
            Ok((analysis, answer))
        });
        match read {
            Ok((analysis, answer)) => {
                let entry = Some(task.cache.analysis_entry(&key, &task.track, &answer));
                Analysed { result: Ok((analysis, by)), is_from_cache: false, entry }
            }
            Err(why) => nothing(format!("{}: {why}", mind.api.as_str())),
        }
    }

    /// Who is asked, by the settings and by who is there.
    async fn find(&self, config: &Config) -> Result<Mind, String> {
        let has_openai = self.key.is_some() || config.is_openai_elsewhere();
        match config.provider {
            Provider::None => Err("no model is to be asked".to_owned()),
            Provider::Ollama => self.find_ollama(config).await,
            Provider::OpenAi => self.find_openai(config).await,
            Provider::Auto => match self.find_ollama(config).await {
                Err(_) if has_openai => self.find_openai(config).await,
                found => found,
            },
        }
    }

    async fn find_ollama(&self, config: &Config) -> Result<Mind, String> {
        let listed = self.models(Api::Ollama, config).await;
        self.found(Api::Ollama, config.ollama.clone(), listed, &config.ollama_model)
    }

    async fn find_openai(&self, config: &Config) -> Result<Mind, String> {
        let base = config.openai.clone();
        if !config.openai_model.is_empty() {
            // Whether it is there is seen when it is asked: a list costs a question, too.
            let model = config.openai_model.clone();
            self.services.answers("openai", format!("{model}, not asked yet"));
            return Ok(Mind { api: Api::OpenAi, base, model });
        }
        let listed = self.models(Api::OpenAi, config).await;
        self.found(Api::OpenAi, base, listed, "")
    }

    fn found(
        &self,
        api: Api,
        base: String,
        listed: Result<Vec<String>, Unlisted>,
        wanted: &str,
    ) -> Result<Mind, String> {
        let chosen = listed.map_err(|why| why.to_string()).and_then(|models| {
            choose_model(&models, Some(wanted)).map(str::to_owned).map_err(|error| error.to_string())
        });
        match chosen {
            Ok(model) => {
                self.services.answers(api.as_str(), model.clone());
                Ok(Mind { api, base, model })
            }
            Err(why) => {
                self.services.is_silent(api.as_str(), why.clone());
                Err(format!("{}: {why}", api.as_str()))
            }
        }
    }

    /// Which models a server has.
    pub(super) async fn models(&self, api: Api, config: &Config) -> Result<Vec<String>, Unlisted> {
        let place = match api {
            Api::Ollama => url(&config.ollama, "/api/tags", &[]),
            Api::OpenAi => url(&config.openai, "/models", &[]),
        };
        let request = self.signed(api, get(place, PROBE_TIMEOUT, ANSWER_BYTES_MAX));
        let answer = ask(&*self.web, &self.clock, request).await?;
        match answer.status {
            200 => read_models(&answer.body).ok_or(Unlisted::Unnamed),
            status => Err(Unlisted::Status(status)),
        }
    }

    /// One answer, a rung down for each refusal of its form.
    async fn ask_mind(&self, mind: &Mind, question: &Question<'_>) -> Result<String, String> {
        let mut manners = self.manners.borrow().get(&mind.base).cloned().unwrap_or_default();
        if let Some((until, why)) = manners.held.take()
            && until > self.clock.now()
        {
            return Err(why);
        }
        let mut busy = 0;
        loop {
            let answer = self.put(mind, question, &manners).await?;
            if answer.status == 200 {
                self.learn(mind, &manners);
                self.services.answers(mind.api.as_str(), mind.model.clone());
                let read = match mind.api {
                    Api::Ollama => read_ollama(&answer.body),
                    Api::OpenAi => read_openai(&answer.body),
                };
                return read.map_err(|error| error.to_string());
            }
            match Setback::read(answer.status, &answer.body) {
                Setback::Parameter if mind.api == Api::OpenAi && !manners.is_bare => manners.is_bare = true,
                Setback::Format | Setback::Parameter => {
                    let Some(rung) = manners.rung.down() else {
                        return Err("it refuses every form of the question".to_owned());
                    };
                    manners.rung = rung;
                    self.learn(mind, &manners);
                }
                Setback::Busy => {
                    busy += 1;
                    if busy >= BUSY_TRIES {
                        return Err("it is too busy".to_owned());
                    }
                    self.clock.sleep(answer.retry_after.unwrap_or(BUSY_WAIT).min(BACKOFF_MAX)).await;
                }
                Setback::Quota => return Err(self.hold(mind, manners, "its account is used up")),
                Setback::SignIn => return Err(self.hold(mind, manners, "it wants another key")),
                Setback::Model => return Err(format!("it has no model {}", mind.model)),
                Setback::TooLong => return Err("the song is too long for it".to_owned()),
                Setback::Other => return Err(format!("it answers with status {}", answer.status)),
            }
        }
    }

    async fn put(
        &self,
        mind: &Mind,
        question: &Question<'_>,
        manners: &Manners,
    ) -> Result<WebAnswer, String> {
        let (path, body) = match mind.api {
            Api::Ollama => ("/api/chat", ollama_chat(question, &mind.model, manners.rung)),
            Api::OpenAi => {
                ("/chat/completions", openai_chat(question, &mind.model, manners.rung, manners.is_bare))
            }
        };
        let request = post(url(&mind.base, path, &[]), &body, MODEL_TIMEOUT, ANSWER_BYTES_MAX);
        let answer = ask(&*self.web, &self.clock, self.signed(mind.api, request)).await;
        answer.map_err(|failure| {
            self.services.is_silent(mind.api.as_str(), failure.to_string());
            failure.to_string()
        })
    }

    fn signed(&self, api: Api, mut request: WebRequest) -> WebRequest {
        if let Some(key) = self.key.as_ref().filter(|_| api == Api::OpenAi) {
            request.headers.push(("Authorization", key.bearer()));
        }
        request
    }

    fn learn(&self, mind: &Mind, manners: &Manners) {
        self.manners.borrow_mut().insert(mind.base.clone(), manners.clone());
    }

    fn hold(&self, mind: &Mind, mut manners: Manners, why: &str) -> String {
        manners.held = Some((self.clock.now() + REFUSED_FOR, why.to_owned()));
        self.learn(mind, &manners);
        self.services.is_silent(mind.api.as_str(), why);
        why.to_owned()
    }

    /// Other settings: whoever was left in peace is asked again.
    pub(super) fn forget(&self) {
        self.manners.borrow_mut().clear();
    }
}
