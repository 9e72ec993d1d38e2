//! The help, as it is printed, and the completions.

use std::fmt::Write;

use crate::support::vj;

/// The commands, as the help lists them.
fn commands() -> Vec<String> {
    let help = vj(&["--help"]).stdout;
    let (_, list) = help.split_once("Commands:\n").unwrap();
    let (list, _) = list.split_once("\n\n").unwrap();
    list.lines().map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

#[test]
fn without_arguments_the_help_is_printed() {
    let run = vj::<&str>(&[]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(run.stdout, vj(&["--help"]).stdout);
    insta::assert_snapshot!(run.stdout);
}

#[test]
fn every_command_has_its_help() {
    let mut seen = String::new();
    for command in commands() {
        let run = vj(&[command.as_str(), "--help"]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{command}");
        assert_eq!(run.stdout, vj(&[command.as_str(), "-h"]).stdout, "{command}");
        // The same below each.
        let (help, rest) = run.stdout.split_once("\nConfiguration:\n").unwrap();
        let (_, after) = rest.split_once("for\n                               each]\n").unwrap_or_default();
        let _ = writeln!(seen, "$ vj {command} --help\n{help}{after}");
    }
    insta::assert_snapshot!(seen);
}

#[test]
fn help_names_variables_and_not_what_they_hold() {
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_vj"))
        .args(["status", "--help"])
        .env("VJ_CONFIG", "/somewhere/secret.toml")
        .output()
        .unwrap();
    let help = String::from_utf8(run.stdout).unwrap();
    assert!(help.contains("VJ_CONFIG") && !help.contains("secret"), "{help}");
}

#[test]
fn completions_offer_what_the_help_shows_and_nothing_else() {
    for (shell, begins) in [
        ("bash", "_vj() {"),
        ("zsh", "#compdef vj\n"),
        ("fish", "# Print an optspec"),
        ("elvish", "\nuse builtin;"),
        ("powershell", "\nusing namespace System.Management.Automation"),
    ] {
        let script = vj(&["completions", shell]).stdout;
        for command in commands() {
            assert!(script.contains(&command), "{shell}: {command}");
        }
        assert!(script.starts_with(begins), "{shell}: {}", &script[..60]);
        for shown in ["detach", "only", "bus-dir", "follow"] {
            assert!(script.contains(shown), "{shell}: {shown}");
        }
        for hidden in ["detached", "snapshot"] {
            assert!(!script.contains(hidden), "{shell}: {hidden}");
        }
    }
}

#[test]
fn the_version_is_the_crates() {
    assert_eq!(vj(&["--version"]).stdout, format!("vj {}\n", env!("CARGO_PKG_VERSION")));
}
