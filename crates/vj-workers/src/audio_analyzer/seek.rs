//! Jumps within a file, for whoever rehearses.

use std::time::Duration;

use serde_json::{Map, Value};

/// The command.
pub(super) const SEEK: &str = "seek";

/// No sound is longer than a week.
const POSITION_SEC_MAX: f64 = 7.0 * 86_400.0;

/// Where to, from what the command says.
pub(super) fn position(args: &Map<String, Value>) -> Result<Duration, String> {
    match args.get("position_sec") {
        None | Some(Value::Null) => Err("'position_sec' is missing (seconds into the file)".to_owned()),
        Some(value) => match value.as_f64() {
            Some(sec) if (0.0..=POSITION_SEC_MAX).contains(&sec) => Ok(Duration::from_secs_f64(sec)),
            _ => Err(format!(
                "'position_sec' cannot be {value} (allowed: a number of seconds from 0 to {POSITION_SEC_MAX})"
            )),
        },
    }
}
