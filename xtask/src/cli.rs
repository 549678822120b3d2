//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// The generator of this workspace: from Stripe's OpenAPI spec to the crates fc-types and fc-client.
#[derive(Clone, Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_version_flag = true)]
pub struct Cli {
    /// Selected command.
    #[command(subcommand)]
    pub command: Command,
}

/// Commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Cut the Financial Connections part out of a Stripe spec and write the slice of a target
    Slice(SliceArgs),
    /// Render the crates from the slice and the overlays of each target
    Generate(GenerateArgs),
    /// Compare the generated files with a fresh rendering; print a diff and fail when they differ
    Check(CheckArgs),
    /// Print the slice of a target with its overlays applied, for comparison with other overlay tools
    #[command(hide = true)]
    Overlay(TargetArgs),
    /// Report what changes between two versions: files or git revisions
    Diff(DiffArgs),
    /// Take a new spec: slice, compare, regenerate, repin and report. A failure changes no file
    Update(UpdateArgs),
}

/// The target of a command.
#[derive(Args, Clone, Debug)]
pub struct TargetArgs {
    /// Target of openapi/source.toml
    #[arg(long, value_name = "NAME", default_value = GENERAL)]
    pub target: String,
}

impl Default for TargetArgs {
    fn default() -> Self {
        Self { target: GENERAL.to_owned() }
    }
}

/// The target for users of the general version of the API.
pub const GENERAL: &str = "ga";

/// Arguments of `diff`.
#[derive(Args, Clone, Debug)]
pub struct DiffArgs {
    /// The target.
    #[command(flatten)]
    pub target: TargetArgs,
    /// The version before: a slice, a whole spec or a git revision
    pub old: String,
    /// The version after
    pub new: String,
    /// Destination of the report.
    #[command(flatten)]
    pub report: ReportArgs,
    /// Check by the compiler.
    #[command(flatten)]
    pub compile: CompileArgs,
}

/// Arguments of `update`.
#[derive(Args, Clone, Debug)]
pub struct UpdateArgs {
    /// The target.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Source of the spec.
    #[command(flatten)]
    pub spec: SpecArgs,
    /// Write nothing but the report
    #[arg(long)]
    pub dry_run: bool,
    /// Destination of the report.
    #[command(flatten)]
    pub report: ReportArgs,
    /// Check by the compiler.
    #[command(flatten)]
    pub compile: CompileArgs,
}

/// Source of a spec.
#[derive(Args, Clone, Debug)]
pub struct SpecArgs {
    /// File or https URL of a whole Stripe spec or a slice, JSON or YAML
    #[arg(long, value_name = "FILE|URL")]
    pub spec: String,
    /// Expected SHA-256 of the spec
    #[arg(long, value_name = "HEX")]
    pub sha256: Option<String>,
    /// Stripe's spec for SDKs from the same commit; it has what the public spec leaves out
    #[arg(long, value_name = "FILE|URL")]
    pub sdk_spec: Option<String>,
    /// Expected SHA-256 of the SDK spec
    #[arg(long, value_name = "HEX", requires = "sdk_spec")]
    pub sdk_sha256: Option<String>,
    /// Commit of Stripe's repository that has the spec
    #[arg(long, value_name = "SHA")]
    pub source_commit: Option<String>,
}

/// Destination of the report.
#[derive(Args, Clone, Debug, Default)]
pub struct ReportArgs {
    /// Write the report to this file as Markdown for a pull request, and print only its summary
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Write the report to this file as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// Check by the compiler.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct CompileArgs {
    /// Compile a use of every public item of the old crates against the new ones, and fail if the report is wrong
    #[arg(long)]
    pub compile: bool,
}

/// Arguments of `check`.
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    /// Fail on items that the overlay does not describe; required for a release
    #[arg(long)]
    pub strict: bool,
}

/// Arguments of `slice`.
#[derive(Args, Clone, Debug)]
pub struct SliceArgs {
    /// The target.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Source of the spec.
    #[command(flatten)]
    pub spec: SpecArgs,
    /// Write to this file; the spec may then differ from the one that openapi/source.toml pins
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Arguments of `generate`.
#[derive(Args, Clone, Debug, Default)]
pub struct GenerateArgs {
    /// Render only this target of openapi/source.toml; all by default
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
    /// Slice to use in place of the target's, which is `ga` by default
    #[arg(long, value_name = "FILE")]
    pub slice: Option<PathBuf>,
    /// Write the files below this directory instead of the workspace
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}
