//! Files of the workspace: where they are, how JSON and YAML are read and written, and the only writer.

pub mod json;
pub mod paths;
pub mod sync;
pub mod transaction;
pub mod yaml;
