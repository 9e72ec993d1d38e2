//! What can be known of a song by its words.

pub mod limits;
pub mod lrc;
pub mod refrain;
pub mod timeline;
pub mod words;
