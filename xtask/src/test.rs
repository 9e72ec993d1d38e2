//! `cargo xtask test`: everything that must hold before a change lands, the quick and telling steps first.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};

use crate::setup::{self, Scope};
use crate::usage::{Arguments, UsageError};
use crate::{eval, fixtures, rehearse, shell, sim, tidy, workspace};

/// One thing that must hold.
struct Step {
    name: &'static str,
    /// How to run just this step.
    again: &'static str,
    run: fn(&Options) -> Result<()>,
}

struct Options {
    /// Seeds that each scenario runs with.
    seeds: u64,
    /// Steps and system needs that the user chose to do without.
    without: Vec<String>,
}

const STEPS: [Step; 10] = [
    Step {
        name: "set-up",
        again: "cargo xtask setup",
        run: |options| setup::run(Scope::Tests, &options.without),
    },
    Step {
        name: "format",
        again: "cargo fmt --all -- --check",
        run: |_| shell::run(shell::cargo(&["fmt", "--all", "--", "--check"])),
    },
    Step { name: "tidy", again: "cargo xtask tidy", run: |_| tidy::run(Arguments::none()) },
    Step {
        name: "clippy",
        again: "cargo clippy --workspace --all-targets -- -D warnings",
        run: |options| {
            let mut clippy = shell::cargo(&["clippy", "--workspace", "--all-targets"]);
            clippy.args(setup::features(&options.without)).args(["--", "-D", "warnings"]);
            shell::run(clippy)
        },
    },
    Step {
        name: "fixtures",
        again: "cargo xtask fixtures --check",
        run: |_| {
            fixtures::run(Arguments::new(vec!["--check".to_owned()]))?;
            fixtures::ensure()
        },
    },
    Step { name: "tests", again: "cargo test --workspace", run: tests },
    Step {
        name: "ears",
        again: "cargo xtask eval fixtures/sets --dev --floors fixtures/floors.toml",
        run: ears,
    },
    Step { name: "scenarios", again: "cargo xtask sim all --seeds N", run: scenarios },
    Step { name: "shows", again: "cargo xtask sim all --real", run: shows },
    Step {
        name: "rehearsal",
        again: "cargo xtask rehearse",
        run: |options| handed_on(rehearse::run(left_out(options))?),
    },
];

pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    let options =
        Options { seeds: arguments.number("--seeds", 20)?, without: arguments.values("--without")? };
    arguments.nothing_more()?;
    check_without(&options.without)?;
    let (mut done, mut passed_over) = (0, Vec::new());
    let started = now();
    for step in &STEPS {
        if options.without.iter().any(|without| without == step.name) {
            println!("\n== {}: left out on request", step.name);
            passed_over.push(step.name);
            continue;
        }
        println!("\n== {}", step.name);
        let began = now();
        if let Err(error) = (step.run)(&options) {
            let took = seconds(began.elapsed());
            let again = step.again.replace("--seeds N", &format!("--seeds {}", options.seeds));
            return Err(anyhow!("{} failed after {took}: {error:#}\nagain: {again}", step.name));
        }
        println!("== {} holds ({})", step.name, seconds(began.elapsed()));
        done += 1;
    }
    let rest = if passed_over.is_empty() {
        String::new()
    } else {
        format!("; left out on request: {}", passed_over.join(", "))
    };
    println!("\n{done} of {} steps hold, {}{rest}", STEPS.len(), seconds(started.elapsed()));
    Ok(())
}

/// The tests learn from `VJ_WITHOUT` what the user chose to do without; unset, nothing may be missing.
fn tests(options: &Options) -> Result<()> {
    let mut command = shell::cargo(&["test", "--workspace"]);
    command.args(setup::features(&options.without));
    command.env_remove("VJ_WITHOUT");
    if !options.without.is_empty() {
        command.env("VJ_WITHOUT", options.without.join(","));
    }
    shell::run(command)
}

fn ears(options: &Options) -> Result<()> {
    let [sets, floors] = ["fixtures/sets", "fixtures/floors.toml"]
        .map(|path| workspace::root().join(path).display().to_string());
    let words = [sets, "--dev".to_owned(), "--floors".to_owned(), floors];
    eval::run(Arguments::new([words.to_vec(), left_out(options).rest()].concat()))
}

fn scenarios(options: &Options) -> Result<()> {
    let words = ["all".to_owned(), "--seeds".to_owned(), options.seeds.to_string()];
    handed_on(sim::run(Arguments::new(words.into()))?)
}

/// The same over real processes, in real time.
fn shows(options: &Options) -> Result<()> {
    let mut words = vec!["all".to_owned(), "--real".to_owned()];
    words.extend(left_out(options).rest().iter().cloned());
    handed_on(sim::run(Arguments::new(words))?)
}

fn handed_on(code: u8) -> Result<()> {
    match code {
        0 => Ok(()),
        code => bail!("exit {code}"),
    }
}

/// The system needs among what is left out, for a command that does its own set-up.
fn left_out(options: &Options) -> Arguments {
    let needs = options.without.iter().filter(|without| setup::names().contains(&without.as_str()));
    Arguments::new(needs.flat_map(|need| ["--without".to_owned(), need.clone()]).collect())
}

fn check_without(without: &[String]) -> Result<()> {
    let allowed: Vec<&str> = STEPS.iter().map(|step| step.name).chain(setup::names()).collect();
    match without.iter().find(|without| !allowed.contains(&without.as_str())) {
        None => Ok(()),
        Some(unknown) => {
            Err(UsageError(format!("--without {unknown}: allowed are {}", allowed.join(", "))).into())
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "nothing here is ever simulated: the user wants to know what took long"
)]
fn now() -> Instant {
    Instant::now()
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_steps_can_be_left_out() {
        assert!(check_without(&["rehearsal".to_owned(), "python3".to_owned()]).is_ok());
        let error = check_without(&["tets".to_owned()]).unwrap_err();
        let told = &error.downcast_ref::<UsageError>().unwrap().0;
        assert!(told.starts_with("--without tets: allowed are set-up, format, tidy"), "{told}");
    }

    #[test]
    fn a_rehearsal_is_told_of_needs_but_not_of_steps() {
        let options = Options { seeds: 1, without: vec!["clippy".to_owned(), "tidy".to_owned()] };
        assert_eq!(left_out(&options).rest(), ["--without", "clippy"]);
    }
}
