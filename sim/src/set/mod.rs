//! A set: what is played in a rehearsal.
//!
//! A folder with `set.toml`, or a bare sound file (beside which may lie a `.cue` and a `.lrc` of the same name). In a folder may
//! lie `playback.jsonl`, what Spotify and VirtualDJ do (a [`PlaybackTape`](crate::playback_tape::PlaybackTape)),
//! `services.jsonl`, what LRCLIB, models and painters answer (a [`ServicesTape`](crate::services::ServicesTape)), `osc.jsonl`,
//! what the visuals must get, and `truth.json`. `set.toml`, format 2:
//!
//! ```toml
//! format = 2
//! title = "First night"
//! date = "2026-11-27T21:04:00+01:00"
//! vj = "0.1.0"               # which vj has recorded it
//! audio = "audio.wav"        # beside set.toml
//! audio_at = 0.0             # when the sound begins, in seconds of the other files
//! length_sec = 136.0         # what lies after it is not compared
//! seed = 1                   # from which everything random is drawn
//!
//! [config.audio_analyzer]    # settings that differ from the defaults
//! enable_pitch = false
//!
//! [compare]                  # how much of osc.jsonl may come otherwise
//! time_sec = 0.05
//!
//! [[faults]]                 # what breaks on the way
//! at = 50.0                  # seconds of the show
//! kind = "kill"
//! target = "audio_analyzer"
//! ```
//!
//! Format 1 has no `date`, `vj`, `audio_at`, `length_sec` and `[compare]`; it is still read.

mod bare;
mod cue;
mod faults;
mod file;
mod opened;
mod settings;
#[cfg(test)]
mod tests;

pub use bare::{SoundFacts, by_name, is_synced, lyrics};
pub use cue::{CueSheet, CueTrack};
pub use faults::{faults_toml, read_faults};
pub(crate) use file::in_one_line;
pub use opened::{Set, SetError};
pub(crate) use settings::{known, ours, table};
