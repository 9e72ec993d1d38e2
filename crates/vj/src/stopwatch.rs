//! How long it really took.

use vj_env::Clock;
use vj_env::real::real_clock;

/// Wall time since its start, for the user's eyes; what is heard in a file depends on the file alone.
#[derive(Clone)]
pub(crate) struct Stopwatch {
    clock: Clock,
    started_sec: f64,
}

impl Stopwatch {
    /// Starts now.
    pub(crate) fn start() -> std::io::Result<Self> {
        // The clock wants to be made within a runtime and needs none afterwards.
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let _inside = runtime.enter();
        let clock = real_clock();
        let started_sec = clock.now().as_secs_f64();
        Ok(Self { clock, started_sec })
    }

    pub(crate) fn elapsed_sec(&self) -> f64 {
        self.clock.now().as_secs_f64() - self.started_sec
    }
}
