//! `vj osc`: messages as people and as programs read them.

use std::io::{BufRead, BufReader};
use std::net::UdpSocket;
use std::process::Stdio;

use insta::assert_snapshot;
use rosc::{OscBundle, OscMessage, OscPacket, OscTime, OscType};

use crate::real_show::Show;
use crate::screen::{Session, without_what_differs};

fn message(addr: &str, args: Vec<OscType>) -> OscPacket {
    OscPacket::Message(OscMessage { addr: addr.to_owned(), args })
}

fn packets() -> Vec<OscPacket> {
    let track = ["virtualdj", "Кино", "Группа \"крови\"", ""].map(|text| OscType::String(text.to_owned()));
    let track = [&[OscType::Int(1)], &track[..], &[OscType::Float(284.5), OscType::Int(0)]].concat();
    let content = vec![
        message("/audio/beat", vec![OscType::Int(1), OscType::Float(0.75)]),
        message("/audio/levels", vec![OscType::Float(0.125); 8]),
    ];
    vec![
        message("/karaoke/track", track),
        message("/karaoke/lyrics/reset", vec![]),
        OscPacket::Bundle(OscBundle { timetag: OscTime { seconds: 0, fractional: 1 }, content }),
    ]
}

#[test]
fn what_arrives_is_printed() {
    let show = Show::of_a_file();
    let mut session = Session::of(&show);
    for json in [&[][..], &["--json"]] {
        let at = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let at_text = at.to_string();
        let args = [&["osc", "--listen", &at_text, "-n", "4"], json].concat();
        let mut listens = show.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut complaints = BufReader::new(listens.stderr.take().unwrap());
        let mut first = String::new();
        complaints.read_line(&mut first).unwrap();
        assert!(first.starts_with("Listening on"), "{first}");
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        sender.send_to(b"no OSC at all", at).unwrap();
        for packet in packets() {
            sender.send_to(&rosc::encoder::encode(&packet).unwrap(), at).unwrap();
        }
        let mut rest = first;
        std::io::Read::read_to_string(&mut complaints, &mut rest).unwrap();
        let mut output = listens.wait_with_output().unwrap();
        output.stderr = rest.into_bytes();
        session.ran(&args, &output);
    }
    session.vj(&["osc", "--pattern", "/audio/[", "-n", "1"]);
    session.vj(&["osc", "--listen", "visuals:9000", "-n", "1"]);
    let mut redacted = insta::Settings::clone_current();
    redacted.add_filter(r"(?m)^ +\d+\.\d{3} ", "TIME ");
    redacted.add_filter(r#""t":[0-9.e-]+"#, r#""t":TIME"#);
    let _more = redacted.bind_to_scope();
    let _redacted = without_what_differs();
    assert_snapshot!(session.seen());
}

#[test]
fn what_the_workers_send_is_heard_without_a_target() {
    let show = Show::of_a_file();
    show.up();
    let mut session = Session::of(&show);
    session.vj(&["osc", "--pattern", "/audio/levels", "-n", "2"]);
    session.vj(&["osc", "--pattern", "/audio/beat/phase", "-n", "1", "--json"]);
    let mut redacted = insta::Settings::clone_current();
    redacted.add_filter(r"(?m)^ +\d+\.\d{3} ", "TIME ");
    redacted.add_filter(r"\b\d\.\d{3}\b", "X");
    redacted.add_filter(r#""t":[0-9.e-]+"#, r#""t":TIME"#);
    redacted.add_filter(r#""args":\[[^]]*\]"#, r#""args":[X, BEAT, BAR]"#);
    // Whoever answers first is named first.
    redacted.add_filter(r"(?m)^Hearing .*\n?", "");
    let _more = redacted.bind_to_scope();
    let _redacted = without_what_differs();
    assert_snapshot!(session.seen());
}
