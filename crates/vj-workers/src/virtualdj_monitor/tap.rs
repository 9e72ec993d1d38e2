//! What VirtualDJ writes and says, noted as it comes in for whoever records the show: between the worker and its ports.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hasher};
use std::net::SocketAddr;
use std::rc::Rc;

use serde_json::{Value, json};
use vj_bus::Tape;
use vj_core::base64;
use vj_env::LocalBoxFuture;

use crate::ports::{Datagrams, Look, Network, PlayerFiles, StreamPart, Streams};

/// Bytes as they are noted: a text where they are one.
fn noted(mut fields: Value, bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => fields["text"] = text.into(),
        Err(_) => fields["base64"] = base64::encode(bytes).into(),
    }
    fields
}

/// Files: each is noted when it is seen first, and whenever it has changed.
pub(super) struct TapedFiles {
    files: Rc<dyn PlayerFiles>,
    seen: Rc<RefCell<Seen>>,
}

struct Seen {
    tape: Tape,
    /// A hash of what each file held.
    files: BTreeMap<String, u64>,
    /// Whether there was a look.
    has_looked: bool,
}

impl TapedFiles {
    pub(super) fn new(files: Rc<dyn PlayerFiles>, tape: Tape) -> Self {
        Self { files, seen: Rc::new(RefCell::new(Seen { tape, files: BTreeMap::new(), has_looked: false })) }
    }
}

impl Seen {
    fn look(&mut self, look: &Look) {
        let is_first_look = !std::mem::replace(&mut self.has_looked, true);
        for file in &look.files {
            let mut hasher = DefaultHasher::new();
            hasher.write(&file.bytes);
            let hash = hasher.finish();
            let before = self.files.insert(file.path.clone(), hash);
            if before != Some(hash) {
                // What this process finds at its first look was written some time before.
                let fields = json!({"file": file.path, "is_first_look": is_first_look});
                self.tape.note(json!({"virtualdj": noted(fields, &file.bytes)}));
            }
        }
        if !look.unreadable.is_empty() {
            return;
        }
        let there: BTreeSet<&str> = look.files.iter().map(|file| file.path.as_str()).collect();
        self.files.retain(|path, _| {
            let stays = there.contains(path.as_str());
            if !stays {
                self.tape.note(json!({"virtualdj": {"file": path, "is_gone": true}}));
            }
            stays
        });
    }
}

impl PlayerFiles for TapedFiles {
    fn look(&self, file_path: &str) -> LocalBoxFuture<'static, Look> {
        let (look, seen) = (self.files.look(file_path), self.seen.clone());
        Box::pin(async move {
            let look = look.await;
            seen.borrow_mut().look(&look);
            look
        })
    }

    fn changed(&self) -> LocalBoxFuture<'_, ()> {
        self.files.changed()
    }
}

/// The ways on which the decks tell.
pub(super) struct TapedNetwork {
    pub(super) network: Rc<dyn Network>,
    pub(super) tape: Tape,
}

impl Network for TapedNetwork {
    fn listen(&self, at: SocketAddr) -> Result<Rc<dyn Streams>, String> {
        Ok(Rc::new(Taped { way: self.network.listen(at)?, tape: self.tape.clone() }))
    }

    fn datagrams(&self, at: SocketAddr, to: SocketAddr) -> Result<Rc<dyn Datagrams>, String> {
        Ok(Rc::new(Taped { way: self.network.datagrams(at, to)?, tape: self.tape.clone() }))
    }
}

struct Taped<T: ?Sized> {
    tape: Tape,
    way: Rc<T>,
}

impl Streams for Taped<dyn Streams> {
    fn next(&self) -> LocalBoxFuture<'_, StreamPart> {
        Box::pin(async {
            let part = self.way.next().await;
            let said = match &part {
                StreamPart::Opened(stream) => json!({"stream": stream, "is_opened": true}),
                StreamPart::Bytes(stream, bytes) => noted(json!({"stream": stream}), bytes),
                StreamPart::Closed(stream) => json!({"stream": stream, "is_closed": true}),
            };
            self.tape.note(json!({"virtualdj": {"os2l": said}}));
            part
        })
    }
}

impl Datagrams for Taped<dyn Datagrams> {
    fn next(&self) -> LocalBoxFuture<'_, Vec<u8>> {
        Box::pin(async {
            let datagram = self.way.next().await;
            self.tape.note(json!({"virtualdj": {"osc": {"base64": base64::encode(&datagram)}}}));
            datagram
        })
    }

    fn send(&self, datagram: &[u8]) {
        self.way.send(datagram);
    }
}
