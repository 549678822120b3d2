//! Operations of the API.

use serde_json::Value;

use crate::api::error::ApiError;
use crate::api::expand::Shape;
use crate::api::params::{Field, Params};
use crate::api::version::Version;
use crate::clock::Instant;
use crate::model::event::Cause;
use crate::model::operation::OperationName;
use crate::world::World;

/// One operation of the API.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation {
    pub(crate) name: OperationName,
    /// Its parameters.
    pub(crate) params: &'static [Field],
    /// Checks that the table of parameters cannot express, such as one parameter that requires another.
    pub(crate) check: fn(&Params, Version) -> Result<(), ApiError>,
    /// The shape of its response.
    pub(crate) response: Shape,
    /// Carries out a checked call.
    pub(crate) run: fn(&mut Call<'_>) -> Result<Value, ApiError>,
}

/// The [`Operation::check`] of an operation whose table expresses everything.
pub(crate) fn nothing_more(_: &Params, _: Version) -> Result<(), ApiError> {
    Ok(())
}

/// A checked call of an operation.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// The id in the path; empty if the path has none.
    pub(crate) id: &'a str,
    pub(crate) params: &'a Params,
    pub(crate) version: Version,
    /// The version as the caller wrote it.
    pub(crate) api_version: &'a str,
    /// The address at which the caller reached the sandbox.
    pub(crate) origin: Option<String>,
    pub(crate) world: &'a mut World,
    pub(crate) now: Instant,
    pub(crate) cause: Cause,
}
