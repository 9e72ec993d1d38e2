//! What is asked of the debugger.

use serde_json::{Map, Value, json};
use vj_bus::osc::Pattern;
use vj_bus::{Command, Responder};
use vj_core::ProcessName;
use vj_env::Level;

use super::capture::{Capture, Captured, Content, Said};
use super::limits::{ANSWER_BYTES_MAX, LOGS_MAX, MESSAGES_MAX};

/// What is asked for if nobody says how many.
const MESSAGES: u64 = 50;
const LOGS: u64 = 100;

const LEVELS: [(&str, Level); 4] =
    [("debug", Level::Debug), ("info", Level::Info), ("warning", Level::Warning), ("error", Level::Error)];

/// Answers a command.
pub(super) fn answer(capture: &mut Capture, command: &Command, responder: Responder) {
    let answered = match command.cmd.as_str() {
        "get_messages" => messages(capture, &command.args),
        "get_logs" => logs(capture, &command.args),
        "clear" => {
            capture.clear();
            return responder.done();
        }
        other => return responder.unknown(other),
    };
    match answered {
        Ok(data) => responder.respond(data),
        Err(why) => responder.refuse(why),
    }
}

fn messages(capture: &Capture, args: &Map<String, Value>) -> Result<Value, String> {
    let count = whole(args, "count", MESSAGES, 1, MESSAGES_MAX as u64)?;
    let since = whole(args, "since", 0, 0, u64::MAX)?;
    let pattern = match args.get("pattern").unwrap_or(&Value::Null) {
        Value::Null => None,
        Value::String(text) => Some(Pattern::parse(text).map_err(|why| format!("'pattern': {why}"))?),
        other => return Err(format!("'pattern' cannot be {other} (allowed: an OSC address pattern)")),
    };
    let is_wanted = |captured: &Captured| match (&captured.what, &pattern) {
        (_, None) => true,
        (Content::Message { addr, .. }, Some(pattern)) => pattern.matches(addr),
        (Content::Malformed { .. }, Some(_)) => false,
    };
    let newest = capture.messages.newest_first().take_while(|(seq, _)| *seq > since);
    let wanted = newest.filter(|(_, captured)| is_wanted(captured)).map(|(seq, it)| message_json(seq, it));
    let (list, more) = page(wanted, count);
    Ok(json!({"messages": list, "more": more, "seq": capture.messages.seq(), "run": capture.run()}))
}

fn message_json(seq: u64, captured: &Captured) -> Value {
    let Captured { time_ms, from, what } = captured;
    match what {
        Content::Message { addr, tags, args } => {
            json!({"seq": seq, "time_ms": time_ms, "from": from, "addr": addr, "tags": tags, "args": args})
        }
        Content::Malformed { error, bytes } => {
            json!({"seq": seq, "time_ms": time_ms, "from": from, "addr": "", "error": error, "bytes": bytes})
        }
    }
}

fn logs(capture: &Capture, args: &Map<String, Value>) -> Result<Value, String> {
    let count = whole(args, "count", LOGS, 1, LOGS_MAX as u64)?;
    let since = whole(args, "since", 0, 0, u64::MAX)?;
    let level = match args.get("level").unwrap_or(&Value::Null) {
        Value::Null => Level::Debug,
        value => {
            let known = LEVELS.iter().find(|(name, _)| *value == *name);
            let allowed = "allowed: debug, info, warning, error";
            known.ok_or_else(|| format!("'level' cannot be {value} ({allowed})"))?.1
        }
    };
    let worker = match args.get("worker").unwrap_or(&Value::Null) {
        Value::Null => None,
        Value::String(name) => {
            Some(name.parse::<ProcessName>().map_err(|error| format!("'worker': {error}"))?)
        }
        other => return Err(format!("'worker' cannot be {other} (allowed: the name of a process)")),
    };
    let is_wanted = |said: &Said| {
        said.record.level >= level && worker.is_none_or(|worker| said.worker == worker.as_str())
    };
    let newest = capture.logs.newest_first().take_while(|(seq, _)| *seq > since);
    let wanted = newest.filter(|(_, said)| is_wanted(said)).map(|(seq, it)| log_json(seq, it));
    let (list, more) = page(wanted, count);
    Ok(json!({"logs": list, "more": more, "seq": capture.logs.seq(), "run": capture.run()}))
}

fn log_json(seq: u64, said: &Said) -> Value {
    let Said { worker, pid, record } = said;
    json!({
        "seq": seq, "time_ms": record.time_ms, "worker": worker, "pid": pid, "level": record.level,
        "message": record.message,
    })
}

/// The newest that fit into an answer, at most `count`, the newest last; and whether there are more.
fn page(newest_first: impl Iterator<Item = Value>, count: u64) -> (Vec<Value>, bool) {
    let (mut list, mut bytes, mut more) = (Vec::new(), 0, false);
    for entry in newest_first {
        bytes += text_bytes(&entry) + 1;
        if list.len() as u64 == count || bytes > ANSWER_BYTES_MAX {
            more = true;
            break;
        }
        list.push(entry);
    }
    list.reverse();
    (list, more)
}

/// How long it is as text, without making one.
fn text_bytes(entry: &Value) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // A value can always be written, and counting never fails.
    let _ = serde_json::to_writer(&mut count, entry);
    count.0
}

fn whole(args: &Map<String, Value>, name: &str, default: u64, min: u64, max: u64) -> Result<u64, String> {
    match args.get(name).unwrap_or(&Value::Null) {
        Value::Null => Ok(default),
        value => value.as_u64().filter(|n| (min..=max).contains(n)).ok_or_else(|| {
            format!("'{name}' cannot be {value} (allowed: a whole number from {min} to {max})")
        }),
    }
}
