//! Fakes of the services that the lyrics worker asks, as nasty as the real ones: LRCLIB, Ollama, an OpenAI-compatible server
//! and ComfyUI. Each plays a tape.
//!
//! - `tape`: what happens when, a line each.
//! - `exchange`: what was asked and said on the night of a recording.
//! - `service`: what all have in common: a tape, outages, limits, answers that break.
//! - `lrclib`, `ollama`, `openai`, `comfyui`: what each knows and answers. Pure: they are told the time.
//! - `model`: a language model, as it reads a question and writes an answer, well or badly.
//! - `web`: the services behind the port of the worker, for virtual time.
//! - `stand_in`: all of them, as a whole show needs them: there, or on ports of this machine.

mod comfyui;
mod exchange;
mod image;
mod lrclib;
mod model;
mod ollama;
mod openai;
mod service;
mod stand_in;
mod tape;
mod web;

pub use comfyui::{ComfyUi, ComfyUiEvent};
pub use exchange::{Answer, Exchange, Question, Said, Silence};
#[cfg(test)]
pub(crate) use image::png;
pub use image::text_of;
pub use lrclib::{Lrclib, LrclibEvent, Record};
pub use model::{Judgement, Style};
pub use ollama::{Ollama, OllamaEvent};
pub use openai::{Forms, OpenAi, OpenAiEvent};
pub use service::{Nature, Seen, Service};
pub use stand_in::{Places, ServicesStandIn};
pub use tape::{Event, ServicesTape, Way, Weather};
pub use web::FakeWeb;
