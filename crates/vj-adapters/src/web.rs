//! Services that are asked by HTTP, over reqwest.
//!
//! - An answer is read only as far as was allowed, while it comes: a service that sends for ever costs a bounded amount.
//! - What keeps a question from an answer is one line with the host's name. Addresses may hold secrets and are not repeated.
//! - A redirect is followed a few times within one host: a key must not travel to another.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
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
                .redirect(within_one_host())
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
                Err(Asking::Failed(error)) => Err(sorted(&error, &host, timeout)),
            }
        })
    }
}

enum Asking {
    TooLong(usize),
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
    for (name, value) in request.headers {
        asked = asked.header(name, value);
    }
    let mut answer = asked.send().await?;
    let status = answer.status().as_u16();
    let retry_after = retry_after(answer.headers());
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

fn within_one_host() -> Policy {
    Policy::custom(|attempt| {
        let goes_elsewhere = attempt.previous().last().is_some_and(|from| {
            let is_weaker = from.scheme() == "https" && attempt.url().scheme() != "https";
            is_weaker || from.host_str() != attempt.url().host_str()
        });
        if goes_elsewhere || attempt.previous().len() > REDIRECTS_MAX {
            // The redirect itself is the answer; its status says that it is none.
            attempt.stop()
        } else {
            attempt.follow()
        }
    })
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
    let why = in_one_line(error);
    if error.is_connect() {
        return WebFailure::Unreachable(format!("{host}: {why}"));
    }
    if error.is_timeout() {
        WebFailure::TimedOut(timeout)
    } else {
        WebFailure::Broken(format!("{host}: {why}"))
    }
}

/// The innermost cause says most, and repeats nothing.
fn in_one_line(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string().replace('\n', ", ")
}

/// Seconds, or a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let rest = match text.parse::<u64>() {
        Ok(sec) => Duration::from_secs(sec),
        Err(_) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => RETRY_AFTER_MAX,
        Err(_) => {
            let until = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
            let rest_sec = until.as_second() - jiff::Timestamp::now().as_second();
            Duration::from_secs(u64::try_from(rest_sec).unwrap_or(0))
        }
    };
    Some(rest.min(RETRY_AFTER_MAX))
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
