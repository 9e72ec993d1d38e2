//! The console of a real show: the program itself, in a real terminal.

use std::path::Path;

use anyhow::Result;
use portable_pty::CommandBuilder;
use vj_console::model::theme::Theme;

use super::machine::{Inner, RealMachine};
use crate::console::{Answers, COLUMNS, Console, ROWS};
use crate::pty::Pty;

/// `vj console` on a show; none of it if it could not be started, which its screen tells.
pub(super) struct RealConsole {
    pty: Result<Pty, String>,
}

impl RealMachine {
    /// `vj console` on this show, in a terminal of this size.
    ///
    /// # Errors
    /// What the system refused.
    pub fn console_in(&self, rows: u16, columns: u16, theme: Theme) -> Result<Pty> {
        open(&self.inner, rows, columns, theme, &[])
    }

    /// The same, with more in its environment.
    ///
    /// # Errors
    /// What the system refused.
    pub fn console_with(&self, rows: u16, columns: u16, theme: Theme, more: &[(&str, &Path)]) -> Result<Pty> {
        open(&self.inner, rows, columns, theme, more)
    }
}

fn open(inner: &Inner, rows: u16, columns: u16, theme: Theme, more: &[(&str, &Path)]) -> Result<Pty> {
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
    command.env("VJ_THEME", theme.name());
    for (name, value) in more {
        command.env(name, value);
    }
    command.cwd(inner.temp.path());
    let pty = Pty::start(command, rows, columns)?;
    if let Some(pid) = pty.pid() {
        inner.know(pid, "console");
    }
    Ok(pty)
}

impl RealConsole {
    pub(super) fn open(inner: &Inner) -> Self {
        Self { pty: open(inner, ROWS, COLUMNS, Theme::Plain, &[]).map_err(|error| format!("{error:#}")) }
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
