//! A scratch workspace, to compile generated files that are not in the tree.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::compiled::Compiled;
use super::consumer::Consumer;
use crate::files::paths::Output;
use crate::files::sync::{self, Mode};

/// The crates whose public items the report is about.
const CRATES: [&str; 2] = ["crates/fc-types", "crates/fc-client"];

/// A workspace below the build directory: the two generated crates, and one that uses them.
///
/// A lock admits one process at a time. Unchanged files are not touched, so that Cargo builds only what differs.
#[derive(Debug)]
pub struct Scratch {
    workspace: PathBuf,
    target: PathBuf,
    /// Held until the value is dropped.
    _lock: File,
}

impl Scratch {
    /// Opens the scratch workspace below `directory`, and waits for its lock.
    ///
    /// # Errors
    ///
    /// The directory cannot be written.
    pub fn open(directory: &Path) -> Result<Self> {
        let context = || format!("cannot use {}", directory.display());
        fs::create_dir_all(directory).with_context(context)?;
        let lock = File::create(directory.join("lock")).with_context(context)?;
        lock.lock().with_context(context)?;
        Ok(Self { workspace: directory.join("workspace"), target: directory.join("target"), _lock: lock })
    }

    /// Compiles a consumer against the crates of `root` with other generated files.
    ///
    /// # Errors
    ///
    /// The generated crates themselves do not compile, or Cargo cannot be run.
    pub fn check(
        &self,
        root: &Path,
        generated: &BTreeMap<PathBuf, String>,
        consumer: &Consumer,
    ) -> Result<Compiled> {
        let mut left = consumer.clone();
        let mut compiled = Compiled { uses: consumer.len(), broken: Vec::new() };
        loop {
            self.lay(root, generated, Some(&left), "")?;
            let errors = self.cargo_check(&left)?;
            if errors.is_empty() {
                compiled.broken.sort();
                return Ok(compiled);
            }
            // The compiler may stop early, so the items it named are removed until it names none.
            let items: Vec<String> = errors.iter().map(|(item, _)| item.clone()).collect();
            left = left.without(&items);
            compiled.broken.extend(errors);
        }
    }

    /// Builds the models of `root` with other generated files and a program that uses them, and runs it on `input`.
    ///
    /// # Errors
    ///
    /// Something does not compile, or the program fails; its standard error is in the message.
    pub fn run(
        &self,
        root: &Path,
        generated: &BTreeMap<PathBuf, String>,
        main: &str,
        input: &Path,
    ) -> Result<String> {
        self.lay(root, generated, None, main)?;
        let output = self
            .cargo("run")
            .args(["--quiet", "--package", "program", "--"])
            .arg(input)
            .output()
            .context("cannot run cargo")?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).context("the program wrote something other than UTF-8")
    }

    /// Writes the files of the scratch workspace.
    fn lay(
        &self,
        root: &Path,
        generated: &BTreeMap<PathBuf, String>,
        consumer: Option<&Consumer>,
        program: &str,
    ) -> Result<()> {
        let output = consumer.map(|consumer| consumer.output.clone()).unwrap_or_default();
        let consumer = consumer.map(Consumer::source).unwrap_or_default();
        let mut files = BTreeMap::new();
        for path in ["Cargo.lock", "rust-toolchain.toml"] {
            files.insert(PathBuf::from(path), read(&root.join(path))?);
        }
        files.insert(PathBuf::from("Cargo.toml"), manifest(&read(&root.join("Cargo.toml"))?)?);
        for name in CRATES {
            collect(root, Path::new(name), &output.owned(), &mut files)?;
        }
        let is_code = |path: &&PathBuf| CRATES.iter().any(|name| path.starts_with(name));
        files.extend(
            generated
                .iter()
                .filter(|(path, _)| is_code(path))
                .map(|(path, text)| (path.clone(), text.clone())),
        );
        for (name, root, text) in [("consumer", "lib.rs", consumer.as_str()), ("program", "main.rs", program)]
        {
            let path = PathBuf::from(format!("{name}/src/{root}"));
            files.insert(PathBuf::from(format!("{name}/Cargo.toml")), user_manifest(name, &output));
            // The crate that is not built now stays the same.
            let text = match text {
                "" => fs::read_to_string(self.workspace.join(&path))
                    .unwrap_or_else(|_| "fn main() {}\n".to_owned()),
                text => text.to_owned(),
            };
            files.insert(path, text);
        }
        let owned = ["crates", "consumer", "program"].map(PathBuf::from);
        sync::sync(&self.workspace, &files, &owned, Mode::Write)?;
        Ok(())
    }

    fn cargo(&self, command: &str) -> Command {
        let mut cargo = Command::new("cargo");
        cargo
            .arg(command)
            .arg("--offline")
            .arg("--target-dir")
            .arg(&self.target)
            .current_dir(&self.workspace);
        // In a test, the environment has settings of the outer Cargo, which are not for this build.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("CARGO_PKG_") || name == "CARGO_MANIFEST_DIR" || name == "RUSTFLAGS" {
                cargo.env_remove(name);
            }
        }
        cargo
    }

    /// The items whose use does not compile, each with the first message.
    fn cargo_check(&self, consumer: &Consumer) -> Result<Vec<(String, String)>> {
        let output = self
            .cargo("check")
            .args(["--package", "consumer", "--message-format", "json"])
            .output()
            .context("cannot run cargo")?;
        let mut found: Vec<(String, String)> = Vec::new();
        let text = String::from_utf8_lossy(&output.stdout);
        for line in text.lines() {
            let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
            let at = |pointer: &str| message.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            if at("/reason") != "compiler-message" || at("/message/level") != "error" {
                continue;
            }
            let spans = message.pointer("/message/spans").and_then(Value::as_array);
            let line =
                spans.into_iter().flatten().find(|span| span.get("is_primary") == Some(&Value::Bool(true)));
            let line = line.and_then(|span| span.get("line_start")?.as_u64());
            match (at("/target/name"), line) {
                ("consumer", Some(line)) => {
                    let line = usize::try_from(line).unwrap_or_default();
                    let item = consumer
                        .item_at(line)
                        .with_context(|| format!("the consumer is wrong: {}", at("/message/rendered")))?;
                    if !found.iter().any(|(known, _)| known == item) {
                        found.push((item.to_owned(), at("/message/message").to_owned()));
                    }
                }
                // "aborting due to …" has no line.
                ("consumer", None) => {}
                _ => bail!("the generated crates do not compile: {}", at("/message/rendered")),
            }
        }
        ensure!(
            output.status.success() || !found.is_empty(),
            "cargo check failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(found)
    }
}

/// Manifest of a crate that uses the generated ones. The program uses only the models, because that builds faster.
fn user_manifest(name: &str, output: &Output) -> String {
    let features =
        output.module.as_ref().map(|module| format!(", features = [{module:?}]")).unwrap_or_default();
    let client = match name {
        "consumer" => format!("fc-client = {{ workspace = true{features} }}\n"),
        _ => String::new(),
    };
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[dependencies]\n{client}\
         fc-types = {{ workspace = true{features} }}\nserde.workspace = true\nserde_json.workspace = true\n"
    )
}

/// The root manifest with the members of the scratch workspace; versions and lints stay.
fn manifest(text: &str) -> Result<String> {
    let mut found = false;
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            if line.starts_with("members = ") {
                found = true;
                let members: Vec<String> =
                    CRATES.iter().chain(&["consumer", "program"]).map(|name| format!("{name:?}")).collect();
                format!("members = [{}]", members.join(", "))
            } else {
                line.to_owned()
            }
        })
        .collect();
    ensure!(found, "Cargo.toml has no line that begins with `members = `");
    Ok(lines.join("\n") + "\n")
}

/// The manifest and the sources of a crate, without those of the target.
fn collect(
    root: &Path,
    directory: &Path,
    owned: &[PathBuf],
    files: &mut BTreeMap<PathBuf, String>,
) -> Result<()> {
    let context = || format!("cannot read {}", root.join(directory).display());
    for entry in fs::read_dir(root.join(directory)).with_context(context)? {
        let entry = entry.with_context(context)?;
        let path = directory.join(entry.file_name());
        if owned.contains(&path) {
            continue;
        }
        if entry.file_type().with_context(context)?.is_dir() {
            collect(root, &path, owned, files)?;
        } else if path.extension().is_some_and(|ending| ending == "rs" || ending == "toml" || ending == "md")
        {
            files.insert(path, read(&entry.path())?);
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
