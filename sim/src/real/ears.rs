//! What the visuals of a real show get.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;

use anyhow::{Context, Result};
use tokio::net::UdpSocket;
use vj_bus::osc::ADDRESS_BOOK;
use vj_core::ProcessName;
use vj_env::Scope;

use super::log_files;
use super::machine::Inner;
use crate::ground::Listening;
use crate::history::What;

/// The largest datagram there is.
const DATAGRAM_BYTES_MAX: usize = 65_536;

/// What the system may keep for a receiver that is not let run for a while: some seconds of OSC.
const BUFFER_BYTES: usize = 4 * 1024 * 1024;

/// A port on loopback that the system chose.
pub(super) fn bind() -> Result<std::net::UdpSocket> {
    let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).context("failed to open a UDP port")?;
    // As much of it as the system allows.
    let _ = rustix::net::sockopt::set_socket_recv_buffer_size(&socket, BUFFER_BYTES);
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Puts all that arrives into the OSC log, and the manager's word on health into the history.
pub(super) fn listen(inner: &Rc<Inner>, socket: std::net::UdpSocket) -> Result<()> {
    let socket = UdpSocket::from_std(socket)?;
    let ears = inner.clone();
    inner.scope.spawn(async move {
        let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
        let mut senders = BTreeMap::new();
        while let Ok((len, from)) = socket.recv_from(&mut buffer).await {
            let packet = &buffer[..len];
            let known =
                *senders.entry(from.port()).or_insert_with(|| log_files::sender(&ears.logs(), from.port()));
            ears.osc.add(ears.clock.now(), known.unwrap_or_else(|| meant(&ears, packet)), packet);
            if let Some(health) = ears.health.hear(packet) {
                ears.note(health);
            }
        }
    });
    Ok(())
}

/// Who sends such a message, by the address book: for one whose log file does not say which port is its own. Of several it is
/// the first that was seen.
fn meant(ears: &Inner, packet: &[u8]) -> ProcessName {
    let end = packet.iter().position(|byte| *byte == 0).unwrap_or(packet.len());
    let address = std::str::from_utf8(&packet[..end]).unwrap_or_default();
    let is_meant = |entry: &&vj_bus::osc::Entry| match entry.address.strip_suffix("NAME") {
        Some(stem) => address.starts_with(stem),
        None => address == entry.address,
    };
    let senders =
        ADDRESS_BOOK.iter().find(is_meant).map_or(&[ProcessName::ProcessManager][..], |it| it.senders);
    let seen = ears.seen.borrow();
    *senders.iter().find(|name| seen.contains_key(*name)).unwrap_or(&senders[0])
}

/// The visuals' own port, at which nobody listens until somebody does.
pub(super) struct Visuals {
    inner: Rc<Inner>,
    address: SocketAddr,
    scope: Scope,
}

impl Visuals {
    pub(super) fn listen(inner: &Rc<Inner>, address: SocketAddr) -> Box<dyn Listening> {
        let scope = Scope::new();
        let opened = std::net::UdpSocket::bind(address).and_then(|socket| {
            socket.set_nonblocking(true)?;
            UdpSocket::from_std(socket)
        });
        match opened {
            Ok(socket) => {
                inner.note(What::Receiver { address: address.to_string(), listens: true });
                let ears = inner.clone();
                scope.spawn(async move {
                    let got_any = Cell::new(false);
                    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
                    while socket.recv(&mut buffer).await.is_ok() {
                        if !got_any.replace(true) {
                            ears.note(What::FirstPacket { address: address.to_string() });
                        }
                    }
                });
            }
            Err(error) => inner.mark("no port", &format!("{address}: {error}")),
        }
        Box::new(Self { inner: inner.clone(), address, scope })
    }
}

impl Listening for Visuals {}

impl Drop for Visuals {
    fn drop(&mut self) {
        self.scope.kill();
        self.inner.note(What::Receiver { address: self.address.to_string(), listens: false });
    }
}
