//! Provenance of a slice.

use serde_json::{Map, Value};

use super::document::Spec;
use super::sdk::SDK_SPEC;

/// Provenance of a slice: its `x-provenance`.
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
    /// Whether the SDK spec was merged in. Only that spec says which fields are always present but may be null.
    pub has_sdk_view: bool,
}

impl Provenance {
    /// Provenance of a spec file. A slice states its source under `x-source` or `x-provenance`; a whole spec does not.
    /// `commit` overrides a stated one.
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
            has_sdk_view: has_sdk_view(&spec.document),
        }
    }

    /// As JSON, without unknown values.
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
        let mut fields = known.collect::<Map<_, _>>();
        fields.insert(SDK_VIEW.to_owned(), self.has_sdk_view.into());
        Value::Object(fields)
    }
}

/// The key of `x-provenance` that says whether the SDK spec was merged in.
const SDK_VIEW: &str = "sdk_view";

/// Whether the SDK spec was merged into a spec or a slice.
#[must_use]
pub fn has_sdk_view(document: &Value) -> bool {
    let stated = document.get("x-provenance").and_then(|provenance| provenance.get(SDK_VIEW)?.as_bool());
    stated.unwrap_or_else(|| document.get(SDK_SPEC).is_some())
}
