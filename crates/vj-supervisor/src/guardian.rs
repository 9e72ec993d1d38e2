//! The guardian: it starts the manager, and starts it again when it dies.

use std::rc::Rc;
use std::time::Duration;

use vj_core::ProcessName::ProcessManager;
use vj_core::show::CONFIG;
use vj_core::{At, ProcessName};
use vj_env::{Clock, ExitNotice, Log, Processes, Shutdown, Store};

/// A manager that lived at least this long is started again at once ...
const HEALTHY_LIFE: Duration = Duration::from_secs(5);

/// ... and one that did not, after these delays; the last is repeated. It is never given up: without a manager nobody
/// starts the workers again.
const BACKOFF: [Duration; 6] = [
    Duration::ZERO,
    Duration::ZERO,
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
];

/// A process that takes longer than this to take its lock is about to end.
const STARTS_WITHIN: Duration = Duration::from_secs(5);

const LOOKS: Duration = Duration::from_millis(5);

/// Keeps a manager alive.
pub struct Guardian {
    /// Time.
    pub clock: Clock,
    /// Starts and watches the manager.
    pub processes: Rc<dyn Processes>,
    /// Whether the show still goes on stands here.
    pub store: Rc<dyn Store>,
    /// Whether the guardian was asked to end.
    pub shutdown: Shutdown,
    /// What it says.
    pub log: Log,
    /// By how much its waits are divided, 1 to 10: for tests that must not wait.
    pub time_scale: f64,
}

impl Guardian {
    /// Guards until asked to end, or until the show has been ended by somebody else. A manager that runs already is
    /// taken as it is.
    pub async fn guard(&self) {
        let mut short_lives = 0;
        loop {
            if let Some(pid) = self.processes.adopt(ProcessManager) {
                self.log.info(format!("watching {ProcessManager} (pid {pid})"));
            } else {
                self.processes.clear_stale_socket(ProcessManager);
                match self.processes.spawn(ProcessManager) {
                    Ok(pid) => self.log.info(format!("started {ProcessManager} (pid {pid})")),
                    Err(error) => {
                        self.log.error(error.to_string());
                        short_lives += 1;
                        if self.waits(short_lives).await.is_none() {
                            return;
                        }
                        continue;
                    }
                }
            }
            let since = self.clock.now();
            let ExitNotice { pid, exit, .. } = tokio::select! {
                biased;
                () = self.shutdown.asked() => return self.until_it_is_found().await,
                notice = self.processes.next_exit() => notice,
            };
            self.processes.clear_stale_socket(ProcessName::ProcessManager);
            if self.is_over().await {
                self.log.info("the show was ended");
                return;
            }
            short_lives =
                if self.lived(since) >= HEALTHY_LIFE.div_f64(self.time_scale) { 0 } else { short_lives + 1 };
            self.log.warn(format!("{ProcessManager} (pid {pid}) ended: {exit}; starting it again"));
            if self.waits(short_lives).await.is_none() {
                return;
            }
        }
    }

    /// A manager that was started a moment ago holds no lock yet: whoever stops everything would not find it, and it would
    /// begin a show of its own.
    async fn until_it_is_found(&self) {
        let until = self.clock.now() + STARTS_WITHIN;
        while self.processes.adopt(ProcessManager).is_none() && self.clock.now() < until {
            tokio::select! {
                biased;
                _ = self.processes.next_exit() => return,
                () = self.clock.sleep(LOOKS) => {}
            }
        }
    }

    fn lived(&self, since: At) -> Duration {
        self.clock.now().since(since)
    }

    /// Waits before the next start; none if asked to end meanwhile.
    async fn waits(&self, short_lives: usize) -> Option<()> {
        let delay = BACKOFF[short_lives.min(BACKOFF.len() - 1)].div_f64(self.time_scale);
        tokio::select! {
            biased;
            () = self.shutdown.asked() => None,
            () = self.clock.sleep(delay) => Some(()),
        }
    }

    /// A manager that was told to take the workers with it ends the show, and takes the show's config away.
    async fn is_over(&self) -> bool {
        matches!(self.store.read(CONFIG).await, Ok(None))
    }
}
