//! Hears telemetry on a port of the console's own: the latest value of each address, and every beat.

use std::collections::BTreeMap;
use std::rc::Rc;

use rosc::{OscMessage, OscType};
use vj_bus::osc;
use vj_core::limits::RECEIVED_BYTES_MAX;
use vj_env::{Clock, Datagrams};

use super::queue::Events;
use crate::event::Event;
use crate::limits::{FRAME, RETRY};

/// Datagrams that are read at a time: more than all workers send between two drawings. What comes beyond that waits in the
/// system's buffer, or is lost there.
const AT_A_TIME: usize = 512;

/// Addresses of which the latest value is kept between two drawings.
const ADDRESSES_MAX: usize = 128;

/// Hears for ever. Between two drawings it sleeps: what comes meanwhile waits in the system's buffer.
pub(super) async fn hear(mut datagrams: Box<dyn Datagrams>, clock: Clock, events: Rc<Events>) {
    let mut buffer = vec![0; RECEIVED_BYTES_MAX];
    loop {
        let Ok((len, _)) = datagrams.receive(&mut buffer).await else {
            clock.sleep(RETRY).await;
            continue;
        };
        let mut latest = Latest::default();
        latest.take(&buffer[..len]);
        for _ in 1..AT_A_TIME {
            let Some((len, _)) = datagrams.try_receive(&mut buffer) else { break };
            latest.take(&buffer[..len]);
        }
        if latest.beats > 0 {
            events.push(Event::Beats(latest.beats));
        }
        events.push(Event::Telemetry(latest.by_address.into_values().collect()));
        clock.sleep(FRAME).await;
    }
}

#[derive(Default)]
struct Latest {
    by_address: BTreeMap<String, OscMessage>,
    beats: u32,
}

impl Latest {
    /// What is no OSC is not for us; the debugger counts it.
    fn take(&mut self, packet: &[u8]) {
        for message in osc::messages(packet).unwrap_or_default() {
            let is_beat = message.addr == "/audio/beat" && message.args.first() == Some(&OscType::Int(1));
            self.beats += u32::from(is_beat);
            if self.by_address.len() < ADDRESSES_MAX || self.by_address.contains_key(&message.addr) {
                self.by_address.insert(message.addr.clone(), message);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rosc::{OscPacket, encoder};

    use super::*;

    fn packet(addr: &str, args: Vec<OscType>) -> Vec<u8> {
        encoder::encode(&OscPacket::Message(OscMessage { addr: addr.to_owned(), args })).unwrap()
    }

    #[test]
    fn the_latest_value_counts_and_every_beat() {
        let mut latest = Latest::default();
        for beat in [0, 1, 0, 1, 0] {
            latest.take(&packet("/audio/beat", vec![OscType::Int(beat), OscType::Float(0.5)]));
        }
        latest.take(b"no OSC");
        for n in 0..1_000 {
            latest.take(&packet(&format!("/stranger/{n}"), Vec::new()));
        }
        assert_eq!((latest.beats, latest.by_address.len()), (2, ADDRESSES_MAX));
        assert_eq!(latest.by_address["/audio/beat"].args[0], OscType::Int(0));
    }
}
