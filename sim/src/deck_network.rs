//! The network on which VirtualDJ tells of its decks, and of their beats.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;

use rosc::{OscMessage, OscPacket, OscType, encoder};
use tokio::sync::Notify;
use vj_env::LocalBoxFuture;
use vj_workers::ports::{Datagrams, Network, StreamPart, Streams};

/// VirtualDJ's end of it. Cloning gives the same one.
#[derive(Clone, Default)]
pub struct DeckNetwork {
    streams: Rc<Line<StreamPart>>,
    datagrams: Rc<Line<Vec<u8>>>,
}

/// What is under way to a worker.
struct Line<T> {
    queue: RefCell<VecDeque<T>>,
    arrived: Notify,
    is_open: Cell<bool>,
    /// What the worker has sent back.
    sent: Cell<usize>,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        let (queue, arrived) = Default::default();
        Self { queue, arrived, is_open: Cell::new(false), sent: Cell::new(0) }
    }
}

impl<T> Line<T> {
    fn open(&self) {
        self.queue.borrow_mut().clear();
        self.is_open.set(true);
    }

    /// What is sent while nobody listens is lost.
    fn send(&self, part: T) {
        if self.is_open.get() {
            self.queue.borrow_mut().push_back(part);
            self.arrived.notify_one();
        }
    }

    async fn next(&self) -> T {
        loop {
            if let Some(part) = self.queue.borrow_mut().pop_front() {
                return part;
            }
            self.arrived.notified().await;
        }
    }
}

impl DeckNetwork {
    /// A deck says something by OSC, as in `get_title`.
    pub fn deck_says(&self, deck: u32, verb: &str, value: OscType) {
        let message = OscMessage { addr: format!("/vdj/deck/{deck}/{verb}"), args: vec![value] };
        if let Ok(datagram) = encoder::encode(&OscPacket::Message(message)) {
            self.datagrams.send(datagram);
        }
    }

    /// Questions to the decks so far.
    #[must_use]
    pub fn questions(&self) -> usize {
        self.datagrams.sent.get()
    }

    /// VirtualDJ says this over its one connection for beats.
    pub fn os2l(&self, text: &str) {
        self.streams.send(StreamPart::Bytes(1, text.as_bytes().to_vec()));
    }
}

impl Network for DeckNetwork {
    fn listen(&self, _: SocketAddr) -> Result<Rc<dyn Streams>, String> {
        self.streams.open();
        self.streams.send(StreamPart::Opened(1));
        Ok(Rc::new(End(self.streams.clone())))
    }

    fn datagrams(&self, _: SocketAddr, _: SocketAddr) -> Result<Rc<dyn Datagrams>, String> {
        self.datagrams.open();
        Ok(Rc::new(End(self.datagrams.clone())))
    }
}

/// The worker's end of one line.
struct End<T>(Rc<Line<T>>);

impl Streams for End<StreamPart> {
    fn next(&self) -> LocalBoxFuture<'_, StreamPart> {
        Box::pin(self.0.next())
    }
}

impl Datagrams for End<Vec<u8>> {
    fn next(&self) -> LocalBoxFuture<'_, Vec<u8>> {
        Box::pin(self.0.next())
    }

    fn send(&self, _: &[u8]) {
        self.0.sent.set(self.0.sent.get() + 1);
    }
}
