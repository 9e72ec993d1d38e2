//! Datagrams of players, over real sockets.

use std::net::UdpSocket;
use std::time::Duration;

use vj_adapters::SystemNetwork;
use vj_env::real::real_clock;
use vj_workers::ports::Network;

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
