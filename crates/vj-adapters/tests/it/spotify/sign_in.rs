//! Signing in with a browser.

use std::rc::Rc;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use url::Url;
use vj_adapters::spotify::{Login, LoginError, Service, Token};

use super::stage::{Stage, on_one_thread};

/// A port that is free now.
fn redirect_uri() -> String {
    let at = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    format!("http://{at}/callback")
}

struct SigningIn {
    stage: Stage,
    login: Login,
    url: Url,
    redirect: Url,
}

impl SigningIn {
    async fn begin() -> Self {
        let stage = Stage::new(Vec::new());
        let service = Service::of(&stage.settings(json!({})));
        let redirect_uri = redirect_uri();
        let (clock, scope) = (stage.env.clock.clone(), stage.env.scope.clone());
        let login = Login::begin(&service, &redirect_uri, clock, scope).await.unwrap();
        let url = Url::parse(login.url()).unwrap();
        Self { stage, login, url, redirect: Url::parse(&redirect_uri).unwrap() }
    }

    fn asked_for(&self, field: &str) -> String {
        self.url
            .query_pairs()
            .find(|(key, _)| key == field)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    }

    /// Where the service would send the browser.
    fn back(&self, query: &str) -> String {
        let mut back = self.redirect.clone();
        back.set_query(Some(&query.replace("STATE", &self.asked_for("state"))));
        back.into()
    }
}

/// What a browser does at this address, and the page that it is shown.
async fn browse(address: &str) -> String {
    let url = Url::parse(address).unwrap();
    let at = url.socket_addrs(|| None).unwrap()[0];
    let mut stream = TcpStream::connect(at).await.unwrap();
    let target = &address[address.find(&at.to_string()).unwrap() + at.to_string().len()..];
    let head = format!("GET {target} HTTP/1.1\r\nHost: {at}\r\nCookie: a=b\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut page = String::new();
    let _ = stream.read_to_string(&mut page).await;
    page
}

fn nothing_pasted() -> mpsc::Receiver<String> {
    mpsc::channel(1).1
}

#[test]
fn the_page_asks_for_nothing_but_to_see_what_plays_and_proves_who_asks() {
    on_one_thread(async || {
        let it = SigningIn::begin().await;
        let fields = ["client_id", "response_type", "code_challenge_method", "redirect_uri"];
        let expected = ["app-1", "code", "S256", it.redirect.as_str()];
        assert_eq!(fields.map(|field| it.asked_for(field)), expected);
        let scope = it.asked_for("scope");
        let mut scopes: Vec<&str> = scope.split(' ').collect();
        scopes.sort_unstable();
        assert_eq!(scopes, ["user-read-currently-playing", "user-read-playback-state"]);
        assert!(it.asked_for("code_challenge").len() == 43 && it.asked_for("state").len() >= 16);
    });
}

#[test]
fn a_browser_that_comes_back_brings_the_sign_in_and_strangers_do_not_disturb() {
    on_one_thread(async || {
        let it = SigningIn::begin().await;
        let strange = it.back("code=good-code&state=somebody-elses");
        let icon = it.redirect.join("/favicon.ico").unwrap().to_string();
        let (good, redirect) = (it.back("code=good-code&state=STATE"), it.redirect.clone());
        let (tell, mut told) = mpsc::unbounded_channel();
        it.stage.env.scope.spawn(async move {
            // A browser opens a connection on suspicion, and says nothing on it.
            let silent = TcpStream::connect(redirect.socket_addrs(|| None).unwrap()[0]).await.unwrap();
            for address in [icon, strange, good] {
                let _ = tell.send(browse(&address).await);
            }
            drop(silent);
        });
        let mut ignored = Vec::new();
        let token = it.login.finish(nothing_pasted(), |what| ignored.push(what.to_owned())).await.unwrap();
        assert_eq!((token.access_token(), token.refresh_token()), ("access-1", Some("refresh-1")));
        assert_eq!(ignored, ["a redirect was ignored: its state is not the one of this sign-in"]);
        let (icon, strange, page) =
            (told.recv().await.unwrap(), told.recv().await.unwrap(), told.recv().await.unwrap());
        assert!(icon.starts_with("HTTP/1.1 404") && strange.starts_with("HTTP/1.1 404"));
        assert!(page.starts_with("HTTP/1.1 200 OK") && page.contains("vj is signed in"), "{page}");
    });
}

#[test]
fn an_address_that_is_pasted_does_as_well() {
    on_one_thread(async || {
        let it = SigningIn::begin().await;
        let (paste, pasted) = mpsc::channel(4);
        for line in
            ["", "good-code", &it.back("code=good-code&state=x"), &it.back("code=good-code&state=STATE")]
        {
            paste.send(format!("{line}\n")).await.unwrap();
        }
        let mut said = Vec::new();
        let token = it.login.finish(pasted, |what| said.push(what.to_owned())).await.unwrap();
        assert_eq!(token.access_token(), "access-1");
        assert!(said.len() == 2 && said[0].starts_with("that is no address"), "{said:?}");
    });
}

async fn end_with(query: &str) -> Result<Token, LoginError> {
    let it = SigningIn::begin().await;
    let back = it.back(query);
    it.stage.env.scope.spawn(async move {
        browse(&back).await;
    });
    it.login.finish(nothing_pasted(), |_| {}).await
}

#[test]
fn a_no_is_told_and_a_bad_code_too() {
    on_one_thread(async || {
        let denied = end_with("error=access_denied&state=STATE").await.unwrap_err();
        assert_eq!(denied.to_string(), "Spotify says no: access_denied");
        let bad = end_with("code=bad-code&state=STATE").await.unwrap_err();
        assert!(bad.to_string().contains("invalid_grant"), "{bad}");
    });
}

#[test]
fn what_must_be_set_first_is_said() {
    on_one_thread(async || {
        let stage = Rc::new(Stage::new(Vec::new()));
        let begin = |client_id: &str, redirect_uri: String| {
            let service =
                Service { client_id: client_id.to_owned(), ..Service::of(&stage.settings(json!({}))) };
            let stage = stage.clone();
            async move {
                let (clock, scope) = (stage.env.clock.clone(), stage.env.scope.clone());
                match Login::begin(&service, &redirect_uri, clock, scope).await {
                    Ok(_) => panic!("it began with {redirect_uri}"),
                    Err(error) => error.to_string(),
                }
            }
        };
        let no_client = begin("", redirect_uri()).await;
        assert!(
            no_client.contains("developer.spotify.com/dashboard") && no_client.contains("client_id"),
            "{no_client}"
        );
        let localhost = begin("app-1", "http://localhost:8888/callback".to_owned()).await;
        assert!(localhost.contains("redirect_uri") && localhost.contains("127.0.0.1"), "{localhost}");
        let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = begin("app-1", format!("http://{}/callback", holder.local_addr().unwrap())).await;
        assert!(taken.contains("is taken") && taken.contains("redirect_uri"), "{taken}");
    });
}
