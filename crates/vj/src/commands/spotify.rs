//! `vj spotify login`: the user says yes in a browser, and the sign-in is kept for every show from then on.

use std::io::{self, BufRead};
use std::process::{Command, ExitCode, Stdio};
use std::thread;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use tokio::sync::mpsc;
use vj_adapters::spotify::{Login, Service, TokenFile};
use vj_core::ProcessName;
use vj_env::Scope;

use crate::client::{Bus, on_this_bus};
use crate::config::{Config, ConfigArgs, Paths, table_of};
use crate::terminal::{Paint, print_line};

/// Lines that somebody has pasted and nobody has looked at yet.
const PASTED_MAX: usize = 4;

/// What `vj spotify` is asked for.
#[derive(Debug, Args)]
pub(crate) struct SpotifyArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Sign in with a browser, on this machine or on another
    Login(LoginArgs),
}

/// What `vj spotify login` is asked for.
#[derive(Debug, Args)]
struct LoginArgs {
    /// Print the address only: the browser is on another machine
    #[arg(long, env = "VJ_NO_BROWSER", value_parser = clap::builder::FalseyValueParser::new())]
    no_browser: bool,
}

/// Signs in.
pub(crate) fn run(args: SpotifyArgs, config_args: &ConfigArgs) -> Result<ExitCode> {
    let What::Login(args) = args.what;
    let config = match Config::load(config_args) {
        Ok(config) => config,
        Err(errors) => return Ok(errors.report()),
    };
    on_this_bus(config, Paths::find(config_args), |bus| login(bus, args))
}

async fn login(bus: Bus, args: LoginArgs) -> Result<ExitCode> {
    let table = table_of(ProcessName::SpotifyMonitor).expect("each worker has a table");
    let settings = bus.config.settings(table);
    let (service, redirect_uri) = (Service::of(&settings), settings.text("redirect_uri"));
    let scope = Scope::new();
    let login = Login::begin(&service, &redirect_uri, bus.clock.clone(), scope.clone()).await?;
    let opened = !args.no_browser && open(login.url());
    print_line(format_args!(
        "{}\n\n  {}\n",
        if opened {
            "Your browser shows this page; say yes there:"
        } else {
            "Open this page and say yes there:"
        },
        login.url()
    ))?;
    if !opened {
        print_line(
            "If the browser is on another machine, it will end at a page that it cannot open: paste its address here.",
        )?;
    }
    let paint = Paint::for_stderr();
    let token = login.finish(pasted_lines(), |what| eprintln!("{} {what}", paint.strong("note:"))).await;
    scope.kill();
    let file = TokenFile::new(&bus.paths.state);
    file.write(&token?).context("failed to keep the sign-in")?;
    print_line(format_args!(
        "Signed in. A show that runs takes it up by itself ({}).",
        file.path().display()
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Shows a page in the user's browser, if there is one.
fn open(url: &str) -> bool {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    if !cfg!(target_os = "macos")
        && !["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|it| std::env::var_os(it).is_some())
    {
        return false;
    }
    let mut command = Command::new(program);
    command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // It is not waited for: where no browser runs yet, this one stays for as long as its window.
    command.spawn().is_ok()
}

/// What somebody pastes, a line each. It is read beside everything else, since a terminal cannot be waited for.
fn pasted_lines() -> mpsc::Receiver<String> {
    let (tell, told) = mpsc::channel(PASTED_MAX);
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if tell.blocking_send(line).is_err() {
                return;
            }
        }
    });
    told
}
