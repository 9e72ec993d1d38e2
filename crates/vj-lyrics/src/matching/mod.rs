//! Which of a service's lyrics are those of the song that plays. A wrong song is never chosen: better no lyrics than
//! those of another one.
//!
//! Titles are taken apart into their core, what says which version it is (live, remix, acoustic: kept apart) and what
//! says nothing (remastered, radio edit); artists into names. Then title, artist, version, length and the lyrics' own
//! times must agree, in this order, and the refusal that is told is that of the candidate that came furthest.

mod album;
mod answer;
mod artist;
mod choice;
mod names;
mod query;
mod title;
mod version;

pub use answer::{AnswerError, Candidate};
pub(crate) use artist::Artist;
pub use choice::{Refusal, SAME_DURATION_SEC, best};
pub(crate) use names::read_names;
pub use query::Query;
pub(crate) use title::Title;

#[cfg(test)]
mod tests;
