//! API versions: the sandbox honours a version, or refuses it by name.

use axum::http::{HeaderMap, HeaderValue};
use jiff::civil::{Date, date};

use crate::api::error::{ApiError, excerpt};
use crate::api_version::{API_VERSION, Surface};

/// The names of the families of versions. Within a family Stripe only adds, and every version gets additions.
const FAMILIES: [&str; 5] = ["acacia", "basil", "clover", "dahlia", "endive"];
/// From this date on, versions have names.
const FIRST_NAMED: Date = date(2024, 9, 30);

/// The name of a version of the public preview.
const PREVIEW: &str = "preview";
/// The first version in which a session filters by one country.
const ONE_COUNTRY: Date = date(2026, 9, 30);

/// A version that the sandbox honours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    date: Date,
    pub(crate) surface: Surface,
}

impl Version {
    /// Whether a session filters by one country. In older versions, `filters[countries]` is a list.
    pub(crate) fn has_one_country(self) -> bool {
        self.date >= ONE_COUNTRY
    }
}

/// A version, and the value of `Stripe-Version` that is echoed.
#[derive(Clone, Debug)]
pub(crate) struct Requested {
    pub(crate) version: Version,
    pub(crate) header: HeaderValue,
}

impl Requested {
    /// The version of a request without the header.
    pub(crate) fn latest() -> Self {
        let version = Version { date: ONE_COUNTRY, surface: Surface::Ga };
        Self { version, header: HeaderValue::from_static(API_VERSION) }
    }

    /// The version without what may follow it.
    pub(crate) fn text(&self) -> &str {
        let text = self.header.to_str().unwrap_or(API_VERSION);
        text.split(';').next().unwrap_or(text)
    }

    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, ApiError> {
        let Some(header) = headers.get("stripe-version") else { return Ok(Self::latest()) };
        // A beta header follows the version: `2026-09-30.endive; name=v1`. The sandbox accepts and ignores it.
        let text = header.to_str().ok().and_then(|text| text.split(';').next()).unwrap_or_default();
        Ok(Self { version: read(text)?, header: header.clone() })
    }
}

/// Reads a version: a date, and since 2024 a name.
pub(crate) fn read(text: &str) -> Result<Version, ApiError> {
    let (date, name) = text.split_once('.').map_or((text, None), |(date, name)| (date, Some(name)));
    let is_word = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
    let date = if date.len() == 10 { date.parse::<Date>().ok() } else { None };
    let Some(date) = date.filter(|_| name.is_none_or(is_word)) else {
        return Err(ApiError::invalid(format!(
            "Invalid Stripe API version: '{}'. Send a date and a name, such as {API_VERSION}.",
            excerpt(text)
        )));
    };
    let is_known = match name {
        Some(name) => date >= FIRST_NAMED && (FAMILIES.contains(&name) || name == PREVIEW),
        None => date < FIRST_NAMED,
    };
    if is_known {
        return Ok(Version { date, surface: Surface::of(text) });
    }
    Err(ApiError::invalid(format!(
        "The sandbox does not have the Stripe API version '{}'. It has those before {FIRST_NAMED}, the families {}, \
         and the public preview, such as 2026-09-30.preview.",
        excerpt(text),
        FAMILIES.join(", ")
    )))
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::api_version::Surface;

    #[test]
    fn a_version_is_honoured_or_refused_by_name() {
        for honoured in
            ["2022-11-15", "2024-06-20", "2025-11-17.clover", "2026-09-30.endive", "2026-10-28.endive"]
        {
            assert_eq!(read(honoured).map(|version| version.surface).ok(), Some(Surface::Ga), "{honoured}");
        }
        let preview = read("2026-09-30.preview").map(|version| version.surface);
        assert_eq!(preview.ok(), Some(Surface::Preview));
        for refused in ["2024-06-20.preview", "2027-03-31.fig", "2026-09-30", "2024-06-20.endive"] {
            let error = read(refused).expect_err(refused).body(None);
            let message = error["error"]["message"].as_str().expect("a message");
            assert!(message.contains(&format!("'{refused}'")) && message.contains("endive"), "{message}");
        }
    }
}
