//! The only writer of generated files: it writes files that differ and removes stray ones, or shows a diff.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, ensure};
use similar::TextDiff;

/// Handling of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Write the rendered files.
    Write,
    /// Write nothing; return a diff.
    Check,
}

/// Changes that were made, or in [`Mode::Check`] would be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Files that were missing or differed, relative to the root.
    pub written: Vec<PathBuf>,
    /// Stray files in an owned directory, relative to the root.
    pub removed: Vec<PathBuf>,
    /// Number of files that did not differ. They are not touched.
    pub unchanged: usize,
    /// In [`Mode::Check`], a unified diff from the disk to what was rendered.
    pub diff: String,
}

impl Report {
    /// Whether there was no difference.
    pub fn is_clean(&self) -> bool {
        self.written.is_empty() && self.removed.is_empty()
    }

    /// Adds the result of another run.
    pub fn add(&mut self, other: Self) {
        self.written.extend(other.written);
        self.removed.extend(other.removed);
        self.unchanged += other.unchanged;
        self.diff.push_str(&other.diff);
    }
}

/// Brings `files` to disk below `root`, or compares them with it.
///
/// Every file in a directory of `owned` is rendered; any other file there is removed. Paths are relative to `root`. A file that
/// differs only in line endings (a checkout with CRLF) counts as equal.
///
/// # Errors
/// A path leaves `root`, or the file system fails. The message names the path.
pub fn sync(root: &Path, files: &BTreeMap<PathBuf, String>, owned: &[PathBuf], mode: Mode) -> Result<Report> {
    for path in files.keys().chain(owned) {
        let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
        ensure!(inside, "{} is not a path below the root", path.display());
    }
    let mut report = Report::default();
    for (path, text) in files {
        let target = root.join(path);
        let current = read(&target)?;
        if current.as_deref().is_some_and(|current| same_text(current, text)) {
            report.unchanged += 1;
            continue;
        }
        match mode {
            Mode::Write => write(&target, text)?,
            Mode::Check => add_diff(&mut report.diff, path, current.as_deref(), Some(text)),
        }
        report.written.push(path.clone());
    }
    for directory in owned {
        remove_strays(root, directory, files, mode, &mut report)?;
    }
    Ok(report)
}

/// The file's content, or `None` without a file. Bytes that are not UTF-8 are replaced, so they always differ.
fn read(path: &Path) -> Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn same_text(current: &str, text: &str) -> bool {
    current == text || current.replace("\r\n", "\n") == text.replace("\r\n", "\n")
}

/// Writes a temporary file and renames it, so that a crash leaves the old file or the new one.
fn write(path: &Path, text: &str) -> Result<()> {
    let context = || format!("cannot write {}", path.display());
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).with_context(context)?;
    }
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.tmp", std::process::id()));
    let result = fs::write(&temporary, text).and_then(|()| fs::rename(&temporary, path));
    if result.is_err() {
        // The first error is reported. At worst a temporary file stays.
        let _ = fs::remove_file(&temporary);
    }
    result.with_context(context)
}

fn remove_strays(
    root: &Path,
    directory: &Path,
    files: &BTreeMap<PathBuf, String>,
    mode: Mode,
    report: &mut Report,
) -> Result<()> {
    let absolute = root.join(directory);
    let context = || format!("cannot list {}", absolute.display());
    let entries = match fs::read_dir(&absolute) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(context),
    };
    let mut entries: Vec<_> = entries.collect::<Result<_, _>>().with_context(context)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = directory.join(entry.file_name());
        if entry.file_type().with_context(context)?.is_dir() {
            remove_strays(root, &path, files, mode, report)?;
            if mode == Mode::Write {
                remove_if_empty(&root.join(&path))?;
            }
        } else if !files.contains_key(&path) {
            let target = root.join(&path);
            match mode {
                Mode::Write => {
                    fs::remove_file(&target)
                        .with_context(|| format!("cannot remove {}", target.display()))?;
                }
                Mode::Check => add_diff(&mut report.diff, &path, read(&target)?.as_deref(), None),
            }
            report.removed.push(path);
        }
    }
    Ok(())
}

fn remove_if_empty(directory: &Path) -> Result<()> {
    match fs::remove_dir(directory) {
        Err(error) if error.kind() != ErrorKind::DirectoryNotEmpty => {
            Err(error).with_context(|| format!("cannot remove {}", directory.display()))
        }
        _ => Ok(()),
    }
}

fn add_diff(diff: &mut String, path: &Path, current: Option<&str>, rendered: Option<&str>) {
    let name = path.display().to_string();
    let side = |prefix: &str, text: Option<&str>| match text {
        Some(_) => format!("{prefix}/{name}"),
        None => "/dev/null".to_owned(),
    };
    let (old, new) = (side("a", current), side("b", rendered));
    match (current, rendered) {
        (None, Some(_)) => diff.push_str(&format!("missing: {name}\n")),
        (Some(_), None) => diff.push_str(&format!("stray, nothing renders it: {name}\n")),
        _ => {}
    }
    let current = current.unwrap_or_default().replace("\r\n", "\n");
    let rendered = rendered.unwrap_or_default().replace("\r\n", "\n");
    let lines = TextDiff::from_lines(&current, &rendered);
    diff.push_str(&lines.unified_diff().context_radius(3).header(&old, &new).to_string());
}
