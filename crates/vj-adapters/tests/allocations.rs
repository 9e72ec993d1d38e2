//! For a buffer of live sound nothing is allocated: it runs where an allocation could miss a deadline.
#![cfg(feature = "live-capture")]
#![allow(unsafe_code, reason = "a global allocator that counts cannot be written without")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[cfg(target_os = "linux")]
mod sound_server;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rtrb::RingBuffer;
use vj_adapters::capture::{Callback, Meter};

thread_local! {
    /// Allocations of this thread: the test harness allocates on its own.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    /// Set on the threads that are known not to be the sound system's.
    static IS_OURS: Cell<bool> = const { Cell::new(false) };
}

/// Allocations of all other threads.
static OF_OTHERS: AtomicU64 = AtomicU64::new(0);

struct Counting;

impl Counting {
    fn count(&self) {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        if !IS_OURS.get() {
            OF_OTHERS.fetch_add(1, Ordering::Relaxed);
        }
    }
}

// SAFETY: every call is passed on to the system allocator unchanged; the counters never allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.count();
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn the_callback_does_not_allocate_also_when_nobody_fetches_what_it_brings() {
    IS_OURS.set(true);
    let (ring, mut reader) = RingBuffer::new(9_600);
    let meter = Arc::<Meter>::default();
    let (wake, _woken) = UnixStream::pair().unwrap();
    wake.set_nonblocking(true).unwrap();
    let mut callback = Callback::new(ring, meter.clone(), wake);
    let before = ALLOCATIONS.get();
    // Far more than the ring and the pipe hold.
    for _ in 0..10_000 {
        callback.take_samples(&[0_i16; 960]);
        callback.take_samples(&[0_i32; 960]);
        callback.take_samples(&[0_f32; 960]);
        callback.take_samples(&[128_u8; 960]);
        callback.take_bytes(&[0; 4 * 960]);
    }
    assert_eq!(ALLOCATIONS.get() - before, 0);
    assert_eq!(meter.overruns.load(Ordering::Relaxed), 50_000 * 960 - 9_600);
    assert!(meter.arrived_nanos.load(Ordering::Relaxed) > 0);
    // What is kept is the oldest, whole and converted.
    callback.take_samples(&[i16::MIN; 960]);
    assert_eq!(reader.read_chunk(9_600).map(rtrb::chunks::ReadChunk::commit_all), Ok(()));
    callback.take_samples(&[i16::MIN, 0, 16_384]);
    let heard: Vec<f32> = (0..3).map(|_| reader.pop().unwrap()).collect();
    assert_eq!(heard, [-1.0, 0.0, 0.5]);
}

/// The whole way from the sound server's packet into the ring.
#[test]
#[cfg(target_os = "linux")]
fn a_capture_thread_does_not_allocate_once_it_runs() {
    use vj_workers::ports::AudioBackend;

    IS_OURS.set(true);
    if sound_server::is_left_out() {
        return;
    }
    let server = sound_server::Server::start(&["module-null-sink sink_name=show rate=48000"]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut input = server.backend().open_input("").await.unwrap();
        let mut out = Vec::new();
        let mut before = None;
        // A second to begin with, and two in which nothing may be allocated.
        while out.len() < 3 * 96_000 {
            input.changed().await;
            input.read(&mut out).unwrap();
            if out.len() >= 96_000 {
                before.get_or_insert_with(|| OF_OTHERS.load(Ordering::Relaxed));
            }
        }
        assert_eq!(Some(OF_OTHERS.load(Ordering::Relaxed)), before);
    });
}
