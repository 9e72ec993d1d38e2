//! What a sound file says of itself.

use std::path::Path;

use vj_adapters::{FileBackend, Tags};
use vj_sim::set::SoundFacts;
use vj_workers::ports::AudioBackend;

/// Its length and its tags, as far as they can be read: a file that cannot be played is told of when it is played.
pub(super) fn facts(path: &Path) -> SoundFacts {
    let format = FileBackend::new().open_file(path).ok().map(|file| file.format());
    let length_sec = format.and_then(|it| Some(it.frames? as f64 / f64::from(it.sample_rate_hz)));
    let Tags { artist, title, album, .. } = Tags::read(path).unwrap_or_default();
    SoundFacts { length_sec, artist, title, album }
}
