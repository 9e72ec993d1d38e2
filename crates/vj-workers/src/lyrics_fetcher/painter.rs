//! An image for the song, by ComfyUI. Done means that the file is there.

use std::cell::RefCell;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;

use serde_json::{Value, json};
use vj_core::playback::Track;
use vj_env::{Clock, LocalBoxFuture};

use super::ask::{ask, get, post};
use super::cache::Cache;
use super::keys::Config;
use super::limits::{
    COMFYUI_BYTES_MAX, COMFYUI_TIMEOUT, IMAGE_BYTES_MAX, IMAGE_LOOK, IMAGE_PATIENCE, OUTPUT_LOOKS,
    PROBE_TIMEOUT, WORKFLOW_BYTES_MAX,
};
use super::record::hash;
use super::services::Services;
use super::url::{escaped, url};
use super::workflow;
use crate::ports::{Web, WebRequest};

/// Reads a file that the user named: a workflow.
pub type ReadFile = Rc<dyn Fn(PathBuf) -> LocalBoxFuture<'static, io::Result<Vec<u8>>>>;

/// Looks in a row, a second apart, in which ComfyUI knows nothing of an image: it was started anew, or somebody took it out of
/// the queue. Between queue and history there is a moment in which it stands in neither.
const FORGOTTEN_LOOKS: u32 = 5;

/// What is to be painted.
pub(super) struct Painting {
    pub(super) config: Config,
    /// By song and prompt.
    pub(super) key: String,
    pub(super) track: Track,
    pub(super) prompt: String,
    pub(super) cache: Cache,
}

/// What ComfyUI works at for us.
#[derive(Clone)]
struct UnderWay {
    base: String,
    id: String,
}

/// Asks ComfyUI.
pub(super) struct Painter {
    web: Rc<dyn Web>,
    clock: Clock,
    read_file: ReadFile,
    services: Rc<Services>,
    under_way: RefCell<Option<UnderWay>>,
}

impl Painter {
    pub(super) fn new(web: Rc<dyn Web>, clock: Clock, read_file: ReadFile, services: Rc<Services>) -> Self {
        Self { web, clock, read_file, services, under_way: RefCell::default() }
    }

    /// The file of the image, below the cache.
    pub(super) async fn paint(&self, painting: Painting) -> Result<String, String> {
        if let Some(file) = painting.cache.image(&painting.key).await {
            return Ok(file);
        }
        let base = &painting.config.comfyui;
        let workflow = self.workflow(&painting.config, &painting.key, &painting.prompt).await?;
        let body = json!({"prompt": workflow, "client_id": "vj"});
        let answer =
            self.ask(post(url(base, "/prompt", &[]), &body, COMFYUI_TIMEOUT, COMFYUI_BYTES_MAX)).await?;
        let id = answer["prompt_id"].as_str().ok_or("it does not say which job it is")?.to_owned();
        self.services.answers("comfyui", "");
        *self.under_way.borrow_mut() = Some(UnderWay { base: base.clone(), id: id.clone() });
        let made = self.wait(base, &id).await;
        // What is not ours any more is not taken back either.
        self.under_way.borrow_mut().take();
        let bytes = self.fetch(base, &made?).await?;
        let cache = &painting.cache;
        let (file, entries) = cache
            .image_entries(&painting.key, &painting.track, bytes)
            .ok_or("what it made is no image that can be shown")?;
        for entry in &entries {
            cache.keep(entry).await.map_err(|error| format!("failed to keep the image: {error}"))?;
        }
        Ok(file)
    }

    /// Takes back what is under way for us, and nothing else: the queue is the user's, too.
    pub(super) fn take_back(self: Rc<Self>) -> Option<LocalBoxFuture<'static, ()>> {
        let UnderWay { base, id } = self.under_way.borrow_mut().take()?;
        Some(Box::pin(async move {
            let ours = json!({"delete": [id]});
            let request = post(url(&base, "/queue", &[]), &ours, PROBE_TIMEOUT, COMFYUI_BYTES_MAX);
            let _ = ask(&*self.web, &self.clock, request).await;
            let queue = self.ask(get(url(&base, "/queue", &[]), PROBE_TIMEOUT, COMFYUI_BYTES_MAX)).await;
            if queue.is_ok_and(|queue| is_listed(&queue["queue_running"], &id)) {
                let ours = json!({"prompt_id": id});
                let request = post(url(&base, "/interrupt", &[]), &ours, PROBE_TIMEOUT, COMFYUI_BYTES_MAX);
                let _ = ask(&*self.web, &self.clock, request).await;
            }
        }))
    }

    /// Whether it is there, for people.
    pub(super) async fn look(&self, config: &Config) -> Result<(), String> {
        let place = url(&config.comfyui, "/system_stats", &[]);
        self.ask(get(place, PROBE_TIMEOUT, COMFYUI_BYTES_MAX)).await.map(|_| ())
    }

    /// What it would be told to do.
    pub(super) async fn workflow(&self, config: &Config, key: &str, prompt: &str) -> Result<Value, String> {
        let Config { comfyui, workflow: path, .. } = config;
        let workflow = if path.is_empty() {
            let place = url(comfyui, "/object_info/CheckpointLoaderSimple", &[]);
            let answer = self.ask(get(place, PROBE_TIMEOUT, COMFYUI_BYTES_MAX)).await?;
            let checkpoint = workflow::first_checkpoint(&answer).ok_or("it has no checkpoint")?;
            workflow::simple(&checkpoint)
        } else {
            let bytes = (self.read_file)(path.into()).await.map_err(|error| format!("{path}: {error}"))?;
            if bytes.len() > WORKFLOW_BYTES_MAX {
                return Err(format!("{path} is longer than {WORKFLOW_BYTES_MAX} bytes"));
            }
            serde_json::from_slice(&bytes).map_err(|error| format!("{path}: {error}"))?
        };
        // With the seed of the last time ComfyUI would give the last file; each song and prompt has its own.
        let seed = u64::from_str_radix(&hash(key)[..12], 16).unwrap_or_default();
        workflow::fill(workflow, prompt, seed).map_err(|why| format!("the workflow: {why}"))
    }

    /// Waits for an image: its place there.
    async fn wait(&self, base: &str, id: &str) -> Result<Value, String> {
        let deadline = self.clock.now() + IMAGE_PATIENCE;
        let (mut unknown, mut empty) = (0, 0);
        let place = url(base, &format!("/history/{}", escaped(id)), &[]);
        while self.clock.now() < deadline {
            self.clock.sleep(IMAGE_LOOK).await;
            // It may be too busy to answer; what counts is the deadline.
            let Ok(history) = self.ask(get(place.clone(), PROBE_TIMEOUT, COMFYUI_BYTES_MAX)).await else {
                continue;
            };
            let job = &history[id];
            if job["status"]["status_str"] == "error" {
                return Err("it failed to make the image".to_owned());
            }
            if let Some(image) = image_of(&job["outputs"]) {
                return Ok(image);
            }
            if job.is_object() {
                // The success is written down before the outputs are.
                empty += 1;
                if empty > OUTPUT_LOOKS {
                    return Err("it says that it is done, and there is no image".to_owned());
                }
                continue;
            }
            let queue = self.ask(get(url(base, "/queue", &[]), PROBE_TIMEOUT, COMFYUI_BYTES_MAX)).await;
            let waits = |queue: Value| {
                ["queue_running", "queue_pending"].iter().any(|part| is_listed(&queue[part], id))
            };
            unknown = if queue.is_ok_and(|queue| !waits(queue)) { unknown + 1 } else { 0 };
            if unknown > FORGOTTEN_LOOKS {
                return Err("it does not know of the image any more".to_owned());
            }
        }
        Err(format!("no image within {} s", IMAGE_PATIENCE.as_secs()))
    }

    async fn fetch(&self, base: &str, image: &Value) -> Result<Vec<u8>, String> {
        let text = |name: &str| image[name].as_str().unwrap_or_default();
        let query =
            [("filename", text("filename")), ("subfolder", text("subfolder")), ("type", text("type"))];
        let mut why = String::new();
        for _ in 0..OUTPUT_LOOKS {
            let request = get(url(base, "/view", &query), COMFYUI_TIMEOUT, IMAGE_BYTES_MAX);
            match ask(&*self.web, &self.clock, request).await {
                Ok(answer) if answer.status == 200 => return Ok(answer.body),
                Ok(answer) => why = format!("the image's status is {}", answer.status),
                Err(failure) => why = failure.to_string(),
            }
            self.clock.sleep(IMAGE_LOOK).await;
        }
        Err(why)
    }

    async fn ask(&self, request: WebRequest) -> Result<Value, String> {
        let answer = match ask(&*self.web, &self.clock, request).await {
            Ok(answer) => answer,
            Err(failure) => {
                self.services.is_silent("comfyui", failure.to_string());
                return Err(failure.to_string());
            }
        };
        let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        match answer.status {
            200 if said.is_object() => Ok(said),
            200 => Err("it answers with something else than JSON".to_owned()),
            status => {
                let why = said["error"]["message"].as_str().or_else(|| said["error"].as_str());
                Err(why.map_or_else(
                    || format!("it answers with status {status}"),
                    |why| why.chars().take(200).collect(),
                ))
            }
        }
    }
}

/// Whether a part of the queue holds this job.
fn is_listed(part: &Value, id: &str) -> bool {
    part.as_array().is_some_and(|jobs| jobs.iter().any(|job| job[1] == id))
}

/// The first image in the outputs; one that is only a preview comes last.
fn image_of(outputs: &Value) -> Option<Value> {
    let nodes = outputs.as_object()?;
    let images = nodes.values().filter_map(|node| node["images"].as_array()).flatten();
    let named: Vec<&Value> = images.filter(|image| image["filename"].is_string()).collect();
    named
        .iter()
        .find(|image| image["type"] == "output")
        .or_else(|| named.first())
        .map(|image| (*image).clone())
}
