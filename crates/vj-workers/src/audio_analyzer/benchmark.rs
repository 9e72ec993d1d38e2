//! The latency benchmark: for some seconds, how long each block of sound takes to its packets.

use std::time::Duration;

use serde_json::{Map, Value, json};
use vj_bus::{Board, Command, CommandEnd, Responder};
use vj_core::At;

use super::latency::{Latency, Quantiles};

/// The command, and the field that shows how it goes.
pub(super) const BENCHMARK: &str = "benchmark";

/// How long it listens if nobody says otherwise, and at most, in s.
const SECONDS: u64 = 10;
const SECONDS_MAX: u64 = 60;

/// One that runs.
pub(super) struct Benchmark {
    msg_id: String,
    seconds: u64,
    until: At,
    latency: Latency,
    blocks: u64,
}

impl Benchmark {
    /// Begins one, unless one runs already, and answers.
    pub(super) fn begin(
        running: &mut Option<Self>,
        board: &Board,
        now: At,
        command: &Command,
        responder: Responder,
    ) {
        let seconds = match seconds(&command.args) {
            Ok(_) if running.is_some() => return responder.refuse("a benchmark runs already"),
            Ok(seconds) => seconds,
            Err(why) => return responder.refuse(why),
        };
        let msg_id = responder.msg_id().to_owned();
        board.command_stands(&msg_id, BENCHMARK, CommandEnd::Accepted);
        board.set_field(BENCHMARK, json!({"state": "running", "msg_id": msg_id, "seconds": seconds}));
        let until = now + Duration::from_secs(seconds);
        *running = Some(Self { msg_id, seconds, until, latency: Latency::new(), blocks: 0 });
        responder.ack(Some(format!("accepted: it takes {seconds} s")), None);
    }

    /// A block came at `arrived`, and its packets have gone out by `now`.
    pub(super) fn add(&mut self, arrived: At, now: At) {
        self.blocks += 1;
        self.latency.add(now.since(arrived));
    }

    /// When it is over.
    pub(super) fn until(&self) -> At {
        self.until
    }

    /// Shows what it came to.
    pub(super) fn end(mut self, board: &Board) {
        let shown = |state: &str| json!({"state": state, "msg_id": self.msg_id, "seconds": self.seconds, "blocks": self.blocks});
        let end = match self.latency.take_after(1) {
            Some(Quantiles { p50_ms, p95_ms, p99_ms, max_ms }) => {
                let mut result = shown("done");
                for (name, value) in
                    [("p50_ms", p50_ms), ("p95_ms", p95_ms), ("p99_ms", p99_ms), ("max_ms", max_ms)]
                {
                    result[name] = value.into();
                }
                board.set_field(BENCHMARK, result);
                CommandEnd::Done(format!(
                    "{} blocks: p50 {p50_ms:.1}, p95 {p95_ms:.1}, p99 {p99_ms:.1}, max {max_ms:.1} ms",
                    self.blocks
                ))
            }
            None => {
                board.set_field(BENCHMARK, shown("failed"));
                CommandEnd::Failed("no sound came".to_owned())
            }
        };
        board.command_stands(&self.msg_id, BENCHMARK, end);
    }

    /// The loop starts over before it is done.
    pub(super) fn give_up(self, board: &Board) {
        board.set_field(BENCHMARK, Value::Null);
        let why = "the worker was restarted before it was done".to_owned();
        board.command_stands(&self.msg_id, BENCHMARK, CommandEnd::Failed(why));
    }
}

fn seconds(args: &Map<String, Value>) -> Result<u64, String> {
    match args.get("seconds").unwrap_or(&Value::Null) {
        Value::Null => Ok(SECONDS),
        value => value.as_u64().filter(|sec| (1..=SECONDS_MAX).contains(sec)).ok_or_else(|| {
            format!("'seconds' cannot be {value} (allowed: a whole number from 1 to {SECONDS_MAX})")
        }),
    }
}
