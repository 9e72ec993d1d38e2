//! What a language model is asked about a song, and how its answer is read. Pure: who sends it is no matter here.
//!
//! - A [`Question`] is two messages. The lyrics, title and artist in it are data by strangers: fenced with a mark
//!   that they cannot contain, each line behind its number, so that nothing in them can look like the end of the data
//!   or like an instruction.
//! - A [`Rung`] says how strictly the form of the answer is asked for; who is refused goes one down.
//! - The answer is not trusted. What the server says around it is read first ([`read_ollama`], [`read_openai`]), then
//!   the first JSON object in it ([`Analysis::read`]): every field may be of another type, everything is clamped,
//!   refrain lines and keywords count only where the song has them. What is beyond that is an error, and the
//!   heuristics stand.

mod envelope;
mod error;
mod model;
mod object;
mod question;
mod reading;
mod request;
mod schema;
mod setback;
mod values;

pub use envelope::{read_ollama, read_openai};
pub use error::AnalysisError;
pub use model::{ModelError, choose_model, read_models};
pub use question::{PROMPT_VERSION, Question};
pub use reading::Analysis;
pub use request::{Rung, ollama_chat, openai_chat};
pub use schema::{SCHEMA_VERSION, schema};
pub use setback::Setback;

#[cfg(test)]
mod tests;
