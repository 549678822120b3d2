//! `Debug` of models with free text.

/// `Debug` that shows `…` for each hidden field: free text, which may be personal. An absent value shows as `None`.
///
/// The generator hides each free text, unless the overlay marks it as public. So a text of a later API version is hidden too.
macro_rules! debug {
    ($name:ident { $($field:ident: $how:ident),* $(,)? }) => {
        impl std::fmt::Debug for $name {
            /// Shows no text that may be personal.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut shown = f.debug_struct(stringify!($name));
                $(shown.field(stringify!($field), debug!(@$how self.$field));)*
                shown.field("extra", &self.extra).finish()
            }
        }
    };
    (@Shown $this:ident.$field:ident) => { &$this.$field };
    (@Hidden $this:ident.$field:ident) => { &$crate::hidden::Hidden(&$this.$field) };
}
