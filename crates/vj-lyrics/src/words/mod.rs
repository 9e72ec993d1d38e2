//! Words: how texts are compared, which language they are in, and which of them say nothing.

mod fillers;
mod fold;
mod language;
mod stop_words;

pub(crate) use fillers::is_filler;
pub use fold::fold;
pub(crate) use fold::head;
pub use language::Language;
pub(crate) use stop_words::is_stop_word;
