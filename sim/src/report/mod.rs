//! The report of a run: what the visuals would have got, what the processes lived through, and what fell short.
//!
//! - [`Summary`] is `report.json`: made from the history and the OSC log alone, so the same run gives the same bytes.
//! - [`html()`] is `report.html`: one file that needs no network; a timeline drawn by a script, and every figure in plain
//!   tables for those who have none.
//! - [`write()`] puts both into a folder, with the two logs beside them.

mod agreement;
mod chronicle;
mod escape;
mod files;
mod html;
mod json;
mod levels;
mod lives;
mod log_lines;
mod meta;
mod music;
mod outages;
mod playing;
mod pulse;
mod rates;
mod shortfalls;
mod song_ear;
mod song_page;
mod song_tables;
mod songs;
mod summary;
mod table;
mod tables;
mod telemetry;
mod tiles;
mod units;

pub use agreement::Agreement;
pub(crate) use escape::html_text;
pub use files::{ReportError, write};
pub use html::html;
pub use levels::{BANDS, Levels};
pub use lives::{HealthSpan, Life, Process};
pub use log_lines::{LogLine, LogLines};
pub use meta::{ReportMeta, Truth, TruthSection, TruthTrack};
pub use music::{Music, Section, SectionKind};
pub use outages::{Fault, Outage};
pub use playing::Playing;
pub use songs::{Image, Mood, Shown, ShownSpan, Song, SongLine, TimedText};
pub use summary::{Figures, Summary};
pub use telemetry::{AddressRate, Gap, Telemetry};

#[cfg(test)]
mod samples;
