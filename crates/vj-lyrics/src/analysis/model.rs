//! Which of the installed models is asked.

use serde_json::Value;

use crate::limits::{ANSWER_BYTES_MAX, MODELS_MAX};

/// In this order, where none is configured: small instruction models that know many languages, first those without
/// thoughts.
const PREFERRED: [&str; 4] = ["llama3.2", "llama3.1", "mistral", "deepseek-r1"];

/// Parts of the names of models that cannot chat.
const NOT_CHATTING: [&str; 9] =
    ["embed", "minilm", "bge-", "gte-", "e5-", "rerank", "whisper", "clip", "tts"];

/// Why no model is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// None that can chat is installed.
    #[error("no model that can chat is installed")]
    NoneInstalled,
    /// The configured one is not there.
    #[error("the model {0} is not installed")]
    NotInstalled(String),
}

/// The names in an answer of Ollama's `/api/tags` or of an OpenAI-compatible `/models`. `None`: it is neither.
#[must_use]
pub fn read_models(body: &[u8]) -> Option<Vec<String>> {
    let body: Value = (body.len() <= ANSWER_BYTES_MAX).then(|| serde_json::from_slice(body).ok())??;
    let models = body.get("models").or_else(|| body.get("data"))?.as_array()?;
    let name = |model: &Value| {
        ["name", "model", "id"].iter().find_map(|key| Some(model.get(key)?.as_str()?.to_owned()))
    };
    Some(models.iter().take(MODELS_MAX).filter_map(name).collect())
}

/// The model to be asked, as it is called where it is installed. A name without a tag means any tag, `latest` first.
///
/// # Errors
///
/// Why there is none.
pub fn choose_model<'m>(installed: &'m [String], configured: Option<&str>) -> Result<&'m str, ModelError> {
    if let Some(configured) = configured.map(str::trim).filter(|name| !name.is_empty()) {
        return named(installed, configured).ok_or_else(|| ModelError::NotInstalled(configured.to_owned()));
    }
    let can_chat = |name: &&String| !NOT_CHATTING.iter().any(|part| name.to_lowercase().contains(part));
    let chatting = || installed.iter().filter(can_chat);
    // Models in the cloud give no answers in a form, and are not here: last.
    let any = || chatting().min_by_key(|name| (name.contains("cloud"), name.as_str()));
    let preferred = PREFERRED.iter().find_map(|name| named(installed, name));
    preferred.or_else(|| any().map(String::as_str)).ok_or(ModelError::NoneInstalled)
}

fn named<'m>(installed: &'m [String], wanted: &str) -> Option<&'m str> {
    let exact = installed.iter().find(|name| name.as_str() == wanted);
    let is_latest = |name: &&String| name.strip_suffix(":latest") == Some(wanted);
    let is_of_it = |name: &&String| {
        let bare = name.split(':').next().unwrap_or(name);
        bare == wanted || bare.rsplit('/').next() == Some(wanted)
    };
    let any = || installed.iter().filter(is_of_it).min();
    exact.or_else(|| installed.iter().find(is_latest)).or_else(any).map(String::as_str)
}
