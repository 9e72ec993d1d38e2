//! A port of one's own for the telemetry of one process, so that it is known who sent what.

use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use vj_core::limits::RECEIVED_BYTES_MAX;
use vj_env::{Clock, Datagrams, Telemetry};

/// After an error of the socket.
const RETRY: Duration = Duration::from_millis(250);

/// Hears what one process sends to whoever subscribes.
pub struct Ear {
    telemetry: Rc<dyn Telemetry>,
    clock: Clock,
    /// None where the system had none left.
    port: Option<Box<dyn Datagrams>>,
    buffer: Vec<u8>,
    /// How much of the buffer is a packet that nobody has taken yet.
    arrived: Option<usize>,
}

impl Ear {
    /// One that hears nothing before its [`subscription`](Self::subscription).
    #[must_use]
    pub fn new(telemetry: Rc<dyn Telemetry>, clock: Clock) -> Self {
        Self { telemetry, clock, port: None, buffer: vec![0; RECEIVED_BYTES_MAX], arrived: None }
    }

    /// The arguments of a `subscribe` by which packets come here. None while the system has no port left; perhaps it has
    /// one the next time.
    pub fn subscription(&mut self) -> Option<Value> {
        if self.port.is_none() {
            self.port = self.telemetry.listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).ok();
        }
        let at = self.port.as_ref()?.local_addr();
        Some(json!({"host": at.ip().to_string(), "port": at.port()}))
    }

    /// Ready when there is a packet to be taken. Cancel-safe.
    pub async fn arrived(&mut self) {
        while self.arrived.is_none() {
            let Some(port) = &mut self.port else { return std::future::pending().await };
            match port.receive(&mut self.buffer).await {
                Ok((len, _)) => self.arrived = Some(len),
                // An error is of one datagram; the next may come all the same.
                Err(_) => self.clock.sleep(RETRY).await,
            }
        }
    }

    /// The next packet, if it is there.
    pub fn take(&mut self) -> Option<&[u8]> {
        let next = || Some(self.port.as_mut()?.try_receive(&mut self.buffer)?.0);
        let len = self.arrived.take().or_else(next)?;
        Some(&self.buffer[..len])
    }
}
