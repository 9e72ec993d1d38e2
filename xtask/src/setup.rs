//! What the build and the tests need from the system: a table, a probe each, and the way to get what is missing.

use std::process::Command;

use anyhow::{Result, bail};

use crate::shell;
use crate::usage::{Arguments, UsageError};

/// What the needs are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    Build,
    /// Includes the build.
    Tests,
}

/// Something outside of the workspace.
#[derive(Debug)]
struct Need {
    /// As `--without` takes it.
    name: &'static str,
    /// macOS brings it, or its like.
    linux_only: bool,
    scope: Scope,
    why: &'static str,
    /// A command that succeeds when it is there.
    probe: &'static [&'static str],
    /// Debian's package.
    apt: Option<&'static str>,
    /// What a macOS user types.
    macos: &'static str,
    /// What anybody else may do.
    otherwise: &'static str,
}

/// Where the browser is that tests open a report in.
const BROWSER: &[&str] = if cfg!(target_os = "macos") {
    &["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "--version"]
} else {
    &["chromium", "--version"]
};

const NEEDS: [Need; 10] = [
    Need {
        name: "cc",
        linux_only: false,
        scope: Scope::Build,
        why: "links every Rust program",
        probe: &["cc", "--version"],
        apt: Some("build-essential"),
        macos: "xcode-select --install",
        otherwise: "install a C compiler that answers to `cc`",
    },
    Need {
        name: "pkg-config",
        linux_only: true,
        scope: Scope::Build,
        why: "finds the headers of ALSA",
        probe: &["pkg-config", "--version"],
        apt: Some("pkg-config"),
        macos: "brew install pkgconf",
        otherwise: "install pkg-config, or leave live capture out with --without alsa",
    },
    Need {
        name: ALSA,
        linux_only: true,
        scope: Scope::Build,
        why: "live capture of sound",
        probe: &["pkg-config", "--exists", "alsa"],
        apt: Some("libasound2-dev"),
        macos: "nothing",
        otherwise: "install the headers of ALSA, or leave live capture out with --without alsa",
    },
    Need {
        name: "pulseaudio",
        linux_only: true,
        scope: Scope::Tests,
        why: "tests play sound into a sound server of their own",
        probe: &["pulseaudio", "--version"],
        apt: Some("pulseaudio"),
        macos: "nothing",
        otherwise: "install PulseAudio",
    },
    Need {
        name: "paplay",
        linux_only: true,
        scope: Scope::Tests,
        why: "plays sound into it",
        probe: &["paplay", "--version"],
        apt: Some("pulseaudio-utils"),
        macos: "nothing",
        otherwise: "install PulseAudio's utilities",
    },
    Need {
        name: "dbus-daemon",
        linux_only: true,
        scope: Scope::Tests,
        why: "tests put a player on a session bus of their own",
        probe: &["dbus-daemon", "--version"],
        apt: Some("dbus"),
        macos: "nothing",
        otherwise: "install D-Bus",
    },
    Need {
        name: "rustfmt",
        linux_only: false,
        scope: Scope::Tests,
        why: "checks the format",
        probe: &["cargo", "fmt", "--version"],
        apt: None,
        macos: "rustup component add rustfmt",
        otherwise: "rustup component add rustfmt",
    },
    Need {
        name: "clippy",
        linux_only: false,
        scope: Scope::Tests,
        why: "checks the code",
        probe: &["cargo", "clippy", "--version"],
        apt: None,
        macos: "rustup component add clippy",
        otherwise: "rustup component add clippy",
    },
    Need {
        name: "python3",
        linux_only: false,
        scope: Scope::Tests,
        why: "a test runs the Python client of the documents",
        probe: &["python3", "--version"],
        apt: Some("python3"),
        macos: "brew install python",
        otherwise: "install Python 3",
    },
    Need {
        name: "chromium",
        linux_only: false,
        scope: Scope::Tests,
        why: "a test opens a report in it",
        probe: BROWSER,
        apt: Some("chromium"),
        macos: "brew install --cask google-chrome",
        otherwise: "install a Chromium that answers to `chromium`",
    },
];

/// Live capture needs this on Linux.
const ALSA: &str = "alsa";

/// What cargo must be told for a build without the parts that the user leaves out.
pub(crate) fn features(without: &[String]) -> &'static [&'static str] {
    if without.iter().any(|without| without == ALSA) { &["--no-default-features"] } else { &[] }
}

/// The system's way to install.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum System {
    /// With the words that go before a command which only root may run; `None` if we may not.
    Debian {
        as_root: Option<&'static [&'static str]>,
    },
    MacOs,
    Other,
}

/// What to do about what is missing.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    Nothing,
    /// Commands to run, in order.
    Install(Vec<Vec<String>>),
    /// For the user to do.
    Explain(String),
}

/// Names that `--without` takes.
pub(crate) fn names() -> Vec<&'static str> {
    NEEDS.iter().map(|need| need.name).collect()
}

/// `cargo xtask setup`.
pub(crate) fn command(mut arguments: Arguments) -> Result<()> {
    let without = arguments.values("--without")?;
    arguments.nothing_more()?;
    check_names(&without)?;
    run(Scope::Tests, &without)
}

/// Refuses names that leave nothing out.
pub(crate) fn check_names(without: &[String]) -> Result<()> {
    match without.iter().find(|without| !names().contains(&without.as_str())) {
        None => Ok(()),
        Some(unknown) => {
            let known = names().join(", ");
            Err(UsageError(format!("--without {unknown}: allowed are {known}")).into())
        }
    }
}

/// Installs what is missing, or says what to type and fails.
pub(crate) fn run(scope: Scope, without: &[String]) -> Result<()> {
    let (left_out, needed): (Vec<&Need>, Vec<&Need>) = NEEDS
        .iter()
        .filter(|need| need.scope <= scope && (!need.linux_only || cfg!(target_os = "linux")))
        .partition(|need| without.iter().any(|without| without == need.name));
    for need in &left_out {
        println!("left out on request: {} ({})", need.name, need.why);
    }
    let missing =
        |needs: &[&'static Need]| needs.iter().copied().filter(|need| !is_there(need)).collect::<Vec<_>>();
    let first_missing = missing(&needed);
    if first_missing.is_empty() {
        return Ok(());
    }
    match plan(system(), &first_missing) {
        Plan::Nothing => Ok(()),
        Plan::Explain(how) => bail!("{how}"),
        Plan::Install(commands) => {
            for need in &first_missing {
                println!("installing {}: {}", need.name, need.why);
            }
            for words in commands {
                let mut command = Command::new(&words[0]);
                command.args(&words[1..]);
                shell::run(command)?;
            }
            match missing(&first_missing).first() {
                None => Ok(()),
                Some(need) => {
                    bail!("{} was installed, but `{}` still fails", need.name, need.probe.join(" "))
                }
            }
        }
    }
}

fn is_there(need: &Need) -> bool {
    shell::succeeds(need.probe[0], &need.probe[1..])
}

fn system() -> System {
    if cfg!(target_os = "macos") {
        return System::MacOs;
    }
    if !shell::succeeds("apt-get", &["--version"]) {
        return System::Other;
    }
    let is_root = shell::output({
        let mut command = Command::new("id");
        command.arg("-u");
        command
    })
    .is_ok_and(|id| id.trim() == "0");
    let as_root = if is_root {
        Some(&["env", "DEBIAN_FRONTEND=noninteractive"][..])
    } else if shell::succeeds("sudo", &["-n", "true"]) {
        Some(&["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"][..])
    } else {
        None
    };
    System::Debian { as_root }
}

fn plan(system: System, missing: &[&Need]) -> Plan {
    let by_hand = |need: &Need| match system {
        System::MacOs => need.macos,
        _ => need.otherwise,
    };
    let packages: Vec<&str> = missing.iter().filter_map(|need| need.apt).collect();
    let all_packaged = packages.len() == missing.len();
    match system {
        _ if missing.is_empty() => Plan::Nothing,
        System::Debian { as_root: Some(as_root) } if all_packaged => {
            let command = |words: &[&str]| {
                as_root.iter().chain(words).map(|word| (*word).to_owned()).collect::<Vec<String>>()
            };
            let install = [&["apt-get", "-q", "install", "-y", "--no-install-recommends"], &packages[..]];
            Plan::Install(vec![command(&["apt-get", "-q", "update"]), command(&install.concat())])
        }
        System::Debian { .. } if all_packaged => {
            let why = reasons(missing);
            let packages = packages.join(" ");
            Plan::Explain(format!("missing {why}: sudo apt-get update && sudo apt-get install -y {packages}"))
        }
        _ => {
            let ways: Vec<String> = missing
                .iter()
                .map(|need| match (system, need.apt) {
                    (System::Debian { .. }, Some(package)) => format!("sudo apt-get install -y {package}"),
                    _ => by_hand(need).to_owned(),
                })
                .collect();
            Plan::Explain(format!("missing {}: {}", reasons(missing), ways.join(" && ")))
        }
    }
}

fn reasons(missing: &[&Need]) -> String {
    let reasons: Vec<String> = missing.iter().map(|need| format!("{} ({})", need.name, need.why)).collect();
    reasons.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(name: &str) -> &'static Need {
        NEEDS.iter().find(|need| need.name == name).unwrap()
    }

    #[test]
    fn root_installs_after_one_update() {
        let as_root = Some(&["sudo", "-n"][..]);
        let Plan::Install(commands) = plan(System::Debian { as_root }, &[need("cc"), need("python3")]) else {
            panic!("it may install");
        };
        let lines: Vec<String> = commands.iter().map(|words| words.join(" ")).collect();
        assert_eq!(
            lines,
            [
                "sudo -n apt-get -q update",
                "sudo -n apt-get -q install -y --no-install-recommends build-essential python3"
            ]
        );
    }

    #[test]
    fn others_are_told_the_exact_command() {
        let told = |system, needs: &[&Need]| match plan(system, needs) {
            Plan::Explain(how) => how,
            other => panic!("{other:?} should explain"),
        };
        assert_eq!(
            told(System::Debian { as_root: None }, &[need("python3")]),
            "missing python3 (a test runs the Python client of the documents): \
             sudo apt-get update && sudo apt-get install -y python3"
        );
        assert!(told(System::MacOs, &[need("cc")]).ends_with(": xcode-select --install"));
        assert!(told(System::MacOs, &[need("python3")]).ends_with(": brew install python"));
        assert!(
            told(System::Debian { as_root: Some(&[]) }, &[need("clippy")])
                .ends_with(": rustup component add clippy")
        );
        assert_eq!(plan(System::Other, &[]), Plan::Nothing);
    }

    #[test]
    fn only_known_parts_can_be_left_out() {
        let error = command(Arguments::new(vec!["--without".into(), "phyton".into()])).unwrap_err();
        let told = &error.downcast_ref::<UsageError>().unwrap().0;
        assert_eq!(
            told,
            "--without phyton: allowed are cc, pkg-config, alsa, pulseaudio, paplay, dbus-daemon, rustfmt, clippy, python3, chromium"
        );
    }
}
