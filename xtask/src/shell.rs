//! Runs other programs, in the workspace's root, and says plainly what failed.

use std::ffi::OsString;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// The `cargo` that runs us. Programs are built with `--workspace --bin NAME` (or run by `--bin NAME`), never with `-p`: what a
/// package alone asks of a crate is less than what the whole workspace does, and each set of wishes is compiled by itself.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command.args(arguments).current_dir(workspace::root());
    command
}

/// How the user would type it.
pub(crate) fn typed(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let program = program.rsplit('/').next().unwrap_or(&program).to_owned();
    let words = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(program).chain(words).collect::<Vec<_>>().join(" ")
}

/// Runs it with our own input and output.
pub(crate) fn status(mut command: Command) -> Result<ExitStatus> {
    let line = typed(&command);
    command.status().with_context(|| format!("`{line}` could not be started"))
}

/// Runs it; anything but success is an error.
pub(crate) fn run(command: Command) -> Result<()> {
    let line = typed(&command);
    match status(command)? {
        status if status.success() => Ok(()),
        status => bail!("`{line}` failed ({})", ending(status)),
    }
}

/// Runs it in silence; whether it could be started and succeeded.
pub(crate) fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Runs it and returns what it printed; its errors go to ours.
pub(crate) fn output(mut command: Command) -> Result<String> {
    let line = typed(&command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("`{line}` could not be started"))?;
    if !output.status.success() {
        bail!("`{line}` failed ({})", ending(output.status));
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{line}` printed something that is not UTF-8"))
}

/// The exit code to hand on; a death by signal N is 128 + N, as shells have it.
pub(crate) fn exit_code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt as _;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

fn ending(status: ExitStatus) -> String {
    status.code().map_or_else(|| "killed by a signal".to_owned(), |code| format!("exit {code}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_and_its_ending() {
        let mut command = Command::new("sh");
        command.args(["-c", "exit 7"]);
        assert_eq!(run(command).unwrap_err().to_string(), "`sh -c exit 7` failed (exit 7)");
        let missing = run(Command::new("no-such-program-anywhere")).unwrap_err().to_string();
        assert_eq!(missing, "`no-such-program-anywhere` could not be started");
    }

    #[test]
    fn exit_codes_are_handed_on() {
        let code = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            exit_code(status(command).unwrap())
        };
        assert_eq!([code("exit 0"), code("exit 14"), code("kill -9 $$")], [0, 14, 137]);
    }

    #[test]
    fn output_is_returned() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo hello"]);
        assert_eq!(output(command).unwrap(), "hello\n");
    }
}
