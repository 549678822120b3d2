//! The text of an error: one line.

use std::fmt;

use fc_types::ErrorCode;

use crate::error::Error;
use crate::error::printable::printable;

impl Error {
    fn line(&self) -> String {
        let details = [
            ("status", self.status().map(|status| status.as_str().to_owned())),
            ("code", self.code().map(ErrorCode::to_string)),
            ("param", self.param().map(str::to_owned)),
            ("request", self.request_id().map(str::to_owned)),
            ("attempts", (self.attempts() > 1).then(|| self.attempts().to_string())),
        ];
        let details: Vec<_> = details
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| format!("{name} {}", printable(&value))))
            .collect();
        let mut line = format!("{}: {}", self.kind().phrase(), printable(self.message()));
        if !details.is_empty() {
            line = format!("{line} ({})", details.join(", "));
        }
        line
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line())
    }
}
