//! Parser of the `Stripe-Signature` header, `t=<seconds>,v1=<hex>[,v1=<hex>…][,v0=<hex>]`, without allocation.

use data_encoding::HEXLOWER;
use fc_types::Timestamp;

use super::error::{MalformedHeader, WebhookError};

/// SHA-256 HMAC.
pub(super) type Signature = [u8; 32];

/// Limit on the work that the header of an attacker can cause. Stripe signs once with each active secret, which are two
/// while a secret is rolled.
pub(super) const MOST_SIGNATURES: usize = 16;

/// Well-formed header.
#[derive(Clone, Copy, Debug)]
pub(super) struct SignatureHeader<'h> {
    /// Signing time.
    pub(super) signed_at: Timestamp,
    /// Signing time as sent, which is what the signature covers.
    pub(super) signed_at_text: &'h [u8],
    /// Number of `v1` items.
    pub(super) signature_count: usize,
    raw: &'h [u8],
}

impl<'h> SignatureHeader<'h> {
    /// Parses a header. Schemes other than `v1` are ignored, such as `v0`, which test mode adds as a decoy.
    pub(super) fn parse(raw: &'h [u8]) -> Result<Self, WebhookError> {
        if raw.is_empty() {
            return Err(WebhookError::MissingHeader);
        }
        let mut signed_at = None;
        let mut signature_count = 0;
        for item in items(raw) {
            match item.ok_or(MalformedHeader::new("an item is not of the form `scheme=value`"))? {
                (b"t", _) if signed_at.is_some() => {
                    return Err(MalformedHeader::new("`t` occurs twice").into());
                }
                (b"t", text) => {
                    let seconds =
                        seconds(text).ok_or(MalformedHeader::new("`t` is not a number of seconds"))?;
                    signed_at = Some((Timestamp::from_secs(seconds), text));
                }
                (b"v1", _) => signature_count += 1,
                _ => {}
            }
        }
        let (signed_at, signed_at_text) = signed_at.ok_or(MalformedHeader::new("`t` is missing"))?;
        match signature_count {
            0 => Err(WebhookError::NoSignature),
            1..=MOST_SIGNATURES => Ok(Self { signed_at, signed_at_text, signature_count, raw }),
            _ => Err(MalformedHeader::new("it has more than 16 `v1` signatures").into()),
        }
    }

    /// The `v1` signatures. Stripe sends 64 lower-case hexadecimal digits; items in another form are skipped.
    pub(super) fn signatures(&self) -> impl Iterator<Item = Signature> {
        items(self.raw).filter_map(|item| match item {
            Some((b"v1", hex)) => signature(hex),
            _ => None,
        })
    }
}

/// Items of a header as name and value; `None` for an item without `=`.
fn items(raw: &[u8]) -> impl Iterator<Item = Option<(&[u8], &[u8])>> {
    raw.split(|byte| *byte == b',').map(|item| {
        let at = item.iter().position(|byte| *byte == b'=')?;
        Some((&item[..at], &item[at + 1..]))
    })
}

/// Digits only, because `i64::from_str` also accepts a sign.
fn seconds(text: &[u8]) -> Option<i64> {
    let digits = text.iter().all(u8::is_ascii_digit).then_some(text)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn signature(hex: &[u8]) -> Option<Signature> {
    let mut signature = [0; 32];
    if hex.len() != 2 * signature.len() {
        return None;
    }
    HEXLOWER.decode_mut(hex, &mut signature).ok()?;
    Some(signature)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn read(header: &str) -> Result<(i64, usize, Vec<u8>), String> {
        let header = SignatureHeader::parse(header.as_bytes()).map_err(|error| error.to_string())?;
        let first_bytes = header.signatures().map(|signature| signature[31]).collect();
        Ok((header.signed_at.as_secs(), header.signature_count, first_bytes))
    }

    #[test]
    fn every_v1_is_read_and_other_schemes_are_ignored() {
        let other = HEX.replace("1f", "ff");
        assert_eq!(read(&format!("t=12,v1={HEX}")), Ok((12, 1, vec![0x1f])));
        assert_eq!(read(&format!("v1={HEX},v0={HEX},v1={other},t=12")), Ok((12, 2, vec![0x1f, 0xff])));
        assert_eq!(read(&format!("t=12,v2=,v11={HEX},V1={HEX},=,v1={HEX}")), Ok((12, 1, vec![0x1f])));
    }

    #[test]
    fn a_signature_that_is_not_64_lower_case_hex_digits_is_skipped() {
        for bad in
            [&HEX[1..], &HEX[2..], &HEX.to_uppercase(), &format!("{HEX}00"), &HEX.replace('a', "g"), ""]
        {
            assert_eq!(read(&format!("t=1,v1={bad},v1={HEX}")), Ok((1, 2, vec![0x1f])), "{bad}");
        }
    }

    #[test]
    fn a_malformed_header_is_rejected_with_the_reason() {
        let malformed = |reason: &str| Err(format!("malformed Stripe-Signature header: {reason}"));
        assert_eq!(read(""), Err("no Stripe-Signature header".to_owned()));
        assert_eq!(read("t=1,v0=ab"), Err("the Stripe-Signature header has no v1 signature".to_owned()));
        assert_eq!(read(&format!("v1={HEX}")), malformed("`t` is missing"));
        assert_eq!(read(&format!("t=1,v1={HEX},t=1")), malformed("`t` occurs twice"));
        for text in ["", "+1", "-1", " 1", "1.0", "9223372036854775808", "１"] {
            assert_eq!(
                read(&format!("t={text},v1={HEX}")),
                malformed("`t` is not a number of seconds"),
                "{text}"
            );
        }
        for header in ["whatever", "t=1,", ",t=1", "t=1,,v1=", "t=1,v1"] {
            let reason = "an item is not of the form `scheme=value`";
            assert_eq!(read(header).map_err(|error| error.contains(reason)), Err(true), "{header}");
        }
    }

    #[test]
    fn the_number_of_signatures_is_bounded() {
        let header = |count: usize| format!("t=1{}", format!(",v1={HEX}").repeat(count));
        assert_eq!(read(&header(16)).unwrap().1, 16);
        let error = read(&header(17)).unwrap_err();
        assert!(error.ends_with("it has more than 16 `v1` signatures"), "{error}");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(raw in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(header) = SignatureHeader::parse(&raw) {
                prop_assert!(header.signatures().count() <= header.signature_count);
            }
        }

        // These resemble a header, because random bytes seldom get past the first item.
        #[test]
        fn no_near_miss_makes_it_panic(raw in "(t|v1|v0|[a-z0-9=]{0,3})=[0-9a-f,=]{0,70}(,(t|v1)=[0-9a-g]{0,66}){0,20}") {
            if let Ok(header) = SignatureHeader::parse(raw.as_bytes()) {
                prop_assert!(header.signatures().count() <= header.signature_count);
                prop_assert!(header.signature_count <= MOST_SIGNATURES);
            }
        }
    }
}
