//! Where a process's tasks run, and how all of them stop at once.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use tokio::task::JoinSet;

/// What a Rust program exits with when it panics.
const EXIT_PANIC: i32 = 101;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Frozen,
    Killed,
}

type PanicReport = Box<dyn Fn(String)>;

/// The valve in front of all tasks of one process. A real process never turns it; the virtual driver freezes (SIGSTOP)
/// and kills (SIGKILL) with it.
pub struct Gate {
    state: Cell<State>,
    waiting: RefCell<Vec<Waker>>,
    on_panic: RefCell<Option<PanicReport>>,
}

impl Gate {
    fn new() -> Self {
        Self { state: Cell::new(State::Running), waiting: RefCell::default(), on_panic: RefCell::default() }
    }

    /// From now on no task of the process moves.
    pub fn freeze(&self) {
        if self.state.get() == State::Running {
            self.state.set(State::Frozen);
        }
    }

    /// The tasks move again; timers that ran out meanwhile fire now.
    pub fn thaw(&self) {
        if self.state.get() == State::Frozen {
            self.state.set(State::Running);
            self.wake_all();
        }
    }

    /// The process is dead: no task of it will ever be polled again.
    pub fn kill(&self) {
        self.state.set(State::Killed);
        self.wake_all();
    }

    /// Whether the process is dead. A handle that outlives its process must check this before it touches the world.
    #[must_use]
    pub fn is_killed(&self) -> bool {
        self.state.get() == State::Killed
    }

    /// Whether the process is stopped.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.state.get() == State::Frozen
    }

    /// Calls `report` with the message when a task of the process panics. Without that a panic ends the whole operating
    /// system's process, with exit code 101.
    pub fn on_panic(&self, report: impl Fn(String) + 'static) {
        *self.on_panic.borrow_mut() = Some(Box::new(report));
    }

    fn wake_all(&self) {
        for waker in self.waiting.take() {
            waker.wake();
        }
    }
}

/// Starts tasks that live and die with the process.
#[derive(Clone)]
pub struct Scope {
    gate: Rc<Gate>,
    tasks: Rc<RefCell<JoinSet<()>>>,
}

impl Scope {
    /// The scope of a new process.
    #[must_use]
    pub fn new() -> Self {
        Self { gate: Rc::new(Gate::new()), tasks: Rc::default() }
    }

    /// The valve.
    #[must_use]
    pub fn gate(&self) -> &Rc<Gate> {
        &self.gate
    }

    /// Starts a task of this process. Must be called within a tokio `LocalSet`.
    pub fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        let mut tasks = self.tasks.borrow_mut();
        // Finished tasks are forgotten here, else a long-lived process that serves many clients would keep them all.
        while tasks.try_join_next().is_some() {}
        tasks.spawn_local(Gated { gate: self.gate.clone(), work: Some(Box::pin(work)) });
    }

    /// Stops every task at its next step and frees what it holds, without running any of its code but `Drop`.
    pub fn kill(&self) {
        self.gate.kill();
        self.tasks.borrow_mut().abort_all();
    }
}

impl Default for Scope {
    fn default() -> Self {
        Self::new()
    }
}

struct Gated {
    gate: Rc<Gate>,
    work: Option<Pin<Box<dyn Future<Output = ()>>>>,
}

impl Future for Gated {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.gate.state.get() {
            State::Killed => {
                self.work = None;
                return Poll::Ready(());
            }
            State::Frozen => {
                self.gate.waiting.borrow_mut().push(cx.waker().clone());
                return Poll::Pending;
            }
            State::Running => {}
        }
        let Some(work) = self.work.as_mut() else { return Poll::Ready(()) };
        // A panic ends the process that it happened in, not the others that a simulation holds beside it.
        match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
            Ok(poll) => poll,
            Err(panic) => {
                self.work = None;
                if self.gate.on_panic.borrow().is_none() {
                    // A process of its own ends as any Rust program does that panics (the hook has said why): one that
                    // went on without one of its tasks would be a riddle, and the manager starts a fresh one.
                    std::process::exit(EXIT_PANIC);
                }
                let message = panic
                    .downcast_ref::<&str>()
                    .map(|text| (*text).to_owned())
                    .or_else(|| panic.downcast_ref::<String>().cloned())
                    .unwrap_or_else(|| "a panic without a message".to_owned());
                if let Some(report) = &*self.gate.on_panic.borrow() {
                    report(message);
                }
                Poll::Ready(())
            }
        }
    }
}
