//! `/v1/financial_connections/institutions`, in the preview

use crate::api::error::ApiError;
use crate::api::expand::Shape;
use crate::api::operation::{Operation, nothing_more};
use crate::api::page::{self, ENDING_BEFORE, LIMIT, STARTING_AFTER};
use crate::bank::institution::institution_id;
use crate::model::operation::OperationName;
use crate::render::institution::{INSTITUTIONS_URL, institution_name, institution_names, render_institution};
use crate::render::list::render_list;

pub(super) const KIND: &str = "financial connections institution";

pub(super) static LIST: Operation = Operation {
    name: OperationName::ListInstitutions,
    params: &[LIMIT, STARTING_AFTER, ENDING_BEFORE],
    check: nothing_more,
    response: Shape::List(&Shape::Institution),
    run: |call| {
        let world = &*call.world;
        // A list begins with its highest key, and this one with the test institutions.
        let names: Vec<&str> = institution_names(world).into_iter().rev().collect();
        let place = |id: &str| names.iter().position(|name| institution_id(name) == id);
        let page = page::read(call.params, KIND, place)?;
        let places: Vec<usize> = (0..names.len()).collect();
        let page = page.cut(&places.as_slice());
        Ok(render_list(page, INSTITUTIONS_URL, |place| render_institution(world, names[place])))
    },
};

pub(super) static RETRIEVE: Operation = Operation {
    name: OperationName::RetrieveInstitution,
    params: &[],
    check: nothing_more,
    response: Shape::Institution,
    run: |call| {
        let name = institution_name(call.world, call.id);
        let name = name.ok_or_else(|| ApiError::not_found(KIND, call.id, "institution"))?;
        Ok(render_institution(call.world, name))
    },
};
