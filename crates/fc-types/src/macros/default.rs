//! `Default` of models.

/// `Default`, for tests that set the fields they are about.
macro_rules! default {
    ($name:ident) => {
        impl Default for $name {
            /// A value to fill in, for tests: texts and ids are empty, numbers are zero, each enum is `Unknown`, and what may be
            /// absent is absent.
            fn default() -> Self {
                $crate::read::Read::blank()
            }
        }
    };
}
