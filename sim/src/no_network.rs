//! A network that leads nowhere.

use std::net::SocketAddr;
use std::rc::Rc;

use vj_workers::ports::{Datagrams, Network, Streams};

/// Nothing can be opened on it.
pub struct NoNetwork;

impl Network for NoNetwork {
    fn listen(&self, at: SocketAddr) -> Result<Rc<dyn Streams>, String> {
        Err(format!("failed to listen on {at}: the simulated machine has no network"))
    }

    fn datagrams(&self, at: SocketAddr, _: SocketAddr) -> Result<Rc<dyn Datagrams>, String> {
        Err(format!("failed to receive on {at}: the simulated machine has no network"))
    }
}
