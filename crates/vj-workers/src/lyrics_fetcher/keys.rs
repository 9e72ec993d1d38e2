//! `[lyrics_fetcher]`.

use serde_json::json;
use vj_core::settings::{Key, Kind, Settings};
use vj_lyrics::categories::{DEFAULT_CATEGORIES, is_category_name};
use vj_lyrics::limits::CATEGORIES_MAX;

use super::url::is_base;

/// OpenAI's own.
const OPENAI: &str = "https://api.openai.com/v1";

/// The model that is asked there where none is named: small, cheap, and bound to a schema.
const OPENAI_MODEL: &str = "gpt-4o-mini";

const ADDRESS: Kind =
    Kind::Text { check: is_base, allowed: "an address that begins with http:// or https://" };
const MODEL: Kind = Kind::Text { check: |name| name.len() <= 200, allowed: "a name of at most 200 bytes" };

pub(super) const LRCLIB_BASE_URL: &str = "lrclib_base_url";
pub(super) const TIMING_OFFSET_MS: &str = "timing_offset_ms";

/// The table.
pub const KEYS: &[Key] = &[
    Key {
        name: LRCLIB_BASE_URL,
        kind: ADDRESS,
        default: || json!("https://lrclib.net"),
        doc: "where lyrics come from",
    },
    Key {
        name: "llm_provider",
        kind: Kind::Choice(&["auto", "ollama", "openai", "none"]),
        default: || json!("auto"),
        doc: "who is asked what a song is about; auto = Ollama if it is there, else an OpenAI-compatible server if there is a key for it or an address",
    },
    Key {
        name: "ollama_base_url",
        kind: ADDRESS,
        default: || json!("http://127.0.0.1:11434"),
        doc: "where Ollama listens",
    },
    Key {
        name: "ollama_model",
        kind: MODEL,
        default: || json!(""),
        doc: "which of its models; empty = chosen among those that are installed",
    },
    Key {
        name: "openai_base_url",
        kind: ADDRESS,
        default: || json!(OPENAI),
        doc: "an OpenAI-compatible server; its key stands in the environment (OPENAI_API_KEY)",
    },
    Key {
        name: "openai_model",
        kind: MODEL,
        default: || json!(""),
        doc: "which of its models; empty = gpt-4o-mini at OpenAI, else chosen among those that it names",
    },
    Key {
        name: "comfyui_enabled",
        kind: Kind::Bool,
        default: || json!(false),
        doc: "whether ComfyUI makes an image for each song",
    },
    Key {
        name: "comfyui_base_url",
        kind: ADDRESS,
        default: || json!("http://127.0.0.1:8188"),
        doc: "where ComfyUI listens",
    },
    Key {
        name: "comfyui_workflow",
        kind: Kind::Text {
            check: |path| path.is_empty() || path.starts_with('/') && path.len() <= 4_096,
            allowed: "an absolute path of at most 4096 bytes",
        },
        default: || json!(""),
        doc: "a workflow in ComfyUI's API format; {{prompt}} in it becomes the prompt; empty = a simple one",
    },
    Key {
        name: TIMING_OFFSET_MS,
        kind: Kind::Int { min: -60_000, max: 60_000 },
        default: || json!(0),
        doc: "ms by which each line is shown earlier; negative: later",
    },
    Key {
        name: "categorization_enabled",
        kind: Kind::Bool,
        default: || json!(true),
        doc: "whether categories and mood are told",
    },
    Key {
        name: "categories",
        kind: Kind::Texts {
            check: is_category_name,
            allowed: "1 to 32 small letters, digits and _, but not 'mood'",
            len_max: CATEGORIES_MAX,
        },
        default: || json!(DEFAULT_CATEGORIES),
        doc: "which categories a song is scored in",
    },
];

/// Who may be asked about a song.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Provider {
    Auto,
    Ollama,
    OpenAi,
    None,
}

/// The settings, read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Config {
    pub(super) lrclib: String,
    pub(super) provider: Provider,
    pub(super) ollama: String,
    pub(super) ollama_model: String,
    pub(super) openai: String,
    pub(super) openai_model: String,
    pub(super) paints: bool,
    pub(super) comfyui: String,
    pub(super) workflow: String,
    pub(super) offset_ms: i64,
    /// None: they are switched off.
    pub(super) categories: Option<Vec<String>>,
}

impl Config {
    pub(super) fn of(settings: &Settings) -> Self {
        let openai = settings.text("openai_base_url");
        let mut openai_model = settings.text("openai_model");
        if openai_model.is_empty() && openai.trim_end_matches('/') == OPENAI {
            openai_model = OPENAI_MODEL.to_owned();
        }
        Self {
            lrclib: settings.text(LRCLIB_BASE_URL),
            provider: match settings.text("llm_provider").as_str() {
                "ollama" => Provider::Ollama,
                "openai" => Provider::OpenAi,
                "none" => Provider::None,
                _ => Provider::Auto,
            },
            ollama: settings.text("ollama_base_url"),
            ollama_model: settings.text("ollama_model"),
            openai,
            openai_model,
            paints: settings.bool("comfyui_enabled"),
            comfyui: settings.text("comfyui_base_url"),
            workflow: settings.text("comfyui_workflow"),
            offset_ms: settings.number(TIMING_OFFSET_MS) as i64,
            categories: settings.bool("categorization_enabled").then(|| settings.texts("categories")),
        }
    }

    /// Whether the user named a server of their own.
    pub(super) fn is_openai_elsewhere(&self) -> bool {
        self.openai.trim_end_matches('/') != OPENAI
    }

    /// The names of the categories; none where they are switched off.
    pub(super) fn category_names(&self) -> &[String] {
        self.categories.as_deref().unwrap_or_default()
    }
}
