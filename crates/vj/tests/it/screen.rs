//! What a user sees: commands and all that they print, without what differs from run to run.

use std::fmt::Write;
use std::process::Output;

use insta::Settings;
use insta::internals::SettingsBindDropGuard;
use vj_core::ProcessName;

use crate::real_show::Show;

/// What differs from run to run, and what stands for it.
const VOLATILE: [(&str, &str); 11] = [
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", "DATE"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "DATE"),
    (r"\bpid \d+", "pid PID"),
    (r#""(pid|guardian)":( ?)\d+"#, r#""$1":${2}PID"#),
    (r"(audio_analyzer|process_manager|up)\[\d+\]", "$1[PID]"),
    (r"(?m)^(audio_analyzer  [a-z]+  )\d+", "${1}PID"),
    (r"\b(\d+ min )?\d+(\.\d)? s\b", "N s"),
    (r#""([a-z_]+_(sec|sec_ago|in_sec))":( ?)[0-9.e-]+"#, r#""$1":${3}N"#),
    (r#""version":( ?)"[^"]+""#, r#""version":${1}"VERSION""#),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"from port \d+", "from port PORT"),
];

/// A session in front of a show.
pub(crate) struct Session<'a> {
    show: &'a Show,
    seen: String,
}

impl<'a> Session<'a> {
    pub(crate) fn of(show: &'a Show) -> Self {
        Self { show, seen: String::new() }
    }

    /// What happens meanwhile.
    pub(crate) fn note(&mut self, what: &str) {
        let _ = writeln!(self.seen, "# {what}\n");
    }

    /// Runs a command, and sees what it prints: standard output, then standard error.
    pub(crate) fn vj(&mut self, args: &[&str]) {
        let output = self.show.vj(args);
        self.ran(args, &output);
    }

    /// Sees what a command has printed.
    pub(crate) fn ran(&mut self, args: &[&str], output: &Output) {
        let args: Vec<_> = args
            .iter()
            .map(|arg| if arg.contains(' ') { format!("'{arg}'") } else { (*arg).to_owned() })
            .collect();
        let _ = writeln!(self.seen, "$ vj {}", args.join(" "));
        for stream in [&output.stdout, &output.stderr] {
            self.seen += std::str::from_utf8(stream).expect("vj prints UTF-8");
        }
        match output.status.code() {
            Some(0) => {}
            code => {
                let _ = writeln!(self.seen, "[exit code {}]", code.expect("it ends by itself"));
            }
        }
        self.seen.push('\n');
    }

    /// All that was seen.
    pub(crate) fn seen(&self) -> String {
        let here = self.show.temp.path().to_str().expect("the tests' folder has a name in UTF-8");
        let mut seen: String = self.seen.replace(here, "SHOW").lines().map(narrow).collect();
        seen.truncate(seen.trim_end().len());
        seen
    }
}

/// Columns are as wide as their widest cell, and a pid may be of any width.
fn narrow(line: &str) -> String {
    let begins = line.split_once(' ').map_or("", |(begin, _)| begin);
    let worker = begins.parse::<ProcessName>().is_ok_and(ProcessName::is_worker);
    let is_row = worker || begins == "WORKER";
    let cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
    let line = if is_row { cells.collect::<Vec<_>>().join("  ") } else { line.to_owned() };
    line + "\n"
}

/// Until its end snapshots are taken without what differs from run to run.
pub(crate) fn without_what_differs() -> SettingsBindDropGuard {
    let mut settings = Settings::clone_current();
    for (pattern, stands_for_it) in VOLATILE {
        settings.add_filter(pattern, stands_for_it);
    }
    settings.bind_to_scope()
}
