//! The files that a player writes, as its monitor asks for them.

use vj_env::LocalBoxFuture;

/// A file, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    /// Where it stands.
    pub path: String,
    /// What it holds, or the end of that.
    pub bytes: Vec<u8>,
    /// When it was written last, in seconds since the Unix epoch, if the system says so.
    pub written_at_sec: Option<u64>,
}

/// What a look found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// Files that could be read. Of files with a date in their name, the newest ones only.
    pub files: Vec<FoundFile>,
    /// What is there and could not be read, and why.
    pub unreadable: Vec<String>,
    /// Where it was looked, for people.
    pub places: String,
}

/// Files on a disk, or on a share that may hang.
pub trait PlayerFiles {
    /// Looks at `file_path` (a file, or a folder of them), or with an empty one in the usual places. What is not there is no
    /// error. It may take long; whoever drops the future wants it no more.
    fn look(&self, file_path: &str) -> LocalBoxFuture<'static, Look>;

    /// Ready when the system says that something changed where it was looked last. It may never say so: look again now and then.
    /// Cancel-safe.
    fn changed(&self) -> LocalBoxFuture<'_, ()>;
}
