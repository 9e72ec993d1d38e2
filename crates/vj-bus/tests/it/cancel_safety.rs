//! Nothing is lost when a wait is dropped at any point (D11): in a `select!` every wait that loses is.

use std::cell::RefCell;
use std::rc::Rc;

use proptest::collection::vec;
use proptest::prelude::*;
use tokio::io::AsyncReadExt;
use vj_bus::{Connection, Message};

use crate::support::links::{Trickle, polled};
use crate::support::messages::{any_message, one_of_each};
use crate::support::raw::encoded;
use crate::support::virtually;

/// Writes all and is dropped and called again as `polls` says.
async fn write_all(connection: &mut Connection<Trickle>, messages: &[Message], polls: &[u32]) {
    for message in messages {
        connection.enqueue(message);
    }
    for patience in polls.iter().cycle() {
        if let Some(flushed) = polled(*patience, connection.flush()).await {
            return flushed.unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn d11_reading_and_writing_lose_nothing_when_dropped(
        messages in vec(any_message(), 1..6),
        reads in vec(1_u32..12, 1..16),
        writes in vec(1_u32..12, 1..16),
        seed in any::<u32>(),
        by_fill in any::<bool>(),
    ) {
        let read = virtually(async {
            let (near, far) = Trickle::pair(seed);
            let (sent, polls) = (messages.clone(), writes);
            let writer = tokio::task::spawn_local(async move {
                let mut connection = Connection::new(near);
                write_all(&mut connection, &sent, &polls).await;
                connection.close().await;
            });
            let mut connection = Connection::new(far);
            let mut read = Vec::new();
            for patience in reads.iter().cycle() {
                let ended = if by_fill {
                    let more = polled(*patience, connection.fill()).await.transpose().unwrap();
                    while let Some(frame) = connection.take_frame().unwrap() {
                        read.push(Message::parse(&frame).unwrap());
                    }
                    more == Some(false)
                } else {
                    match polled(*patience, connection.next_frame()).await.transpose().unwrap() {
                        Some(Some(frame)) => {
                            read.push(Message::parse(&frame).unwrap());
                            false
                        }
                        Some(None) => true,
                        None => false,
                    }
                };
                if ended {
                    break;
                }
            }
            writer.await.unwrap();
            read
        });
        prop_assert_eq!(read, messages);
    }

    #[test]
    fn d11_both_ends_may_write_and_read_at_once_and_be_dropped(
        a in vec(any_message(), 1..6),
        b in vec(any_message(), 1..6),
        polls in vec(1_u32..12, 1..16),
        seed in any::<u32>(),
    ) {
        let (from_b, from_a) = virtually(async {
            let (near, far) = Trickle::pair(seed);
            let near = trade(near, a.clone(), b.len(), polls.clone());
            let far = trade(far, b.clone(), a.len(), polls);
            let near = tokio::task::spawn_local(near);
            let far = tokio::task::spawn_local(far);
            // Each keeps its end open until both are done, or the other would read an early end.
            let (near, far) = (near.await.unwrap(), far.await.unwrap());
            (near.0, far.0)
        });
        prop_assert_eq!(from_b, b);
        prop_assert_eq!(from_a, a);
    }
}

/// Sends `messages` and reads `expect` messages on one connection, dropping its wait again and again.
async fn trade(
    link: Trickle,
    messages: Vec<Message>,
    expect: usize,
    polls: Vec<u32>,
) -> (Vec<Message>, Connection<Trickle>) {
    let mut connection = Connection::new(link);
    for message in &messages {
        connection.enqueue(message);
    }
    let mut read = Vec::new();
    for patience in polls.iter().cycle() {
        if let Some(moved) = polled(*patience, connection.exchange()).await {
            moved.unwrap();
        }
        while let Some(frame) = connection.take_frame().unwrap() {
            read.push(Message::parse(&frame).unwrap());
        }
        if read.len() == expect && !connection.has_unsent() {
            break;
        }
    }
    (read, connection)
}

/// The control: under the very same stream and the very same drops a reader that awaits length and body one after the
/// other loses its place. So the tests above would notice.
#[test]
fn d11_the_naive_reader_loses_its_place() {
    let messages = one_of_each();
    let read = Rc::new(RefCell::new(Vec::new()));
    virtually(async {
        let (near, mut far) = Trickle::pair(1);
        let sent = messages.clone();
        let writer = tokio::task::spawn_local(async move {
            let mut connection = Connection::new(near);
            write_all(&mut connection, &sent, &[50]).await;
            connection.close().await;
        });
        loop {
            let naive = async {
                let len = far.read_u32().await.ok()?;
                let mut body = vec![0; usize::try_from(len).ok().filter(|len| *len < 10_000)?];
                far.read_exact(&mut body).await.ok()?;
                Some(body)
            };
            match polled(9, naive).await {
                Some(Some(body)) => read.borrow_mut().push(body),
                Some(None) => break,
                None => {}
            }
        }
        writer.abort();
    });
    let whole: Vec<Vec<u8>> = messages.iter().map(|message| encoded(message)[4..].to_vec()).collect();
    assert_ne!(*read.borrow(), whole);
}
