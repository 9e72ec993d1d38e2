//! What a sound file may be, and how much of it is held, each with its reason, in one place.

use std::ops::RangeInclusive;
use std::time::Duration;

use vj_audio::limits::{SAMPLE_RATE_MAX, SAMPLE_RATE_MIN};

/// Sample rates in Hz that are let through: those that the analyser takes.
pub const SAMPLE_RATES_HZ: RangeInclusive<u32> = SAMPLE_RATE_MIN..=SAMPLE_RATE_MAX;

/// Channels that are let through: what the port promises to the worker.
pub const CHANNELS: RangeInclusive<u16> = 1..=32;

/// Most frames that are decoded in one go. Whoever asks for more gets them in several goes; it bounds the scratch memory.
pub const FRAMES_AT_ONCE: usize = 16_384;

/// A seek in a compressed file lands this many frames early and decodes up to its goal, so that what the codec carries
/// from packet to packet (MP3: bit reservoir, overlap and filter bank, about five packets of 1,152 frames) is as if the file
/// had been read from its start. Ten packets, and a third of a second at most.
pub const PREROLL_FRAMES: u64 = 11_520;

/// Frames that an MP3 may lack against its own count without being called cut off: encoders differ in whether they count the
/// header frame, which is one packet.
pub const MP3_COUNT_SLACK_FRAMES: u64 = 1_152;

/// Bytes of junk that may stand before the first frame of a raw MP3 or AAC stream (after its tags). A longer search would
/// sooner or later find music in a picture.
pub const PROBE_BYTES: u32 = 16_384;

/// Chunks that a WAV may have before its sound. Real ones have fewer than ten; a file of zero-length chunks has millions.
pub const WAV_HEADER_CHUNKS: usize = 1_024;

/// Data sizes from here on in a WAV header that is longer than the file are what recorders write before they know the size
/// (0x7FFFF000 and up: sox, arecord; 0xFFFFFFFF: ffmpeg and most others).
pub const WAV_PLACEHOLDER_BYTES: u64 = 0x7fff_0000;

/// Buffers that are asked of a sound system in a second: 10 ms each. Longer ones are heard as a delay, shorter ones cost
/// more wake-ups than they are worth.
pub const CAPTURE_BUFFERS_PER_SEC: u32 = 100;

/// What is kept of an open input for a worker that is away: who is away for longer wants to hear what is now.
pub const CAPTURE_KEPT: Duration = Duration::from_millis(500);

/// Between two looks of a capture thread at whether it is still wanted, and its device still there.
pub const CAPTURE_LOOK: Duration = Duration::from_millis(250);

/// A sound system that takes longer for an answer hangs. On a machine under full load it takes seconds.
pub const CAPTURE_ANSWERS: Duration = Duration::from_secs(5);

/// Capture threads at a time: the one at work, and some that hang in a sound system which does not come back. Without a limit
/// each further attempt would leave one more.
pub const CAPTURE_THREADS: usize = 8;

/// The longest message that a sound server may send: it has some 4 KB of sound, or a list of its devices.
pub const CAPTURE_MESSAGE_BYTES: usize = 1 << 20;
