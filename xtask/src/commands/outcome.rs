//! The result of a command.

/// The result of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The result, for standard output.
    pub output: String,
    /// Notes for standard error.
    pub notes: Vec<String>,
    /// Reason of a failure that is a result, not an error: a difference, a wrong report.
    pub failure: Option<String>,
}
