//! How anybody writes a client: discover, ask, subscribe, react.
//!
//!     cargo run -p vj-bus --example client [BUS_DIR]

use std::path::{Path, PathBuf};
use std::time::Duration;

use rosc::{OscPacket, OscType};
use serde_json::{Value, json};
use tokio::net::UdpSocket;
use vj_bus::{Client, discover};
use vj_core::ProcessName::AudioAnalyzer;
use vj_env::Clock;
use vj_env::real::{BusDir, UnixControl, real_clock};

fn main() -> std::io::Result<()> {
    let dir = std::env::args_os().nth(1).map_or_else(|| "/tmp/vj-bus".into(), PathBuf::from);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(follow(&dir, |line| println!("{line}")))
}

/// Says what it finds on the bus, then "beat" at each beat; comes back whenever the worker does.
pub(crate) async fn follow(dir: &Path, say: impl Fn(&str)) -> std::io::Result<()> {
    let clock = real_clock();
    let bus = UnixControl::new(BusDir::look_at(dir), clock.clone());
    for found in discover(&bus, &clock).await {
        let how =
            found.state.map_or_else(|why| why, |state| state["status"].as_str().unwrap_or("?").to_owned());
        say(&format!("found {}: {how}", found.name));
    }
    let osc = UdpSocket::bind("127.0.0.1:0").await?;
    loop {
        if let Ok(mut worker) = Client::connect(&bus, &clock, AudioAnalyzer).await {
            let Err(why) = listen(&mut worker, &osc, &clock, &say).await;
            say(&format!("lost it: {why}"));
        }
        clock.sleep(Duration::from_millis(250)).await;
    }
}

/// Listens on one connection until it is lost; says why it was.
async fn listen(
    worker: &mut Client,
    osc: &UdpSocket,
    clock: &Clock,
    say: &impl Fn(&str),
) -> Result<std::convert::Infallible, String> {
    let state = worker.call("get_state", Value::Null).await.ok()?.data;
    say(&format!("its settings: {}", state["config"]));
    // Heartbeats on this connection: so its end is noticed at once, and not at the next renewal.
    worker.call("watch", Value::Null).await.ok()?;
    let port = osc.local_addr().map_err(|e| e.to_string())?.port();
    let lease = json!({"host": "127.0.0.1", "port": port, "patterns": ["/audio/beat"], "lease_sec": 15});
    let mut packet = [0; 2048];
    worker.call("subscribe", lease.clone()).await.ok()?;
    say("listening");
    loop {
        let renew_at = clock.now() + Duration::from_secs(5);
        loop {
            tokio::select! {
                biased;
                len = osc.recv(&mut packet) => {
                    let len = len.map_err(|e| e.to_string())?;
                    if let Ok((_, OscPacket::Message(beat))) = rosc::decoder::decode_udp(&packet[..len])
                        && beat.args.first() == Some(&OscType::Int(1))
                    {
                        say("beat");
                    }
                }
                heartbeat = worker.next_heartbeat() => drop(heartbeat?),
                () = clock.sleep_until(renew_at) => break,
            }
        }
        worker.call("subscribe", lease.clone()).await.ok()?;
    }
}
