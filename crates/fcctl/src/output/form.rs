//! Options that choose the form of the output.

use clap::Args;

/// How data is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Table,
    Json,
    Lines,
    Csv,
}

/// Options of each command that prints data.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct OutputArguments {
    /// Print one JSON document; `fcctl schema` prints its schema
    #[arg(long, global = true, help_heading = "Output", conflicts_with_all = ["jsonl", "csv"])]
    json: bool,
    /// Print one JSON object per line
    #[arg(long, global = true, help_heading = "Output", conflicts_with = "csv")]
    jsonl: bool,
    /// Print CSV with a header line
    #[arg(long, global = true, help_heading = "Output")]
    csv: bool,
    /// Print these fields only, in this order
    #[arg(long, global = true, help_heading = "Output", value_name = "FIELD,…", value_delimiter = ',')]
    fields: Vec<String>,
}

impl OutputArguments {
    pub(crate) fn form(&self) -> Form {
        match self {
            Self { json: true, .. } => Form::Json,
            Self { jsonl: true, .. } => Form::Lines,
            Self { csv: true, .. } => Form::Csv,
            _ => Form::Table,
        }
    }

    pub(crate) fn fields(&self) -> &[String] {
        &self.fields
    }
}
