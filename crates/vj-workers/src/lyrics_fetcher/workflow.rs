//! ComfyUI's workflows in its API format: an object of nodes by their number.

use serde_json::{Map, Value, json};

/// What stands for the prompt in a user's own workflow.
const PLACEHOLDER: &str = "{{prompt}}";

/// A simple one, for those who have none: 1280 by 720, which every card can do.
pub(super) fn simple(checkpoint: &str) -> Value {
    json!({
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": checkpoint}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": PLACEHOLDER}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": "text, watermark, logo, blurry"}},
        "4": {"class_type": "EmptyLatentImage", "inputs": {"width": 1280, "height": 720, "batch_size": 1}},
        "5": {"class_type": "KSampler", "inputs": {
            "model": ["1", 0], "positive": ["2", 0], "negative": ["3", 0], "latent_image": ["4", 0],
            "seed": 0, "steps": 20, "cfg": 7.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0,
        }},
        "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
        "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "vj"}},
    })
}

/// The first checkpoint in an answer of `/object_info/CheckpointLoaderSimple`.
pub(super) fn first_checkpoint(answer: &Value) -> Option<String> {
    let names = &answer["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"];
    let names = names[0].as_array().or_else(|| names[1]["options"].as_array())?;
    names.iter().find_map(|name| name.as_str()).map(str::to_owned)
}

/// Puts the prompt and a seed into a workflow.
///
/// # Errors
/// Why it cannot be one, or has no place for a prompt.
pub(super) fn fill(mut workflow: Value, prompt: &str, seed: u64) -> Result<Value, String> {
    let Some(nodes) = workflow.as_object_mut() else { return Err("it is no JSON object".to_owned()) };
    if nodes.contains_key("nodes") || !nodes.values().all(|node| node.get("class_type").is_some()) {
        return Err("it is not in the API format (in ComfyUI: Workflow, Export (API))".to_owned());
    }
    let mut has_place = false;
    for node in nodes.values_mut() {
        has_place |= replace(node, prompt);
    }
    if !has_place {
        let at = prompt_node(nodes).ok_or("it has no CLIPTextEncode and no {{prompt}}")?;
        nodes[&at]["inputs"]["text"] = json!(prompt);
    }
    for node in nodes.values_mut() {
        for name in ["seed", "noise_seed"] {
            if let Some(value) = node["inputs"].get_mut(name).filter(|value| value.is_number()) {
                *value = json!(seed);
            }
        }
    }
    Ok(workflow)
}

/// Puts the prompt where its placeholder stands; returns whether it stood anywhere.
fn replace(value: &mut Value, prompt: &str) -> bool {
    match value {
        Value::String(text) if text.contains(PLACEHOLDER) => {
            *text = text.replace(PLACEHOLDER, prompt);
            true
        }
        Value::Array(list) => replace_all(list.iter_mut(), prompt),
        Value::Object(map) => replace_all(map.values_mut(), prompt),
        _ => false,
    }
}

/// In each of them, also after the first.
fn replace_all<'v>(values: impl Iterator<Item = &'v mut Value>, prompt: &str) -> bool {
    values.map(|value| u32::from(replace(value, prompt))).sum::<u32>() > 0
}

/// The text that a sampler takes as its positive prompt, else the first text.
fn prompt_node(nodes: &Map<String, Value>) -> Option<String> {
    let is_text = |name: &&str| {
        nodes
            .get(*name)
            .is_some_and(|node| node["class_type"] == "CLIPTextEncode" && node["inputs"]["text"].is_string())
    };
    let positive = nodes.values().find_map(|node| node["inputs"]["positive"][0].as_str().filter(is_text));
    let number = |name: &str| name.parse::<u64>().unwrap_or(u64::MAX);
    let first = || nodes.keys().map(String::as_str).filter(is_text).min_by_key(|name| (number(name), *name));
    positive.or_else(first).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prompt_goes_where_it_belongs() {
        let filled = fill(simple("a.safetensors"), "a \"red\" sea", 42).unwrap();
        assert_eq!(filled["2"]["inputs"]["text"], "a \"red\" sea");
        assert_eq!(filled["3"]["inputs"]["text"], "text, watermark, logo, blurry");
        assert_eq!(filled["5"]["inputs"]["seed"], 42);
        let own = json!({
            "10": {"class_type": "CLIPTextEncode", "inputs": {"text": "ugly"}},
            "9": {"class_type": "CLIPTextEncode", "inputs": {"text": "nice"}},
            "3": {"class_type": "KSampler", "inputs": {"positive": ["10", 0], "noise_seed": 1, "seed": ["4", 0]}},
        });
        let filled = fill(own.clone(), "sea", 7).unwrap();
        assert_eq!(filled["10"]["inputs"]["text"], "sea");
        assert_eq!(
            (&filled["3"]["inputs"]["noise_seed"], &filled["3"]["inputs"]["seed"]),
            (&json!(7), &json!(["4", 0]))
        );
        let mut loose = own;
        loose.as_object_mut().unwrap().remove("3");
        assert_eq!(fill(loose, "sea", 7).unwrap()["9"]["inputs"]["text"], "sea");
    }

    #[test]
    fn what_is_no_workflow_says_what_is_wrong() {
        for (workflow, why) in [
            (json!([]), "no JSON object"),
            (json!({"nodes": [], "links": []}), "API format"),
            (json!({"1": {"class_type": "SaveImage", "inputs": {}}}), "CLIPTextEncode"),
        ] {
            let error = fill(workflow, "sea", 1).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_checkpoint_is_found_in_old_and_new_answers() {
        let info =
            |names: Value| json!({"CheckpointLoaderSimple": {"input": {"required": {"ckpt_name": names}}}});
        for names in [json!([["a", "b"]]), json!(["COMBO", {"options": ["a"]}])] {
            assert_eq!(first_checkpoint(&info(names)).as_deref(), Some("a"));
        }
        assert_eq!(first_checkpoint(&info(json!([[]]))), None);
    }
}
