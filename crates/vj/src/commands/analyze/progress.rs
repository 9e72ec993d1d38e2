//! A bar on the terminal for what takes a while.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use vj_workers::ports::SoundFormat;

use crate::stopwatch::Stopwatch;

/// Shorter work needs no bar; it would only flicker.
const SHOWN_AFTER_SEC: f64 = 1.0;

/// Shown on standard error, if that is a terminal, and gone when dropped.
pub(super) struct Progress {
    bar: ProgressBar,
    stopwatch: Stopwatch,
    sample_rate_hz: u32,
}

impl Progress {
    pub(super) fn new(format: SoundFormat, stopwatch: Stopwatch) -> Self {
        let seconds = format.frames.map(|frames| frames / u64::from(format.sample_rate_hz));
        let bar = ProgressBar::with_draw_target(seconds, ProgressDrawTarget::hidden());
        let template = match seconds {
            Some(_) => "analysing [{bar:40}] {pos} of {len} s, {eta} left",
            None => "analysing {spinner} {pos} s",
        };
        let style = ProgressStyle::with_template(template).expect("the template is a constant");
        bar.set_style(style.progress_chars("=> "));
        Self { bar, stopwatch, sample_rate_hz: format.sample_rate_hz }
    }

    /// The analysis has come to this frame.
    pub(super) fn at(&mut self, frame: u64) {
        if self.bar.is_hidden() && self.stopwatch.elapsed_sec() >= SHOWN_AFTER_SEC {
            // Still hidden where standard error is no terminal.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_position(frame / u64::from(self.sample_rate_hz));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
