//! What can be wrong with a sound file, in the words that the user reads.

use std::fmt::Display;
use std::path::Path;

use vj_workers::ports::{AudioError, SoundFormat};

use crate::limits::{CHANNELS, SAMPLE_RATES_HZ};

/// The kinds of file that can be played, as every refusal lists them.
const ALLOWED: &str = "WAV, FLAC, MP3, OGG Vorbis, AAC in ADTS or M4A";

/// It is not there, and may come.
pub(super) fn missing(path: &Path) -> AudioError {
    AudioError::Retry(format!("{}: no such file", path.display()))
}

/// It is there and cannot be opened or read at all.
pub(super) fn unreadable(path: &Path, reason: impl Display) -> AudioError {
    AudioError::Fatal(format!("{}: cannot be read: {reason}", path.display()))
}

/// A directory, a device, a pipe.
pub(super) fn not_a_file(path: &Path, what: &str) -> AudioError {
    AudioError::Fatal(format!("{}: is {what}, not a sound file (allowed: {ALLOWED})", path.display()))
}

/// A file, but no sound that we know.
pub(super) fn not_sound(path: &Path) -> AudioError {
    AudioError::Fatal(format!("{}: not a sound file of a known kind (allowed: {ALLOWED})", path.display()))
}

/// Sound of a kind that we have no decoder for.
pub(super) fn unsupported(path: &Path, what: impl Display) -> AudioError {
    AudioError::Fatal(format!("{}: {what} cannot be decoded (allowed: {ALLOWED})", path.display()))
}

/// A container without sound in it, such as a film without its sound track.
pub(super) fn no_audio_track(path: &Path) -> AudioError {
    AudioError::Fatal(format!("{}: has no audio track", path.display()))
}

/// A header that makes no sense.
pub(super) fn bad_header(path: &Path, reason: impl Display) -> AudioError {
    AudioError::Fatal(format!("{}: has a broken header: {reason}", path.display()))
}

/// Broken from `frame` on.
pub(super) fn broken(path: &Path, frame: u64, rate_hz: u32, reason: impl Display) -> AudioError {
    AudioError::Fatal(format!("{}: broken at {:.3} s: {reason}", path.display(), seconds(frame, rate_hz)))
}

/// Ends at `frame` although there should be more: `of` frames, if it says how many.
pub(super) fn cut_off(path: &Path, frame: u64, rate_hz: u32, of: Option<u64>) -> AudioError {
    let at = seconds(frame, rate_hz);
    let rest = of.map(|of| format!(" of {:.3} s", seconds(of, rate_hz))).unwrap_or_default();
    AudioError::Fatal(format!(
        "{}: cut off at {at:.3} s{rest}: the rest of the file is missing",
        path.display()
    ))
}

/// Lets a format through that the worker can take.
pub(super) fn check_format(path: &Path, format: SoundFormat) -> Result<SoundFormat, AudioError> {
    let SoundFormat { sample_rate_hz, channels, .. } = format;
    let (path, rates) = (path.display(), SAMPLE_RATES_HZ);
    if !CHANNELS.contains(&channels) {
        return Err(AudioError::Fatal(format!(
            "{path}: has {channels} channels (allowed: {} to {})",
            CHANNELS.start(),
            CHANNELS.end()
        )));
    }
    if !rates.contains(&sample_rate_hz) {
        return Err(AudioError::Fatal(format!(
            "{path}: has a sample rate of {sample_rate_hz} Hz (allowed: {} to {} Hz)",
            rates.start(),
            rates.end()
        )));
    }
    Ok(format)
}

fn seconds(frame: u64, rate_hz: u32) -> f64 {
    frame as f64 / f64::from(rate_hz.max(1))
}
