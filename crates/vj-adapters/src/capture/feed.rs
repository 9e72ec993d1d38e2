//! A capture thread's end of an input.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rtrb::{Consumer, RingBuffer};
use vj_workers::ports::SoundFormat;

use super::callback::{Callback, Meter};
use crate::limits::CAPTURE_KEPT;

/// What the thread and the worker share. The callback never touches the locks.
#[derive(Default)]
pub(super) struct Shared {
    /// Once the device is open, until the worker has fetched it.
    pub(super) opened: Mutex<Option<Opened>>,
    /// Why it is over. Whole before it is seen: nobody waits for it with a lock held.
    pub(super) failure: Mutex<Option<String>>,
    /// The worker does not want it any more.
    pub(super) closed: AtomicBool,
    pub(super) meter: Arc<Meter>,
}

/// An open device, as the worker gets it.
pub(super) struct Opened {
    pub(super) device: String,
    pub(super) format: SoundFormat,
    pub(super) ring: Consumer<f32>,
}

/// A lock that a panicking thread left is as good as any: what it guards is replaced whole.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The thread's end.
pub(super) struct Feed {
    pub(super) shared: Arc<Shared>,
    pub(super) wake: UnixStream,
}

impl Feed {
    /// Whether nobody wants it any more.
    pub(super) fn is_closed(&self) -> bool {
        self.shared.closed.load(Ordering::Acquire)
    }

    /// A callback for sound in this format, and the ring that it fills.
    pub(super) fn callback(&self, format: SoundFormat) -> Result<(Callback, Consumer<f32>), String> {
        let frames = f64::from(format.sample_rate_hz) * CAPTURE_KEPT.as_secs_f64();
        let (ring, reader) = RingBuffer::new(frames as usize * usize::from(format.channels));
        let wake = self.wake.try_clone().map_err(|error| format!("out of descriptors: {error}"))?;
        Ok((Callback::new(ring, self.shared.meter.clone(), wake), reader))
    }

    /// The device is open.
    pub(super) fn opened(&self, device: String, format: SoundFormat, ring: Consumer<f32>) {
        *locked(&self.shared.opened) = Some(Opened { device, format, ring });
        self.wake();
    }

    /// It could not be opened, or it is over.
    pub(super) fn failed(&self, why: String) {
        *locked(&self.shared.failure) = Some(why);
        self.wake();
    }

    fn wake(&self) {
        let _ = (&self.wake).write(&[1]);
    }
}
