//! Panics of progenitor as errors. progenitor asserts some properties of a document instead of returning an error.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use anyhow::{Result, bail};

thread_local! {
    /// The message of the last panic on this thread; `None` unless this thread is inside [`catch_panic`].
    static CAUGHT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `work`, and returns a panic as an error with its message and place.
///
/// A hook is the only way to learn the place. It belongs to the process, so it is set once and passes on every panic that
/// does not happen in here.
pub(super) fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let is_ours = CAUGHT.with_borrow_mut(|caught| match caught {
                Some(message) => {
                    *message = info.to_string();
                    true
                }
                None => false,
            });
            if !is_ours {
                previous(info);
            }
        }));
    });
    CAUGHT.set(Some(String::new()));
    let outcome = catch_unwind(AssertUnwindSafe(work));
    let message = CAUGHT.take().unwrap_or_default();
    match outcome {
        Ok(value) => Ok(value),
        Err(_) => bail!("{message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_place_and_later_panics_are_not_caught() {
        let error =
            catch_panic(|| assert!(std::hint::black_box(false), "out of luck")).unwrap_err().to_string();
        assert!(error.contains("out of luck") && error.contains("panics.rs"), "{error}");
        assert_eq!(catch_panic(|| 7).unwrap(), 7);
        assert!(CAUGHT.with_borrow(Option::is_none));
    }
}
