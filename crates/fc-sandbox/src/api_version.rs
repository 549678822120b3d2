//! The version of the API that the sandbox renders, and the surface that a version shows.

/// The version whose shapes these are.
pub(crate) const API_VERSION: &str = "2026-09-30.endive";

/// The version of the public preview whose shapes these are.
pub(crate) const PREVIEW_VERSION: &str = "2026-09-30.preview";

/// What a version shows of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Surface {
    /// What is generally available.
    Ga,
    /// The public preview too: `2026-09-30.preview`.
    Preview,
}

impl Surface {
    /// The surface of a version that was checked before.
    pub(crate) fn of(version: &str) -> Self {
        if version.ends_with(".preview") { Self::Preview } else { Self::Ga }
    }
}
