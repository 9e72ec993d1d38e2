//! An image for the song: told when its file is there, and made for the newest song only.

use std::cell::Cell;
use std::rc::Rc;

use serde_json::{Value, json};

use crate::support::{FakeWeb, LRC, Reply, candidate, night, track};

const PNG: &str = "\u{1}PNG";

/// ComfyUI, which needs so many looks for an image.
fn comfyui(web: &FakeWeb, looks: u32) {
    web.on(
        "/object_info",
        Reply::json(&json!({
            "CheckpointLoaderSimple": {"input": {"required": {"ckpt_name": [["sd.safetensors"]]}}}
        })),
    );
    let jobs = Rc::new(Cell::new(0));
    let counted = jobs.clone();
    web.answers("/prompt", move |_| {
        counted.set(counted.get() + 1);
        Reply::json(&json!({"prompt_id": format!("job-{}", counted.get()), "number": 1, "node_errors": {}}))
    });
    let looked = Rc::new(Cell::new(0));
    web.answers("/history/", move |asked| {
        looked.set(looked.get() + 1);
        let id = asked.url.rsplit('/').next().unwrap();
        let outputs = match looked.get() {
            look if look < looks => return Reply::json(&json!({})),
            // The success stands there before the outputs do.
            look if look == looks => json!({}),
            _ => json!({"7": {"images": [{"filename": "vj_1.png", "subfolder": "", "type": "output"}]}}),
        };
        let status = json!({"status_str": "success", "completed": true, "messages": []});
        Reply::json(&json!({id: {"outputs": outputs, "status": status}}))
    });
    web.answers("/queue", move |_| {
        let running: Vec<Value> = (1..=jobs.get()).map(|job| json!([0, format!("job-{job}"), {}])).collect();
        Reply::json(&json!({"queue_running": running, "queue_pending": []}))
    });
    web.on("/interrupt", Reply::json(&json!({})));
    let mut image = Reply::status(200, PNG);
    if let Ok(answer) = &mut image.answer {
        answer.body[0] = 0x89;
    }
    web.on("/view", image);
}

#[test]
fn it_is_told_when_its_file_is_there_and_made_once_for_a_song() {
    night(json!({"comfyui_enabled": true}), |night| async move {
        comfyui(&night.web, 4);
        let began = night.player.plays(&track("One"));
        let image = night.hears("/karaoke/image", began, 20.0).await;
        let path = image.args[0].as_str().unwrap().to_owned();
        let file = path.strip_prefix("/cache/").unwrap();
        assert!(night.show.world.file(&format!("cache/{file}")).is_some(), "{path}");
        assert!(image.t - began > 4.0);
        let prompt = &night.web.asked("/prompt")[0].body["prompt"];
        assert!(prompt["2"]["inputs"]["text"].as_str().unwrap().contains("burn"), "{prompt}");
        assert_eq!(night.state().await["image"], json!(path));
        night.player.plays(&track("Two"));
        night.show.pause(1.0).await;
        let again = night.player.plays(&track("One"));
        let image = night.hears("/karaoke/image", again, 1.0).await;
        assert_eq!(image.args[0], json!(path));
        assert_eq!(night.web.asked("/prompt").len(), 1);
    });
}

#[test]
fn a_newer_song_takes_its_place_and_only_what_is_ours_is_taken_back() {
    night(json!({"comfyui_enabled": true}), |night| async move {
        comfyui(&night.web, 1_000);
        night.player.plays(&track("One"));
        night.show.pause(5.0).await;
        night.web.lrclib(candidate("Two", LRC));
        night.player.plays(&track("Two"));
        night.show.pause(3.0).await;
        let prompts = night.web.asked("/prompt");
        assert_eq!(prompts.len(), 2);
        let taken: Vec<Value> =
            night.web.asked("/interrupt").iter().map(|asked| asked.body.clone()).collect();
        assert_eq!(taken, [json!({"prompt_id": "job-1"})]);
        assert_eq!(
            night.web.asked("/queue")[..].iter().find(|asked| !asked.body.is_null()).unwrap().body,
            json!({"delete": ["job-1"]})
        );
        let seed = |at: usize| prompts[at].body["prompt"]["5"]["inputs"]["seed"].clone();
        assert_ne!(seed(0), seed(1), "with the same seed it would be the same file");
        assert!(night.told_of("/karaoke/image", 0.0).is_empty());
    });
}

#[test]
fn an_id_that_is_not_known_is_no_image_and_no_end() {
    night(json!({"comfyui_enabled": true}), |night| async move {
        comfyui(&night.web, 1_000);
        night.player.plays(&track("One"));
        night.show.pause(30.0).await;
        let image = |state: &Value| {
            let steps = state["steps"].as_array().unwrap();
            steps.iter().find(|step| step["step"] == "image").map(|step| step["status"].clone())
        };
        assert_eq!(image(&night.state().await), Some(json!("running")));
        // It was started anew: its queue is empty now.
        night.web.on("/queue", Reply::json(&json!({"queue_running": [], "queue_pending": []})));
        let state =
            night.until_state(15.0, "it is given up", |state| image(state) == Some(json!("failed"))).await;
        assert_eq!(state["status"], "running", "an image is an extra");
        assert!(night.told_of("/karaoke/image", 0.0).is_empty());
    });
}

#[test]
fn a_workflow_of_the_users_own_gets_the_prompt() {
    night(json!({"comfyui_enabled": true, "comfyui_workflow": "/flow.json"}), |night| async move {
        comfyui(&night.web, 1);
        let workflow =
            json!({"9": {"class_type": "Prompt", "inputs": {"text": "neon, {{prompt}}, 8k", "seed": 1}}});
        night.show.world.put_file("/flow.json", workflow.to_string().as_bytes());
        let began = night.player.plays(&track("One"));
        night.hears("/karaoke/image", began, 20.0).await;
        let prompt = &night.web.asked("/prompt")[0].body["prompt"]["9"]["inputs"];
        assert!(prompt["text"].as_str().unwrap().starts_with("neon, abstract"), "{prompt}");
        assert!(night.web.asked("/object_info").is_empty());
    });
}
