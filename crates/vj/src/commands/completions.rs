//! `vj completions SHELL`.

use std::io;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Command};
use clap_complete::Shell;

use crate::cli::Cli;

/// What else a newcomer should know.
const AFTER_HELP: &str = "\
As in:
  vj completions bash > ~/.local/share/bash-completion/completions/vj
  vj completions fish > ~/.config/fish/completions/vj.fish
  vj completions zsh > _vj     (in a folder of your $fpath)";

/// What `vj completions` is asked for.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct CompletionsArgs {
    /// Which shell
    shell: Shell,
}

/// Prints the script.
pub(crate) fn run(args: CompletionsArgs) -> Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut for_people(&Cli::command_line()), "vj", &mut script);
    io::Write::write_all(&mut io::stdout(), &script)?;
    Ok(ExitCode::SUCCESS)
}

/// The command without the flags that the processes of a show give each other: clap hides them in the help, and would
/// complete them all the same.
fn for_people(command: &Command) -> Command {
    let mut shown = Command::new(command.get_name().to_owned())
        .version(env!("CARGO_PKG_VERSION"))
        .disable_version_flag(command.get_version().is_none())
        .disable_help_subcommand(true)
        .visible_aliases(command.get_visible_aliases().map(str::to_owned))
        .args(command.get_arguments().filter(|arg| !arg.is_hide_set()).cloned())
        .subcommands(command.get_subcommands().map(for_people));
    if let Some(about) = command.get_about() {
        shown = shown.about(about.clone());
    }
    shown
}
