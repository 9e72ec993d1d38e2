//! Records a live show into a set folder, from outside: it asks the processes as any client may, and none of them waits for it.
//!
//! - `session`: the recorder, from its beginning to its end.
//! - `follow`: one process: its telemetry, its log, its tape, its deaths.
//! - `notebook`: what is made of all that, and where it is written.
//! - `sound`: where a block of sound belongs on the timeline. `playback`: what players said, as lines. Both pure.
//! - `folder`: the files, `wav`, `lines` and `set_file` each of them.
//!
//! Second 0 of a recording is when it began.

mod folder;
mod follow;
mod lines;
mod notebook;
mod playback;
mod session;
mod set_file;
mod sound;
mod wav;

pub use folder::Folder;
pub use lines::{LineFile, whole_lines};
pub use playback::{Made, PlaybackLines};
pub use session::{Outside, Progress, Title, record};
pub use set_file::SetFile;
pub use sound::{Block, Placed, Timeline};
pub use wav::GrowingWav;
