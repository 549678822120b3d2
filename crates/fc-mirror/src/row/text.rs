//! Texts that both engines can store.

/// Text without NUL, which Postgres cannot store. It becomes U+FFFD; the raw JSON keeps it, escaped.
pub(super) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::storable;

    #[test]
    fn nul_is_replaced_and_all_else_is_kept() {
        assert_eq!(storable("a\0b — ü\n"), "a\u{fffd}b — ü\n");
    }
}
