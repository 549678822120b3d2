//! Replacement of many files in one transaction: all of them change, or none does.
//!
//! The new files are written to a staging folder first. Then a journal is written. From then on each old file is moved to the
//! staging folder and its new one takes its path. A journal on disk means that the transaction is not complete: this process
//! rolls it back when a step fails, and the next process does when this one was killed.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::sync::{Mode, Report, sync};

/// Staging folder, below the root.
const STAGE: &str = ".xtask-update";

/// Writes `files` below `root` and removes every other file from the directories `owned`: all of it or nothing.
///
/// # Errors
///
/// As [`sync`]. The tree is unchanged then.
pub fn replace(root: &Path, files: &BTreeMap<PathBuf, String>, owned: &[PathBuf]) -> Result<Report> {
    recover(root)?;
    let plan = sync(root, files, owned, Mode::Check)?;
    let stage = root.join(STAGE);
    let outcome = stage_and_move(root, &stage, files, &plan);
    if outcome.is_err() {
        roll_back(root, &stage).context("cannot roll back: see `.xtask-update`")?;
    }
    outcome?;
    Ok(Report { diff: String::new(), ..plan })
}

/// Rolls back the transaction of a killed process. Returns whether there was one.
///
/// # Errors
///
/// The file system fails.
pub fn recover(root: &Path) -> Result<bool> {
    let stage = root.join(STAGE);
    if !stage.exists() {
        return Ok(false);
    }
    roll_back(root, &stage).context("cannot roll back an interrupted update")?;
    Ok(true)
}

fn stage_and_move(root: &Path, stage: &Path, files: &BTreeMap<PathBuf, String>, plan: &Report) -> Result<()> {
    for path in &plan.written {
        let text = files.get(path).with_context(|| format!("{} has no text", path.display()))?;
        write(&stage.join("new").join(path), text)?;
    }
    let touched: Vec<&PathBuf> = plan.written.iter().chain(&plan.removed).collect();
    let journal: String = touched
        .iter()
        .map(|path| {
            let state = if root.join(path).exists() { "changes" } else { "appears" };
            format!("{state} {}\n", path.display())
        })
        .collect();
    // A rename, so that the journal is never half written.
    write(&stage.join("journal.tmp"), &journal)?;
    rename(&stage.join("journal.tmp"), &stage.join("journal"))?;
    for path in touched {
        let (target, old, new) =
            (root.join(path), stage.join("old").join(path), stage.join("new").join(path));
        if target.exists() {
            rename(&target, &old)?;
        }
        if new.exists() {
            rename(&new, &target)?;
        }
    }
    // Without its journal the transaction is complete.
    fs::remove_file(stage.join("journal")).context("cannot remove the journal")?;
    fs::remove_dir_all(stage).with_context(|| format!("cannot remove {}", stage.display()))
}

/// Moves the old files back, and removes new ones.
fn roll_back(root: &Path, stage: &Path) -> Result<()> {
    let journal = match fs::read_to_string(stage.join("journal")) {
        Ok(text) => text,
        // Nothing was moved.
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).context("cannot read the journal"),
    };
    for line in journal.lines() {
        let Some((state, path)) = line.split_once(' ') else { bail!("the journal has the line `{line}`") };
        let (target, old) = (root.join(path), stage.join("old").join(path));
        if old.exists() {
            rename(&old, &target)?;
        } else if state == "appears" && target.exists() {
            fs::remove_file(&target).with_context(|| format!("cannot remove {}", target.display()))?;
        }
    }
    if stage.exists() {
        // The journal goes first: without it the staging folder means nothing.
        match fs::remove_file(stage.join("journal")) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).context("cannot remove the journal");
            }
            _ => fs::remove_dir_all(stage).with_context(|| format!("cannot remove {}", stage.display()))?,
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    make_parent(path)?;
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    make_parent(to)?;
    fs::rename(from, to).with_context(|| format!("cannot move {} to {}", from.display(), to.display()))
}

fn make_parent(path: &Path) -> Result<()> {
    let parent = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))
}
