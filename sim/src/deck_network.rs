//! The network on which VirtualDJ tells of its decks, and of their beats.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::rc::Rc;

use rosc::{OscMessage, OscPacket, OscType, encoder};
use tokio::sync::Notify;
use vj_env::LocalBoxFuture;
use vj_workers::ports::{Datagrams, Network, StreamPart, Streams};

/// Says what is told to whoever sends this.
pub type Answers = Rc<dyn Fn(&[u8]) -> Vec<Vec<u8>>>;

/// VirtualDJ's end of it. Cloning gives the same one.
#[derive(Clone)]
pub struct DeckNetwork {
    streams: Rc<Line<StreamPart>>,
    datagrams: Rc<Line<Vec<u8>>>,
    /// The streams that stand; whoever listens later is connected to them.
    open: Rc<RefCell<BTreeSet<u64>>>,
    answers: Answers,
}

impl Default for DeckNetwork {
    /// With one connection for beats, and no answer to any question.
    fn default() -> Self {
        let network = Self::answering(Rc::new(|_| Vec::new()));
        network.open.borrow_mut().insert(1);
        network
    }
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
    /// One with these answers, and no connection yet.
    #[must_use]
    pub fn answering(answers: Answers) -> Self {
        let (streams, datagrams, open) = Default::default();
        Self { streams, datagrams, open, answers }
    }

    /// Something happens on a stream.
    pub fn part(&self, part: StreamPart) {
        let mut open = self.open.borrow_mut();
        let is_news = match &part {
            StreamPart::Opened(stream) | StreamPart::Bytes(stream, _) => open.insert(*stream),
            StreamPart::Closed(stream) => open.remove(stream),
        };
        if let (true, StreamPart::Bytes(stream, _)) = (is_news, &part) {
            self.streams.send(StreamPart::Opened(*stream));
        }
        self.streams.send(part);
    }

    /// Something is told by OSC.
    pub fn datagram(&self, datagram: Vec<u8>) {
        self.datagrams.send(datagram);
    }

    /// A deck says something by OSC, as in `get_title`.
    pub fn deck_says(&self, deck: u32, verb: &str, value: OscType) {
        let message = OscMessage { addr: format!("/vdj/deck/{deck}/{verb}"), args: vec![value] };
        if let Ok(datagram) = encoder::encode(&OscPacket::Message(message)) {
            self.datagram(datagram);
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
        self.open.borrow().iter().for_each(|stream| self.streams.send(StreamPart::Opened(*stream)));
        Ok(Rc::new(StreamsEnd(self.streams.clone())))
    }

    fn datagrams(&self, _: SocketAddr, _: SocketAddr) -> Result<Rc<dyn Datagrams>, String> {
        self.datagrams.open();
        Ok(Rc::new(DatagramsEnd { line: self.datagrams.clone(), answers: self.answers.clone() }))
    }
}

/// The worker's end of the streams.
struct StreamsEnd(Rc<Line<StreamPart>>);

impl Streams for StreamsEnd {
    fn next(&self) -> LocalBoxFuture<'_, StreamPart> {
        Box::pin(self.0.next())
    }
}

/// The worker's end of the datagrams.
struct DatagramsEnd {
    line: Rc<Line<Vec<u8>>>,
    answers: Answers,
}

impl Datagrams for DatagramsEnd {
    fn next(&self) -> LocalBoxFuture<'_, Vec<u8>> {
        Box::pin(self.line.next())
    }

    fn send(&self, question: &[u8]) {
        self.line.sent.set(self.line.sent.get() + 1);
        (self.answers)(question).into_iter().for_each(|answer| self.line.send(answer));
    }
}
