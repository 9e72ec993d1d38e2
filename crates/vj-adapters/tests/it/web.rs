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
async fn a_redirect_within_a_host_is_followed_and_one_to_another_is_not() {
    let within = http("302 Found", "location: /there\r\n", "");
    let (address, served) = serve(vec![(within, false), (http("200 OK", "", "here"), false)]);
    assert_eq!(ask(question(address, "/")).await.unwrap().body, b"here");
    assert!(ended(served).await[1].starts_with("GET /there"));
    let away = http("302 Found", "location: http://localhost:1/\r\n", "");
    let (address, served) = serve(vec![(away, false)]);
    let mut request = question(address, "/");
    request.headers.push(("Authorization", "Bearer secret".to_owned()));
    assert_eq!(ask(request).await.unwrap().status, 302, "a key does not travel");
    ended(served).await;
}
