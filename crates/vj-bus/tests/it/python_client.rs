//! The client of the documents, in plain Python, is run as it stands there.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tokio::sync::mpsc;
use vj_bus::Outcome;
use vj_core::ProcessName::{AudioAnalyzer, ProcessManager};

use crate::support::bus::{Bus, launch};
use crate::support::{real, within_deadline};

#[test]
fn the_python_client_of_the_documents_finds_asks_subscribes_and_comes_back() {
    real(async {
        let bus = Bus::new();
        let (_manager, _) = bus.start_probe(ProcessManager, launch()).await;
        let mut worker = Some(bus.start_probe(AudioAnalyzer, launch()).await.0);
        let mut python = Python::start(&script(), &bus.path());
        assert_eq!(python.line().await, "found audio_analyzer running");
        assert_eq!(python.line().await, "found process_manager running");
        for orderly in [true, false] {
            assert_eq!(python.line().await, "listening");
            let mut client = bus.client(AudioAnalyzer).await;
            for _ in 0..2 {
                assert!(matches!(client.call("beat", Value::Null).await, Outcome::Replied(_)));
                assert_eq!(python.line().await, "beat 0.75");
            }
            let gone = worker.take().unwrap();
            if orderly {
                gone.env.shutdown.ask();
                assert_eq!(gone.exit_code().await, 0);
            } else {
                gone.kill().await;
            }
            worker = Some(bus.start_probe(AudioAnalyzer, launch()).await.0);
        }
        assert_eq!(python.line().await, "listening");
    });
}

/// The one block of Python in the documents.
fn script() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/CLIENT.md");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let blocks: Vec<_> = text.split("```python\n").skip(1).collect();
    assert_eq!(blocks.len(), 1, "{} should have one block of Python", file.display());
    blocks[0].split("\n```").next().unwrap().to_owned()
}

struct Python {
    child: Child,
    lines: mpsc::UnboundedReceiver<String>,
}

impl Python {
    fn start(script: &str, bus: &Path) -> Self {
        let mut command = Command::new("python3");
        command.args(["-u", "-c", script]).arg(bus).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|e| {
            panic!(
                "failed to start python3: {e}. This test runs the client of docs/CLIENT.md: install python3"
            )
        });
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    async fn line(&mut self) -> String {
        within_deadline(self.lines.recv())
            .await
            .expect("python3 ended; what it said stands on standard error")
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
