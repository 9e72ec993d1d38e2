//! Where the browser comes back to after a sign-in: a request to a port of this machine, or an address that the user pastes.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::{Host, Url};
use vj_env::Clock;

/// The head of a browser's request; cookies of other programs on this machine may be in it.
const HEAD_BYTES_MAX: usize = 16_384;

/// A browser that has opened a connection and says nothing for this long has opened it on suspicion.
const SPEAKS_WITHIN: Duration = Duration::from_secs(10);

/// What the browser brings back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Redirect {
    /// The code that a token is given for.
    Code(String),
    /// Why there is none, in the service's words.
    Denied(String),
    /// It belongs to another sign-in, or to none.
    Foreign(&'static str),
}

impl Redirect {
    /// Reads the address that the browser was sent to.
    #[must_use]
    pub(super) fn read(address: &Url, expected: &Url, state: &str) -> Self {
        if address.path() != expected.path() {
            return Self::Foreign("it is not the address of the sign-in");
        }
        let field = |name: &str| {
            address.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        // The state first: nobody else may end this sign-in, not even with an error.
        if field("state").as_deref() != Some(state) {
            return Self::Foreign("its state is not the one of this sign-in");
        }
        match (field("error"), field("code").filter(|code| !code.is_empty())) {
            (Some(error), _) => Self::Denied(error),
            (None, Some(code)) => Self::Code(code),
            (None, None) => Self::Foreign("it brings no code"),
        }
    }
}

/// The port of this machine that an address names.
///
/// # Errors
/// What Spotify takes instead.
pub(super) fn loopback(redirect_uri: &str) -> Result<(Url, SocketAddr), String> {
    let allowed =
        "allowed are http://127.0.0.1:PORT/PATH and http://[::1]:PORT/PATH, as registered for the app";
    let url = Url::parse(redirect_uri).map_err(|error| format!("{redirect_uri}: {error}; {allowed}"))?;
    let ip = match url.host() {
        Some(Host::Ipv4(Ipv4Addr::LOCALHOST)) => Ipv4Addr::LOCALHOST.into(),
        Some(Host::Ipv6(Ipv6Addr::LOCALHOST)) => Ipv6Addr::LOCALHOST.into(),
        Some(Host::Domain("localhost")) => {
            return Err(format!(
                "{redirect_uri}: Spotify has not taken localhost since November 2025; {allowed}"
            ));
        }
        _ => return Err(format!("{redirect_uri}: {allowed}")),
    };
    match (url.scheme(), url.port()) {
        ("http", Some(port)) => Ok((url, SocketAddr::new(ip, port))),
        _ => Err(format!("{redirect_uri}: {allowed}")),
    }
}

/// Reads the address that a browser asks for; none if it asks for nothing that we understand.
pub(super) async fn asked(stream: &mut TcpStream, expected: &Url, clock: &Clock) -> Option<Url> {
    let head = clock.timeout(SPEAKS_WITHIN, head(stream)).await.ok()??;
    let mut words = head.lines().next()?.split(' ');
    match (words.next()?, words.next()?) {
        ("GET", target) if target.starts_with('/') => expected.join(target).ok(),
        _ => None,
    }
}

async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut some = [0; 1_024];
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut some).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&some[..count]);
        if bytes.len() > HEAD_BYTES_MAX {
            return None;
        }
    }
    String::from_utf8(bytes).ok()
}

/// Tells the browser how it went. One that is gone need not be told.
pub(super) async fn answer(mut stream: TcpStream, status: &str, words: &str) {
    let page = format!(
        "<!doctype html><meta charset=utf-8><title>vj</title>\
         <body style=\"font:1.2em sans-serif;max-width:32em;margin:4em auto\"><p>{words}</p>"
    );
    let length = page.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    );
    if stream.write_all(head.as_bytes()).await.is_ok() && stream.write_all(page.as_bytes()).await.is_ok() {
        let _ = stream.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(address: &str) -> Redirect {
        let (expected, _) = loopback("http://127.0.0.1:8888/callback").unwrap();
        Redirect::read(&Url::parse(address).unwrap(), &expected, "s1")
    }

    #[test]
    fn only_the_redirect_of_this_very_sign_in_brings_its_code() {
        assert_eq!(
            read("http://127.0.0.1:8888/callback?code=A%2FB&state=s1"),
            Redirect::Code("A/B".to_owned())
        );
        let denied = Redirect::Denied("access_denied".to_owned());
        assert_eq!(read("http://127.0.0.1:8888/callback?error=access_denied&state=s1"), denied);
        for foreign in [
            "http://127.0.0.1:8888/callback?code=A&state=s2",
            "http://127.0.0.1:8888/callback?code=A",
            "http://127.0.0.1:8888/callback?error=access_denied",
            "http://127.0.0.1:8888/callback?state=s1",
            "http://127.0.0.1:8888/callback?code=&state=s1",
            "http://127.0.0.1:8888/favicon.ico?code=A&state=s1",
        ] {
            assert!(matches!(read(foreign), Redirect::Foreign(_)), "{foreign}");
        }
    }

    #[test]
    fn the_redirect_must_lead_to_a_port_of_this_machine() {
        let (url, at) = loopback("http://127.0.0.1:8888/callback").unwrap();
        assert_eq!((url.path(), at), ("/callback", SocketAddr::from(([127, 0, 0, 1], 8888))));
        assert!(loopback("http://[::1]:1/x").is_ok());
        let localhost = loopback("http://localhost:8888/callback").unwrap_err();
        assert!(
            localhost.contains("has not taken localhost") && localhost.contains("127.0.0.1"),
            "{localhost}"
        );
        for bad in
            ["", "callback", "https://127.0.0.1:8888/", "http://127.0.0.1/callback", "http://10.0.0.1:8888/"]
        {
            assert!(loopback(bad).unwrap_err().contains("allowed are"), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_code_comes_through_whatever_signs_it_has(code in "\\PC{1,60}", state in "[a-zA-Z0-9]{16}") {
            let (expected, _) = loopback("http://127.0.0.1:8888/callback").unwrap();
            let mut address = expected.clone();
            address.query_pairs_mut().append_pair("state", &state).append_pair("code", &code);
            prop_assert_eq!(Redirect::read(&address, &expected, &state), Redirect::Code(code));
        }
    }
}
