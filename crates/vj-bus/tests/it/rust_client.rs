//! The example client does what it says.

use serde_json::Value;
use tokio::sync::mpsc;
use vj_bus::Outcome;
use vj_core::ProcessName::AudioAnalyzer;

use crate::support::bus::{Bus, launch};
use crate::support::{real, within_deadline};

#[allow(dead_code, reason = "its main is for the command line")]
#[path = "../../examples/client.rs"]
mod example;

#[test]
fn the_example_client_finds_asks_subscribes_and_comes_back() {
    real(async {
        let bus = Bus::new();
        let mut worker = Some(bus.start_probe(AudioAnalyzer, launch()).await.0);
        let (tell, mut lines) = mpsc::unbounded_channel();
        let dir = bus.path();
        let following = tokio::task::spawn_local(async move {
            example::follow(&dir, |line| tell.send(line.to_owned()).unwrap()).await.unwrap();
        });
        assert_eq!(within_deadline(lines.recv()).await.unwrap(), "found audio_analyzer: running");
        for orderly in [true, false] {
            while within_deadline(lines.recv()).await.unwrap() != "listening" {}
            let mut client = bus.client(AudioAnalyzer).await;
            assert!(matches!(client.call("beat", Value::Null).await, Outcome::Replied(_)));
            assert_eq!(within_deadline(lines.recv()).await.unwrap(), "beat");
            let gone = worker.take().unwrap();
            if orderly {
                gone.env.shutdown.ask();
                assert_eq!(gone.exit_code().await, 0);
            } else {
                gone.kill().await;
            }
            assert!(within_deadline(lines.recv()).await.unwrap().starts_with("lost it: "));
            worker = Some(bus.start_probe(AudioAnalyzer, launch()).await.0);
        }
        following.abort();
    });
}
