//! A sound file on the machine's default output, at the place and the speed that somebody else sets: so that whoever rehearses
//! hears what the visuals see.
//!
//! It is played at the speed as a turntable would: faster is higher. What is heard is kept within a tenth of a second of the place
//! that is set; where it is further away, as after a jump, it jumps.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{FromSample, SampleFormat, SizedSample, Stream, StreamConfig};
use rtrb::{Producer, RingBuffer};
use vj_env::real::monotonic_nanos;
use vj_workers::ports::{AudioBackend, SoundFile};

use crate::FileBackend;

/// Sound that is ready for the device: what a jump may be late by, and what the machine may be busy for.
const AHEAD_SEC: f64 = 0.15;

/// Further away than this it jumps rather than to play on at the wrong place.
const OFF_MAX_SEC: f64 = 0.1;

/// Between two looks at what is wanted.
const LOOK: Duration = Duration::from_millis(10);

/// Frames that are read at a time.
const READ_FRAMES: usize = 1_024;

/// A file that is heard. Dropping it ends the sound.
pub struct Speaker {
    shared: Arc<Shared>,
}

struct Shared {
    wanted: Mutex<Wanted>,
    changed: Condvar,
    /// Why nothing is heard any more.
    failure: Mutex<Option<String>>,
    /// The callback throws away what is ready, and has done so.
    must_flush: AtomicBool,
    /// Frames that the device has been given of the file.
    heard: AtomicU64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Wanted {
    position_sec: f64,
    /// When that was the place.
    at_nanos: u64,
    /// 0 = it stands still.
    speed: f64,
    is_closed: bool,
}

impl Wanted {
    fn now_sec(&self) -> f64 {
        let since = monotonic_nanos().saturating_sub(self.at_nanos) as f64 / 1e9;
        self.position_sec + since * self.speed
    }
}

impl Speaker {
    /// Opens a file; nothing is heard before a place is set.
    ///
    /// # Errors
    /// Why it cannot be heard: the file, or the machine's output.
    pub fn open(path: &Path) -> Result<Self, String> {
        let wanted = Wanted { position_sec: 0.0, at_nanos: monotonic_nanos(), speed: 0.0, is_closed: false };
        let (changed, failure, must_flush, heard) = Default::default();
        let shared = Arc::new(Shared { wanted: Mutex::new(wanted), changed, failure, must_flush, heard });
        let (told, opened) = std::sync::mpsc::channel();
        let (kept, path) = (shared.clone(), path.to_owned());
        // The stream of some systems must stay with its thread.
        thread::spawn(move || match Feeder::open(&path, &kept) {
            Ok((feeder, stream)) => {
                let _ = told.send(Ok(()));
                feeder.run();
                drop(stream);
            }
            Err(why) => {
                let _ = told.send(Err(why));
            }
        });
        opened.recv().unwrap_or_else(|_| Err("the output's thread ended".to_owned()))?;
        Ok(Self { shared })
    }

    /// The sound is here now, and goes on at this speed; 0 = it stands still.
    pub fn follow(&self, position_sec: f64, speed: f64) {
        let at_nanos = monotonic_nanos();
        *locked(&self.shared.wanted) = Wanted { position_sec, at_nanos, speed, is_closed: false };
        self.shared.changed.notify_one();
    }

    /// Why nothing is heard any more, if that is so.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        locked(&self.shared.failure).clone()
    }
}

impl Drop for Speaker {
    fn drop(&mut self) {
        locked(&self.shared.wanted).is_closed = true;
        self.shared.changed.notify_one();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads the file ahead of the device.
struct Feeder {
    shared: Arc<Shared>,
    file: Box<dyn SoundFile>,
    path: PathBuf,
    ring: Producer<f32>,
    /// Of the device.
    rate_hz: f64,
    channels: usize,
    /// The file's frames from `first` on, interleaved.
    frames: Vec<f32>,
    first: u64,
    /// The next place to be played, in frames of the file.
    place: f64,
    /// Frames given to the ring since the last jump, and those heard by then.
    given: u64,
    heard_before: u64,
    has_ended: bool,
}

impl Feeder {
    fn open(path: &Path, shared: &Arc<Shared>) -> Result<(Self, Stream), String> {
        let file = FileBackend::new().open_file(path).map_err(|error| error.to_string())?;
        let device =
            cpal::default_host().default_output_device().ok_or("this machine has no audio output")?;
        let config = device.default_output_config().map_err(|error| format!("the audio output: {error}"))?;
        let (rate_hz, channels) = (f64::from(config.sample_rate()), usize::from(config.channels()));
        let (ring, ready) = RingBuffer::new((AHEAD_SEC * rate_hz) as usize * channels);
        let plain = config.config();
        let stream = match config.sample_format() {
            SampleFormat::F32 => stream::<f32>(&device, plain, ready, shared),
            SampleFormat::I16 => stream::<i16>(&device, plain, ready, shared),
            SampleFormat::I32 => stream::<i32>(&device, plain, ready, shared),
            other => Err(format!("it takes samples of {other} only")),
        };
        let stream = stream.map_err(|why| format!("the audio output cannot be opened: {why}"))?;
        stream.play().map_err(|error| format!("the audio output: {error}"))?;
        let (frames, path, shared) = (Vec::new(), path.to_owned(), shared.clone());
        let feeder = Self {
            shared,
            file,
            path,
            ring,
            rate_hz,
            channels,
            frames,
            first: 0,
            place: 0.0,
            given: 0,
            heard_before: 0,
            has_ended: false,
        };
        Ok((feeder, stream))
    }

    fn run(mut self) {
        loop {
            let wanted = {
                let wanted = locked(&self.shared.wanted);
                let waited = self.shared.changed.wait_timeout(wanted, LOOK);
                *waited.unwrap_or_else(PoisonError::into_inner).0
            };
            if wanted.is_closed {
                return;
            }
            if let Err(why) = self.turn(wanted) {
                *locked(&self.shared.failure) = Some(format!("{}: {why}", self.path.display()));
                return;
            }
        }
    }

    fn turn(&mut self, wanted: Wanted) -> Result<(), String> {
        if self.shared.must_flush.load(Ordering::Acquire) {
            // The device has not yet thrown away what was ready before the jump.
            return Ok(());
        }
        let rate_hz = f64::from(self.file.format().sample_rate_hz);
        if wanted.speed == 0.0 {
            if self.given > 0 {
                self.jump(wanted.position_sec * rate_hz);
            }
            return Ok(());
        }
        let ratio = rate_hz / self.rate_hz * wanted.speed;
        let ready = self.given.saturating_sub(self.shared.heard.load(Ordering::Acquire) - self.heard_before);
        let heard = self.place - ready as f64 * ratio;
        if (heard / rate_hz - wanted.now_sec()).abs() > OFF_MAX_SEC * wanted.speed.max(1.0)
            && !self.is_over(wanted)
        {
            // It is heard once what is ready is through.
            self.jump(wanted.now_sec() * rate_hz);
            return Ok(());
        }
        self.fill(ratio)
    }

    /// Beyond the end there is nothing to jump to.
    fn is_over(&self, wanted: Wanted) -> bool {
        let format = self.file.format();
        let length = format.frames.map(|frames| frames as f64 / f64::from(format.sample_rate_hz));
        self.has_ended && length.is_none_or(|length| wanted.now_sec() >= length - OFF_MAX_SEC)
    }

    fn jump(&mut self, place: f64) {
        self.shared.must_flush.store(true, Ordering::Release);
        self.place = place.max(0.0);
        self.frames.clear();
        self.first = self.place as u64;
        // What cannot be read is told when it is read.
        let _ = self.file.seek(self.first);
        self.has_ended = false;
        self.heard_before = self.shared.heard.load(Ordering::Acquire);
        self.given = 0;
    }

    fn fill(&mut self, ratio: f64) -> Result<(), String> {
        let channels = usize::from(self.file.format().channels);
        while self.ring.slots() >= self.channels {
            let at = (self.place - self.first as f64).max(0.0);
            let index = at as usize;
            while self.frames.len() < (index + 2) * channels {
                if self.has_ended || !self.read()? {
                    return Ok(());
                }
            }
            let share = (at - index as f64) as f32;
            let sample = |channel: usize| {
                let channel = channel.min(channels - 1);
                let (here, next) =
                    (self.frames[index * channels + channel], self.frames[(index + 1) * channels + channel]);
                here + (next - here) * share
            };
            for channel in 0..self.channels {
                // There is room: it was looked for above.
                let _ = self.ring.push(sample(channel));
            }
            self.place += ratio;
            self.given += 1;
            if index > READ_FRAMES {
                self.frames.drain(..index * channels);
                self.first += index as u64;
            }
        }
        Ok(())
    }

    /// Reads on; false at the end.
    fn read(&mut self) -> Result<bool, String> {
        let read = self.file.read(READ_FRAMES, &mut self.frames).map_err(|error| error.to_string())?;
        self.has_ended = read == 0;
        Ok(read > 0)
    }
}

fn stream<T: SizedSample + FromSample<f32>>(
    device: &cpal::Device,
    config: StreamConfig,
    mut ready: rtrb::Consumer<f32>,
    shared: &Arc<Shared>,
) -> Result<Stream, String> {
    let channels = usize::from(config.channels);
    let (fed, failed) = (shared.clone(), shared.clone());
    let built = device.build_output_stream(
        config,
        move |out: &mut [T], _| {
            if fed.must_flush.load(Ordering::Acquire) {
                while ready.pop().is_ok() {}
                fed.must_flush.store(false, Ordering::Release);
            }
            let mut frames = 0;
            for frame in out.chunks_mut(channels) {
                let is_there = ready.slots() >= channels;
                frames += u64::from(is_there);
                for sample in frame {
                    // Nothing is ready: silence, which is what a pause is.
                    let value = if is_there { ready.pop().unwrap_or_default() } else { 0.0 };
                    *sample = T::from_sample(value);
                }
            }
            fed.heard.fetch_add(frames, Ordering::AcqRel);
        },
        move |error| {
            if !matches!(error.kind(), cpal::ErrorKind::Xrun | cpal::ErrorKind::RealtimeDenied) {
                *locked(&failed.failure) = Some(format!("the audio output failed: {error}"));
            }
        },
        None,
    );
    built.map_err(|error| error.to_string())
}
