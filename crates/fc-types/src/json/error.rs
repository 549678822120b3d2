//! The error of decoding JSON.

use std::fmt;

use crate::json::mismatch::Mismatch;

/// Why a text is no JSON or does not decode: the place and the reason, without the received value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: Kind,
    reason: String,
    path: String,
    line: usize,
    column: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    NoJson,
    /// The JSON ends in the middle.
    Truncated,
    Data,
}

impl Error {
    pub(crate) fn not_utf8() -> Self {
        let reason = "the bytes are not UTF-8".to_owned();
        Self { kind: Kind::NoJson, reason, path: String::new(), line: 0, column: 0 }
    }

    /// An error of the grammar. serde_json's text repeats nothing that was received, and ends with the place.
    pub(crate) fn syntax(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let reason = text.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&text);
        let kind = if error.is_eof() { Kind::Truncated } else { Kind::NoJson };
        Self { kind, reason: reason.to_owned(), path: String::new(), line, column }
    }

    pub(crate) fn data(mismatch: Mismatch, line: usize, column: usize) -> Self {
        Self { kind: Kind::Data, path: mismatch.path(), reason: mismatch.reason, line, column }
    }

    /// The reason, such as `found string, expected i64`, without the place.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The place in the document, such as `data[1].balance.as_of`. Empty for the whole document and for a text that is no
    /// JSON.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The line at which decoding ended, counted from 1; 0 if there was no text to decode.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column at which decoding ended, counted in bytes from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }

    /// Whether the text is JSON that is not of the expected type.
    #[must_use]
    pub fn is_data(&self) -> bool {
        self.kind == Kind::Data
    }

    /// Whether the text is JSON up to its end, and that end is missing.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.kind == Kind::Truncated
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        match (self.path.as_str(), self.line) {
            ("", 0) => Ok(()),
            (path, 0) => write!(f, " at `{path}`"),
            ("", line) => write!(f, " at line {line} column {}", self.column),
            (path, line) => write!(f, " at `{path}`, line {line} column {}", self.column),
        }
    }
}

impl std::error::Error for Error {}
