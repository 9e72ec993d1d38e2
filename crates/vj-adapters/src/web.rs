//! Services that are asked by HTTP, over reqwest.
//!
//! - An answer is read only as far as was allowed, while it comes: a service that sends for ever costs a bounded amount.
//! - What keeps a question from an answer is one line with the host's name. Addresses may hold secrets and are not repeated.
//! - A redirect is followed a few times to the same service, or to its safer door: a key must not travel to another.
//! - Nothing compressed is asked for: a few bytes of it may become any amount, and what services say here is short.

use std::error::Error;
use std::io;
use std::iter::successors;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, DATE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use vj_env::LocalBoxFuture;
use vj_workers::ports::{Method, Web, WebAnswer, WebFailure, WebRequest};

/// Redirects that lead further than this lead nowhere.
const REDIRECTS_MAX: usize = 5;

/// A host that does not take the connection within this is not there; the time for the whole answer may be much longer.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Connections that are kept for the next question: a service is asked one or two things at a time.
const IDLE_PER_HOST_MAX: usize = 2;

/// Longer rests than a day are a mistake of whoever asks for them.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(86_400);

/// Asks services by HTTP.
pub struct HttpWeb {
    client: Result<Client, String>,
    /// For this machine's own services: a proxy of the environment would look for them elsewhere.
    near: Result<Client, String>,
}

impl HttpWeb {
    /// Opens no connection yet.
    #[must_use]
    pub fn new() -> Self {
        let builder = || {
            Client::builder()
                .connect_timeout(CONNECT_WITHIN)
                .pool_max_idle_per_host(IDLE_PER_HOST_MAX)
                .redirect(within_one_service())
        };
        let built = |builder: reqwest::ClientBuilder| builder.build().map_err(|error| in_one_line(&error));
        Self { client: built(builder()), near: built(builder().no_proxy()) }
    }
}

impl Default for HttpWeb {
    fn default() -> Self {
        Self::new()
    }
}

impl Web for HttpWeb {
    fn ask(&self, request: WebRequest) -> LocalBoxFuture<'static, Result<WebAnswer, WebFailure>> {
        let url = Url::parse(&request.url);
        let is_near = url.as_ref().is_ok_and(is_on_this_machine);
        let client = if is_near { self.near.clone() } else { self.client.clone() };
        Box::pin(async move {
            let url = url.map_err(|error| WebFailure::Unreachable(format!("no address: {error}")))?;
            let client = client.map_err(WebFailure::Unreachable)?;
            let timeout = request.timeout;
            let host = host_of(&url);
            match ask(&client, url, request).await {
                Ok(answer) => Ok(answer),
                Err(Asking::TooLong(max)) => Err(WebFailure::TooLong(max)),
                Err(Asking::Compressed) => Err(WebFailure::Broken(format!(
                    "{host}: it sends compressed what was asked for as it is"
                ))),
                Err(Asking::Failed(error)) => Err(sorted(&error, &host, timeout)),
            }
        })
    }
}

enum Asking {
    TooLong(usize),
    Compressed,
    Failed(reqwest::Error),
}

impl From<reqwest::Error> for Asking {
    fn from(error: reqwest::Error) -> Self {
        // Its address may hold a key.
        Self::Failed(error.without_url())
    }
}

async fn ask(client: &Client, url: Url, request: WebRequest) -> Result<WebAnswer, Asking> {
    let mut asked = match request.method {
        Method::Get => client.get(url),
        Method::Post => client.post(url).body(request.body),
    };
    // From here to the last byte of the body.
    asked = asked.timeout(request.timeout);
    // Where nothing is said, a service may choose (RFC 9110, 12.5.3).
    asked = asked.header(ACCEPT_ENCODING, "identity");
    for (name, value) in request.headers {
        asked = asked.header(name, value);
    }
    let mut answer = asked.send().await?;
    let status = answer.status().as_u16();
    let retry_after = retry_after(answer.headers());
    if is_compressed(answer.headers()) {
        // A refusal, and the rest that it wants, count without its words.
        let is_refusal = !answer.status().is_success();
        return if is_refusal {
            Ok(WebAnswer { status, retry_after, body: Vec::new() })
        } else {
            Err(Asking::Compressed)
        };
    }
    let too_long = || Asking::TooLong(request.bytes_max);
    if answer.content_length().is_some_and(|len| len > request.bytes_max as u64) {
        return Err(too_long());
    }
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        if body.len() + piece.len() > request.bytes_max {
            return Err(too_long());
        }
        body.extend_from_slice(&piece);
    }
    Ok(WebAnswer { status, retry_after, body })
}

fn is_compressed(headers: &HeaderMap) -> bool {
    text_of(headers, CONTENT_ENCODING)
        .is_some_and(|how| !how.is_empty() && !how.eq_ignore_ascii_case("identity"))
}

fn within_one_service() -> Policy {
    Policy::custom(|attempt| {
        let goes_elsewhere = attempt.previous().last().is_some_and(|from| !leads_back(from, attempt.url()));
        if goes_elsewhere || attempt.previous().len() > REDIRECTS_MAX {
            // The redirect itself is the answer; its status says that it is none.
            attempt.stop()
        } else {
            attempt.follow()
        }
    })
}

/// Whether both are one service: the same host, port and scheme. Another port is another service, and the one that may follow
/// is from a host's usual door to its safer one.
fn leads_back(from: &Url, to: &Url) -> bool {
    let door = |url: &Url| (url.scheme().to_owned(), url.port_or_known_default());
    let is_same = door(from) == door(to);
    let is_safer = door(from) == ("http".to_owned(), Some(80)) && door(to) == ("https".to_owned(), Some(443));
    from.host() == to.host() && (is_same || is_safer)
}

fn is_on_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn sorted(error: &reqwest::Error, host: &str, timeout: Duration) -> WebFailure {
    let why = format!("{host}: {}", in_one_line(error));
    if error.is_connect() {
        // Of what is built up together, a connection and its encryption, only the first says whether anybody is there.
        return if broke_off(error) { WebFailure::Broken(why) } else { WebFailure::Unreachable(why) };
    }
    if error.is_timeout() { WebFailure::TimedOut(timeout) } else { WebFailure::Broken(why) }
}

/// Whether somebody took the connection, and then said what is no encryption, or nothing.
fn broke_off(error: &(dyn Error + 'static)) -> bool {
    let mut kinds = causes(error).filter_map(|cause| Some(cause.downcast_ref::<io::Error>()?.kind()));
    kinds.any(|kind| matches!(kind, io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof))
}

/// The innermost cause says most, and repeats nothing.
fn in_one_line(error: &(dyn Error + 'static)) -> String {
    causes(error).last().unwrap_or(error).to_string().replace('\n', ", ")
}

/// An error, what caused it, and so on.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    successors(Some(error), |error| cause_of(*error))
}

/// An `io::Error` passes over what it wraps when it is asked for its source.
fn cause_of<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// Seconds, or a date: that is meant by the clock of whoever wrote it, which the answer shows.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = text_of(headers, RETRY_AFTER)?;
    let rest = match text.parse::<u64>() {
        Ok(sec) => Duration::from_secs(sec),
        Err(_) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => RETRY_AFTER_MAX,
        Err(_) => {
            let until = date(text)?;
            let now = text_of(headers, DATE).and_then(date).unwrap_or_else(Timestamp::now);
            Duration::from_secs(u64::try_from(until.as_second() - now.as_second()).unwrap_or(0))
        }
    };
    Some(rest.min(RETRY_AFTER_MAX))
}

fn date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

fn text_of(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    Some(headers.get(name)?.to_str().ok()?.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rest_is_read_in_seconds_and_as_a_date_and_lasts_a_day_at_most() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            retry_after(&headers).map(|rest| rest.as_secs())
        };
        assert_eq!(read("7"), Some(7));
        assert_eq!(read("99999999999999999999999"), Some(86_400));
        assert_eq!(read("Wed, 21 Oct 2015 07:28:00 GMT"), Some(0), "that is over");
        assert_eq!(read("Thu, 21 Oct 2399 07:28:00 GMT"), Some(86_400));
        assert_eq!((read("soon"), read(""), read("-3")), (None, None, None));
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn a_date_is_meant_by_the_clock_of_whoever_wrote_it() {
        let read = |date: &str, until: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, date.parse().unwrap());
            headers.insert(RETRY_AFTER, until.parse().unwrap());
            retry_after(&headers).map(|rest| rest.as_secs())
        };
        // Whatever this machine's clock shows.
        let wrong = "Wed, 21 Oct 2015 07:28:00 GMT";
        assert_eq!(read(wrong, "Wed, 21 Oct 2015 07:28:30 GMT"), Some(30));
        assert_eq!(read(wrong, "Wed, 21 Oct 2015 07:27:30 GMT"), Some(0));
        assert_eq!(read("yesterday", wrong), Some(0), "a date that is none counts for nothing");
    }

    #[test]
    fn a_redirect_leads_to_the_same_service_or_to_its_safer_door() {
        let leads = |from: &str, to: &str| leads_back(&Url::parse(from).unwrap(), &Url::parse(to).unwrap());
        for (from, to, is_followed) in [
            ("http://a.org/x", "http://a.org/y", true),
            ("http://a.org/x", "http://a.org:80/y", true),
            ("http://a.org:8188/x", "http://a.org:8188/y", true),
            ("http://a.org/x", "https://a.org/x", true),
            ("https://a.org/x", "http://a.org/x", false),
            ("http://a.org:8188/x", "http://a.org:8189/x", false),
            ("http://a.org/x", "http://a.org:8080/x", false),
            ("http://a.org:8080/x", "https://a.org/x", false),
            ("http://a.org/x", "https://a.org:8443/x", false),
            ("http://a.org/x", "http://www.a.org/x", false),
            ("https://a.org/x", "https://a.org.evil.org/x", false),
        ] {
            assert_eq!(leads(from, to), is_followed, "{from} to {to}");
        }
    }

    #[test]
    fn this_machine_is_known_by_its_names() {
        let near = |text: &str| is_on_this_machine(&Url::parse(text).unwrap());
        for text in ["http://localhost:1/x", "http://127.0.0.1", "http://[::1]:9/", "http://127.9.9.9/"] {
            assert!(near(text), "{text}");
        }
        for text in ["https://lrclib.net/api", "http://localhost.example.org", "http://10.0.0.1"] {
            assert!(!near(text), "{text}");
        }
    }
}
