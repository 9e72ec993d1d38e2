//! The services behind the port of the worker: what the real adapter would make of their answers, without HTTP.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use url::Url;
use vj_env::{Clock, LocalBoxFuture};
use vj_workers::ports::{Method, Web, WebAnswer, WebFailure, WebRequest};

use crate::http::{Asked, Manner, Reply, Site, lasts_in_drops};

/// From a question to its answer, however fast the service is.
const WAY: Duration = Duration::from_millis(2);

/// A web of a few sites. Whatever else is asked is not there.
pub struct FakeWeb {
    sites: BTreeMap<String, Rc<RefCell<dyn Site>>>,
    /// The clock of the run, whose second 0 is that of the tapes, once there is one.
    clock: Rc<RefCell<Option<Clock>>>,
}

impl FakeWeb {
    /// A web of these sites, by scheme, host and port.
    #[must_use]
    pub fn new(sites: BTreeMap<String, Rc<RefCell<dyn Site>>>, clock: Rc<RefCell<Option<Clock>>>) -> Self {
        Self { sites, clock }
    }
}

impl Web for FakeWeb {
    fn ask(&self, request: WebRequest) -> LocalBoxFuture<'static, Result<WebAnswer, WebFailure>> {
        let place = Url::parse(&request.url).ok();
        let site =
            place.and_then(|url| Some((self.sites.get(&url.origin().ascii_serialization())?.clone(), url)));
        let clock = self.clock.borrow().clone();
        Box::pin(async move {
            let nobody = || WebFailure::Unreachable("connection refused".to_owned());
            let (Some((site, url)), Some(clock)) = (site, clock) else { return Err(nobody()) };
            clock.sleep(WAY / 2).await;
            let now = || clock.now().as_secs_f64();
            if !site.borrow().is_up(now()) {
                return Err(nobody());
            }
            let (timeout, bytes_max) = (request.timeout, request.bytes_max);
            let reply = site.borrow_mut().answer(&asked(request, &url, now()));
            let answer = clock.timeout(timeout, arrives(&clock, &reply)).await;
            answer.unwrap_or(Err(WebFailure::TimedOut(timeout)))?;
            if !site.borrow().is_up(now()) {
                return Err(WebFailure::Broken("connection reset by peer".to_owned()));
            }
            if reply.body.len() > bytes_max {
                return Err(WebFailure::TooLong(bytes_max));
            }
            let retry_after = reply.retry_after_sec.map(Duration::from_secs);
            Ok(WebAnswer { status: reply.status, retry_after, body: reply.body })
        })
    }
}

async fn arrives(clock: &Clock, reply: &Reply) -> Result<(), WebFailure> {
    clock.sleep(reply.wait + WAY / 2).await;
    match reply.manner {
        Manner::Whole => Ok(()),
        // Of nothing, nothing can be missing.
        Manner::Cut if reply.body.is_empty() => Ok(()),
        Manner::Trickled => {
            clock.sleep(lasts_in_drops(reply.body.len())).await;
            Ok(())
        }
        Manner::Cut => Err(WebFailure::Broken("end of file before message length reached".to_owned())),
        Manner::Reset => Err(WebFailure::Broken("connection closed before message completed".to_owned())),
        Manner::Stalled => std::future::pending().await,
    }
}

fn asked(request: WebRequest, url: &Url, at_sec: f64) -> Asked {
    let method = match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
    };
    Asked {
        at_sec,
        method: method.to_owned(),
        path: url.path().to_owned(),
        query: url.query_pairs().into_owned().collect(),
        headers: request.headers.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect(),
        body: request.body,
    }
}
