//! Samples of the guide that are commands, settings or workflows.

use serde_json::Value;
use xtask::cli::Cli;

use crate::workspace::read;

/// The variables that a script of the guide exports.
pub(super) fn exports(script: &str) -> Vec<(&str, &str)> {
    let exports = script.lines().filter_map(|line| line.strip_prefix("export "));
    exports.map(|export| export.split_once('=').expect("an export has a value")).collect()
}

#[test]
fn commands_of_the_generator_are_those_that_it_takes() {
    for file in ["diff.sh", "update.sh"] {
        let script = read(format!("docs/guide/samples/{file}"));
        let commands: Vec<&str> = script.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(!commands.is_empty(), "{file}");
        for command in commands {
            let arguments = command.strip_prefix("cargo ").expect("each command is of cargo");
            let parsed = <Cli as clap::Parser>::try_parse_from(arguments.split_whitespace());
            assert!(parsed.is_ok(), "{file}: {command}: {}", parsed.unwrap_err());
        }
    }
}

/// What a reader adds to `Cargo.toml` is what the samples are built with.
#[test]
fn dependencies_have_the_versions_and_features_of_the_samples() {
    let shown: toml::Table = read("docs/guide/samples/dependencies.toml").parse().unwrap();
    let workspace: toml::Table = read("Cargo.toml").parse().unwrap();
    let samples: toml::Table = read("tests/Cargo.toml").parse().unwrap();
    let known = &workspace["workspace"]["dependencies"];
    let tables = ["dependencies", "dev-dependencies"].map(|kind| shown[kind].as_table().unwrap());
    for (name, dependency) in tables.into_iter().flatten() {
        let known = &known[name];
        match dependency.get("version") {
            Some(version) => {
                let built = known["version"].as_str().unwrap();
                assert!(built.starts_with(version.as_str().unwrap()), "{name}: the samples have {built}");
            }
            None => {
                let path = dependency["path"].as_str().unwrap();
                assert!(path.ends_with(known["path"].as_str().unwrap()), "{name}: {path}");
            }
        }
        let built = [known.get("features"), samples["dependencies"][name].get("features")];
        let built: Vec<&str> = built.iter().flatten().flat_map(|list| texts(list)).collect();
        for feature in dependency.get("features").map(texts).unwrap_or_default() {
            assert!(built.contains(&feature), "{name}: the samples are built without {feature}");
        }
    }
}

fn texts(list: &toml::Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn the_workflow_runs_files_that_the_peers_run() {
    let workflow: Value = serde_saphyr::from_str(&read("docs/guide/samples/ci.yml")).unwrap();
    let jobs = workflow["jobs"].as_object().unwrap();
    assert_eq!(jobs.keys().collect::<Vec<_>>(), ["node", "python", "rust"]);
    let peers = read("crates/fc-sandbox/peers/run");
    for (name, job) in jobs {
        let steps = job["steps"].as_array().unwrap();
        let last = steps.last().unwrap()["run"].as_str().unwrap();
        if name != "rust" {
            let file = last.split(' ').next_back().unwrap();
            assert!(read(format!("docs/guide/samples/{file}")).contains("fc-sandbox"), "{file}");
            assert!(peers.contains(&format!("docs/guide/samples/{file}")), "no peer runs {file}");
            let (_, package) = steps[2]["run"].as_str().unwrap().rsplit_once(' ').unwrap();
            let pins = ["python/requirements.txt", "node/package.json"]
                .map(|pins| read(format!("crates/fc-sandbox/peers/{pins}")));
            let pinned = package.replace('@', "\": \"");
            assert!(pins.iter().any(|pins| pins.contains(&pinned)), "{package} is not what the peers have");
        }
    }
}
