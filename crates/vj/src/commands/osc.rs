//! `vj osc`: prints OSC as it arrives.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use clap::builder::FalseyValueParser;
use rosc::{OscMessage, OscType};
use serde_json::{Value, json};
use tokio::net::UdpSocket;
use vj_bus::Client;
use vj_bus::osc::{self, Pattern};
use vj_core::ProcessName;
use vj_core::limits::RECEIVED_BYTES_MAX;
use vj_env::{ControlPlane, WallMillis};

use crate::client::{Bus, on_bus};
use crate::config::ConfigArgs;
use crate::pcap::Pcap;
use crate::terminal::Paint;

/// A subscription is renewed long before its lease of 15 s ends, and a worker that came back is soon heard.
const RENEW: Duration = Duration::from_secs(1);

/// What else a newcomer should know.
const AFTER_HELP: &str = "\
As in: vj osc --pattern '/audio/b*'
It gets a copy of what the workers send, so the visuals may run meanwhile. `--listen` wants a port that nobody else holds.
Wireshark and tcpdump read what `--pcap` writes; what is no OSC is in it, too.";

/// What `vj osc` is asked for.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct OscArgs {
    /// Print what arrives at this address, instead of what the workers send
    #[arg(long, env = "VJ_LISTEN", value_name = "HOST:PORT", value_parser = address)]
    listen: Option<SocketAddr>,
    /// Only addresses that this OSC pattern matches, as in '/audio/b*'
    #[arg(long, env = "VJ_PATTERN", default_value = "/*", value_parser = pattern)]
    pattern: Pattern,
    /// End after this many messages
    #[arg(short = 'n', long, env = "VJ_COUNT", value_name = "N")]
    count: Option<u64>,
    /// Print one JSON document a line
    #[arg(long, env = "VJ_JSON", value_parser = FalseyValueParser::new())]
    json: bool,
    /// Write the packets into this file as well, as a capture for Wireshark or tcpdump
    #[arg(long, env = "VJ_PCAP", value_name = "FILE")]
    pcap: Option<PathBuf>,
    /// With --pcap: print no messages
    #[arg(short, long, env = "VJ_QUIET", requires = "pcap", value_parser = FalseyValueParser::new())]
    quiet: bool,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let local = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    local.as_deref().unwrap_or(text).parse().map_err(|_| "allowed: IP:PORT or localhost:PORT".to_owned())
}

fn pattern(text: &str) -> Result<Pattern, String> {
    Pattern::parse(text)
}

/// Prints OSC until it is told to end.
pub(crate) fn run(args: OscArgs, config: &ConfigArgs) -> Result<ExitCode> {
    on_bus(config, |bus| async move {
        // Before anything is heard: a file that cannot be written is no surprise at the end of a night.
        let pcap = args.pcap.as_deref().map(Pcap::create).transpose()?;
        let at = args.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
        let socket = UdpSocket::bind(at).await.with_context(|| format!("failed to listen on {at}"))?;
        let port = socket.local_addr()?.port();
        let printing = print_all(&bus, &args, &socket, pcap);
        if args.listen.is_some() {
            eprintln!("{}", Paint::for_stderr().faint(&format!("Listening on {at}.")));
            return printing.await;
        }
        tokio::select! {
            biased;
            printed = printing => printed,
            never = subscribe(&bus, port, args.listen.is_none()) => never,
        }
    })
}

/// Keeps a subscription with every worker there is, and with every one that comes.
async fn subscribe(bus: &Bus, port: u16, speaks: bool) -> Result<ExitCode> {
    let mut heard: BTreeSet<ProcessName> = BTreeSet::new();
    let mut said_alone = false;
    loop {
        let mut now = BTreeSet::new();
        for name in bus.control.scan() {
            let Ok(mut client) = Client::connect(&bus.control, &bus.clock, name).await else { continue };
            let args = json!({"host": "127.0.0.1", "port": port});
            if client.call_within(RENEW, "subscribe", args).await.ok().is_ok() {
                now.insert(name);
            }
        }
        let paint = Paint::for_stderr();
        if speaks && now != heard {
            let names: Vec<_> = now.iter().map(|name| name.as_str()).collect();
            eprintln!("{}", paint.faint(&format!("Hearing {}.", names.join(", "))));
        }
        if now.is_empty() && !said_alone {
            eprintln!("{}", paint.faint("Nothing runs yet: waiting for it."));
            said_alone = true;
        }
        heard = now;
        bus.clock.sleep(RENEW).await;
    }
}

async fn print_all(
    bus: &Bus,
    args: &OscArgs,
    socket: &UdpSocket,
    mut pcap: Option<Pcap>,
) -> Result<ExitCode> {
    let to = socket.local_addr()?;
    let started = bus.clock.now();
    let WallMillis(started_ms) = bus.clock.wall_now();
    let mut buffer = vec![0; RECEIVED_BYTES_MAX];
    let mut printed = 0;
    loop {
        let (len, from) = socket.recv_from(&mut buffer).await?;
        let since_start = bus.clock.now().since(started);
        let t = since_start.as_secs_f64();
        // To the microsecond, and never back, even if somebody sets the wall clock.
        let time_us = started_ms * 1_000 + since_start.as_micros() as u64;
        let mut record = || pcap.as_mut().map_or(Ok(()), |pcap| pcap.add(time_us, from, to, &buffer[..len]));
        let mut messages = match osc::messages(&buffer[..len]) {
            Ok(messages) => messages,
            Err(error) => {
                record()?;
                eprintln!("warning: {len} bytes from {from} are no OSC: {error}");
                continue;
            }
        };
        messages.retain(|message| args.pattern.matches(&message.addr));
        if !messages.is_empty() {
            record()?;
        }
        for message in &messages {
            if !args.quiet {
                print(args, t, from, message)?;
            }
            printed += 1;
            if args.count.is_some_and(|count| printed >= count) {
                return Ok(ExitCode::SUCCESS);
            }
        }
    }
}

fn print(args: &OscArgs, t: f64, from: SocketAddr, message: &OscMessage) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let (tags, values) = osc::tags_and_values(&message.args);
    if args.json {
        let line = json!({
            "t": (t * 1e6).round() / 1e6, "from": from.to_string(), "addr": message.addr, "tags": tags, "args": values,
        });
        writeln!(out, "{line}")?;
    } else {
        let shown: Vec<_> = message.args.iter().zip(&values).map(shown).collect();
        let paint = Paint::for_stdout();
        let line = format!("{:<24} {}", message.addr, shown.join(" "));
        writeln!(out, "{} {}", paint.faint(&format!("{t:9.3}")), line.trim_end())?;
    }
    out.flush()
}

fn shown((arg, value): (&OscType, &Value)) -> String {
    match arg {
        OscType::Float(x) => format!("{x:.3}"),
        OscType::Double(x) => format!("{x:.3}"),
        OscType::String(text) => format!("{text:?}"),
        _ => value.to_string(),
    }
}
