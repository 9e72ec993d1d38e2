//! Questions by HTTP over real connections.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use vj_adapters::HttpWeb;
use vj_workers::ports::{Method, Web, WebAnswer, WebFailure, WebRequest};

/// Answers one connection after the other with these bytes, as they are.
fn serve(answers: Vec<(Vec<u8>, bool)>) -> (SocketAddr, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let served = thread::spawn(move || {
        let mut asked = Vec::new();
        for (answer, is_held_open) in answers {
            let (mut stream, _) = listener.accept().unwrap();
            asked.push(head_and_body(&mut stream));
            let _ = stream.write_all(&answer);
            if is_held_open {
                // Until the other side has had enough.
                let _ = stream.read(&mut [0; 1]);
            }
        }
        asked
    });
    (address, served)
}

/// What was asked, once all is answered. Connections live on this thread: it must not stand still.
async fn ended(served: thread::JoinHandle<Vec<String>>) -> Vec<String> {
    tokio::task::spawn_blocking(move || served.join().unwrap()).await.unwrap()
}

fn head_and_body(stream: &mut TcpStream) -> String {
    let (mut text, mut buffer) = (Vec::new(), [0; 1024]);
    loop {
        let len = stream.read(&mut buffer).unwrap();
        text.extend_from_slice(&buffer[..len]);
        let seen = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = seen.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if len == 0 || body.len() >= length.unwrap_or(0) {
                return seen;
            }
        }
    }
}

fn http(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}", body.len())
        .into_bytes()
}

fn question(address: SocketAddr, path: &str) -> WebRequest {
    WebRequest {
        method: Method::Get,
        url: format!("http://{address}{path}"),
        headers: Vec::new(),
        body: Vec::new(),
        timeout: Duration::from_secs(20),
        bytes_max: 1_000,
    }
}

async fn ask(request: WebRequest) -> Result<WebAnswer, WebFailure> {
    HttpWeb::new().ask(request).await
}

#[tokio::test]
async fn what_is_asked_arrives_and_what_is_answered_comes_back_whatever_its_status() {
    let (address, served) =
        serve(vec![(http("429 Too Many Requests", "retry-after: 11\r\n", "{\"no\": \"ö\"}"), false)]);
    let mut request = question(address, "/api/get?track_name=J%C3%B3ga");
    request.method = Method::Post;
    request.headers.push(("User-Agent", "vj v0 (https://example.org)".to_owned()));
    request.body = b"{}".to_vec();
    let answer = ask(request).await.unwrap();
    assert_eq!((answer.status, answer.retry_after), (429, Some(Duration::from_secs(11))));
    assert_eq!(answer.body, "{\"no\": \"ö\"}".as_bytes());
    let asked = ended(served).await.remove(0);
    assert!(asked.starts_with("POST /api/get?track_name=J%C3%B3ga HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("user-agent: vj v0 (https://example.org)") && asked.ends_with("{}"), "{asked}");
}

#[tokio::test]
async fn nobody_there_is_told_with_the_host_and_without_the_question() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let Err(WebFailure::Unreachable(why)) = ask(question(address, "/?key=secret")).await else { panic!() };
    assert!(
        why.contains(&address.to_string()) && why.contains("refused") && !why.contains("secret"),
        "{why}"
    );
    let mut nowhere = question(address, "");
    nowhere.url = "lrclib".to_owned();
    assert!(matches!(ask(nowhere).await, Err(WebFailure::Unreachable(_))));
}

#[tokio::test]
async fn what_breaks_off_and_what_is_no_http_is_broken() {
    let whole = http("200 OK", "", "{\"a\": 1}");
    let cut = whole[..whole.len() - 3].to_vec();
    for (answer, what) in [(cut, "cut"), (Vec::new(), "closed"), (b"SSH-2.0-x\r\n\r\n".to_vec(), "not HTTP")]
    {
        let (address, served) = serve(vec![(answer, false)]);
        let failure = ask(question(address, "/?key=secret")).await.unwrap_err();
        let WebFailure::Broken(why) = &failure else { panic!("{what}: {failure:?}") };
        assert!(why.contains(&address.to_string()) && !why.contains("secret"), "{what}: {why}");
        ended(served).await;
    }
}

#[tokio::test]
async fn an_answer_without_an_end_is_read_as_far_as_is_allowed_and_no_further() {
    let said = b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n".to_vec();
    let endless = [b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; 5_000]].concat();
    for answer in [said, endless] {
        let (address, served) = serve(vec![(answer, true)]);
        assert_eq!(ask(question(address, "/")).await, Err(WebFailure::TooLong(1_000)));
        ended(served).await;
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_waited_for_as_long_as_was_said() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf".to_vec();
    for answer in [Vec::new(), half] {
        let (address, served) = serve(vec![(answer, true)]);
        let mut request = question(address, "/");
        request.timeout = Duration::from_millis(200);
        assert_eq!(ask(request).await, Err(WebFailure::TimedOut(Duration::from_millis(200))));
        ended(served).await;
    }
}

#[tokio::test]
async fn what_is_no_encryption_and_what_says_nothing_is_broken_and_not_away() {
    for answer in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b""] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let served = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4_096]);
            let _ = stream.write_all(answer);
        });
        let mut request = question(address, "/?key=secret");
        request.url = request.url.replace("http:", "https:");
        let failure = ask(request).await.unwrap_err();
        let WebFailure::Broken(why) = &failure else { panic!("{failure:?}") };
        assert!(why.contains(&address.to_string()) && !why.contains("secret"), "{why}");
        tokio::task::spawn_blocking(move || served.join().unwrap()).await.unwrap();
    }
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut request = question(address, "/");
    request.url = request.url.replace("http:", "https:");
    assert!(matches!(ask(request).await, Err(WebFailure::Unreachable(_))), "nobody is there");
}

#[tokio::test]
async fn nothing_compressed_is_asked_for_and_none_is_taken_for_text() {
    // "{}", by gzip.
    let packed = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xae\x05\0\x43\xbf\xa6\xa3\x02\0\0\0";
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", packed.len());
    let (address, served) = serve(vec![([head.as_bytes(), packed].concat(), false)]);
    let failure = ask(question(address, "/")).await.unwrap_err();
    assert!(matches!(&failure, WebFailure::Broken(why) if why.contains("compressed")), "{failure:?}");
    assert!(ended(served).await[0].contains("\r\naccept-encoding: identity\r\n"));
    let refusal = http("429 Too Many Requests", "content-encoding: br\r\nretry-after: 9\r\n", "??");
    let (address, served) = serve(vec![(refusal, false)]);
    let answer = ask(question(address, "/")).await.unwrap();
    assert_eq!(
        (answer.status, answer.retry_after),
        (429, Some(Duration::from_secs(9))),
        "that is understood"
    );
    assert!(answer.body.is_empty());
    ended(served).await;
    let (address, served) = serve(vec![(http("200 OK", "content-encoding: identity\r\n", "{}"), false)]);
    assert_eq!(ask(question(address, "/")).await.unwrap().body, b"{}");
    ended(served).await;
}

#[tokio::test]
async fn a_rest_until_a_date_is_counted_by_the_clock_of_the_service() {
    let headers = "date: Wed, 21 Oct 2015 07:28:00 GMT\r\nretry-after: Wed, 21 Oct 2015 07:28:07 GMT\r\n";
    let (address, served) = serve(vec![(http("503 Service Unavailable", headers, ""), false)]);
    assert_eq!(ask(question(address, "/")).await.unwrap().retry_after, Some(Duration::from_secs(7)));
    ended(served).await;
}

#[tokio::test]
async fn a_redirect_within_a_service_is_followed_and_one_to_another_is_not() {
    let within = http("302 Found", "location: /there\r\n", "");
    let (address, served) = serve(vec![(within, false), (http("200 OK", "", "here"), false)]);
    assert_eq!(ask(question(address, "/")).await.unwrap().body, b"here");
    assert!(ended(served).await[1].starts_with("GET /there"));
    // Another host, another port of the same one.
    for place in ["http://localhost:1/", "http://127.0.0.1:1/"] {
        let away = http("302 Found", &format!("location: {place}\r\n"), "");
        let (address, served) = serve(vec![(away, false)]);
        let mut request = question(address, "/");
        request.headers.push(("Authorization", "Bearer secret".to_owned()));
        assert_eq!(ask(request).await.unwrap().status, 302, "a key does not travel to {place}");
        ended(served).await;
    }
}
