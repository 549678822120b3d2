//! What is rendered: the types and operations of an API version.

mod api;
mod surface;
mod ty;

pub use api::{
    EXTRA, EventDef, Field, Kind, MOST_FIELDS, Method, Model, Operation, Parameter, Presence, Struct,
    TypeDef, Variant, renamed_extra,
};
pub use surface::{Input, PARAMETER, request_name, setter_name, with_name};
pub use ty::Ty;
