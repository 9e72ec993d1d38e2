//! A worker without a job, with which the walls are tested: it answers every common command and can be told to
//! misbehave in every way that a worker can.

use std::time::Duration;

use serde_json::json;
use vj_bus::{CommandEnd, Ctx, Event, Finish, Status, Worker};
use vj_core::settings::{Key, Kind};
use vj_core::{At, ProcessName};

/// Its settings.
pub const KEYS: &[Key] = &[
    Key {
        name: "value",
        kind: Kind::Int { min: 0, max: 1_000_000 },
        default: || json!(0),
        doc: "a number to be set and asked for",
    },
    Key {
        name: "crash_at_start",
        kind: Kind::Bool,
        default: || json!(false),
        doc: "whether it ends as it starts",
    },
];

/// The worker.
pub struct TestWorker;

impl Worker for TestWorker {
    fn name(&self) -> ProcessName {
        ProcessName::TestWorker
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn osc_addresses(&self) -> Vec<&'static str> {
        Vec::new()
    }

    async fn run(&mut self, ctx: &mut Ctx) -> Finish {
        if ctx.board.with_settings(|settings| settings.bool("crash_at_start")) {
            return Finish::Shutdown;
        }
        ctx.board.set_status(Status::Running);
        let mut slow: Option<(At, String)> = None;
        loop {
            let due = slow.as_ref().map(|(at, _)| *at);
            let clock = ctx.env.clock.clone();
            tokio::select! {
                biased;
                event = ctx.next() => match event {
                    Event::Shutdown => return Finish::Shutdown,
                    Event::Restart => return Finish::Restart,
                    Event::Command(command, responder) => match command.cmd.as_str() {
                        "echo" => responder.ack(None, command.args.get("value").cloned()),
                        "drop" => drop(responder),
                        "degrade" => {
                            ctx.board.set_status(Status::Degraded);
                            responder.done();
                        }
                        "slow" => {
                            ctx.board.command_stands(responder.msg_id(), "slow", CommandEnd::Accepted);
                            slow = Some((clock.now() + Duration::from_secs(2), responder.msg_id().to_owned()));
                            responder.done();
                        }
                        // The loop never turns again, though the process lives and answers common commands.
                        "hang" => {
                            responder.done();
                            return std::future::pending().await;
                        }
                        "panic" => {
                            responder.done();
                            panic!("told to panic");
                        }
                        other => responder.unknown(other),
                    },
                    _ => {}
                },
                () = clock.sleep_until_some(due) => {
                    if let Some((_, msg_id)) = slow.take() {
                        ctx.board.command_stands(&msg_id, "slow", CommandEnd::Done("at last".to_owned()));
                    }
                }
            }
        }
    }
}
