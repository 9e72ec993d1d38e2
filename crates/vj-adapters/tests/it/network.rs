//! Datagrams of players, over real sockets.

use std::io::Write;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use vj_adapters::SystemNetwork;
use vj_env::real::real_clock;
use vj_workers::ports::{Network, StreamPart};

#[test]
fn a_datagram_that_is_longer_than_any_player_sends_is_cut_and_the_next_one_is_whole() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        // A port that was free a moment ago.
        let at = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let link = SystemNetwork.datagrams(at, sender.local_addr().unwrap()).unwrap();
        sender.send_to(&[b'x'; 60_000], at).unwrap();
        sender.send_to(b"after", at).unwrap();
        let clock = real_clock();
        let next = || clock.timeout(Duration::from_secs(20), link.next());
        let cut = next().await.expect("it arrives");
        assert_eq!(cut, [b'x'; 4_096]);
        assert_eq!(next().await.expect("so does the next one"), b"after");
    });
}

#[test]
fn what_is_sent_at_once_is_sent() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        receiver.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let at = "127.0.0.1:0".parse().unwrap();
        let link = SystemNetwork.datagrams(at, receiver.local_addr().unwrap()).unwrap();
        // Nobody has waited for anything yet.
        for number in 0..24 {
            link.send(&[number]);
        }
        for number in 0..24 {
            let mut buffer = [0; 8];
            let len = receiver.recv(&mut buffer).expect("none is lost");
            assert_eq!(buffer[..len], [number]);
        }
    });
}

#[test]
fn whoever_connects_is_heard_though_others_never_hang_up() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // A port that was free a moment ago.
        let at = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let streams = SystemNetwork.listen(at).unwrap();
        let clock = real_clock();
        let next = async || clock.timeout(Duration::from_secs(20), streams.next()).await.expect("it comes");
        let mut open = Vec::new();
        for number in 1..=8 {
            open.push(TcpStream::connect(at).unwrap());
            assert_eq!(next().await, StreamPart::Opened(number));
        }
        open[0].write_all(b"first").unwrap();
        assert_eq!(next().await, StreamPart::Bytes(1, b"first".to_vec()));
        open.push(TcpStream::connect(at).unwrap());
        assert_eq!(next().await, StreamPart::Closed(2), "it has been quiet for longest");
        assert_eq!(next().await, StreamPart::Opened(9));
        for (at, number) in [(8, 9), (0, 1)] {
            open[at].write_all(b"beat").unwrap();
            assert_eq!(next().await, StreamPart::Bytes(number, b"beat".to_vec()));
        }
    });
}
