//! Errors of the program: what happened, what to do next, and the exit code.

mod api;
mod mirror;

use std::fmt;
use std::io;
use std::path::Path;

use crate::exit::Exit;

/// Why a command did not succeed.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    what: String,
    next: Option<String>,
    is_connection: bool,
    is_quiet: bool,
}

impl Failure {
    pub(crate) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), next: None, is_connection: false, is_quiet: false }
    }

    /// What the user can do about it.
    pub(crate) fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    fn connection(mut self) -> Self {
        self.is_connection = true;
        self
    }

    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// An operation on a file.
    pub(crate) fn file(action: &str, path: &Path, error: &io::Error) -> Self {
        let exit = if error.kind() == io::ErrorKind::NotFound { Exit::NotFound } else { Exit::Failed };
        Self::new(exit, format!("cannot {action} {}: {error}", path.display()))
    }

    /// Standard output cannot be written. A reader that has seen enough, such as `head`, is no failure.
    pub(crate) fn output(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { is_quiet: true, ..Self::new(Exit::Succeeded, "the reader closed the pipe") };
        }
        Self::new(Exit::Failed, format!("cannot write the output: {error}"))
    }

    /// The end of a command that printed its result: the verdict, also if the reader closed the pipe.
    pub(crate) fn or_verdict(printed: Result<(), Self>, verdict: Result<(), Self>) -> Result<(), Self> {
        match printed {
            Err(failure) if !failure.is_quiet => Err(failure),
            _ => verdict,
        }
    }

    /// The server of the key was not reached.
    pub(crate) fn is_connection(&self) -> bool {
        self.is_connection
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn remedy(&self) -> Option<&str> {
        self.next.as_deref()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}
