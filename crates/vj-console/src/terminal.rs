//! The real terminal: entered, drawn on, and given back as it was, whatever happens.

use std::io::{self, Stdout, Write};
use std::sync::Once;

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{
    self, DisableMouseCapture, EnableMouseCapture, Event as Input, KeyCode, KeyEventKind, KeyModifiers,
};
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{cursor, execute};
use tokio::sync::mpsc;

use crate::event::Event;
use crate::model::Model;
use crate::session::Screen;
use crate::view;

/// Keys that wait while a drawing is under way. More than anybody types, and a cat on the keyboard fills no memory.
const INPUTS_MAX: usize = 1_024;

/// What a Rust program exits with when it panics.
const EXIT_PANIC: i32 = 101;

/// A terminal in which the console is drawn. Dropping it gives the terminal back.
pub struct RealTerminal {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl RealTerminal {
    /// Takes the terminal of this process. From here on a panic gives it back first, and is then printed.
    ///
    /// # Errors
    /// When it is no terminal, or refuses.
    pub fn enter() -> io::Result<Self> {
        give_back_on_panic();
        enable_raw_mode()?;
        let entered = execute!(io::stdout(), EnterAlternateScreen, EnableMouseCapture, cursor::Hide);
        let terminal = entered.and_then(|()| Terminal::new(CrosstermBackend::new(io::stdout())));
        match terminal {
            Ok(terminal) => Ok(Self { terminal }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }
}

impl Screen for RealTerminal {
    fn draw(&mut self, model: &Model) -> io::Result<()> {
        self.terminal.draw(|frame| view::render(frame, model)).map(|_| ())
    }
}

impl Drop for RealTerminal {
    fn drop(&mut self) {
        give_back();
    }
}

/// Makes the terminal what it was. A terminal that is gone needs nothing.
fn give_back() {
    let _ = execute!(io::stdout(), DisableMouseCapture, LeaveAlternateScreen, cursor::Show);
    let _ = disable_raw_mode();
    let _ = io::stdout().flush();
}

fn give_back_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            give_back();
            usual(info);
            // On whatever thread: a console that is drawn on would hide what was said.
            std::process::exit(EXIT_PANIC);
        }));
    });
}

/// Keys, clicks and changes of size as they come, read on a thread of its own: reading from a terminal blocks. The end of the
/// channel is the end of the terminal.
#[must_use]
pub fn inputs() -> mpsc::Receiver<Event> {
    let (sender, receiver) = mpsc::channel(INPUTS_MAX);
    std::thread::spawn(move || {
        while let Ok(input) = event::read() {
            let event = match input {
                Input::Key(key) => Event::Key(key),
                Input::Mouse(mouse) => Event::Mouse(mouse),
                Input::Resize(..) => Event::Resized,
                Input::FocusGained | Input::FocusLost | Input::Paste(_) => continue,
            };
            // Of what the console does not keep up with, the rest is dropped.
            if let Err(mpsc::error::TrySendError::Closed(_)) = sender.try_send(event) {
                return;
            }
        }
    });
    receiver
}

/// A key of the keyboard, as far as anybody but the console wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A letter, a digit, a sign.
    Char(char),
    /// An arrow.
    Left,
    /// An arrow.
    Right,
    /// A page back.
    PageUp,
    /// A page on.
    PageDown,
    /// To the beginning.
    Home,
    /// Any other.
    Other,
}

/// A key that was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPress {
    /// Which.
    pub key: Key,
    /// With Control.
    pub control: bool,
}

/// The keyboard of this process's terminal, key by key, with nothing drawn. Dropping it gives it back.
pub struct Keyboard {
    inputs: mpsc::Receiver<Event>,
}

impl Keyboard {
    /// Takes it. From here on a panic gives it back first, and is then printed.
    ///
    /// # Errors
    /// When there is none, or it refuses.
    pub fn take() -> io::Result<Self> {
        give_back_on_panic();
        enable_raw_mode()?;
        Ok(Self { inputs: inputs() })
    }

    /// The next key that is pressed; none: the terminal is gone. Cancel-safe.
    pub async fn next(&mut self) -> Option<KeyPress> {
        loop {
            let Event::Key(event) = self.inputs.recv().await? else { continue };
            let key = match event.code {
                KeyCode::Char(c) => Key::Char(c),
                KeyCode::Left => Key::Left,
                KeyCode::Right => Key::Right,
                KeyCode::PageUp => Key::PageUp,
                KeyCode::PageDown => Key::PageDown,
                KeyCode::Home => Key::Home,
                _ => Key::Other,
            };
            if event.kind != KeyEventKind::Release {
                return Some(KeyPress { key, control: event.modifiers.contains(KeyModifiers::CONTROL) });
            }
        }
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        let _ = disable_raw_mode();
    }
}
