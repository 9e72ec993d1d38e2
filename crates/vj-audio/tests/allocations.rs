//! Nothing is allocated after construction: the analyser may run where an allocation could miss a deadline.
#![allow(unsafe_code, reason = "a global allocator that counts cannot be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use vj_audio::{Analyzer, AnalyzerConfig, AudioBlock};

thread_local! {
    /// Allocations of this thread: the test harness allocates on its own.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is passed on to the system allocator unchanged; the counter is a plain cell that never
// allocates.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn pushing_does_not_allocate() {
    for rate in [11_025, 44_100, 48_000] {
        let mut analyzer = Analyzer::new(rate, AnalyzerConfig::default()).unwrap();
        // Bursts of noise twice a second, a tone, and silence long enough to come to rest.
        let mut state = 1u32;
        let music: Vec<f32> = (0..rate * 20)
            .map(|i| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = (state >> 8) as f32 / 16_777_216.0 - 0.5;
                let burst = if i % (rate / 2) < rate / 20 { 0.8 } else { 0.0 };
                burst * noise + 0.1 * libm::sinf(i as f32 * 0.05)
            })
            .collect();
        let silence = vec![0.0; rate as usize * 25];
        let (mut frames, mut beats) = (0u64, 0u64);
        let before = ALLOCATIONS.get();
        for samples in [&music, &silence, &music] {
            for block in samples.chunks(512) {
                analyzer.push_with(AudioBlock::mono(block), |frame| {
                    frames += 1;
                    beats += u64::from(frame.beat);
                });
            }
            analyzer.set_config(AnalyzerConfig { enable_pitch: false, ..AnalyzerConfig::default() });
        }
        assert_eq!(ALLOCATIONS.get() - before, 0, "{rate} Hz");
        assert!(frames > 3_800 && beats > 10, "{frames} frames, {beats} beats");
    }
}
