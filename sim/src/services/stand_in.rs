//! The fake services for a whole show: behind the port of the worker in virtual time, on ports of this machine over real
//! processes.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

use serde_json::Value;
use vj_env::{Clock, Scope};
use vj_workers::ports::Web;

use super::comfyui::ComfyUi;
use super::lrclib::Lrclib;
use super::ollama::Ollama;
use super::openai::OpenAi;
use super::service::{Nature, Seen, Service};
use super::tape::ServicesTape;
use super::web::FakeWeb;
use crate::ground::{Driver, Ground};
use crate::http::{Server, Site, TapeTime};

/// Where the services are, as the worker's settings name them: scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// LRCLIB.
    pub lrclib: String,
    /// Ollama.
    pub ollama: String,
    /// The OpenAI-compatible server, without the `/v1`.
    pub openai: String,
    /// ComfyUI.
    pub comfyui: String,
}

impl Default for Places {
    /// Where they are on a machine that has all of them; the OpenAI-compatible one is LM Studio.
    fn default() -> Self {
        Self {
            lrclib: "https://lrclib.net".to_owned(),
            ollama: "http://127.0.0.1:11434".to_owned(),
            openai: "http://127.0.0.1:1234".to_owned(),
            comfyui: "http://127.0.0.1:8188".to_owned(),
        }
    }
}

type Shared<N> = Rc<RefCell<Service<N>>>;

/// Four services with their tape.
pub struct ServicesStandIn {
    lrclib: Shared<Lrclib>,
    ollama: Shared<Ollama>,
    openai: Shared<OpenAi>,
    comfyui: Shared<ComfyUi>,
    /// The clock of the run, once there is one.
    clock: Rc<RefCell<Option<Clock>>>,
    /// By how much their tape is ahead of that.
    ahead_sec: Rc<Cell<f64>>,
    servers: Option<[Server; 4]>,
    /// What stands in the cache before the show.
    cache: Vec<(String, String)>,
    places: Places,
}

impl ServicesStandIn {
    /// Services that play `tape`, whose second 0 is that of the run.
    ///
    /// # Errors
    /// Real ones need ports, and the system had none.
    pub fn new(driver: &Driver, tape: ServicesTape) -> io::Result<Self> {
        let servers = driver
            .is_real()
            .then(|| io::Result::Ok([Server::bind()?, Server::bind()?, Server::bind()?, Server::bind()?]));
        let servers = servers.transpose()?;
        let places = servers.as_ref().map_or_else(Places::default, |servers| {
            let [lrclib, ollama, openai, comfyui] =
                servers.each_ref().map(|server| format!("http://{}", server.address()));
            Places { lrclib, ollama, openai, comfyui }
        });
        Ok(Self {
            lrclib: shared(Service::new(Lrclib::default(), tape.lrclib)),
            ollama: shared(Service::new(Ollama::default(), tape.ollama)),
            openai: shared(Service::new(OpenAi::default(), tape.openai)),
            comfyui: shared(Service::new(ComfyUi::default(), tape.comfyui)),
            clock: Rc::default(),
            ahead_sec: Rc::default(),
            cache: tape.cache,
            servers,
            places,
        })
    }

    /// The worker's table, with where the services are.
    #[must_use]
    pub fn table(&self, mut table: Value) -> Value {
        table["lrclib_base_url"] = self.places.lrclib.clone().into();
        table["ollama_base_url"] = self.places.ollama.clone().into();
        table["openai_base_url"] = format!("{}/v1", self.places.openai).into();
        table["comfyui_base_url"] = self.places.comfyui.clone().into();
        table
    }

    /// The services behind the worker's port.
    #[must_use]
    pub fn web(&self) -> Rc<dyn Web> {
        let Places { lrclib, ollama, openai, comfyui } = self.places.clone();
        let sites: [(String, Rc<RefCell<dyn Site>>); 4] = [
            (lrclib, self.lrclib.clone()),
            (ollama, self.ollama.clone()),
            (openai, self.openai.clone()),
            (comfyui, self.comfyui.clone()),
        ];
        Rc::new(FakeWeb::new(BTreeMap::from(sites), self.clock.clone()))
    }

    /// The run begins: the services serve until `onlookers` are gone.
    ///
    /// # Errors
    /// What the system refused.
    pub fn begin(&self, ground: &dyn Ground, onlookers: &Scope) -> io::Result<()> {
        *self.clock.borrow_mut() = Some(ground.clock().clone());
        for (file, text) in &self.cache {
            ground.put_cache_file(file, text.as_bytes());
        }
        let Some([lrclib, ollama, openai, comfyui]) = &self.servers else { return Ok(()) };
        let clock = || ground.clock().clone();
        lrclib.serve(self.lrclib.clone(), self.time(), clock(), onlookers)?;
        ollama.serve(self.ollama.clone(), self.time(), clock(), onlookers)?;
        openai.serve(self.openai.clone(), self.time(), clock(), onlookers)?;
        comfyui.serve(self.comfyui.clone(), self.time(), clock(), onlookers)
    }

    /// Questions that were not asked on the night of the recording, by service.
    #[must_use]
    pub fn unknown(&self) -> Vec<String> {
        fn of<N: Nature>(name: &str, service: &Shared<N>) -> Vec<String> {
            service.borrow().unknown().iter().map(|asked| format!("{name}: {asked}")).collect()
        }
        let (lrclib, ollama) = (of("lrclib", &self.lrclib), of("ollama", &self.ollama));
        let (openai, comfyui) = (of("openai", &self.openai), of("comfyui", &self.comfyui));
        [lrclib, ollama, openai, comfyui].concat()
    }

    /// The tape is so far ahead of the run from now on. Where it was moved back, what has happened on it has not.
    pub fn jump(&self, ahead_sec: f64) {
        self.ahead_sec.set(ahead_sec);
        self.lrclib.borrow_mut().rewind();
        self.ollama.borrow_mut().rewind();
        self.openai.borrow_mut().rewind();
        self.comfyui.borrow_mut().rewind();
    }

    /// What LRCLIB was asked.
    #[must_use]
    pub fn lrclib(&self) -> Vec<Seen> {
        seen(&self.lrclib)
    }

    /// What Ollama was asked.
    #[must_use]
    pub fn ollama(&self) -> Vec<Seen> {
        seen(&self.ollama)
    }

    /// What the OpenAI-compatible server was asked.
    #[must_use]
    pub fn openai(&self) -> Vec<Seen> {
        seen(&self.openai)
    }

    /// What ComfyUI was asked.
    #[must_use]
    pub fn comfyui(&self) -> Vec<Seen> {
        seen(&self.comfyui)
    }

    fn time(&self) -> TapeTime {
        let (read, ahead) = (self.clock.clone(), self.ahead_sec.clone());
        Rc::new(move || read.borrow().as_ref().map_or(0.0, |clock| clock.now().as_secs_f64() + ahead.get()))
    }
}

fn shared<N: Nature>(service: Service<N>) -> Shared<N> {
    Rc::new(RefCell::new(service))
}

fn seen<N: Nature>(service: &Shared<N>) -> Vec<Seen> {
    service.borrow().seen().to_vec()
}
