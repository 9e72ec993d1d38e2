//! ComfyUI: `/prompt`, `/queue`, `/history`, `/view`, `/interrupt`, `/object_info`, `/system_stats`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::image::png;
use super::service::Nature;
use crate::http::{Asked, Reply};

/// What happens to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComfyUiEvent {
    /// These checkpoints are there from now on, and no others.
    Has(Vec<String>),
    /// How long an image takes.
    PaintsSec(f64),
    /// The human user has put an image into the queue that takes so long.
    Human(f64),
    /// Images fail from now on, or no more: out of memory.
    Fails(bool),
    /// It refuses workflows from now on, or no more.
    Refuses(bool),
    /// It is started anew, and knows nothing of its queue and its history.
    Restarts,
    /// Outputs stand in the history so many seconds after the success does.
    OutputsLateSec(f64),
    /// Images cannot be fetched from now on, or they can again.
    Hides(bool),
}

/// Something in its queue.
#[derive(Debug)]
struct Job {
    id: String,
    workflow: Value,
    /// When it is begun, and when it is done.
    begins_sec: f64,
    ends_sec: f64,
    fails: bool,
}

/// The service.
#[derive(Debug, Default)]
pub struct ComfyUi {
    checkpoints: Vec<String>,
    paints_sec: f64,
    fails: bool,
    refuses: bool,
    outputs_late_sec: f64,
    hides: bool,
    jobs: Vec<Job>,
    free_at_sec: f64,
    numbers: u32,
}

impl Nature for ComfyUi {
    type Event = ComfyUiEvent;

    fn happens(&mut self, at_sec: f64, event: ComfyUiEvent) {
        match event {
            ComfyUiEvent::Has(names) => self.checkpoints = names,
            ComfyUiEvent::PaintsSec(sec) => self.paints_sec = sec,
            ComfyUiEvent::Human(sec) => self.free_at_sec = self.free_at_sec.max(at_sec) + sec,
            ComfyUiEvent::Fails(it) => self.fails = it,
            ComfyUiEvent::Refuses(it) => self.refuses = it,
            ComfyUiEvent::Restarts => {
                self.jobs.clear();
                self.free_at_sec = at_sec;
            }
            ComfyUiEvent::OutputsLateSec(sec) => self.outputs_late_sec = sec,
            ComfyUiEvent::Hides(it) => self.hides = it,
        }
    }

    fn answer(&mut self, asked: &Asked) -> Reply {
        let at_sec = asked.at_sec;
        match (asked.method.as_str(), asked.path.as_str()) {
            ("POST", "/prompt") => self.prompt(asked),
            ("GET", "/queue") => Reply::json(200, &self.queue(at_sec)),
            ("POST", "/queue") => {
                let gone = asked.json()["delete"].as_array().cloned().unwrap_or_default();
                self.jobs.retain(|job| job.begins_sec <= at_sec || !gone.iter().any(|id| *id == job.id));
                Reply::new(200, "", "")
            }
            ("POST", "/interrupt") => {
                let named = asked.json()["prompt_id"].as_str().map(str::to_owned);
                let runs = |job: &Job| job.begins_sec <= at_sec && at_sec < job.ends_sec;
                self.jobs.retain(|job| !runs(job) || named.as_ref().is_some_and(|id| *id != job.id));
                Reply::new(200, "", "")
            }
            ("GET", "/view") => self.view(asked),
            ("GET", "/object_info/CheckpointLoaderSimple") => Reply::json(
                200,
                &json!({"CheckpointLoaderSimple": {"input": {"required": {"ckpt_name": [self.checkpoints]}}}}),
            ),
            ("GET", "/system_stats") => Reply::json(200, &json!({"system": {"comfyui_version": "0.3.60"}})),
            ("GET", path) if path.starts_with("/history/") => {
                Reply::json(200, &self.history(&path["/history/".len()..], at_sec))
            }
            _ => Reply::new(404, "text/plain; charset=utf-8", "404: Not Found"),
        }
    }

    fn limited(&self) -> Reply {
        Reply::page(429, "Too Many Requests")
    }
}

impl ComfyUi {
    fn prompt(&mut self, asked: &Asked) -> Reply {
        let body = asked.json();
        let refused = |kind: &str, message: &str| {
            let error = json!({"type": kind, "message": message, "details": "", "extra_info": {}});
            Reply::json(400, &json!({"error": error, "node_errors": {}}))
        };
        let Some(workflow) = body["prompt"].as_object() else {
            return refused("no_prompt", "No prompt provided");
        };
        let named = workflow.values().filter_map(|node| node["inputs"]["ckpt_name"].as_str());
        let is_unknown = named.into_iter().any(|name| !self.checkpoints.iter().any(|it| it == name));
        if self.refuses || is_unknown {
            return refused("prompt_outputs_failed_validation", "Prompt outputs failed validation");
        }
        let begins_sec = self.free_at_sec.max(asked.at_sec);
        self.numbers += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", self.numbers);
        self.free_at_sec = begins_sec + self.paints_sec;
        let (workflow, ends_sec, fails) = (body["prompt"].clone(), self.free_at_sec, self.fails);
        self.jobs.push(Job { id: id.clone(), workflow, begins_sec, ends_sec, fails });
        Reply::json(200, &json!({"prompt_id": id, "number": self.numbers, "node_errors": {}}))
    }

    fn queue(&self, at_sec: f64) -> Value {
        let entry = |job: &Job| json!([0, job.id, job.workflow, {}, []]);
        let part = |is_running: bool| -> Vec<Value> {
            let left = self.jobs.iter().filter(|job| at_sec < job.ends_sec);
            left.filter(|job| (job.begins_sec <= at_sec) == is_running).map(entry).collect()
        };
        json!({"queue_running": part(true), "queue_pending": part(false)})
    }

    /// Empty while a job is not done, and for one that is not known.
    fn history(&self, id: &str, at_sec: f64) -> Value {
        let Some(job) = self.jobs.iter().find(|job| job.id == id && job.ends_sec <= at_sec) else {
            return json!({});
        };
        if job.fails {
            let status =
                json!({"status_str": "error", "completed": false, "messages": [["execution_error", {}]]});
            return json!({id: {"prompt": job.workflow, "outputs": {}, "status": status}});
        }
        let images = json!([{"filename": format!("vj_{id}_.png"), "subfolder": "", "type": "output"}]);
        let is_written = job.ends_sec + self.outputs_late_sec <= at_sec;
        let outputs = if is_written { json!({"7": {"images": images}}) } else { json!({}) };
        let status = json!({"status_str": "success", "completed": true, "messages": []});
        json!({id: {"prompt": job.workflow, "outputs": outputs, "status": status}})
    }

    fn view(&self, asked: &Asked) -> Reply {
        let name = asked.parameter("filename").unwrap_or_default();
        if name.is_empty() || name.contains("..") {
            return Reply::new(400, "text/plain; charset=utf-8", "400: Bad Request");
        }
        let job = self.jobs.iter().find(|job| !job.fails && name == format!("vj_{}_.png", job.id));
        match job.filter(|job| !self.hides && job.ends_sec <= asked.at_sec) {
            Some(job) => Reply::new(200, "image/png", png(&prompt_of(&job.workflow))),
            None => Reply::new(404, "text/plain; charset=utf-8", "404: Not Found"),
        }
    }
}

/// What a workflow is to show: the text behind the sampler's positive prompt, else the first.
fn prompt_of(workflow: &Value) -> String {
    let nodes = workflow.as_object().into_iter().flat_map(|nodes| nodes.values());
    let positive = nodes.clone().find_map(|node| node["inputs"]["positive"][0].as_str());
    let text = positive.and_then(|at| workflow[at]["inputs"]["text"].as_str());
    text.or_else(|| nodes.clone().find_map(|node| node["inputs"]["text"].as_str()))
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Site;
    use crate::services::image::text_of;
    use crate::services::service::Service;
    use crate::services::tape::ServicesTape;

    const TAPE: &str = r#"{"t": 0, "comfyui": {"has": ["a.safetensors"]}}
        {"t": 0, "comfyui": {"paints_sec": 5}}
        {"t": 0, "comfyui": {"outputs_late_sec": 1}}
        {"t": 20, "comfyui": {"human": 30}}
        {"t": 60, "comfyui": "restarts"}
        {"t": 70, "comfyui": {"fails": true}}"#;

    #[test]
    fn an_image_is_done_when_its_time_has_come_and_not_before() {
        let mut service = Service::new(ComfyUi::default(), ServicesTape::parse(TAPE).unwrap().comfyui);
        let mut ask = |at_sec: f64, method: &str, path: &str, body: Value| {
            let (path, query) = path.split_once('?').unwrap_or((path, ""));
            let query =
                query.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned())).into_iter().collect();
            let (method, path) = (method.to_owned(), path.to_owned());
            let asked = Asked {
                at_sec,
                method,
                path,
                query,
                body: body.to_string().into_bytes(),
                ..Asked::default()
            };
            let reply = service.answer(&asked);
            (reply.status, serde_json::from_slice::<Value>(&reply.body).unwrap_or_default(), reply.body)
        };
        let workflow = |name: &str| {
            json!({"prompt": {
                "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": name}},
                "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a red sea"}},
            }})
        };
        let (status, refused, _) = ask(1.0, "POST", "/prompt", workflow("b.safetensors"));
        assert_eq!((status, &refused["error"]["type"]), (400, &json!("prompt_outputs_failed_validation")));
        assert_eq!(ask(1.0, "POST", "/prompt", json!({})).1["error"]["type"], "no_prompt");
        let id = ask(2.0, "POST", "/prompt", workflow("a.safetensors")).1["prompt_id"]
            .as_str()
            .unwrap()
            .to_owned();
        let history = format!("/history/{id}");
        assert_eq!(ask(6.0, "GET", &history, Value::Null).1, json!({}));
        assert_eq!(ask(6.0, "GET", "/queue", Value::Null).1["queue_running"][0][1], id);
        // It is done, and nothing of it is there yet.
        let done = ask(7.5, "GET", &history, Value::Null).1;
        assert_eq!(
            (&done[&id]["status"]["status_str"], &done[&id]["outputs"]),
            (&json!("success"), &json!({}))
        );
        let done = ask(8.5, "GET", &history, Value::Null).1;
        let name = done[&id]["outputs"]["7"]["images"][0]["filename"].as_str().unwrap().to_owned();
        let (status, _, image) = ask(8.5, "GET", &format!("/view?filename={name}"), Value::Null);
        assert_eq!((status, text_of(&image).as_deref()), (200, Some("a red sea")));
        assert_eq!(ask(8.5, "GET", "/view?filename=other.png", Value::Null).0, 404);
        // The human's image comes first.
        let id = ask(21.0, "POST", "/prompt", workflow("a.safetensors")).1["prompt_id"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(ask(40.0, "GET", "/queue", Value::Null).1["queue_pending"][0][1], id);
        assert_eq!(
            ask(61.0, "GET", &format!("/history/{id}"), Value::Null).1,
            json!({}),
            "it was started anew"
        );
        let id = ask(71.0, "POST", "/prompt", workflow("a.safetensors")).1["prompt_id"]
            .as_str()
            .unwrap()
            .to_owned();
        let failed = ask(77.0, "GET", &format!("/history/{id}"), Value::Null).1;
        assert_eq!(failed[&id]["status"]["status_str"], "error");
    }
}
