//! Where the workspace lies, and what lies in it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::shell;

/// The root of the workspace: xtask's own folder lies in it.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask/ lies in the workspace's root")
}

/// Where cargo builds to, by `CARGO_TARGET_DIR` or its settings; with a `build.target` it adds a folder of that name below.
pub(crate) fn target_folder() -> Result<PathBuf> {
    let metadata = shell::output(shell::cargo(&["metadata", "--no-deps", "--format-version", "1"]))?;
    let start = "\"target_directory\":\"";
    let folder = metadata.split_once(start).and_then(|(_, rest)| rest.split('"').next());
    Ok(PathBuf::from(folder.context("`cargo metadata` names no target_directory")?))
}

/// The folders of all members: each of `crates/`, `sim` and `xtask`.
pub(crate) fn member_folders(root: &Path) -> Result<Vec<String>> {
    let mut folders = Vec::new();
    for name in entries(&root.join("crates"))? {
        if root.join("crates").join(&name).join("Cargo.toml").is_file() {
            folders.push(format!("crates/{name}"));
        }
    }
    folders.push("sim".to_owned());
    folders.push("xtask".to_owned());
    Ok(folders)
}

/// A source file of the workspace.
pub(crate) struct SourceFile {
    /// Below the workspace's root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// All `.rs` files of all members, in the order of their paths.
pub(crate) fn source_files(root: &Path) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    for folder in member_folders(root)? {
        collect(root, &folder, &mut files)?;
    }
    if files.is_empty() {
        bail!("{}: no Rust files found, so nothing can be checked", root.display());
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

fn collect(root: &Path, folder: &str, files: &mut Vec<SourceFile>) -> Result<()> {
    for name in entries(&root.join(folder))? {
        let path = format!("{folder}/{name}");
        let place = root.join(&path);
        if place.is_dir() {
            if name != "target" && !name.starts_with('.') {
                collect(root, &path, files)?;
            }
        } else if name.ends_with(".rs") {
            let text = fs::read_to_string(&place).with_context(|| format!("{path}: cannot be read"))?;
            files.push(SourceFile { path, text });
        }
    }
    Ok(())
}

/// The names in a folder, sorted: the order of a file system is nobody's choice.
pub(crate) fn entries(folder: &Path) -> Result<Vec<String>> {
    let read = || -> std::io::Result<Vec<String>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    };
    let mut names = read().with_context(|| format!("{}: cannot be read", folder.display()))?;
    names.sort();
    Ok(names)
}

/// A path as the user may copy it: relative to the root where it lies below it.
pub(crate) fn shown(path: &Path) -> PathBuf {
    path.strip_prefix(root()).unwrap_or(path).to_owned()
}

/// A path as the user typed it, from where the user stands; programs run in the root.
pub(crate) fn from_here(path: &str) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_else(|_| root().to_owned());
    shown(&here.join(path))
}
