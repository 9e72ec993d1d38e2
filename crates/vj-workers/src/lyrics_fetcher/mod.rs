//! `lyrics_fetcher`: the words of the track that plays, and what they say of it.
//!
//! ```text
//! monitors -> Ear -> Core::listen -> Lookup (cache, LRCLIB) -> lines -> Words -> Analyst (a model) -> Painter (an image)
//!                        |                                       |        |         |
//!                        position -> Singing -> active line      +--------+---------+--> Outbox -> visuals
//! ```
//!
//! Every song has a number, and every lookup; what comes of an older one is counted and kept, and never shown. All that takes
//! time is a future in [`jobs`], polled by the worker's own loop: a new song drops what nobody needs any more.
//!
//! - `analyst`: a language model, asked what the song is about.
//! - `ask`: one question by HTTP. `url`: its address.
//! - `cache`: what was found out, kept for ever. `record`: the form of it.
//! - `checkup`: which services would answer, for `vj doctor`.
//! - `core`: the state between two events. `settle`: what is made of what was found. `orders`: commands.
//! - `ear`: what a monitor's player plays, and where.
//! - `jobs`, `work`: what is under way.
//! - `keys`: the settings. `limits`: every limit with its reason.
//! - `lookup`: the lyrics of one song. `lrclib`: the service. `turnstile`: how often it may be asked.
//! - `offsets`: how far single tracks are shifted.
//! - `outbox`: what is still to be told, paced. `singing`: what is active.
//! - `painter`, `workflow`: an image by ComfyUI.
//! - `services`, `steps`, `song`: what is shown in `get_state`.
//! - `tap`: what services were asked and said, for recordings.
//! - `words`: refrain, keywords and mood.

mod analyst;
mod ask;
mod cache;
mod checkup;
mod core;
mod ear;
mod jobs;
mod keys;
mod limits;
mod lookup;
mod lrclib;
mod offsets;
mod orders;
mod outbox;
mod painter;
mod record;
mod services;
mod settle;
mod singing;
mod song;
mod steps;
mod tap;
mod turnstile;
mod url;
mod words;
mod work;
mod worker;
mod workflow;

pub use ask::Secret;
pub use checkup::{Look, look_at_services};
pub use keys::KEYS;
pub use painter::ReadFile;
pub use record::{CacheFile, Record, RecordError, RecordKind};
pub use worker::{LyricsFetcher, Outside};
