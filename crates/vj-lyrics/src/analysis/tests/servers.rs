//! What the servers around a model say.

use super::*;

#[test]
fn what_ollama_says_is_told_apart() {
    let said = |text: &str| Err(AnalysisError::Said(text.to_owned()));
    for (body, expected) in [
        (
            r#"{"model":"m","message":{"role":"assistant","content":"{}"},"done":true,"done_reason":"stop"}"#,
            Ok("{}".to_owned()),
        ),
        (r#"{"message":{"content":"{\"a"},"done":true,"done_reason":"length"}"#, Err(AnalysisError::CutOff)),
        (
            r#"{"message":{"content":"","thinking":"hmm"},"done":true,"done_reason":"stop"}"#,
            Err(AnalysisError::Empty),
        ),
        (r#"{"message":{"content":""},"done":true,"done_reason":"load"}"#, Err(AnalysisError::Empty)),
        (r#"{"error":"model 'x' not found"}"#, said("model 'x' not found")),
        (
            "{\"message\":{\"content\":\"{\"},\"done\":false}\n{\"error\":\"server  busy\"}\n",
            said("server busy"),
        ),
        (
            "{\"message\":{\"content\":\"{\"},\"done\":false}\n{\"message\":{\"content\":\"}\"},\"done\":true}\n",
            Ok("{}".to_owned()),
        ),
        ("{\"message\":{\"content\":\"{\"},\"done\":false}\n", Err(AnalysisError::CutOff)),
        (r#"{"message":{"content":{"a":1}},"done":true}"#, Ok(r#"{"a":1}"#.to_owned())),
        ("<html>502</html>", Err(AnalysisError::NotTheApi)),
        ("", Err(AnalysisError::NotTheApi)),
        ("[]", Err(AnalysisError::NotTheApi)),
    ] {
        assert_eq!(read_ollama(body.as_bytes()), expected, "{body}");
    }
}

#[test]
fn what_openai_says_is_told_apart() {
    let choice = |message: &str, reason: &str| {
        format!(r#"{{"choices":[{{"message":{message},"finish_reason":"{reason}"}}]}}"#)
    };
    for (body, expected) in [
        (choice(r#"{"content":"{}"}"#, "stop"), Ok("{}".to_owned())),
        (choice(r#"{"content":[{"type":"text","text":"{}"}]}"#, "stop"), Ok("{}".to_owned())),
        (
            choice(r#"{"content":null,"refusal":"I can't"}"#, "stop"),
            Err(AnalysisError::Refused("I can't".to_owned())),
        ),
        (choice(r#"{"content":"{","refusal":null}"#, "length"), Err(AnalysisError::CutOff)),
        (choice(r#"{"content":""}"#, "content_filter"), Err(AnalysisError::Filtered)),
        (choice(r#"{"content":" "}"#, "stop"), Err(AnalysisError::Empty)),
        (
            r#"{"error":{"message":"no such model","code":5}}"#.to_owned(),
            Err(AnalysisError::Said("no such model".to_owned())),
        ),
        (r#"{"choices":[]}"#.to_owned(), Err(AnalysisError::NotTheApi)),
    ] {
        assert_eq!(read_openai(body.as_bytes()), expected, "{body}");
    }
}

#[test]
fn setbacks_are_told_apart() {
    for (status, body, expected) in [
        (400, r#"{"error":"'response_format.type' must be 'json_schema' or 'text'"}"#, Setback::Format),
        (
            400,
            r#"{"error":{"message":"Either \"json_schema\" or \"grammar\" can be specified, but not both"}}"#,
            Setback::Format,
        ),
        (
            400,
            r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model."}}"#,
            Setback::Parameter,
        ),
        (400, r#"{"error":"\"phi3\" does not support thinking"}"#, Setback::Parameter),
        (
            400,
            r#"{"error":{"message":"This model's maximum context length is 4096 tokens"}}"#,
            Setback::TooLong,
        ),
        (404, r#"{"error":"model 'x' not found"}"#, Setback::Model),
        (
            503,
            r#"{"error":"server busy, please try again.  maximum pending requests exceeded"}"#,
            Setback::Busy,
        ),
        (429, r#"{"error":{"code":"rate_limit_exceeded"}}"#, Setback::Busy),
        (429, r#"{"error":{"code":"insufficient_quota"}}"#, Setback::Quota),
        (401, "", Setback::SignIn),
        (500, "<html>", Setback::Other),
    ] {
        assert_eq!(Setback::read(status, body.as_bytes()), expected, "{status} {body}");
    }
}

#[test]
fn a_model_is_picked_from_what_is_installed() {
    let choose = |installed: &[&str], configured: Option<&str>| {
        let installed: Vec<String> = installed.iter().map(|name| (*name).to_owned()).collect();
        choose_model(&installed, configured).map(str::to_owned)
    };
    for (installed, configured, expected) in [
        (&["mistral:latest", "llama3.1:8b", "llama3.2:latest"][..], None, Ok("llama3.2:latest")),
        (&["mistral:latest", "llama3.1:8b"], None, Ok("llama3.1:8b")),
        (&["llama3.2:1b", "llama3.2:3b", "llama3.2:latest"], None, Ok("llama3.2:latest")),
        (&["llama3.2-vision:11b", "mistral"], None, Ok("mistral")),
        (&["deepseek-r1:7b", "qwen2.5:7b"], None, Ok("deepseek-r1:7b")),
        (&["nomic-embed-text:latest", "qwen2.5:7b"], None, Ok("qwen2.5:7b")),
        (&["gpt-oss:120b-cloud", "qwen2.5:7b"], None, Ok("qwen2.5:7b")),
        (&["nomic-embed-text:latest", "bge-m3"], None, Err(ModelError::NoneInstalled)),
        (&[], None, Err(ModelError::NoneInstalled)),
        (&["llama3.2:latest", "qwen2.5:7b"], Some("qwen2.5"), Ok("qwen2.5:7b")),
        (&["llama3.2:latest"], Some(" "), Ok("llama3.2:latest")),
        (&["llama3.2:latest"], Some("phi4"), Err(ModelError::NotInstalled("phi4".to_owned()))),
    ] {
        assert_eq!(
            choose(installed, configured),
            expected.map(str::to_owned),
            "{installed:?} {configured:?}"
        );
    }
    let tags = br#"{"models":[{"name":"llama3.2:latest","model":"llama3.2:latest"},{"size":3}]}"#;
    assert_eq!(read_models(tags), Some(vec!["llama3.2:latest".to_owned()]));
    assert_eq!(
        read_models(br#"{"object":"list","data":[{"id":"gpt-4o-mini"}]}"#),
        Some(vec!["gpt-4o-mini".to_owned()])
    );
    assert_eq!(read_models(b"Ollama is running"), None);
}
