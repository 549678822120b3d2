//! Where a slice comes from.

use serde_json::{Map, Value};

use super::Spec;

/// Where a slice comes from: its `x-provenance`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// `info.version` of the spec.
    pub api_version: String,
    /// GitHub repository, `owner/name`, where known.
    pub repo: Option<String>,
    /// Path of the spec in the repository, where known.
    pub path: Option<String>,
    /// Commit of the repository, where known.
    pub commit: Option<String>,
    /// SHA-256 of the spec file, in lower-case hexadecimal.
    pub sha256: String,
    /// SHA-256 of the SDK spec that was read beside it, if any.
    pub sdk_sha256: Option<String>,
}

impl Provenance {
    /// What a spec file tells about itself. A slice states its source under `x-source` or `x-provenance`, a whole spec does
    /// not; `commit`, when given, counts more.
    pub fn of(spec: &Spec, commit: Option<&str>) -> Self {
        let stated = |key: &str| {
            ["x-provenance", "x-source"]
                .iter()
                .find_map(|place| spec.document.get(place)?.get(key)?.as_str())
                .map(str::to_owned)
        };
        Self {
            api_version: spec
                .document
                .pointer("/info/version")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            repo: stated("repo"),
            path: stated("path"),
            commit: commit.map(str::to_owned).or_else(|| stated("commit")),
            sha256: spec.sha256(),
            sdk_sha256: None,
        }
    }

    /// As JSON, without what is unknown.
    pub fn to_value(&self) -> Value {
        let fields = [
            ("api_version", Some(&self.api_version)),
            ("repo", self.repo.as_ref()),
            ("path", self.path.as_ref()),
            ("commit", self.commit.as_ref()),
            ("sha256", Some(&self.sha256)),
            ("sdk_sha256", self.sdk_sha256.as_ref()),
        ];
        let known =
            fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.clone().into())));
        Value::Object(known.collect::<Map<_, _>>())
    }
}
