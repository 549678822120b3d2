//! `/v1/financial_connections/authorizations`, in the preview

use crate::api::error::ApiError;
use crate::api::expand::Shape;
use crate::api::operation::{Operation, nothing_more};
use crate::model::operation::OperationName;
use crate::render::authorization::render_authorization;

pub(super) const KIND: &str = "financial connections authorization";

pub(super) static RETRIEVE: Operation = Operation {
    name: OperationName::RetrieveAuthorization,
    params: &[],
    check: nothing_more,
    response: Shape::Authorization,
    run: |call| {
        let authorization = call.world.authorizations.find(call.id);
        let authorization =
            authorization.ok_or_else(|| ApiError::not_found(KIND, call.id, "authorization"))?;
        Ok(render_authorization(call.world, authorization, call.version.surface))
    },
};
