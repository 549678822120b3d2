//! Why a value has no form encoding.

use std::fmt;

use serde::ser;

/// The problem with a value, and the name of its parameter.
#[derive(Debug)]
pub(crate) struct FormError {
    key: String,
    problem: String,
}

impl FormError {
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self { key: String::new(), problem: problem.into() }
    }

    /// Names the parameter, unless a deeper level has done so already.
    pub(crate) fn at(mut self, key: &str) -> Self {
        if self.key.is_empty() {
            key.clone_into(&mut self.key);
        }
        self
    }
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.as_str() {
            "" => f.write_str(&self.problem),
            key => write!(f, "parameter `{key}`: {}", self.problem),
        }
    }
}

impl std::error::Error for FormError {}

impl ser::Error for FormError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}
