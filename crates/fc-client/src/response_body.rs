//! The body of a response, up to a size.

use bytes::{Bytes, BytesMut};

/// A body, as far as it was read.
#[derive(Default)]
pub(crate) struct Received {
    pub(crate) bytes: Bytes,
    /// Whether the body is larger than the limit, so that the rest was not read.
    pub(crate) is_cut: bool,
}

/// Reads a body up to `limit` bytes.
pub(crate) async fn read(response: &mut reqwest::Response, limit: usize) -> reqwest::Result<Received> {
    let mut received = Received::default();
    while let Some(piece) = response.chunk().await? {
        received.add(piece, limit);
        if received.is_cut {
            break;
        }
    }
    Ok(received)
}

impl Received {
    fn add(&mut self, mut piece: Bytes, limit: usize) {
        let room = limit - self.bytes.len();
        self.is_cut = piece.len() > room;
        piece.truncate(room);
        if self.bytes.is_empty() {
            // Most bodies come in one piece, which is shared and not copied.
            self.bytes = piece;
            return;
        }
        // No other handle shares the bytes after the first copy, so that later pieces are appended in place.
        let mut all =
            std::mem::take(&mut self.bytes).try_into_mut().unwrap_or_else(|bytes| BytesMut::from(&*bytes));
        all.extend_from_slice(&piece);
        self.bytes = all.freeze();
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::Received;

    #[test]
    fn a_body_is_kept_up_to_its_limit() {
        for (pieces, limit, text, is_cut) in [
            (vec![], 0, "", false),
            (vec!["abc"], 3, "abc", false),
            (vec!["abc"], 2, "ab", true),
            (vec!["ab", "", "cd"], 4, "abcd", false),
            (vec!["ab", "cd"], 3, "abc", true),
            (vec!["ab", "cd", "ef"], 4, "abcd", true),
            (vec!["ab"], 0, "", true),
        ] {
            let mut received = Received::default();
            for piece in &pieces {
                received.add(Bytes::from_static(piece.as_bytes()), limit);
            }
            assert_eq!((&*received.bytes, received.is_cut), (text.as_bytes(), is_cut), "{pieces:?} {limit}");
        }
    }
}
