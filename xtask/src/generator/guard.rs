//! Checks of the model before it is rendered. They find code that would not compile, or would not do what the spec says.

mod faults;
mod operations;
mod read_by_hand;
mod types;

use anyhow::{Result, bail};

use self::faults::Faults;
use super::model::{Kind, Model, Presence};

/// Collects every fault, so that one run shows all of them.
///
/// # Errors
///
/// There are faults. The message names the place of each, and the remedy.
pub fn check(model: &Model) -> Result<()> {
    let mut faults = Faults::default();
    for def in model.types.values() {
        types::check(def, model, &mut faults);
    }
    operations::check(model, &mut faults);
    error_codes(model, &mut faults);
    event_envelope(model, &mut faults);
    read_by_hand::check(model, &mut faults);
    let found = faults.into_lines();
    if found.is_empty() {
        return Ok(());
    }
    bail!(
        "the generated code would not say what the document says; fix openapi/overlay.yaml or add a normalisation rule:\n  {}",
        found.join("\n  ")
    )
}

/// fc-client reads the codes of errors by hand.
fn error_codes(model: &Model, faults: &mut Faults) {
    if !model.types.get("ErrorCode").is_some_and(|def| matches!(def.kind, Kind::Enum(_))) {
        faults.add(
            "the error envelope",
            "no enum becomes `ErrorCode`, which fc-client needs: give one that `x-rust-name`",
        );
    }
}

/// fc-types reads the object of an event by hand.
fn event_envelope(model: &Model, faults: &mut Faults) {
    let requires = |name: &str, wire: &str, ty: &str| {
        let Some(Kind::Struct(structure)) = model.types.get(name).map(|def| &def.kind) else { return false };
        structure.fields.iter().any(|field| {
            field.ident == wire
                && field.wire == wire
                && field.ty.is(ty)
                && field.presence == Presence::Required
        })
    };
    let is_read = requires("Event", "data", "EventData") && requires("EventData", "object", "EventObject");
    if model.types.contains_key("EventType") && !is_read {
        faults.add(
            "the envelope of events",
            "`data.object` must be required in `Event` and `EventData`, because fc-types reads it by hand",
        );
    }
}
