//! Changes of structs and enums.

use std::collections::BTreeSet;

use super::{Change, Class};
use crate::model::{
    Field, Kind, Model, Presence, Struct, TypeDef, Variant, names_in, setter_name, with_name,
};
use crate::wire;

/// A field is left out where it was null before, or the other way round.
pub(super) const ABSENCE: &str = "absence changed";

/// Compares every type of fc-types.
pub(super) fn compare(old: &Model, new: &Model) -> Vec<Change> {
    let mut changes = Vec::new();
    for (name, before) in &old.types {
        match new.types.get(name) {
            None => changes.push(removed(before)),
            Some(after) => both(before, after, &Context { old, new }, &mut changes),
        }
    }
    for (name, after) in &new.types {
        if !old.types.contains_key(name) {
            changes.push(added(after));
        }
    }
    event_objects(old, new, &mut changes);
    changes
}

/// The path of a type.
pub(super) fn path(name: &str) -> String {
    format!("fc_types::{name}")
}

struct Context<'a> {
    old: &'a Model,
    new: &'a Model,
}

impl Context<'_> {
    /// The methods of fc-client that begin a request with this body.
    fn beginners(&self, body: &str) -> Vec<String> {
        let operations =
            self.old.operations.iter().filter(|operation| operation.body.as_deref() == Some(body));
        operations
            .filter(|operation| self.new.operations.iter().any(|other| other.id == operation.id))
            .map(|operation| format!("fc_client::Client::{}", operation.id))
            .collect()
    }

    /// The setters of requests with this body for one field.
    fn setters(&self, body: &str, ident: &str) -> Vec<String> {
        let operations =
            self.old.operations.iter().filter(|operation| operation.body.as_deref() == Some(body));
        operations
            .filter(|operation| self.new.operations.iter().any(|other| other.id == operation.id))
            .map(|operation| format!("fc_client::{}::{}", operation.request(), setter_name(ident)))
            .collect()
    }
}

fn added(def: &TypeDef) -> Change {
    let what = match &def.kind {
        Kind::Struct(structure) => format!("a struct with {}", counted(structure.fields.len(), "field")),
        Kind::Enum(variants) => format!("an enum of {}", counted(variants.len(), "value")),
    };
    Change::new(Class::Additive, "type added", path(&def.name), &def.wire).because(format!("New: {what}."))
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn removed(def: &TypeDef) -> Change {
    Change::new(Class::BreaksCallers, "type removed", path(&def.name), &def.wire)
        .because("The type is gone, with everything in it.")
        .migrate("Remove what uses the type.")
}

fn both(before: &TypeDef, after: &TypeDef, context: &Context<'_>, changes: &mut Vec<Change>) {
    match (&before.kind, &after.kind) {
        (Kind::Struct(old), Kind::Struct(new)) => structs(before, after, old, new, context, changes),
        (Kind::Enum(old), Kind::Enum(new)) => enums(after, old, new, changes),
        _ => changes.push(
            Change::new(Class::BreaksCallers, "type changed", path(&before.name), &after.wire)
                .because("A struct became an enum, or an enum a struct.")
                .migrate("Rewrite what uses the type.")
                .refusing_older_payloads(true),
        ),
    }
    if before.doc != after.doc {
        changes.push(docs(path(&before.name), &after.wire));
    }
}

fn docs(item: String, wire: &[String]) -> Change {
    Change::new(Class::DocsOnly, "documentation changed", item, wire)
        .because("Its documentation reads otherwise.")
}

fn structs(
    before: &TypeDef,
    after: &TypeDef,
    old: &Struct,
    new: &Struct,
    context: &Context<'_>,
    changes: &mut Vec<Change>,
) {
    let name = path(&before.name);
    constants(&name, after, old, new, changes);
    if new.is_params && !old.is_params {
        changes.push(
            Change::new(Class::Additive, "constructor added", format!("{name}::new"), &after.wire)
                .because("The type is part of a request now, and can be built."),
        );
    }
    if old.is_params && !new.is_params {
        let methods = old.fields.iter().map(|field| constructor(&name, field));
        changes.push(
            Change::new(Class::BreaksCallers, "constructor removed", format!("{name}::new"), &after.wire)
                .also(methods)
                .because("The type is no longer part of a request, so that it has no constructor.")
                .migrate("Remove the code that builds it."),
        );
    }
    let mut seen = BTreeSet::new();
    for field in &old.fields {
        let same = |other: &&Field| other.wire == field.wire;
        // The same Rust name for another wire name is the same field to callers.
        let alike = |other: &&Field| {
            other.ident == field.ident && !old.fields.iter().any(|field| field.wire == other.wire)
        };
        match new.fields.iter().find(same).or_else(|| new.fields.iter().find(alike)) {
            None => changes.push(field_removed(before, after, field, old, new, context)),
            Some(other) => {
                seen.insert(other.wire.as_str());
                fields(before, after, field, other, old, context, changes);
            }
        }
    }
    for field in new.fields.iter().filter(|field| !seen.contains(field.wire.as_str())) {
        changes.push(field_added(after, field, old, new, context));
    }
}

/// What a type has besides its fields: the `object` constant, and the identity that `Object` gives it.
fn constants(name: &str, after: &TypeDef, old: &Struct, new: &Struct, changes: &mut Vec<Change>) {
    let places: Vec<String> = after.wire.iter().map(|place| wire::member(place, "object")).collect();
    let constant = format!("{name}::OBJECT");
    match (&old.object, &new.object) {
        (Some(before), Some(after)) if before != after => changes.push(
            Change::new(Class::BreaksWire, "object constant changed", constant, &places)
                .because(format!("Objects now say `{after}` of themselves, and no longer `{before}`."))
                .migrate("Update whatever compares the constant with stored text."),
        ),
        (Some(_), None) => changes.push(
            Change::new(Class::BreaksCallers, "object constant removed", constant, &places)
                .because("The objects no longer carry a constant `object`.")
                .migrate("Remove what uses `OBJECT`."),
        ),
        (None, Some(value)) => changes.push(
            Change::new(Class::Additive, "object constant added", constant, &places)
                .because(format!("The objects now carry `object`: `{value}`.")),
        ),
        _ => {}
    }
    let id = |structure: &Struct| structure.id().map(|field| field.ty.clone());
    if id(old).is_some() && id(old) != id(new) {
        // Whatever took the id away is told of the field; the trait goes with it.
        changes.push(
            Change::new(Class::BreaksCallers, "identity changed", format!("{name}::id"), &after.wire)
                .because("`Object::id` gives another type, or the type is no longer an `Object`.")
                .migrate("Read the id where it is now."),
        );
    }
}

/// The method that gives a field to a constructed value.
fn constructor(name: &str, field: &Field) -> String {
    match field.presence {
        Presence::Required => format!("{name}::new"),
        Presence::Nullable | Presence::Optional => format!("{name}::{}", with_name(&field.ident)),
    }
}

fn places(def: &TypeDef, field: &Field) -> Vec<String> {
    def.wire.iter().map(|place| wire::member(place, &field.wire)).collect()
}

/// Everything through which a caller of the old crates meets a field.
fn items(def: &TypeDef, field: &Field, old: &Struct, context: &Context<'_>) -> Vec<String> {
    let name = path(&def.name);
    let mut items = vec![format!("{name}::{}", field.ident)];
    if old.is_params {
        items.push(constructor(&name, field));
        match field.presence {
            Presence::Required => {
                items.extend(context.beginners(&def.name));
                // What was built without arguments no longer is.
                if !has_required(old) {
                    items.push(format!("{name}::default"));
                }
            }
            _ => items.extend(context.setters(&def.name, &field.ident)),
        }
    }
    if is_money(field) {
        items.push(format!("{name}::money"));
    }
    items
}

fn has_required(structure: &Struct) -> bool {
    structure.fields.iter().any(|field| field.presence == Presence::Required)
}

/// Whether `money()` is made of it.
fn is_money(field: &Field) -> bool {
    field.wire == "amount" || field.wire == "currency"
}

fn changed(
    class: Class,
    kind: &'static str,
    (before, after): (&TypeDef, &TypeDef),
    field: &Field,
    old: &Struct,
    context: &Context<'_>,
) -> Change {
    let mut items = items(before, field, old, context).into_iter();
    let first = items.next().unwrap_or_default();
    Change::new(class, kind, first, &places(after, field)).also(items)
}

fn field_removed(
    before: &TypeDef,
    after: &TypeDef,
    field: &Field,
    old: &Struct,
    new: &Struct,
    context: &Context<'_>,
) -> Change {
    let change = changed(Class::BreaksCallers, "field removed", (before, after), field, old, context);
    match old.is_params {
        true => change
            .because(match (field.presence, has_required(new)) {
                (Presence::Required, true) => {
                    "It is no longer a parameter, and Stripe refuses parameters that it does not know; `new` takes one \
                     argument less."
                }
                (Presence::Required, false) => {
                    "It is no longer a parameter, and Stripe refuses parameters that it does not know; nothing is \
                     required any more, so that `default` takes the place of `new`."
                }
                _ => "It is no longer a parameter, and Stripe refuses parameters that it does not know.",
            })
            .migrate(format!("Stop giving `{}`.", field.ident)),
        false => change
            .because("It is no longer in the specification; where Stripe still sends it, it is in `extra`.")
            .migrate(format!("Stop reading `{}`.", field.ident)),
    }
}

fn field_added(after: &TypeDef, field: &Field, old: &Struct, new: &Struct, context: &Context<'_>) -> Change {
    let name = path(&after.name);
    let item = format!("{name}::{}", field.ident);
    let places = places(after, field);
    let required = field.presence == Presence::Required;
    match (new.is_params && old.is_params, required) {
        (true, true) => {
            let lost = if !has_required(old) { format!("{name}::default") } else { format!("{name}::new") };
            Change::new(Class::BreaksCallers, "required parameter added", item, &places)
                .also([lost])
                .also(context.beginners(&after.name))
                .because("A new parameter that must be given: `new` takes one argument more.")
                .migrate(format!("Give `{}` (`{}`).", field.ident, field.ty))
        }
        (true, false) => Change::new(Class::Additive, "field added", item, &places)
            .because(format!("A new parameter that may be given, `{}`.", field.ty)),
        (false, true) => Change::new(Class::BreaksWire, "required field added", item, &places)
            .because(format!(
                "New in every answer, `{}`. What was recorded or is sent by an older API version lacks it and is refused.",
                field.ty
            ))
            .migrate("Move webhook endpoints to this API version first; do not decode older recordings with this type.")
            .refusing_older_payloads(true),
        (false, false) => Change::new(Class::Additive, "field added", item, &places)
            .because(format!("New, `Option<{}>`; absent in older answers.", field.ty)),
    }
}

fn fields(
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
        let mut renamed = change(Class::BreaksWire, "wire name changed")
            .because(format!(
                "`{}` is now called `{}` on the wire; the Rust name is the same.",
                a.wire, b.wire
            ))
            .migrate("Update whatever names it in text: stored JSON, `expand`, logs.")
            .refusing_older_payloads(a.presence == Presence::Required);
        renamed.wire.extend(places(after, a));
        changes.push(renamed);
    }
    if a.ty != b.ty {
        changes.push(
            change(Class::BreaksCallers, "field type changed")
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
    change: &dyn Fn(Class, &'static str) -> Change,
) -> Option<Change> {
    use Presence::{Nullable, Optional, Required};
    let ident = &b.ident;
    let found = match (a.presence, b.presence) {
        (old, new) if old == new => return None,
        (Required, Nullable | Optional) if old.is_params => {
            change(Class::BreaksCallers, "field became optional")
                .because("It need not be given any more: it left `new` and has a `with_…` of its own.")
                .migrate(format!("Give it through `{}`.", with_name(ident)))
        }
        (Required, Nullable) => change(Class::BreaksCallers, "field became nullable")
            .because(format!("It may be null: `{}` became `Option<{}>`.", b.ty, b.ty))
            .migrate("Handle `None`."),
        (Required, Optional) => change(Class::BreaksCallers, "field became optional")
            .because(format!("It may be absent: `{}` became `Option<{}>`.", b.ty, b.ty))
            .migrate("Handle `None`."),
        (Nullable | Optional, Required) if old.is_params => {
            change(Class::BreaksCallers, "field became required")
                .because("It must be given: it moved from `with_…` to `new`.")
                .migrate(format!("Give `{ident}` to `new`."))
        }
        (Nullable | Optional, Required) => change(Class::BreaksCallers, "field became required")
            .because(format!("It is always there: `Option<{}>` became `{}`.", b.ty, b.ty))
            .migrate("Remove the handling of `None`.")
            .refusing_older_payloads(true),
        (Nullable, Optional) if old.is_params => change(Class::BreaksWire, ABSENCE)
            .because("Without a value it is left out, where it was sent as null before.")
            .migrate("Nothing in code; look at what Stripe makes of the absence."),
        (Nullable, Optional) => change(Class::DocsOnly, ABSENCE)
            .because("It may be left out, where it was always sent and null before; `None` in both cases."),
        _ if old.is_params => change(Class::BreaksWire, ABSENCE)
            .because("Without a value it is sent as null, where it was left out before.")
            .migrate("Nothing in code; look at what Stripe makes of the null."),
        _ => change(Class::DocsOnly, ABSENCE).because(
            "It is always sent and may be null, where it was left out before; `None` in both cases.",
        ),
    };
    Some(found)
}

fn enums(after: &TypeDef, old: &[Variant], new: &[Variant], changes: &mut Vec<Change>) {
    let name = path(&after.name);
    let at =
        |value: &str| -> Vec<String> { after.wire.iter().map(|place| wire::value(place, value)).collect() };
    let mut seen = BTreeSet::new();
    for variant in old {
        let item = format!("{name}::{}", variant.ident);
        let same = new.iter().find(|other| other.wire == variant.wire).or_else(|| {
            new.iter()
                .find(|other| other.ident == variant.ident && !old.iter().any(|old| old.wire == other.wire))
        });
        let Some(other) = same else {
            changes.push(
                Change::new(Class::BreaksCallers, "value removed", item, &at(&variant.wire))
                    .because(format!(
                        "The variant is gone; where Stripe still sends `{}`, it is `Unknown`.",
                        variant.wire
                    ))
                    .migrate("Remove the match arm, or match `Unknown` by its text."),
            );
            continue;
        };
        seen.insert(other.wire.as_str());
        if other.wire != variant.wire {
            let mut both = at(&other.wire);
            both.extend(at(&variant.wire));
            changes.push(
                Change::new(Class::BreaksWire, "wire value changed", item.clone(), &both)
                    .because(format!(
                        "It is now `{}` on the wire, and no longer `{}`.",
                        other.wire, variant.wire
                    ))
                    .migrate("Update whatever holds the value as text; older payloads decode to `Unknown`."),
            );
        }
        if other.doc != variant.doc {
            changes.push(docs(item, &at(&other.wire)));
        }
    }
    for variant in new.iter().filter(|variant| !seen.contains(variant.wire.as_str())) {
        changes.push(
            Change::new(
                Class::Additive,
                "value added",
                format!("{name}::{}", variant.ident),
                &at(&variant.wire),
            )
            .because("It was `Unknown` until now: a match on that and the text no longer sees it."),
        );
    }
}

fn event_objects(old: &Model, new: &Model, changes: &mut Vec<Change>) {
    let places =
        |model: &Model, name: &String| model.types.get(name).map(|def| def.wire.clone()).unwrap_or_default();
    for name in old.event_objects.iter().filter(|name| !new.event_objects.contains(name)) {
        changes.push(
            Change::new(
                Class::BreaksCallers,
                "event object removed",
                format!("fc_types::EventObject::{name}"),
                &places(old, name),
            )
            .because("No event carries it any more.")
            .migrate("Remove the match arm."),
        );
    }
    for name in new.event_objects.iter().filter(|name| !old.event_objects.contains(name)) {
        changes.push(
            Change::new(
                Class::Additive,
                "event object added",
                format!("fc_types::EventObject::{name}"),
                &places(new, name),
            )
            .because("Events carry it now; it was `Unknown` until now."),
        );
    }
}

/// Whether a type of a model mentions another.
pub(super) fn mentions(ty: &str, name: &str) -> bool {
    names_in(ty).iter().any(|found| found == name)
}
