//! What a song is like, by the words that it uses: a score for each category, and the mood that stands out.

mod scores;
mod word_list;

pub use scores::{Categories, DEFAULT_CATEGORIES, is_category_name};
