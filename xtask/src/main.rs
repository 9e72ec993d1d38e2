//! The workspace's own commands: `cargo xtask help` lists them.
//!
//! It imports nothing of ours, so that it builds in seconds and can judge the rest even when that does not build.

mod bench;
mod coverage;
mod eval;
mod fixtures;
mod mutants;
mod peers;
mod pictures;
mod rehearse;
mod setup;
mod shell;
mod sim;
mod test;
mod tidy;
mod toml_reader;
mod usage;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;

use usage::{Arguments, UsageError};

const HELP: &str = "\
cargo xtask rehearse [SET] [--report DIR] [ARGS...]   set up, build, rehearse a set (the bundled one), write a report
cargo xtask test [--seeds N] [--without WHAT]...      everything that must hold before a change lands
cargo xtask sim NAME|all [--seed N] [--seeds N] [--real] [--json FILE] | --list
                                                      a scenario of the simulator, or over real processes;
                                                      its exit code handed on
cargo xtask eval DIR [--each] [--by KEY] [--predictions DIR] [--floors FILE] [--json FILE] [--dev]
                                                      how well the analyser (or whoever made those predictions) hears a
                                                      folder of annotated sound, as a table
cargo xtask bench [FILTER | --peers]                  benchmarks, and where their figures are; --peers: what the whole
                                                      analyser costs beside aubio
cargo xtask fixtures [--check | --bless]              make the generated fixtures again, byte for byte; --check only
                                                      compares, --bless takes a changed score as the new measure
cargo xtask coverage                                  which lines the whole suite runs; at least 80 % must be
cargo xtask mutants [--real]                          deliberate mistakes, each of which the simulator must find; --real
                                                      also over real processes
cargo xtask pictures                                  take the pictures of the console in docs/pictures anew
cargo xtask tidy [RULE...] [--list | --bless]         the rules tested as code; --bless writes the OSC table anew
cargo xtask setup [--without WHAT]...                 install, or explain, what build and tests need from the system
cargo xtask help                                      this text";

fn main() -> ExitCode {
    let mut arguments = Arguments::new(std::env::args().skip(1).collect());
    let command = arguments.leading_word();
    match dispatch(command.as_deref(), arguments) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(if error.is::<UsageError>() { 2 } else { 1 })
        }
    }
}

/// The exit code of the command; those that hand on no code of their own end with 0.
fn dispatch(command: Option<&str>, mut arguments: Arguments) -> Result<u8> {
    let asks_for_help = command != Some("sim") && command != Some("rehearse") && has_help(&mut arguments);
    match command {
        None if arguments == Arguments::none() => help(),
        Some("help") => help(),
        _ if asks_for_help => help(),
        Some("rehearse") => rehearse::run(arguments),
        Some("sim") => sim::run(arguments),
        Some("test") => test::run(arguments).map(|()| 0),
        Some("bench") => bench::run(arguments).map(|()| 0),
        Some("fixtures") => fixtures::run(arguments).map(|()| 0),
        Some("eval") => eval::run(arguments).map(|()| 0),
        Some("coverage") => coverage::run(arguments).map(|()| 0),
        Some("mutants") => mutants::run(arguments).map(|()| 0),
        Some("pictures") => pictures::run(arguments).map(|()| 0),
        Some("tidy") => tidy::run(arguments).map(|()| 0),
        Some("setup") => setup::command(arguments).map(|()| 0),
        Some(unknown) => Err(UsageError(format!("\"{unknown}\" is no command")).into()),
        None => arguments.nothing_more().map(|()| 0),
    }
}

fn has_help(arguments: &mut Arguments) -> bool {
    arguments.flag("--help") | arguments.flag("-h")
}

fn help() -> Result<u8> {
    println!("{HELP}");
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_command_is_a_mistake_of_the_caller() {
        for line in [&["rehearsal"][..], &["--rehearse"]] {
            let mut arguments = Arguments::new(line.iter().map(|word| (*word).to_owned()).collect());
            let command = arguments.leading_word();
            let error = dispatch(command.as_deref(), arguments).unwrap_err();
            assert!(error.is::<UsageError>(), "{line:?}: {error}");
        }
    }
}
