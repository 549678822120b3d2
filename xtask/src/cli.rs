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
    /// Report what changes between two versions: files or git revisions
    Diff(DiffArgs),
    /// Measure the crates side by side with async-stripe and the floors, and write BENCHMARKS.md
    Bench(BenchArgs),
    /// Count the instructions of decoding and webhooks with valgrind, and fail when they differ from what was accepted
    Instructions(InstructionsArgs),
    /// Take a new spec: slice, compare, regenerate, repin and report; all of it or nothing
    Update(UpdateArgs),
}

/// Arguments of `diff`.
#[derive(Args, Clone, Debug)]
pub struct DiffArgs {
    /// The version before: a slice, a whole spec or a git revision
    pub old: String,
    /// The version after
    pub new: String,
    /// Where the report goes.
    #[command(flatten)]
    pub report: ReportArgs,
    /// Whether the compiler is asked.
    #[command(flatten)]
    pub compile: CompileArgs,
}

/// Arguments of `update`.
#[derive(Args, Clone, Debug)]
pub struct UpdateArgs {
    /// Which spec.
    #[command(flatten)]
    pub spec: SpecArgs,
    /// Write nothing but the report
    #[arg(long)]
    pub dry_run: bool,
    /// Where the report goes.
    #[command(flatten)]
    pub report: ReportArgs,
    /// Whether the compiler is asked.
    #[command(flatten)]
    pub compile: CompileArgs,
}

/// Which spec, and where it comes from.
#[derive(Args, Clone, Debug)]
pub struct SpecArgs {
    /// A whole Stripe spec or a slice, JSON or YAML; over https too
    #[arg(long, value_name = "FILE|URL")]
    pub spec: String,
    /// SHA-256 that the spec must have
    #[arg(long, value_name = "HEX")]
    pub sha256: Option<String>,
    /// Stripe's spec for SDKs of the same commit, which says what the public one leaves out
    #[arg(long, value_name = "FILE|URL")]
    pub sdk_spec: Option<String>,
    /// SHA-256 that the SDK spec must have
    #[arg(long, value_name = "HEX", requires = "sdk_spec")]
    pub sdk_sha256: Option<String>,
    /// Commit of Stripe's repository that the spec comes from
    #[arg(long, value_name = "SHA")]
    pub source_commit: Option<String>,
}

/// Where the report goes.
#[derive(Args, Clone, Debug, Default)]
pub struct ReportArgs {
    /// Write the report there as Markdown, for the body of a pull request, and print its first line only
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Write the report there as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// Whether the compiler is asked.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct CompileArgs {
    /// Compile a consumer of every public item of the old crates against the new ones, and fail where the report is wrong
    #[arg(long)]
    pub compile: bool,
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
    /// Which spec.
    #[command(flatten)]
    pub spec: SpecArgs,
    /// Write there instead; the spec may then be another one than openapi/source.toml pins
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
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

/// Arguments of `bench`.
#[derive(Args, Clone, Debug)]
pub struct BenchArgs {
    /// A rougher look: fewer rounds, no cold builds, nothing is written
    #[arg(long)]
    pub quick: bool,
    /// A whole Stripe spec, to time slicing it
    #[arg(long, value_name = "FILE")]
    pub spec: Option<PathBuf>,
}

/// Arguments of `instructions`.
#[derive(Args, Clone, Copy, Debug)]
pub struct InstructionsArgs {
    /// Accept the counts of this machine
    #[arg(long)]
    pub write: bool,
}
