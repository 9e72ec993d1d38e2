//! A real terminal with a program in it: a pseudo-terminal, and what its screen shows.

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// A program in front of a terminal. Dropping it kills the program.
pub struct Pty {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    shared: Arc<Shared>,
}

struct Shared {
    seen: Mutex<Seen>,
    changed: Condvar,
}

struct Seen {
    parser: vt100::Parser,
    bytes: u64,
    is_over: bool,
}

impl Pty {
    /// Starts a program in a terminal of this size.
    ///
    /// # Errors
    /// What the system refused.
    pub fn start(command: CommandBuilder, rows: u16, columns: u16) -> Result<Self> {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).context("failed to open a pseudo-terminal")?;
        let child = pair.slave.spawn_command(command).context("failed to start a program in it")?;
        // Ours must be closed, or the end of the program would not be the end of what it writes.
        drop(pair.slave);
        let screen = pair.master.try_clone_reader()?;
        let keyboard = pair.master.take_writer()?;
        let (high, wide) = size_of(rows, columns)?;
        let parser = vt100::Parser::new(high, wide, 0);
        let seen = Mutex::new(Seen { parser, bytes: 0, is_over: false });
        let shared = Arc::new(Shared { seen, changed: Condvar::new() });
        let watching = shared.clone();
        std::thread::spawn(move || watching.watch(screen));
        Ok(Self { child, master: pair.master, keyboard, shared })
    }

    /// The number of the program's process.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.process_id()
    }

    /// Types. A program that is gone hears nothing.
    pub fn keys(&mut self, keys: &str) {
        let _ = self.keyboard.write_all(keys.as_bytes());
        let _ = self.keyboard.flush();
    }

    /// Gives the terminal another size.
    ///
    /// # Errors
    /// What the system refused.
    pub fn resize(&self, rows: u16, columns: u16) -> Result<()> {
        let (high, wide) = size_of(rows, columns)?;
        self.shared.seen().parser.screen_mut().set_size(high, wide);
        self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 })
    }

    /// What the screen shows, line by line.
    #[must_use]
    pub fn text(&self) -> String {
        self.shared.seen().parser.screen().contents()
    }

    /// Looks at the screen, colours and all.
    pub fn with_screen<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.shared.seen().parser.screen())
    }

    /// Bytes that the program has written so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.shared.seen().bytes
    }

    /// Waits until the screen is as wanted, or the program is over; looks at each change. Whether it came to be so in time.
    pub fn wait(&self, limit: Duration, is_so: impl Fn(&vt100::Screen) -> bool) -> bool {
        let seen = self.shared.seen();
        let waits = |seen: &mut Seen| !seen.is_over && !is_so(seen.parser.screen());
        let (seen, _) = self
            .shared
            .changed
            .wait_timeout_while(seen, limit, waits)
            .unwrap_or_else(PoisonError::into_inner);
        is_so(seen.parser.screen())
    }

    /// Waits until the screen shows this text.
    pub fn shows(&self, limit: Duration, text: &str) -> bool {
        self.wait(limit, |screen| screen.contents().contains(text))
    }

    /// SIGKILL, and waits for its end.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits for the program to end by itself; how it ended, and what it has left on the screen.
    ///
    /// # Errors
    /// What the system said.
    pub fn wait_for_end(&mut self, limit: Duration) -> Result<(u32, String)> {
        let seen = self.shared.seen();
        let waits = |seen: &mut Seen| !seen.is_over;
        let waited = self.shared.changed.wait_timeout_while(seen, limit, waits);
        let (seen, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        let left = seen.parser.screen().contents();
        drop(seen);
        anyhow::ensure!(!timeout.timed_out(), "it did not end within {} s: {left}", limit.as_secs_f64());
        Ok((self.child.wait()?.exit_code(), left))
    }
}

fn size_of(rows: u16, columns: u16) -> Result<(NonZero<u16>, NonZero<u16>)> {
    NonZero::new(rows).zip(NonZero::new(columns)).context("a terminal has a row and a column at least")
}

impl Drop for Pty {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in what the program writes, to its end.
    fn watch(&self, mut screen: impl Read) {
        let mut buffer = vec![0; 65_536];
        loop {
            // At the end of the program Linux says so by an error.
            let len = screen.read(&mut buffer).unwrap_or(0);
            let mut seen = self.seen();
            seen.parser.process(&buffer[..len]);
            seen.bytes += len as u64;
            seen.is_over = len == 0;
            self.changed.notify_all();
            if len == 0 {
                return;
            }
        }
    }
}
