//! `vj osc --pcap`: the file, read back by a reader of its own.

use std::io::{BufRead, BufReader, Read};
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Stdio};

use crate::real_show::{Show, code, signal, until};

/// A packet of a capture file.
#[derive(Debug, PartialEq, Eq)]
struct Packet {
    time_us: u64,
    /// `source port, destination port`.
    ports: (u16, u16),
    is_v6: bool,
    data: Vec<u8>,
}

/// Reads a file as its format says, and is content with nothing less than all of it.
fn read(path: &Path) -> Vec<Packet> {
    let bytes = std::fs::read(path).unwrap();
    let word = |at: usize| u32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!((word(0), word(8), word(12), word(20)), (0xa1b2_c3d4, 0, 0, 101));
    let half = |at: usize| u16::from_ne_bytes(bytes[at..at + 2].try_into().unwrap());
    assert_eq!((half(4), half(6)), (2, 4));
    let (mut at, mut packets) = (24, Vec::new());
    while at < bytes.len() {
        let (sec, us, len, whole) = (word(at), word(at + 4), word(at + 8), word(at + 12));
        assert!(us < 1_000_000 && len == whole && len <= word(16), "{us} {len} {whole}");
        let end = at + 16 + len as usize;
        packets.push(parse(u64::from(sec) * 1_000_000 + u64::from(us), &bytes[at + 16..end]));
        at = end;
    }
    packets
}

fn parse(time_us: u64, packet: &[u8]) -> Packet {
    let be = |at: usize| u16::from_be_bytes([packet[at], packet[at + 1]]);
    let is_v6 = packet[0] >> 4 == 6;
    let (udp_at, ends) = if is_v6 {
        assert_eq!((packet[6], usize::from(be(4))), (17, packet.len() - 40));
        (40, &packet[8..40])
    } else {
        assert_eq!((packet[0], packet[9], usize::from(be(2))), (0x45, 17, packet.len()));
        assert_eq!(ones_sum(&[&packet[..20]]), 0xffff, "the checksum of the header");
        (20, &packet[12..20])
    };
    let udp = &packet[udp_at..];
    assert_eq!(usize::from(be(udp_at + 4)), udp.len());
    let pseudo = [&[0, 17][..], &(udp.len() as u16).to_be_bytes()].concat();
    assert_eq!(ones_sum(&[ends, &pseudo, udp]), 0xffff, "the checksum of the datagram");
    Packet { time_us, ports: (be(udp_at), be(udp_at + 2)), is_v6, data: udp[8..].to_vec() }
}

/// With the checksum in it, the sum of all words is all ones.
fn ones_sum(parts: &[&[u8]]) -> u16 {
    let mut sum = 0_u64;
    for part in parts {
        for (index, byte) in part.iter().enumerate() {
            sum += u64::from(*byte) << if index % 2 == 0 { 8 } else { 0 };
        }
    }
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    sum as u16
}

/// `vj osc --listen` at a free port, once it listens.
fn listens(show: &Show, host: &str, args: &[&str]) -> (Child, u16, String) {
    let port = UdpSocket::bind((host, 0)).unwrap().local_addr().unwrap().port();
    let at = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let args = [&["osc", "--listen", &at], args].concat();
    let mut child = show.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("Listening on"), "{first}");
    (child, port, at)
}

fn osc(addr: &str, text: &str) -> Vec<u8> {
    let args = vec![rosc::OscType::String(text.to_owned())];
    rosc::encoder::encode(&rosc::OscPacket::Message(rosc::OscMessage { addr: addr.to_owned(), args }))
        .unwrap()
}

fn texts(file: &Path) -> String {
    file.display().to_string()
}

#[test]
fn every_packet_is_read_back_as_it_was_and_printing_goes_on() {
    let show = Show::of_a_file();
    let file = show.path("a.pcap");
    for host in ["127.0.0.1", "::1"] {
        let Ok(sender) = UdpSocket::bind((host, 0)) else {
            assert_eq!(host, "::1", "only a machine without IPv6 may have none");
            continue;
        };
        let (child, port, at) = listens(&show, host, &["--pcap", &texts(&file), "-n", "4"]);
        // Odd and even lengths, no OSC at all, nothing at all, the largest.
        // Elsewhere systems refuse to send more than 9,216 bytes.
        let largest = if cfg!(target_os = "linux") { 65_507 } else { 9_000 };
        let largest = osc("/big", &"x".repeat(largest - 20));
        let sent =
            [osc("/a", "one"), b"odd".to_vec(), Vec::new(), osc("/b", "zwölf"), largest, osc("/c", "")];
        for packet in &sent {
            sender.send_to(packet, &at).unwrap();
        }
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(&output), Some(0));
        assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 4);
        let packets = read(&file);
        let data: Vec<_> = packets.iter().map(|packet| packet.data.clone()).collect();
        assert!(data == sent, "{} packets", data.len());
        let from = sender.local_addr().unwrap().port();
        assert!(packets.iter().all(|it| it.ports == (from, port) && it.is_v6 == (host == "::1")));
        assert!(packets.is_sorted_by_key(|it| it.time_us));
        let written = std::fs::metadata(&file).unwrap().modified().unwrap();
        let written = written.duration_since(std::time::UNIX_EPOCH).unwrap().as_micros();
        assert!(written.abs_diff(u128::from(packets[0].time_us)) < 60_000_000, "the time of day");
    }
}

#[test]
fn a_killed_one_has_lost_nothing_and_only_what_was_asked_for_is_in_it() {
    let show = Show::of_a_file();
    let file = show.path("b.pcap");
    let (mut child, _, at) =
        listens(&show, "127.0.0.1", &["--pcap", &texts(&file), "--quiet", "--pattern", "/a/*"]);
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    for (addr, n) in (0..100).flat_map(|n| [("/a/b", n), ("/b", n)]) {
        sender.send_to(&osc(addr, &n.to_string()), &at).unwrap();
    }
    until("all of it is written", || (read_so_far(&file) == 100).then_some(())).unwrap();
    signal(child.id(), "-KILL");
    let mut printed = String::new();
    child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    child.wait().unwrap();
    assert_eq!(printed, "");
    let expected: Vec<_> = (0..100).map(|n| osc("/a/b", &n.to_string())).collect();
    assert_eq!(read(&file).into_iter().map(|packet| packet.data).collect::<Vec<_>>(), expected);
}

/// Packets of 16 bytes of OSC at the most differ in length: counted by their heads.
fn read_so_far(path: &Path) -> usize {
    let bytes = std::fs::read(path).unwrap_or_default();
    let (mut at, mut count) = (24, 0);
    while let Some(len) = bytes.get(at + 8..at + 12) {
        at += 16 + u32::from_ne_bytes(len.try_into().unwrap()) as usize;
        count += usize::from(at <= bytes.len());
    }
    count
}

#[test]
fn what_the_workers_send_is_captured() {
    let show = Show::of_a_file();
    show.up();
    let file = show.path("c.pcap");
    show.fine(&["osc", "--pattern", "/audio/levels", "-n", "20", "--pcap", &texts(&file)]);
    let packets = read(&file);
    assert_eq!(packets.len(), 20);
    assert!(packets.iter().all(|packet| packet.data.starts_with(b"/audio/levels\0")));
}

#[test]
fn a_file_that_cannot_be_written_is_one_clear_error() {
    let show = Show::of_a_file();
    let nowhere = texts(&show.path("nowhere/a.pcap"));
    let output = show.vj(&["osc", "--pcap", &nowhere]);
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(code(&output) == Some(1) && said.lines().count() == 1 && said.contains(&nowhere), "{said}");
    let output = show.vj(&["osc", "--quiet"]);
    assert_eq!(code(&output), Some(2), "nothing printed and nothing written is no use");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_one_clear_error() {
    let show = Show::of_a_file();
    let output = show.vj(&["osc", "--pcap", "/dev/full"]);
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    let is_clear = said.lines().count() == 1 && said.contains("failed to write /dev/full: No space left");
    assert!(code(&output) == Some(1) && is_clear, "{said}");
}
