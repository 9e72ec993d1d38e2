//! The console of a real show: the program itself, in a real terminal.

use portable_pty::CommandBuilder;

use super::machine::Inner;
use crate::console::{Answers, COLUMNS, Console, ROWS};
use crate::pty::Pty;

/// `vj console` on a show; none of it if it could not be started, which its screen tells.
pub(super) struct RealConsole {
    pty: Result<Pty, String>,
}

impl RealConsole {
    pub(super) fn open(inner: &Inner) -> Self {
        let mut command = CommandBuilder::new(inner.program());
        command.arg("console");
        command.env_clear();
        for (name, value) in std::env::vars_os().chain(inner.environment()) {
            let is_of_a_user = name.to_string_lossy().starts_with("VJ_");
            if !is_of_a_user || inner.environment().iter().any(|(own, _)| *own == name) {
                command.env(name, value);
            }
        }
        command.env("TERM", "xterm-256color");
        command.env("VJ_THEME", "plain");
        command.cwd(inner.temp.path());
        let pty = Pty::start(command, ROWS, COLUMNS).map_err(|error| format!("{error:#}"));
        if let Some(pid) = pty.as_ref().ok().and_then(Pty::pid) {
            inner.know(pid, "console");
        }
        Self { pty }
    }
}

impl Console for RealConsole {
    fn keys(&mut self, keys: &str) {
        if let Ok(pty) = &mut self.pty {
            pty.keys(keys);
        }
    }

    fn text(&self) -> String {
        self.pty.as_ref().map_or_else(Clone::clone, Pty::text)
    }

    fn kill(&mut self) {
        if let Ok(pty) = &mut self.pty {
            pty.kill();
        }
    }

    fn answers(&self) -> Option<Answers> {
        None
    }
}
