//! What runs on the sound system's real-time thread: it neither allocates, locks nor logs, and never waits.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cpal::{Data, FromSample, Sample, SampleFormat};
use rtrb::Producer;
use vj_env::real::monotonic_nanos;

/// What the callback counts, for those on other threads.
#[derive(Debug, Default)]
pub struct Meter {
    /// Samples that came in, lost ones too. A count that stands still shows a callback that has stopped.
    pub samples: AtomicU64,
    /// Samples that found the ring full.
    pub overruns: AtomicU64,
    /// When the oldest sample came that has not been fetched, in nanoseconds of the monotonic clock; 0 = none waits.
    pub arrived_nanos: AtomicU64,
}

/// Puts what comes in into a ring, and wakes whoever reads it.
pub struct Callback {
    ring: Producer<f32>,
    meter: Arc<Meter>,
    wake: UnixStream,
}

impl Callback {
    /// A callback that fills `ring` and wakes the other end of `wake`, which must not block.
    #[must_use]
    pub fn new(ring: Producer<f32>, meter: Arc<Meter>, wake: UnixStream) -> Self {
        Self { ring, meter, wake }
    }

    /// Whether sound in this format is understood.
    #[must_use]
    pub fn takes(format: SampleFormat) -> bool {
        use SampleFormat::{F32, F64, I8, I16, I24, I32, U8, U16, U32};
        matches!(format, I8 | I16 | I24 | I32 | U8 | U16 | U32 | F32 | F64)
    }

    /// Takes one buffer in.
    pub fn take(&mut self, data: &Data) {
        match data.sample_format() {
            SampleFormat::I8 => self.put(data.as_slice::<i8>()),
            SampleFormat::I16 => self.put(data.as_slice::<i16>()),
            SampleFormat::I24 => self.put(data.as_slice::<cpal::I24>()),
            SampleFormat::I32 => self.put(data.as_slice::<i32>()),
            SampleFormat::U8 => self.put(data.as_slice::<u8>()),
            SampleFormat::U16 => self.put(data.as_slice::<u16>()),
            SampleFormat::U32 => self.put(data.as_slice::<u32>()),
            SampleFormat::F32 => self.put(data.as_slice::<f32>()),
            SampleFormat::F64 => self.put(data.as_slice::<f64>()),
            _ => {}
        }
    }

    fn put<S: Sample>(&mut self, samples: Option<&[S]>)
    where
        f32: FromSample<S>,
    {
        let Some(samples) = samples else { return };
        let fits = samples.len().min(self.ring.slots());
        // A whole block at a time: the reader never sees half a frame of it.
        if let Ok(chunk) = self.ring.write_chunk_uninit(fits) {
            chunk.fill_from_iter(samples.iter().map(|sample| f32::from_sample(*sample)));
        }
        let lost = (samples.len() - fits) as u64;
        if lost > 0 {
            self.meter.overruns.fetch_add(lost, Ordering::Relaxed);
        }
        // Only the oldest counts.
        let now = monotonic_nanos();
        let _ = self.meter.arrived_nanos.compare_exchange(0, now, Ordering::Release, Ordering::Relaxed);
        self.meter.samples.fetch_add(samples.len() as u64, Ordering::Relaxed);
        // A full pipe means that the reader has been told already.
        let _ = (&self.wake).write(&[1]);
    }
}
