//! Datagrams in a capture file, for Wireshark, tcpdump and whatever else reads them.
//!
//! The classic format of libpcap (<https://www.tcpdump.org/manpages/pcap-savefile.5.txt>): magic `a1b2c3d4` in the byte order of
//! its writer, microseconds, link type 101 (raw IP). Only what UDP carried is known here, so the headers are made anew: right in
//! addresses, ports, lengths and checksums (RFC 768, 791, 1071, 8200).

use std::fs::File;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

const MAGIC: u32 = 0xa1b2_c3d4;
const VERSION: (u16, u16) = (2, 4);
/// Of a packet everything is kept: the largest is 65,575 bytes (IPv6 without jumbograms).
const SNAP_BYTES: u32 = 262_144;
const LINK_RAW_IP: u32 = 101;

const UDP: u8 = 17;
const UDP_HEADER: usize = 8;
const IPV4_HEADER: usize = 20;
/// What most systems begin with.
const TTL: u8 = 64;

/// A capture file that is being written.
pub(crate) struct Pcap {
    path: PathBuf,
    file: File,
    /// Bytes of it that are whole.
    whole: u64,
    record: Vec<u8>,
}

impl Pcap {
    /// Begins one; a file that is there is overwritten.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).with_context(|| format!("failed to write {}", path.display()))?;
        let mut pcap = Self { path: path.to_owned(), file, whole: 0, record: Vec::new() };
        pcap.record.extend_from_slice(&MAGIC.to_ne_bytes());
        pcap.record.extend_from_slice(&VERSION.0.to_ne_bytes());
        pcap.record.extend_from_slice(&VERSION.1.to_ne_bytes());
        // Time zone and accuracy: always zero.
        pcap.record.extend_from_slice(&[0; 8]);
        pcap.record.extend_from_slice(&SNAP_BYTES.to_ne_bytes());
        pcap.record.extend_from_slice(&LINK_RAW_IP.to_ne_bytes());
        pcap.write_record()?;
        Ok(pcap)
    }

    /// Adds what UDP carried at `time_us` microseconds since the Unix epoch. Written at once: whoever ends this loses nothing.
    pub(crate) fn add(&mut self, time_us: u64, from: SocketAddr, to: SocketAddr, data: &[u8]) -> Result<()> {
        self.record.clear();
        // The format has 32 bits for seconds, which last until 2106.
        let (sec, us) = (time_us / 1_000_000, time_us % 1_000_000);
        self.record.extend_from_slice(&(sec as u32).to_ne_bytes());
        self.record.extend_from_slice(&(us as u32).to_ne_bytes());
        let head = self.record.len();
        self.record.extend_from_slice(&[0; 8]);
        let packet_at = self.record.len();
        push_packet(&mut self.record, from, to, data);
        let len = ((self.record.len() - packet_at) as u32).to_ne_bytes();
        // As captured, and as it was: nothing is cut off.
        self.record[head..head + 4].copy_from_slice(&len);
        self.record[head + 4..head + 8].copy_from_slice(&len);
        self.write_record()
    }

    fn write_record(&mut self) -> Result<()> {
        if let Err(error) = self.file.write_all(&self.record) {
            // A full disk took a part of it: without that the file stays readable. A pipe cannot be shortened.
            let _ = self.file.set_len(self.whole);
            return Err(full(error)).with_context(|| format!("failed to write {}", self.path.display()));
        }
        self.whole += self.record.len() as u64;
        Ok(())
    }
}

/// A pipe whose reader has gone is a failure here, though it is none for what is printed.
fn full(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return io::Error::other("its reader has gone");
    }
    error
}

/// The IP packet around it.
fn push_packet(out: &mut Vec<u8>, from: SocketAddr, to: SocketAddr, data: &[u8]) {
    let udp_len = UDP_HEADER + data.len();
    // Both ends speak one family, though a socket may show IPv4 as a part of IPv6.
    let pseudo = match (from.ip().to_canonical(), to.ip().to_canonical()) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let ends = [source.octets(), destination.octets()].concat();
            push_ipv4(out, &ends, udp_len);
            ends
        }
        (source, destination) => {
            let ends = [v6(source).octets(), v6(destination).octets()].concat();
            push_ipv6(out, &ends, udp_len);
            ends
        }
    };
    let udp_at = out.len();
    for word in [from.port(), to.port(), udp_len as u16, 0] {
        out.extend_from_slice(&word.to_be_bytes());
    }
    out.extend_from_slice(data);
    let mut sum = add_words(u32::from(UDP) + udp_len as u32, &pseudo);
    sum = add_words(sum, &out[udp_at..]);
    // Zero would mean that there is none.
    let checksum = if fold(sum) == 0 { u16::MAX } else { fold(sum) };
    out[udp_at + 6..udp_at + 8].copy_from_slice(&checksum.to_be_bytes());
}

fn v6(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}

fn push_ipv4(out: &mut Vec<u8>, ends: &[u8], udp_len: usize) {
    let at = out.len();
    let [high, low] = ((IPV4_HEADER + udp_len) as u16).to_be_bytes();
    out.extend_from_slice(&[0x45, 0, high, low, 0, 0, 0, 0, TTL, UDP, 0, 0]);
    out.extend_from_slice(ends);
    let checksum = fold(add_words(0, &out[at..])).to_be_bytes();
    out[at + 10..at + 12].copy_from_slice(&checksum);
}

fn push_ipv6(out: &mut Vec<u8>, ends: &[u8], udp_len: usize) {
    let [high, low] = (udp_len as u16).to_be_bytes();
    out.extend_from_slice(&[0x60, 0, 0, 0, high, low, UDP, TTL]);
    out.extend_from_slice(ends);
}

/// Sums up 16-bit words; an odd byte at the end counts as one with a zero behind it.
fn add_words(sum: u32, bytes: &[u8]) -> u32 {
    let words =
        bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0)));
    // A datagram has some 33,000 words of 16 bits: their sum fits into 32.
    sum + words.sum::<u32>()
}

/// In ones' complement.
fn fold(mut sum: u32) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
