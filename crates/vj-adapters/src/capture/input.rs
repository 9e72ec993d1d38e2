//! The worker's end of an input.

use std::io;
use std::os::unix::net::UnixStream as Pipe;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rtrb::Consumer;
use tokio::net::UnixStream;
use vj_core::At;
use vj_env::LocalBoxFuture;
use vj_workers::ports::{AudioError, SoundFormat, SoundInput};

use super::feed::{Feed, Opened, Shared, locked};
use super::systems;
use crate::limits::CAPTURE_THREADS;

/// Capture threads of this process that have not ended.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// Opens the input `name`, or the preferred one if it is empty, of the sound server at `server`, or of this machine's sound
/// system. Must be called within a tokio runtime.
///
/// # Errors
/// [`AudioError::Retry`]: why there is no such input now.
pub async fn open(server: Option<PathBuf>, name: String) -> Result<Box<dyn SoundInput>, AudioError> {
    let mut end = End::start(server, name).map_err(AudioError::Retry)?;
    loop {
        let opened = locked(&end.shared.opened).take();
        if let Some(Opened { device, format, ring }) = opened {
            return Ok(Box::new(CapturedInput { end, device, format, ring }));
        }
        end.check()?;
        end.changed().await;
    }
}

/// The worker's end while nothing is open yet. Dropped, it tells the thread to end.
struct End {
    shared: Arc<Shared>,
    woken: UnixStream,
}

impl End {
    fn start(server: Option<PathBuf>, name: String) -> Result<Self, String> {
        let failed = |error: io::Error| format!("failed to open an audio input: {error}");
        let (wake, woken) = Pipe::pair().map_err(failed)?;
        wake.set_nonblocking(true).map_err(failed)?;
        woken.set_nonblocking(true).map_err(failed)?;
        let woken = UnixStream::from_std(woken).map_err(failed)?;
        let slot = Slot::take().ok_or("the sound system does not answer: waiting for it")?;
        let shared = Arc::<Shared>::default();
        let feed = Feed { shared: shared.clone(), wake };
        let work = move || {
            let _slot = slot;
            if let Err(why) = systems::hear(server.as_deref(), &name, &feed) {
                feed.failed(why);
            }
        };
        thread::Builder::new().name("capture".to_owned()).spawn(work).map_err(failed)?;
        Ok(Self { shared, woken })
    }

    /// Why it is over, if it is.
    fn check(&self) -> Result<(), AudioError> {
        match locked(&self.shared.failure).clone() {
            Some(why) => Err(AudioError::Retry(why)),
            None => Ok(()),
        }
    }

    async fn changed(&mut self) {
        let mut bytes = [0; 64];
        loop {
            if self.woken.readable().await.is_err() {
                return std::future::pending().await;
            }
            match self.woken.try_read(&mut bytes) {
                Ok(0) => {
                    // The thread has ended; without a word only if it panicked.
                    let broke = || "the sound system's library broke down".to_owned();
                    locked(&self.shared.failure).get_or_insert_with(broke);
                    return;
                }
                Ok(_) => return,
                // Only the readiness was stale.
                Err(_) => {}
            }
        }
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Release);
    }
}

/// One of the capture threads that there may be; given back when it ends.
struct Slot;

impl Slot {
    fn take() -> Option<Self> {
        let add = |threads| (threads < CAPTURE_THREADS).then_some(threads + 1);
        THREADS.fetch_update(Ordering::AcqRel, Ordering::Acquire, add).ok().map(|_| Self)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        THREADS.fetch_sub(1, Ordering::AcqRel);
    }
}

struct CapturedInput {
    end: End,
    device: String,
    format: SoundFormat,
    ring: Consumer<f32>,
}

impl SoundInput for CapturedInput {
    fn device(&self) -> &str {
        &self.device
    }

    fn format(&self) -> SoundFormat {
        self.format
    }

    fn changed(&mut self) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.end.changed())
    }

    fn read(&mut self, out: &mut Vec<f32>) -> Result<Option<At>, AudioError> {
        self.end.check()?;
        let arrived = self.end.shared.meter.arrived_nanos.swap(0, Ordering::Acquire);
        let Ok(chunk) = self.ring.read_chunk(self.ring.slots()) else { return Ok(None) };
        let (first, second) = chunk.as_slices();
        out.extend_from_slice(first);
        out.extend_from_slice(second);
        let count = chunk.len();
        chunk.commit_all();
        Ok((arrived > 0 && count > 0).then(|| At::from_nanos(arrived)))
    }

    fn overruns(&self) -> u64 {
        self.end.shared.meter.overruns.load(Ordering::Relaxed)
    }
}
