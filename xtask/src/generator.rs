//! From a spec to the generated files.
//!
//! In the order of the pipeline: [`slice`](mod@slice), [`overlay`], [`normalize`], [`progenitor`], [`guard`], [`render`].
//! [`pipeline`] runs them. [`model`] is what `progenitor` returns and `render` writes.

pub mod guard;
pub mod hand_written;
pub mod markdown;
pub mod model;
pub mod normalize;
pub mod overlay;
pub mod pipeline;
pub mod progenitor;
pub mod render;
pub mod slice;
pub mod wire;
