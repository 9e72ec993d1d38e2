//! Which services would answer, and what helps where one does not: for people who look before a show, with `vj doctor`. Asked
//! as the worker asks, without a question that costs anything.

use std::rc::Rc;

use vj_core::settings::Settings;
use vj_env::Clock;
use vj_lyrics::analysis::{ModelError, choose_model};
use vj_lyrics::limits::LRCLIB_ANSWER_BYTES_MAX;
use vj_lyrics::matching::Candidate;

use super::analyst::{Analyst, Api, Unlisted};
use super::ask::{ask, get};
use super::keys::{Config, Provider};
use super::limits::PROBE_TIMEOUT;
use super::painter::Painter;
use super::services::Services;
use super::url::url;
use super::worker::Outside;
use crate::ports::Web;

/// What helps where Ollama has no model: small, and the first that the worker chooses.
const PULL: &str = "`ollama pull llama3.2`";

/// How a service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// `lrclib`, `ollama`, `openai` or `comfyui`.
    pub service: &'static str,
    /// What was found.
    pub found: String,
    /// What helps; none: it is as it should be.
    pub fix: Option<String>,
}

impl Look {
    fn fine(service: &'static str, found: impl Into<String>) -> Self {
        Self { service, found: found.into(), fix: None }
    }

    fn note(service: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { service, found: found.into(), fix: Some(fix.into()) }
    }
}

/// Looks at all services that these settings would use, at the same time and for three seconds at most. LRCLIB is left in
/// peace unless `asks_lrclib`: it may want its rest.
pub async fn look_at_services(
    outside: &Outside,
    clock: &Clock,
    settings: &Settings,
    asks_lrclib: bool,
) -> Vec<Look> {
    let config = Config::of(settings);
    let Outside { web, read_file, openai_key, .. } = outside.clone();
    let services = Rc::<Services>::default();
    let painter = Painter::new(web.clone(), clock.clone(), read_file, services.clone());
    let has_key = openai_key.is_some();
    let analyst = Analyst::new(web.clone(), clock.clone(), openai_key, services);
    let looks = tokio::join!(
        async { if asks_lrclib { vec![lrclib(&*web, clock, &config).await] } else { Vec::new() } },
        ollama(&analyst, &config, has_key),
        openai(&analyst, &config, has_key),
        comfyui(&painter, clock, &config),
    );
    [looks.0, looks.1, looks.2, looks.3].concat()
}

/// Asks for one track by its number, which costs the service next to nothing. It may know it or not.
async fn lrclib(web: &dyn Web, clock: &Clock, config: &Config) -> Look {
    const WHAT: &str = "lrclib";
    let began = clock.now();
    let request = get(url(&config.lrclib, "/api/get/1", &[]), PROBE_TIMEOUT, LRCLIB_ANSWER_BYTES_MAX);
    let why = match ask(web, clock, request).await {
        Ok(answer) => match (answer.status, Candidate::read(&answer.body)) {
            (200, Ok(_)) => None,
            (404, Err(error)) if error.is_not_found() => None,
            (429, _) => return Look::note(WHAT, "it asks for rest", "lyrics_fetcher keeps to it by itself"),
            (200, Err(error)) => Some(error.to_string()),
            (status, _) => Some(format!("it answers with status {status}")),
        },
        Err(failure) => Some(failure.to_string()),
    };
    let took = clock.now().since(began);
    match why {
        None => Look::fine(WHAT, format!("answers within {:.1} s", took.as_secs_f64())),
        Some(why) => {
            Look::note(WHAT, why, "is this machine online? what is in the cache is shown without it")
        }
    }
}

async fn ollama(analyst: &Analyst, config: &Config, has_key: bool) -> Vec<Look> {
    const WHAT: &str = "ollama";
    if !matches!(config.provider, Provider::Auto | Provider::Ollama) {
        return Vec::new();
    }
    let chosen = analyst.models(Api::Ollama, config).await.map_err(|why| (why.to_string(), None));
    let chosen = chosen.and_then(|models| {
        let model = choose_model(&models, Some(&config.ollama_model)).map(str::to_owned);
        model.map_err(|error| (error.to_string(), Some(error)))
    });
    let is_auto = config.provider == Provider::Auto;
    vec![match chosen {
        Ok(model) => Look::fine(WHAT, format!("would ask {model}")),
        Err((why, _)) if is_auto && has_openai(config, has_key) => {
            Look::fine(WHAT, format!("{why}: the OpenAI-compatible server is asked instead"))
        }
        Err((why, Some(ModelError::NotInstalled(model)))) => Look::note(
            WHAT,
            why,
            format!("`ollama pull {model}`, or name another one in lyrics_fetcher.ollama_model"),
        ),
        Err((why, Some(ModelError::NoneInstalled))) => Look::note(WHAT, why, PULL),
        Err((why, None)) => {
            let or = if is_auto { ", or set OPENAI_API_KEY" } else { "" };
            let fix = format!(
                "install Ollama (https://ollama.com) and {PULL}{or}; till then the words alone say what a song is about"
            );
            Look::note(WHAT, why, fix)
        }
    }]
}

async fn openai(analyst: &Analyst, config: &Config, has_key: bool) -> Vec<Look> {
    const WHAT: &str = "openai";
    let is_auto = config.provider == Provider::Auto;
    let is_asked = config.provider == Provider::OpenAi || is_auto && has_openai(config, has_key);
    if !is_asked {
        return Vec::new();
    }
    if !has_openai(config, has_key) {
        let fix = "set OPENAI_API_KEY, or name a server that needs none in lyrics_fetcher.openai_base_url";
        return vec![Look::note(WHAT, "there is no key for it", fix)];
    }
    let wanted = &config.openai_model;
    let would = |model: &str| {
        let when = if is_auto { " where Ollama does not answer" } else { "" };
        Look::fine(WHAT, format!("would ask {model}{when}"))
    };
    vec![match analyst.models(Api::OpenAi, config).await {
        Ok(models) => match choose_model(&models, Some(wanted)) {
            Ok(model) => would(model),
            Err(error) => {
                Look::note(WHAT, error.to_string(), "name one of its models in lyrics_fetcher.openai_model")
            }
        },
        // It need not tell which models it has: the worker does not ask for them either then.
        Err(Unlisted::Status(404 | 405)) if !wanted.is_empty() => would(wanted),
        Err(Unlisted::Status(401 | 403)) => {
            Look::note(WHAT, "it wants another key", "set OPENAI_API_KEY to one that it knows")
        }
        Err(why) => Look::note(WHAT, why.to_string(), "is it there? see lyrics_fetcher.openai_base_url"),
    }]
}

fn has_openai(config: &Config, has_key: bool) -> bool {
    has_key || config.is_openai_elsewhere()
}

/// The server and the workflow: the one may be there without the other.
async fn comfyui(painter: &Painter, clock: &Clock, config: &Config) -> Vec<Look> {
    const WHAT: &str = "comfyui";
    if !config.paints {
        return Vec::new();
    }
    // A disk may hang, too.
    let read = clock.timeout(PROBE_TIMEOUT, painter.workflow(config, "", ""));
    let (server, workflow) = tokio::join!(painter.look(config), read);
    let workflow = workflow.unwrap_or_else(|_| Err(format!("{} cannot be read in time", config.workflow)));
    let is_own = !config.workflow.is_empty();
    let mut looks = Vec::new();
    match &server {
        Ok(()) if workflow.is_ok() => looks.push(Look::fine(WHAT, "answers, and has a workflow")),
        Ok(()) => {}
        Err(why) => looks.push(Look::note(
            WHAT,
            why.as_str(),
            "start ComfyUI, or set lyrics_fetcher.comfyui_base_url; till then no images are made",
        )),
    }
    match workflow {
        Err(why) if is_own => {
            let fix = "export it in ComfyUI (Workflow, Export (API)), and name it in lyrics_fetcher.comfyui_workflow";
            looks.push(Look::note(WHAT, why, fix));
        }
        Err(why) if server.is_ok() => {
            looks.push(Look::note(WHAT, why, "put a checkpoint into ComfyUI's folder models/checkpoints"));
        }
        _ => {}
    }
    looks
}
