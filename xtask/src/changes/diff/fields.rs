//! Changes of fields.

use super::items::{Context, docs, has_required, items, path, places};
use crate::changes::change::{Change, ChangeKind, Class};
use crate::generator::markdown::code_span;
use crate::generator::model::{Field, Presence, Struct, TypeDef, with_name};

fn changed(
    class: Class,
    kind: ChangeKind,
    (before, after): (&TypeDef, &TypeDef),
    field: &Field,
    old: &Struct,
    context: &Context<'_>,
) -> Change {
    let mut items = items(before, field, old, context).into_iter();
    let first = items.next().unwrap_or_default();
    Change::new(class, kind, first, &places(after, field)).also(items)
}

pub(super) fn field_removed(
    before: &TypeDef,
    after: &TypeDef,
    field: &Field,
    old: &Struct,
    new: &Struct,
    context: &Context<'_>,
) -> Change {
    let change =
        changed(Class::BreaksCallers, ChangeKind::FieldRemoved, (before, after), field, old, context);
    match old.is_params {
        true => change
            .because(match (field.presence, has_required(new)) {
                (Presence::Required, true) => {
                    "It is no longer a parameter, and Stripe rejects unknown parameters; `new` has one argument less."
                }
                (Presence::Required, false) => {
                    "It is no longer a parameter, and Stripe rejects unknown parameters. No field is required, so \
                     `default` replaces `new`."
                }
                _ => "It is no longer a parameter, and Stripe rejects unknown parameters.",
            })
            .migrate(format!("Remove the uses of `{}`.", field.ident)),
        false => change
            .because("It is no longer in the specification. If Stripe still sends it, it is in `extra`.")
            .migrate(format!("Remove the uses of `{}`.", field.ident)),
    }
}

pub(super) fn field_added(
    after: &TypeDef,
    field: &Field,
    old: &Struct,
    new: &Struct,
    context: &Context<'_>,
) -> Change {
    let name = path(&after.name);
    let item = format!("{name}::{}", field.ident);
    let places = places(after, field);
    let required = field.presence == Presence::Required;
    match (new.is_params && old.is_params, required) {
        (true, true) => {
            let lost = if !has_required(old) { format!("{name}::default") } else { format!("{name}::new") };
            Change::new(Class::BreaksCallers, ChangeKind::RequiredParameterAdded, item, &places)
                .also([lost])
                .also(context.beginners(&after.name))
                .because("A new required parameter: `new` has one argument more.")
                .migrate(format!("Pass `{}` (`{}`).", field.ident, field.ty))
        }
        (true, false) => Change::new(Class::Additive, ChangeKind::FieldAdded, item, &places)
            .because(format!("A new optional parameter, `{}`.", field.ty)),
        (false, true) => Change::new(Class::BreaksWire, ChangeKind::RequiredFieldAdded, item, &places)
            .because(format!(
                "New in every response, `{}`. Payloads of an older API version lack it and do not decode.",
                field.ty
            ))
            .migrate("Move webhook endpoints to this API version first. Do not decode older payloads with this type.")
            .refusing_older_payloads(true),
        (false, false) => Change::new(Class::Additive, ChangeKind::FieldAdded, item, &places)
            .because(format!("New, `Option<{}>`; absent in older responses.", field.ty)),
    }
}

pub(super) fn fields(
    before: &TypeDef,
    after: &TypeDef,
    a: &Field,
    b: &Field,
    old: &Struct,
    context: &Context<'_>,
    changes: &mut Vec<Change>,
) {
    let pair = (before, after);
    let change =
        |class, kind| changed(class, kind, pair, b, old, context).also(items(before, a, old, context));
    if a.wire != b.wire {
        let mut renamed = change(Class::BreaksWire, ChangeKind::WireNameChanged)
            .because(format!(
                "{} is now {} on the wire; the Rust name is the same.",
                code_span(&a.wire),
                code_span(&b.wire)
            ))
            .migrate("Update text that contains the name: stored JSON, `expand`, logs.")
            .refusing_older_payloads(a.presence == Presence::Required);
        renamed.wire.extend(places(after, a));
        changes.push(renamed);
    }
    if a.ty != b.ty {
        changes.push(
            change(Class::BreaksCallers, ChangeKind::FieldTypeChanged)
                .because(format!("`{}` became `{}`.", a.ty, b.ty))
                .migrate(format!("Use `{}`.", b.ty))
                .refusing_older_payloads(!old.is_params),
        );
    }
    if let Some(change) = presence(a, b, old, &change) {
        changes.push(change);
    }
    if a.doc != b.doc {
        changes.push(docs(format!("{}::{}", path(&before.name), b.ident), &places(after, b)));
    }
}

fn presence(
    a: &Field,
    b: &Field,
    old: &Struct,
    change: &dyn Fn(Class, ChangeKind) -> Change,
) -> Option<Change> {
    use Presence::{Nullable, Optional, Required};
    let ident = &b.ident;
    let found = match (a.presence, b.presence) {
        (old, new) if old == new => return None,
        (Required, Nullable | Optional) if old.is_params => {
            change(Class::BreaksCallers, ChangeKind::FieldBecameOptional)
                .because("It is optional now: it moved from `new` to `with_…`.")
                .migrate(format!("Set it with `{}`.", with_name(ident)))
        }
        (Required, Nullable) => change(Class::BreaksCallers, ChangeKind::FieldBecameNullable)
            .because(format!("It may be null: `{}` became `Option<{}>`.", b.ty, b.ty))
            .migrate("Handle `None`."),
        (Required, Optional) => change(Class::BreaksCallers, ChangeKind::FieldBecameOptional)
            .because(format!("It may be absent: `{}` became `Option<{}>`.", b.ty, b.ty))
            .migrate("Handle `None`."),
        (Nullable | Optional, Required) if old.is_params => {
            change(Class::BreaksCallers, ChangeKind::FieldBecameRequired)
                .because("It is required now: it moved from `with_…` to `new`.")
                .migrate(format!("Pass `{ident}` to `new`."))
        }
        (Nullable | Optional, Required) => change(Class::BreaksCallers, ChangeKind::FieldBecameRequired)
            .because(format!("It is always present: `Option<{}>` became `{}`.", b.ty, b.ty))
            .migrate("Remove the handling of `None`.")
            .refusing_older_payloads(true),
        (Nullable, Optional) if old.is_params => change(Class::BreaksWire, ChangeKind::AbsenceChanged)
            .because("Without a value it is left out; it was sent as null before.")
            .migrate("No change in code. Check how Stripe handles the missing field."),
        (Nullable, Optional) => change(Class::DocsOnly, ChangeKind::AbsenceChanged)
            .because("It may be left out; it was null before. Both are `None`."),
        _ if old.is_params => change(Class::BreaksWire, ChangeKind::AbsenceChanged)
            .because("Without a value it is sent as null; it was left out before.")
            .migrate("No change in code. Check how Stripe handles null."),
        _ => change(Class::DocsOnly, ChangeKind::AbsenceChanged)
            .because("It may be null; it was left out before. Both are `None`."),
    };
    Some(found)
}
