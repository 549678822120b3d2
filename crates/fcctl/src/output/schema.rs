//! Schemas of the output: the fields of each command's rows.

use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::output::cell::{Cell, Kind};

/// Fields of the rows that a command prints.
///
/// The version changes when a field is removed, renamed or gets another meaning; a new field does not change it.
pub(crate) struct Schema<T: 'static> {
    pub(crate) name: &'static str,
    pub(crate) version: u32,
    pub(crate) columns: &'static [Column<T>],
}

/// Fields that are printed without `--fields`, from the fewest to all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Selection {
    /// The columns of a list.
    Shown,
    /// The lines of one object: all but secrets.
    Open,
    All,
}

/// One field: its name, its meaning, and its value in a row.
pub(crate) struct Column<T> {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    doc: &'static str,
    /// Where it is shown without `--fields`.
    least: Selection,
    pub(crate) get: fn(&T) -> Cell<'_>,
}

impl<T> Column<T> {
    /// A field that a table shows.
    pub(crate) const fn shown(
        name: &'static str,
        kind: Kind,
        doc: &'static str,
        get: fn(&T) -> Cell<'_>,
    ) -> Self {
        Self { name, kind, doc, least: Selection::Shown, get }
    }

    /// A field that a table leaves out.
    pub(crate) const fn more(
        name: &'static str,
        kind: Kind,
        doc: &'static str,
        get: fn(&T) -> Cell<'_>,
    ) -> Self {
        Self { name, kind, doc, least: Selection::Open, get }
    }

    /// A secret, which no table shows unless it is asked for.
    pub(crate) const fn secret(name: &'static str, doc: &'static str, get: fn(&T) -> Cell<'_>) -> Self {
        Self { name, kind: Kind::Text, doc, least: Selection::All, get }
    }

    /// The name as the heading of a table.
    pub(crate) fn heading(&self) -> String {
        self.name.replace('_', " ")
    }
}

impl<T> Schema<T> {
    /// Name and version, as in `fcctl/accounts/1`.
    fn id(&self) -> String {
        format!("fcctl/{}/{}", self.name, self.version)
    }

    /// The beginning of a JSON document.
    pub(crate) fn opening(&self) -> String {
        format!("{{\"schema\":\"{}\",\"data\":[\n", self.id())
    }

    /// The fields that `names` lists; without names those of the selection.
    pub(crate) fn select(
        &self,
        names: &[String],
        selection: Selection,
    ) -> Result<Vec<&'static Column<T>>, Failure> {
        if names.is_empty() {
            return Ok(self.columns.iter().filter(|column| column.least <= selection).collect());
        }
        let find = |name: &String| {
            self.columns.iter().find(|column| column.name == *name).ok_or_else(|| self.unknown(name))
        };
        names.iter().map(find).collect()
    }

    fn unknown(&self, name: &str) -> Failure {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
        Failure::usage(format!("{} have no field `{name}`", self.name))
            .next(format!("the fields are {}", names.join(", ")))
    }

    /// The JSON Schema of the document that `--json` prints.
    pub(crate) fn json_schema(&self) -> Value {
        let properties: Map<String, Value> = self
            .columns
            .iter()
            .map(|column| {
                let mut property = column.kind.json_schema();
                property["description"] = column.doc.into();
                (column.name.to_owned(), property)
            })
            .collect();
        let names: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": self.id(),
            "description": "With --fields, a row has the named fields only.",
            "type": "object",
            "required": ["schema", "data"],
            "additionalProperties": false,
            "properties": {
                "schema": { "const": self.id() },
                "data": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": names,
                        "additionalProperties": false,
                        "properties": properties,
                    },
                },
            },
        })
    }
}

impl Kind {
    fn json_schema(self) -> Value {
        match self {
            Self::Text => json!({ "type": ["string", "null"] }),
            Self::Texts => json!({ "type": ["array", "null"], "items": { "type": "string" } }),
            Self::Integer | Self::Time | Self::Amount => json!({ "type": ["integer", "null"] }),
            Self::Boolean => json!({ "type": ["boolean", "null"] }),
            Self::Json => json!({}),
        }
    }
}
