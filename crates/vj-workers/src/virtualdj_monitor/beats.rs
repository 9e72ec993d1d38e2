//! Takes in VirtualDJ's beats and hands them to the visuals, beside everything else that the monitor does.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use vj_bus::Board;
use vj_env::Env;

use super::deck_voice::DeckVoice;
use super::keys::{OS2L, OS2L_LISTEN, address};
use super::os2l::Os2l;
use crate::ports::{Network, StreamPart, Streams};

/// Between two looks at the settings, and two attempts to take the port.
const LOOKS: Duration = Duration::from_secs(1);

/// What it needs of the monitor's world.
pub(super) struct Beats {
    pub(super) env: Env,
    pub(super) board: Rc<Board>,
    pub(super) voice: Rc<DeckVoice>,
    pub(super) network: Rc<dyn Network>,
}

impl Beats {
    /// For ever.
    pub(super) async fn tend(self) {
        let mut open: Option<(SocketAddr, Rc<dyn Streams>)> = None;
        let (mut os2l, mut said) = (Os2l::default(), String::new());
        loop {
            let wanted = self.board.with_settings(|settings| {
                settings.bool(OS2L).then(|| address(&settings.text(OS2L_LISTEN))).flatten()
            });
            if open.as_ref().map(|(at, _)| *at) != wanted {
                open = None;
                os2l = Os2l::default();
            }
            let mut why = String::new();
            if let (Some(at), None) = (wanted, &open) {
                match self.network.listen(at) {
                    Ok(streams) => {
                        self.env.log.info(format!("listening for VirtualDJ's beats (OS2L) on {at}"));
                        open = Some((at, streams));
                    }
                    Err(error) => why = error,
                }
            }
            if why != said {
                if !why.is_empty() {
                    self.board.fail(why.clone());
                }
                said.clone_from(&why);
            }
            self.show(wanted, &os2l, &why);
            let look_at = self.env.clock.now() + LOOKS;
            loop {
                tokio::select! {
                    biased;
                    part = next(&open) => match part {
                        StreamPart::Opened(stream) => {
                            os2l.opened(stream);
                            self.env.log.info("VirtualDJ connected (OS2L)");
                        }
                        StreamPart::Closed(stream) => {
                            os2l.closed(stream);
                            self.env.log.info("VirtualDJ hung up (OS2L)");
                        }
                        StreamPart::Bytes(stream, bytes) => {
                            for beat in os2l.push(stream, &bytes) {
                                self.voice.beat(beat);
                            }
                        }
                    },
                    () = self.env.clock.sleep_until(look_at) => break,
                }
            }
        }
    }

    fn show(&self, wanted: Option<SocketAddr>, os2l: &Os2l, why: &str) {
        let state = match wanted {
            None => Value::Null,
            Some(_) if !why.is_empty() => json!(why),
            Some(_) if os2l.connected() > 0 => json!("connected"),
            Some(at) => json!(format!("waiting for VirtualDJ on {at} (os2l, os2lDirectIp)")),
        };
        self.board.set_field("os2l_status", state);
    }
}

async fn next(open: &Option<(SocketAddr, Rc<dyn Streams>)>) -> StreamPart {
    match open {
        Some((_, streams)) => streams.next().await,
        None => std::future::pending().await,
    }
}
