//! A worker that does what a test tells it to.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};
use vj_bus::osc::Osc;
use vj_bus::{CommandEnd, Ctx, Event, Finish, Responder, Status, Worker};
use vj_core::ProcessName;
use vj_core::settings::{Key, Kind};

pub(crate) const KEYS: &[Key] = &[
    Key { name: "loop", kind: Kind::Bool, default: || json!(false), doc: "start again at the end" },
    Key { name: "gain", kind: Kind::Float { min: 0.0, max: 2.0 }, default: || json!(1.0), doc: "a factor" },
];

/// What the worker heard, as far as tests look at it.
#[derive(Debug, PartialEq)]
pub(crate) enum Heard {
    Started,
    Settings(Vec<&'static str>),
    Registered(String, u32),
    Heartbeat(String, Status),
    LinkLost(String, u32),
}

pub(crate) struct Probe {
    name: ProcessName,
    heard: mpsc::UnboundedSender<Heard>,
    held: Rc<RefCell<Vec<Responder>>>,
    runs: u64,
    /// A worker told to `hang` waits for this and for nothing else.
    let_go: Rc<Notify>,
}

/// The test's side of a [`Probe`].
pub(crate) struct Ears {
    pub(crate) heard: mpsc::UnboundedReceiver<Heard>,
    pub(crate) let_go: Rc<Notify>,
}

impl Ears {
    /// The next thing that the worker hears.
    pub(crate) async fn next(&mut self) -> Heard {
        super::within_deadline(self.heard.recv()).await.expect("the worker lives")
    }

    /// Waits until the worker hears this, whatever it hears before.
    pub(crate) async fn wait_for(&mut self, what: &Heard) {
        while self.next().await != *what {}
    }
}

impl Probe {
    pub(crate) fn new(name: ProcessName) -> (Self, Ears) {
        let (tell, heard) = mpsc::unbounded_channel();
        let let_go = Rc::<Notify>::default();
        let probe = Self { name, heard: tell, held: Rc::default(), runs: 0, let_go: let_go.clone() };
        (probe, Ears { heard, let_go })
    }

    fn hear(&self, heard: Heard) {
        // A test that does not listen has dropped the other end.
        let _ = self.heard.send(heard);
    }

    async fn obey(&mut self, ctx: &Ctx, cmd: &str, args: Value, responder: Responder) {
        match cmd {
            "ask" => responder.respond(args),
            "done" => responder.done(),
            "refuse" => responder.refuse("not today"),
            "huge" => responder.respond(json!({"text": "x".repeat(2 * 1024 * 1024)})),
            "drop" => drop(responder),
            "hold" => self.held.borrow_mut().push(responder),
            "later" => {
                ctx.board.command_stands(responder.msg_id(), cmd, CommandEnd::Accepted);
                ctx.board.command_stands(responder.msg_id(), cmd, CommandEnd::Failed("no luck".to_owned()));
                responder.done();
            }
            "hang" => {
                responder.done();
                self.let_go.notified().await;
            }
            "degrade" => {
                ctx.board.set_status(Status::Degraded);
                responder.done();
            }
            "beat" => {
                let strength = 0.75;
                ctx.telemetry.emit(&Osc::Beat { is_beat: true, strength });
                ctx.telemetry.emit(&Osc::Bpm { bpm: 124.0, confidence: 0.5 });
                ctx.telemetry.emit(&Osc::WorkerHealth {
                    worker: self.name,
                    health: "healthy",
                    uptime_sec: 1.5,
                });
                responder.done();
            }
            "note" => {
                for _ in 0..args["count"].as_u64().unwrap_or(1) {
                    ctx.tape.note(json!({"heard": args["text"]}));
                }
                responder.done();
            }
            "sound" => {
                ctx.tape.note_if_wanted(ctx.env.clock.now(), || json!({"sound": args["text"]}));
                responder.done();
            }
            "log" => {
                let text = "x".repeat(args["bytes"].as_u64().unwrap() as usize);
                for _ in 0..args["count"].as_u64().unwrap() {
                    ctx.env.log.warn(text.clone());
                }
                responder.done();
            }
            unknown => responder.unknown(unknown),
        }
    }
}

impl Worker for Probe {
    fn name(&self) -> ProcessName {
        self.name
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn osc_addresses(&self) -> Vec<&'static str> {
        vec!["/audio/beat", "/audio/bpm"]
    }

    async fn run(&mut self, ctx: &mut Ctx) -> Finish {
        self.runs += 1;
        ctx.board.set_field("runs", self.runs);
        ctx.board.set_stat("runs", self.runs);
        ctx.board.set_status(Status::Running);
        self.hear(Heard::Started);
        loop {
            match ctx.next().await {
                Event::Command(command, responder) => {
                    self.obey(ctx, &command.cmd, command.args.into(), responder).await;
                }
                Event::SettingsChanged(keys) => self.hear(Heard::Settings(keys)),
                Event::Restart => return Finish::Restart,
                Event::Shutdown => return Finish::Shutdown,
                Event::Registered(register) => self.hear(Heard::Registered(register.worker, register.pid)),
                Event::Heartbeat(beat) => self.hear(Heard::Heartbeat(beat.worker, beat.status)),
                Event::LinkLost { worker, pid } => self.hear(Heard::LinkLost(worker, pid)),
            }
        }
    }
}
