//! Lyrics, and the format in which they come with times: LRC.
//!
//! LRC has no standard. What is read here is what stands in LRCLIB and in the files of its contributors: simple LRC
//! (`[mm:ss.xx]text`), several stamps a line, `[offset:]`, ID tags, and the enhanced format of A2 (`<mm:ss.xx>word`).

mod format;
mod line;
mod lyrics;
mod parser;
mod placeholder;
mod stamp;

pub use line::{Line, Word};
pub use lyrics::Lyrics;
