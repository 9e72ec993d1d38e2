//! What runs for each buffer of sound, on the sound system's thread: it neither allocates, locks nor logs, and never waits.

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

    /// Takes one buffer of cpal's in.
    pub fn take(&mut self, data: &Data) {
        match data.sample_format() {
            SampleFormat::I8 => self.take_samples::<i8>(data.as_slice().unwrap_or_default()),
            SampleFormat::I16 => self.take_samples::<i16>(data.as_slice().unwrap_or_default()),
            SampleFormat::I24 => self.take_samples::<cpal::I24>(data.as_slice().unwrap_or_default()),
            SampleFormat::I32 => self.take_samples::<i32>(data.as_slice().unwrap_or_default()),
            SampleFormat::U8 => self.take_samples::<u8>(data.as_slice().unwrap_or_default()),
            SampleFormat::U16 => self.take_samples::<u16>(data.as_slice().unwrap_or_default()),
            SampleFormat::U32 => self.take_samples::<u32>(data.as_slice().unwrap_or_default()),
            SampleFormat::F32 => self.take_samples::<f32>(data.as_slice().unwrap_or_default()),
            SampleFormat::F64 => self.take_samples::<f64>(data.as_slice().unwrap_or_default()),
            _ => {}
        }
    }

    /// Takes one buffer of floats in the machine's byte order in.
    pub fn take_bytes(&mut self, bytes: &[u8]) {
        let (samples, _) = bytes.as_chunks::<4>();
        self.put(samples.len(), samples.iter().map(|sample| f32::from_ne_bytes(*sample)));
    }

    /// Takes one buffer of samples in.
    pub fn take_samples<S: Sample>(&mut self, samples: &[S])
    where
        f32: FromSample<S>,
    {
        self.put(samples.len(), samples.iter().map(|sample| f32::from_sample(*sample)));
    }

    /// The ring holds whole frames, and whole frames are put in and taken out, so what does not fit is whole frames too.
    fn put(&mut self, count: usize, samples: impl Iterator<Item = f32>) {
        if count == 0 {
            return;
        }
        // Only the oldest counts. Before the samples: they may be fetched at once.
        let now = monotonic_nanos();
        let _ = self.meter.arrived_nanos.compare_exchange(0, now, Ordering::Release, Ordering::Relaxed);
        let fits = count.min(self.ring.slots());
        if let Ok(chunk) = self.ring.write_chunk_uninit(fits) {
            chunk.fill_from_iter(samples);
        }
        let lost = (count - fits) as u64;
        if lost > 0 {
            self.meter.overruns.fetch_add(lost, Ordering::Relaxed);
        }
        // A full pipe means that the reader has been told already.
        let _ = (&self.wake).write(&[1]);
    }
}
