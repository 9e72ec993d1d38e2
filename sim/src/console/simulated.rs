//! The console of the simulated machine: everything but the terminal.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use vj_console::model::theme::Theme;
use vj_console::session::{self, Events, Host, Screen, Seat};
use vj_console::{Event, HostAnswer, HostRequest, Model, view};
use vj_core::ProcessName;
use vj_env::{LocalBoxFuture, Scope};

use super::{Answers, COLUMNS, Console, ROWS};
use crate::world::World;

/// One console.
pub struct SimConsole {
    scope: Scope,
    events: Rc<Events>,
    glass: Rc<Glass>,
}

/// What is seen of it.
#[derive(Default)]
struct Glass {
    text: RefCell<String>,
    answers: RefCell<Answers>,
}

impl SimConsole {
    /// Opens one, outside every process of the show.
    #[must_use]
    pub fn open(world: &World) -> Self {
        let glass = Rc::<Glass>::default();
        let seen = glass.clone();
        let events = Rc::new(Events::with_tap(move |event| {
            if let Event::Answer { call, .. } = event {
                seen.answers.borrow_mut().answered.push(call.0);
            }
        }));
        let scope = Scope::new();
        let clock = world.clock().clone();
        let seat = Seat {
            control: world.control(),
            telemetry: world.telemetry(),
            clock: clock.clone(),
            scope: scope.clone(),
        };
        let model = Model::new(clock.now(), "simulated", Theme::Plain);
        let (shown, asked) = (glass.clone(), events.clone());
        let host = Rc::new(Machine { world: world.clone() });
        scope.spawn(async move {
            let backend = TestBackend::new(COLUMNS, ROWS);
            let Ok(terminal) = Terminal::new(backend);
            let mut screen = GlassScreen { terminal, glass: shown };
            let Ok(()) = session::run(seat, model, asked, host, &mut screen).await else { return };
        });
        Self { scope, events, glass }
    }
}

impl Console for SimConsole {
    fn keys(&mut self, keys: &str) {
        for letter in keys.chars() {
            let code = match letter {
                '\r' => KeyCode::Enter,
                '\x1b' => KeyCode::Esc,
                letter => KeyCode::Char(letter),
            };
            self.events.push(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
        }
    }

    fn text(&self) -> String {
        self.glass.text.borrow().clone()
    }

    fn kill(&mut self) {
        self.scope.kill();
    }

    fn answers(&self) -> Option<Answers> {
        Some(self.glass.answers.borrow().clone())
    }
}

impl Drop for SimConsole {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Draws into memory.
struct GlassScreen {
    terminal: Terminal<TestBackend>,
    glass: Rc<Glass>,
}

impl Screen for GlassScreen {
    fn draw(&mut self, model: &Model) -> io::Result<()> {
        let Ok(drawn) = self.terminal.draw(|frame| view::render(frame, model));
        let mut text = String::new();
        for row in 0..drawn.area.height {
            for column in 0..drawn.area.width {
                text.push_str(drawn.buffer[(column, row)].symbol());
            }
            text.push('\n');
        }
        *self.glass.text.borrow_mut() = text;
        self.glass.answers.borrow_mut().sent = model.calls_made();
        Ok(())
    }
}

/// What a console can ask of the simulated machine.
struct Machine {
    world: World,
}

impl Host for Machine {
    fn ask(&self, request: HostRequest) -> LocalBoxFuture<'static, HostAnswer> {
        let world = self.world.clone();
        Box::pin(async move {
            match request {
                HostRequest::StartShow => {
                    world.start(ProcessName::ProcessManager);
                    HostAnswer::Started(Ok(()))
                }
                HostRequest::Devices => HostAnswer::Devices(Ok(Vec::new())),
                HostRequest::Sets => HostAnswer::Sets(Ok(Vec::new())),
                HostRequest::Rehearse(path) => HostAnswer::Rehearsed {
                    path,
                    ended: Err("nobody rehearses within a rehearsal".to_owned()),
                },
                HostRequest::Recordings => HostAnswer::Recordings(Vec::new()),
                HostRequest::Record => {
                    HostAnswer::Recorded(Err("the simulator records what it plays anyway".to_owned()))
                }
                HostRequest::EndRecording(pid) => {
                    HostAnswer::RecordingEnds(Err(format!("no process {pid} records")))
                }
            }
        })
    }
}
