//! The thread that opens the device, watches it, and opens it again.

use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{BufferSize, Host, Stream, StreamConfig};
use rtrb::{Consumer, RingBuffer};
use vj_workers::ports::{InputState, SoundFormat};

use super::callback::{Callback, Meter};
use super::hosts::{self, Found};
use crate::limits::{CAPTURE_BUFFERS_PER_SEC, CAPTURE_LOOK, CAPTURE_OPENS, CAPTURE_RETRY, CAPTURE_STALLED};

/// What the keeper and the worker share. The callback never touches it.
pub(super) struct Shared {
    pub(super) state: Mutex<InputState>,
    /// The ring of the newest opening, until the worker has fetched it.
    pub(super) ring: Mutex<Option<Consumer<f32>>>,
    pub(super) closing: AtomicBool,
    pub(super) meter: Arc<Meter>,
}

/// A lock that a panicking thread left is as good as any: what it guards is replaced whole.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps the input `name` (or the preferred one, and then that one) open until `closing`.
pub(super) fn keep(name: String, shared: &Arc<Shared>, wake: &UnixStream) {
    let mut keeper = Keeper { name, shared, wake, opening: 0 };
    while !keeper.is_closing() {
        let why = match keeper.open() {
            Ok(opened) => match keeper.watch(&opened) {
                Some(why) => why,
                None => return,
            },
            Err(why) => why,
        };
        keeper.say(InputState::Failed(why));
        thread::park_timeout(CAPTURE_RETRY);
    }
}

struct Keeper<'a> {
    name: String,
    shared: &'a Arc<Shared>,
    wake: &'a UnixStream,
    opening: u64,
}

struct Opened {
    host: Host,
    /// Dropped to close it.
    _stream: Stream,
    /// What the sound system complained of, if it did.
    complaint: Arc<Mutex<Option<String>>>,
}

impl Keeper<'_> {
    fn is_closing(&self) -> bool {
        self.shared.closing.load(Ordering::Acquire)
    }

    fn say(&self, state: InputState) {
        let changed = {
            let mut old = locked(&self.shared.state);
            let changed = *old != state;
            *old = state;
            changed
        };
        if changed {
            let _ = std::io::Write::write(&mut &*self.wake, &[1]);
        }
    }

    fn open(&mut self) -> Result<Opened, String> {
        let host = hosts::host()?;
        let Found { device, config, info } = hosts::pick(hosts::find(&host)?, &self.name)?;
        let SoundFormat { sample_rate_hz, channels, .. } = info.format;
        let failed =
            |error: cpal::Error| format!("the audio input \"{}\" cannot be opened: {error}", info.name);
        let wake = || self.wake.try_clone().map_err(|error| format!("out of descriptors: {error}"));
        let complaint = Arc::new(Mutex::new(None));
        // A second of sound: a worker that is away for longer would not want it any more.
        let capacity = sample_rate_hz as usize * usize::from(channels);
        let build = |buffer_size| -> Result<(Stream, Consumer<f32>), String> {
            let (ring, reader) = RingBuffer::new(capacity);
            let mut callback = Callback::new(ring, self.shared.meter.clone(), wake()?);
            let (heard, keeper) = (complaint.clone(), thread::current());
            let stream = device.build_input_stream_raw(
                StreamConfig { buffer_size, ..config.config() },
                config.sample_format(),
                move |data, _| callback.take(data),
                move |error: cpal::Error| {
                    // An overrun of the system's own is no reason to close.
                    if !matches!(error.kind(), cpal::ErrorKind::Xrun | cpal::ErrorKind::RealtimeDenied) {
                        *locked(&heard) = Some(error.to_string());
                        keeper.unpark();
                    }
                },
                Some(CAPTURE_OPENS),
            );
            Ok((stream.map_err(failed)?, reader))
        };
        let short = BufferSize::Fixed((sample_rate_hz / CAPTURE_BUFFERS_PER_SEC).max(64));
        // Some devices have one size only.
        let (stream, reader) = build(short).or_else(|_| build(BufferSize::Default))?;
        self.opening += 1;
        *locked(&self.shared.ring) = Some(reader);
        stream.play().map_err(failed)?;
        // From now on it is this one and no other.
        self.name.clone_from(&info.name);
        self.say(InputState::Open { device: info.name, format: info.format, opening: self.opening });
        Ok(Opened { host, _stream: stream, complaint })
    }

    /// Stays while sound comes in; why it does not any more, or nothing when it is to close.
    fn watch(&self, opened: &Opened) -> Option<String> {
        let name = &self.name;
        let samples = || self.shared.meter.samples.load(Ordering::Relaxed);
        let (mut last, mut still) = (samples(), Duration::ZERO);
        loop {
            thread::park_timeout(CAPTURE_LOOK);
            if self.is_closing() {
                return None;
            }
            if let Some(complaint) = locked(&opened.complaint).take() {
                return Some(format!("the audio input \"{name}\" failed: {complaint}"));
            }
            let now = samples();
            still = if now == last { still + CAPTURE_LOOK } else { Duration::ZERO };
            last = now;
            if still >= CAPTURE_STALLED {
                return Some(format!("the audio input \"{name}\" delivers nothing any more"));
            }
            // Some sound systems move a stream to another device when its own is unplugged, or go on with zeros, and say
            // nothing. To hear the wrong microphone is worse than to hear nothing.
            match hosts::find(&opened.host) {
                Ok(found) if found.iter().any(|it| it.info.name == *name) => {}
                Ok(_) => return Some(format!("the audio input \"{name}\" is gone: waiting for it")),
                Err(why) => return Some(format!("the sound system is gone: {why}")),
            }
        }
    }
}
