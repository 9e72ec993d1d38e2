//! Datagrams: sent, or dropped and counted; never an error, never a wait.

use std::net::{SocketAddr, UdpSocket};

use vj_env::Telemetry;
use vj_env::real::UdpTelemetry;

#[test]
fn nobody_need_listen_and_whoever_comes_later_gets_what_follows() {
    let telemetry = UdpTelemetry::new().unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let to = socket.local_addr().unwrap();
    drop(socket);
    for _ in 0..100 {
        telemetry.send(to, b"to nobody");
    }
    let socket = UdpSocket::bind(to).unwrap();
    socket.set_read_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
    telemetry.send(to, b"first");
    telemetry.send(to, b"second");
    let mut packet = [0; 64];
    for expect in [b"first".as_slice(), b"second"] {
        let len = socket.recv(&mut packet).unwrap();
        assert_eq!(&packet[..len], expect);
    }
    assert_eq!(telemetry.dropped(), 0);
}

#[test]
fn what_the_system_does_not_take_is_counted() {
    let telemetry = UdpTelemetry::new().unwrap();
    // Larger than any UDP datagram can be.
    telemetry.send(SocketAddr::from(([127, 0, 0, 1], 9)), &[0; 70_000]);
    assert_eq!(telemetry.dropped(), 1);
}

#[tokio::test]
async fn whoever_listens_gets_what_is_sent_and_from_where() {
    let telemetry = UdpTelemetry::new().unwrap();
    let mut heard = telemetry.listen(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let at = heard.local_addr();
    assert_ne!(at.port(), 0);
    let refused = telemetry.listen(at).err().unwrap();
    assert_eq!(refused.kind(), std::io::ErrorKind::AddrInUse);
    telemetry.send(at, b"first");
    telemetry.send(at, b"second");
    let mut packet = [0; 64];
    let (len, from) = heard.receive(&mut packet).await.unwrap();
    assert_eq!((&packet[..len], from.port()), (b"first".as_slice(), telemetry.port()));
    // On this machine it is there at once; only the queue of the runtime has to hear of it.
    let (len, _) = match heard.try_receive(&mut packet) {
        Some(there) => there,
        None => heard.receive(&mut packet).await.unwrap(),
    };
    assert_eq!(&packet[..len], b"second");
    assert_eq!(heard.try_receive(&mut packet), None);
    drop(heard);
    telemetry.listen(at).unwrap();
}
