//! JSON that the grammar allows and serde_json cannot hold, rewritten so that it can.
//!
//! | in the JSON | rewritten as |
//! |---|---|
//! | half of a surrogate pair, `"\ud83d"` | U+FFFD, the replacement character |
//! | an integer beyond 64 bits, a number beyond the range of doubles | a string with its digits |
//! | an array or object more than 127 levels deep | a string with its JSON |

use serde::de::IgnoredAny;

/// The depth to which serde_json reads arrays and objects.
const DEEPEST: usize = 127;

/// The digits of the shortest integers that do not fit 64 bits: -9223372036854775809 has 19.
const DIGITS: usize = 19;

/// Whether a run of digits is so long that it may be an integer beyond 64 bits.
///
/// serde_json rounds such an integer without an error. Every run of that length covers one of the sampled bytes, so that
/// most of the text is not looked at.
pub(crate) fn has_long_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().skip(DIGITS - 1).step_by(DIGITS).any(|(at, byte)| {
        byte.is_ascii_digit() && {
            let before = bytes[..at].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
            let after = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            before + after >= DIGITS
        }
    })
}

/// The text rewritten by the table above. `None` if there is nothing to rewrite, or if it is no JSON.
pub(crate) fn rewrite(text: &str) -> Option<String> {
    // It checks the grammar, and neither ranges, surrogates nor depth. Below, the text is valid.
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let bytes = text.as_bytes();
    let mut out = String::new();
    let (mut copied, mut at, mut depth) = (0, 0, 0);
    while let Some(byte) = bytes.get(at) {
        let start = at;
        let replacement = match byte {
            b'"' => {
                at = string_end(bytes, at);
                whole_pairs(&text[start..at])
            }
            b'-' | b'0'..=b'9' => {
                at = number_end(bytes, at);
                (!is_held(&text[start..at])).then(|| format!("\"{}\"", &text[start..at]))
            }
            b'{' | b'[' if depth == DEEPEST => {
                at = container_end(bytes, at);
                Some(serde_json::Value::from(&text[start..at]).to_string())
            }
            _ => {
                match byte {
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                at += 1;
                None
            }
        };
        if let Some(replacement) = replacement {
            out.push_str(&text[copied..start]);
            out.push_str(&replacement);
            copied = at;
        }
    }
    (copied > 0).then(|| out + &text[copied..])
}

/// The index after the string that begins at `start`.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    loop {
        match bytes.get(at) {
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
            None => return bytes.len(),
        }
    }
}

fn number_end(bytes: &[u8], start: usize) -> usize {
    let is_number = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    start + bytes[start..].iter().take_while(is_number).count()
}

/// The index after the array or object that begins at `start`. No recursion: it may be as deep as the text is long.
fn container_end(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = string_end(bytes, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

/// Whether a number is held exactly, if it is an integer, or in the range of doubles, if it is none.
fn is_held(number: &str) -> bool {
    if number.contains(['.', 'e', 'E']) {
        number.parse().is_ok_and(f64::is_finite)
    } else {
        number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok()
    }
}

/// A string, quotes included, whose half surrogate pairs are U+FFFD; `None` if it has none.
fn whole_pairs(string: &str) -> Option<String> {
    let mut out = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = string[at..].find('\\') {
        at += found;
        match (unit(string, at), unit(string, at + ESCAPE)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => at += 2 * ESCAPE,
            (Some(0xD800..=0xDFFF), _) => {
                out.push_str(&string[copied..at]);
                out.push_str("\\ufffd");
                at += ESCAPE;
                copied = at;
            }
            // Another escape. The character after the backslash is one byte, and may be a backslash.
            _ => at += 2,
        }
    }
    (copied > 0).then(|| out + &string[copied..])
}

/// The length of `\uXXXX`.
const ESCAPE: usize = 6;

/// The UTF-16 code unit that an escape at `at` stands for.
fn unit(string: &str, at: usize) -> Option<u16> {
    let digits = string.get(at..at + ESCAPE)?.strip_prefix("\\u")?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::{has_long_number, rewrite};

    fn rewritten(text: &str) -> String {
        rewrite(text).unwrap_or_else(|| panic!("{text} was not rewritten"))
    }

    #[test]
    fn half_pairs_become_the_replacement_character() {
        for (json, text) in [
            (r#""Caf\ud83d""#, "Caf\u{fffd}"),
            (r#""\udE00x""#, "\u{fffd}x"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1f600}"),
            (r#""\ud83d\n\\ud83d""#, "\u{fffd}\n\\ud83d"),
            (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(serde_json::from_str::<String>(&rewritten(json)).unwrap(), text, "{json}");
        }
        assert_eq!(rewritten(r#"{"\ud83d":1}"#), r#"{"\ufffd":1}"#);
    }

    #[test]
    fn numbers_that_cannot_be_held_become_strings() {
        for number in [
            "1e400",
            "-1E+999",
            "18446744073709551616",
            "-9223372036854775809",
            "123456789012345678901234567890",
        ] {
            assert_eq!(rewritten(&format!(r#"{{"a":[ {number} ]}}"#)), format!(r#"{{"a":[ "{number}" ]}}"#));
        }
    }

    #[test]
    fn levels_that_are_too_deep_become_a_string() {
        let deep = format!("{}{{\"a\":[\"]\"]}}{}", "[".repeat(127), "]".repeat(127));
        let mut value: serde_json::Value = serde_json::from_str(&rewritten(&deep)).unwrap();
        for _ in 0..127 {
            value = value[0].take();
        }
        assert_eq!(value, r#"{"a":["]"]}"#);
        // As deep as a megabyte can be, without a recursion.
        let deep = format!("{}{}", "[".repeat(500_000), "]".repeat(500_000));
        assert!(serde_json::from_str::<serde_json::Value>(&rewritten(&deep)).is_ok());
    }

    #[test]
    fn what_serde_json_can_hold_stays_and_what_is_no_json_too() {
        let deepest = format!("{}{}", "[".repeat(127), "]".repeat(127));
        for text in [
            deepest.as_str(),
            r#"{"a":[1,-2,0.5,1e300,18446744073709551615,-9223372036854775808],"b":"\u00e9\ud83d\ude00\\ud83d"}"#,
            r#""18446744073709551616""#,
            "-0",
            r#""\ud83d"#,
            "[1e400",
            "1e400 x",
        ] {
            assert_eq!(rewrite(text), None, "{text}");
        }
    }

    #[test]
    fn a_long_run_of_digits_is_found_wherever_it_begins() {
        for before in 0..40 {
            for after in [0, 7, 40] {
                let text = |digits: usize| {
                    format!("{}{}{}", "x".repeat(before), "9".repeat(digits), "x".repeat(after))
                };
                assert!(has_long_number(&text(19)), "{before} {after}");
                assert!(!has_long_number(&text(18)), "{before} {after}");
            }
        }
    }
}
