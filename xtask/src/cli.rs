//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// The generator of this workspace: from Stripe's OpenAPI spec to the crates fc-types and fc-client.
#[derive(Clone, Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_version_flag = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Cut the Financial Connections part out of a Stripe spec and write openapi/slice.json
    Slice(SliceArgs),
    /// Render both crates from openapi/slice.json and openapi/overlay.yaml
    Generate(GenerateArgs),
    /// Compare the generated files with a fresh rendering; print a diff and fail when they differ
    Check(CheckArgs),
    /// Print openapi/slice.json with openapi/overlay.yaml applied, for comparison with other overlay tools
    #[command(hide = true)]
    Overlay,
}

/// Arguments of `check`.
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    /// Refuse items that the overlay does not describe: the gate of a release
    #[arg(long)]
    pub strict: bool,
}

/// Arguments of `slice`.
#[derive(Args, Clone, Debug)]
pub struct SliceArgs {
    /// A whole Stripe spec or an earlier slice, JSON or YAML
    #[arg(long, value_name = "FILE")]
    pub spec: PathBuf,
    /// Write there instead; the spec may then be another one than openapi/source.toml pins
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Commit of Stripe's repository that the spec comes from
    #[arg(long, value_name = "SHA")]
    pub source_commit: Option<String>,
}

/// Arguments of `generate`.
#[derive(Args, Clone, Debug)]
pub struct GenerateArgs {
    /// Another slice than openapi/slice.json
    #[arg(long, value_name = "FILE")]
    pub slice: Option<PathBuf>,
    /// Write the same tree of files below this directory instead of the workspace
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}
