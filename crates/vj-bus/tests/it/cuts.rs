//! A stream that ends at any byte of any message: between two frames that is a clean end, within one it is torn.

use vj_bus::{Connection, FrameError, Message};

use crate::support::links::Chunks;
use crate::support::messages::one_of_each;
use crate::support::raw::encoded;
use crate::support::virtually;

#[test]
fn an_end_at_every_byte_of_every_message_is_told_apart() {
    for message in one_of_each() {
        // Once at the very start of a stream, once behind a whole frame.
        for before in [Vec::new(), encoded(&message)] {
            let whole = encoded(&message);
            for cut in 0..=whole.len() {
                let mut bytes = before.clone();
                bytes.extend_from_slice(&whole[..cut]);
                check(&message, bytes, before.len(), cut, whole.len());
            }
        }
    }
}

fn check(message: &Message, bytes: Vec<u8>, before: usize, cut: usize, whole: usize) {
    let expect_frames = usize::from(before > 0) + usize::from(cut == whole);
    for sizes in [vec![], vec![1], vec![3]] {
        virtually(async {
            let mut connection = Connection::new(Chunks::new(bytes.clone(), sizes));
            for _ in 0..expect_frames {
                let frame = connection.next_frame().await.unwrap().expect("a whole frame is there");
                assert_eq!(Message::parse(&frame).unwrap(), *message);
            }
            // The end stays the end, however often one asks.
            for _ in 0..2 {
                let end = connection.next_frame().await;
                let as_expected = match &end {
                    Ok(None) => cut == 0 || cut == whole,
                    Err(FrameError::Torn) => cut > 0 && cut < whole,
                    _ => false,
                };
                assert!(as_expected, "cut at {cut} of {whole} behind {before}: {end:?}");
            }
        });
    }
}
