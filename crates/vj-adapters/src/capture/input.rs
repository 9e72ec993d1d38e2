//! The worker's end of an audio input.

use std::io;
use std::os::unix::net::UnixStream as Pipe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};

use rtrb::Consumer;
use tokio::net::UnixStream;
use vj_core::At;
use vj_env::LocalBoxFuture;
use vj_workers::ports::{InputState, SoundInput};

use super::callback::Meter;
use super::keeper::{self, Shared, locked};

/// An audio input through cpal.
pub struct CapturedInput {
    shared: Arc<Shared>,
    keeper: JoinHandle<()>,
    woken: UnixStream,
    ring: Option<Consumer<f32>>,
}

impl CapturedInput {
    /// Opens the input `name`, or the preferred one if it is empty. Returns at once; must be called within a tokio
    /// runtime.
    ///
    /// # Errors
    /// When the system gives no thread or no descriptors.
    pub fn open(name: &str) -> io::Result<Self> {
        let (wake, woken) = Pipe::pair()?;
        wake.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        let shared = Arc::new(Shared {
            state: InputState::Opening.into(),
            ring: None.into(),
            closing: false.into(),
            meter: Arc::<Meter>::default(),
        });
        let (name, kept) = (name.to_owned(), shared.clone());
        let keeper = thread::Builder::new()
            .name("capture".to_owned())
            .spawn(move || keeper::keep(name, &kept, &wake))?;
        Ok(Self { shared, keeper, woken: UnixStream::from_std(woken)?, ring: None })
    }
}

impl SoundInput for CapturedInput {
    fn state(&self) -> InputState {
        locked(&self.shared.state).clone()
    }

    fn changed(&mut self) -> LocalBoxFuture<'_, ()> {
        Box::pin(async {
            let mut bytes = [0; 64];
            loop {
                // The other end is open as long as its thread lives; without it nothing will change any more.
                if self.woken.readable().await.is_err() {
                    return std::future::pending().await;
                }
                match self.woken.try_read(&mut bytes) {
                    Ok(0) => return std::future::pending().await,
                    Ok(_) => return,
                    Err(_) => {}
                }
            }
        })
    }

    fn read(&mut self, out: &mut Vec<f32>) -> Option<At> {
        if let Some(ring) = locked(&self.shared.ring).take() {
            self.ring = Some(ring);
        }
        let ring = self.ring.as_mut()?;
        let arrived = self.shared.meter.arrived_nanos.swap(0, Ordering::Acquire);
        let waits = ring.slots();
        let chunk = ring.read_chunk(waits).ok()?;
        let (first, second) = chunk.as_slices();
        out.extend_from_slice(first);
        out.extend_from_slice(second);
        chunk.commit_all();
        (arrived > 0 && waits > 0).then(|| At::from_nanos(arrived))
    }

    fn overruns(&self) -> u64 {
        self.shared.meter.overruns.load(Ordering::Relaxed)
    }
}

impl Drop for CapturedInput {
    /// The device is closed by its own thread, in its own time.
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::Release);
        self.keeper.thread().unpark();
    }
}
