//! Limits, each with its reason, in one place. Everything here comes from strangers: a service that anybody may write
//! to, and a language model.

/// Bytes of lyrics that are read; what is longer is cut off. The longest songs have some 20 KB, enhanced LRC of a rap
/// album side 60 KB.
pub const LYRICS_BYTES_MAX: usize = 256 * 1024;

/// Lines of one song; what comes after them is cut off. A rap of ten minutes has 250; a mix of an hour may have
/// 1,000.
pub const LINES_MAX: usize = 2_000;

/// Bytes of one line, cut at a character: what fits into one datagram, see [`vj_core::playback::TEXT_BYTES_MAX`].
pub const LINE_BYTES_MAX: usize = vj_core::playback::TEXT_BYTES_MAX;

/// Stamps before one line. A refrain comes back ten times at most; a file of nothing but stamps must not multiply.
pub const STAMPS_PER_LINE_MAX: usize = 64;

/// Words with times of their own in one line: more than a singer has breath for.
pub const WORDS_PER_LINE_MAX: usize = 200;

/// An `[offset:]` beyond this is a mistake and ignored: nobody shifts lyrics by more than a minute.
pub const OFFSET_MS_MAX: i64 = 60_000;

/// Lines in which a refrain is looked for: each is compared with each, so the cost grows with the square. What comes
/// after them has no refrain.
pub const REFRAIN_LINES_MAX: usize = 320;

/// Words of a line that are compared with another's; the cost grows with their square.
pub const WORDS_COMPARED_MAX: usize = 20;

/// Bytes of one answer of LRCLIB: its search gives at most 20 tracks, each with two copies of its lyrics.
pub const LRCLIB_ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Candidates of one search that are looked at: LRCLIB gives 20.
pub const CANDIDATES_MAX: usize = 100;

/// Bytes of a title or an artist that are compared: similarity costs the square of them.
pub const NAME_BYTES_MAX: usize = 300;

/// Bytes of lyrics that go into a prompt. With the instructions and the answer they fit into [`CONTEXT_TOKENS`] even
/// at two bytes a token, which is what non-Latin scripts need.
pub const PROMPT_LYRICS_BYTES_MAX: usize = 8 * 1024;

/// Ollama's context (`num_ctx`): its default of 4,096 cuts long prompts off without a word.
pub const CONTEXT_TOKENS: u32 = 8_192;

/// Tokens that a model may write (`num_predict`, `max_tokens`): an answer needs 400 to 700; thinking that cannot be
/// switched off needs the rest.
pub const ANSWER_TOKENS_MAX: u32 = 2_048;

/// Bytes of a model's answer that are read: [`ANSWER_TOKENS_MAX`] in any script, and what the server says around
/// them.
pub const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Depth of braces up to which a JSON object is looked for in an answer: ours has two.
pub const ANSWER_DEPTH_MAX: usize = 32;

/// Lines that a model may name as the refrain: the longest have some twenty.
pub const REFRAIN_LINES_NAMED_MAX: usize = 60;

/// Keywords of a song, from the words or from a model.
pub const KEYWORDS_MAX: usize = 12;

/// Keywords of a single line: a screen has room for a few.
pub const KEYWORDS_PER_LINE_MAX: usize = 3;

/// Themes that a model may name.
pub const THEMES_MAX: usize = 8;

/// Characters of a keyword or theme; longer ones are sentences.
pub const KEYWORD_CHARS_MAX: usize = 40;

/// Bytes of an image prompt: image models read 77 to some hundred tokens.
pub const IMAGE_PROMPT_BYTES_MAX: usize = 1_000;

/// Categories that may be configured: each is a message of telemetry.
pub const CATEGORIES_MAX: usize = 64;

/// Characters of a category's name: it becomes part of an OSC address.
pub const CATEGORY_CHARS_MAX: usize = 32;

/// Models in a list of installed ones that are looked at.
pub const MODELS_MAX: usize = 1_000;
