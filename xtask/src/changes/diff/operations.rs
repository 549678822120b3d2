//! Changes of operations.

use crate::changes::change::{Change, ChangeKind, Class};
use crate::generator::markdown::code_span;
use crate::generator::model::{Input, Method, Model, Operation};
use crate::generator::wire;

/// Compares every operation of fc-client.
pub(super) fn compare(old: &Model, new: &Model) -> Vec<Change> {
    let mut changes = Vec::new();
    for before in &old.operations {
        match new.operations.iter().find(|after| after.id == before.id) {
            None => changes.push(removed(before)),
            Some(after) => Pair { before, after, old, new }.compare(&mut changes),
        }
    }
    for after in &new.operations {
        if !old.operations.iter().any(|before| before.id == after.id) {
            changes.push(
                Change::new(Class::Additive, ChangeKind::OperationAdded, path(after), &[after.wire()])
                    .because(format!("New: it returns `{}`.", after.returns)),
            );
        }
    }
    changes
}

/// The path of the method that begins a request.
pub(super) fn path(operation: &Operation) -> String {
    format!("fc_client::Client::{}", operation.id)
}

fn request(operation: &Operation) -> String {
    format!("fc_client::{}", operation.request())
}

fn removed(operation: &Operation) -> Change {
    Change::new(Class::BreaksCallers, ChangeKind::OperationRemoved, path(operation), &[operation.wire()])
        .also([request(operation)])
        .because("The operation is gone.")
        .migrate("Remove the calls.")
}

struct Pair<'a> {
    before: &'a Operation,
    after: &'a Operation,
    old: &'a Model,
    new: &'a Model,
}

impl Pair<'_> {
    fn change(&self, class: Class, kind: ChangeKind, item: String) -> Change {
        Change::new(class, kind, item, &[self.after.wire()])
    }

    fn compare(&self, changes: &mut Vec<Change>) {
        self.route(changes);
        self.arguments(changes);
        self.setters(changes);
        self.returns(changes);
        if self.before.doc != self.after.doc {
            changes.push(
                self.change(Class::DocsOnly, ChangeKind::DocumentationChanged, path(self.after))
                    .because("Its documentation changed."),
            );
        }
    }

    fn route(&self, changes: &mut Vec<Change>) {
        let (before, after) = (self.before, self.after);
        if before.method == after.method && bare(&before.path) == bare(&after.path) {
            return;
        }
        let mut change = self
            .change(Class::BreaksWire, ChangeKind::RouteChanged, path(after))
            .because(format!("{} became {}.", code_span(&before.wire()), code_span(&after.wire())))
            .migrate("No change in code. Update proxies, mocks and permissions that name the route.");
        change.wire.push(before.wire());
        changes.push(change);
        if before.method == Method::Post && after.method != Method::Post {
            changes.push(
                self.change(
                    Class::BreaksCallers,
                    ChangeKind::IdempotencyKeyRemoved,
                    format!("{}::idempotency_key", request(after)),
                )
                .because("Only a POST takes an idempotency key.")
                .migrate("Remove the calls of `idempotency_key`."),
            );
        }
    }

    /// Arguments are compared by position, because a call does not name them.
    fn arguments(&self, changes: &mut Vec<Change>) {
        let (old, new) = (self.old.arguments(self.before), self.new.arguments(self.after));
        let types = |inputs: &[Input]| inputs.iter().map(|input| input.ty.clone()).collect::<Vec<_>>();
        // A required field of the same body is reported as a change of the field.
        let of_same_body = self.before.body == self.after.body;
        let is_body = |input: &Input| {
            of_same_body && !is_parameter(input, self.before) && !is_parameter(input, self.after)
        };
        let only =
            |inputs: &[Input]| inputs.iter().filter(|input| !is_body(input)).cloned().collect::<Vec<_>>();
        let (old, new) = (only(&old), only(&new));
        let list = |inputs: &[Input]| {
            let inputs: Vec<String> =
                inputs.iter().map(|input| format!("{}: {}", input.ident, input.ty)).collect();
            format!("({})", inputs.join(", "))
        };
        let moved = |inputs: &[Input], others: &[Input]| {
            inputs
                .iter()
                .filter(|input| {
                    !others.iter().any(|other| other.ident == input.ident && other.ty == input.ty)
                })
                .map(|input| input.wire.clone())
                .collect::<Vec<_>>()
        };
        if types(&old) != types(&new) {
            let mut change = self
                .change(Class::BreaksCallers, ChangeKind::ArgumentsChanged, path(self.after))
                .because(format!("`{}` became `{}`.", list(&old), list(&new)))
                .migrate(format!("Call it with `{}`.", list(&new)));
            change.wire.extend(moved(&new, &old));
            change.wire.extend(moved(&old, &new));
            changes.push(change);
        } else if !old.iter().map(|input| &input.ident).eq(new.iter().map(|input| &input.ident)) {
            let mut change = self
                .change(Class::BreaksWire, ChangeKind::ArgumentsReordered, path(self.after))
                .because(format!(
                    "`{}` became `{}`: the types are the same, so the compiler does not notice.",
                    list(&old),
                    list(&new)
                ))
                .migrate("Check the order of the arguments in every call.");
            change.wire.extend(moved(&new, &old));
            change.wire.extend([self.before.wire()]);
            // The name of a placeholder is not sent.
            if bare(&self.before.path) == bare(&self.after.path) {
                change.class = Class::DocsOnly;
                change.kind = ChangeKind::PlaceholderRenamed;
                change.reason = format!("`{}` became `{}`: the route is the same.", list(&old), list(&new));
                change.migration.clear();
            }
            changes.push(change);
        }
    }

    fn setters(&self, changes: &mut Vec<Change>) {
        let (old, new) = (self.old.setters(self.before), self.new.setters(self.after));
        let of_same_body = self.before.body == self.after.body;
        let item = |input: &Input| format!("{}::{}", request(self.before), input.ident);
        // A change inside the same body is reported as a change of its fields.
        let concerns = |input: &Input, operation: &Operation| is_parameter(input, operation) || !of_same_body;
        for input in old.iter().filter(|input| concerns(input, self.before)) {
            let at = |kind, class, wire: &str| Change::new(class, kind, item(input), &[wire.to_owned()]);
            let Some(other) = new.iter().find(|other| other.ident == input.ident) else {
                let required =
                    self.new.arguments(self.after).into_iter().any(|other| other.wire == input.wire);
                let change = match required {
                    true => at(ChangeKind::ParameterBecameRequired, Class::BreaksCallers, &input.wire)
                        .because("It is required now: it moved from its setter to the arguments.")
                        .migrate(format!("Pass it to `{}`.", self.after.id)),
                    false => at(ChangeKind::ParameterRemoved, Class::BreaksCallers, &input.wire)
                        .because("It is no longer a parameter; Stripe rejects unknown parameters.")
                        .migrate(format!("Remove the calls of `{}`.", input.ident)),
                };
                changes.push(change);
                continue;
            };
            if other.ty != input.ty {
                changes.push(
                    at(ChangeKind::ParameterTypeChanged, Class::BreaksCallers, &other.wire)
                        .because(format!("`{}` became `{}`.", input.ty, other.ty))
                        .migrate(format!("Pass `{}`.", other.ty)),
                );
            }
            if part(&other.wire) != part(&input.wire) {
                let mut change = at(ChangeKind::WireNameChanged, Class::BreaksWire, &other.wire)
                    .because(format!(
                        "It is sent as {}, no longer as {}.",
                        code_span(part(&other.wire)),
                        code_span(part(&input.wire))
                    ))
                    .migrate("No change in code. Update text that contains the name.");
                change.wire.push(input.wire.clone());
                changes.push(change);
            }
        }
        for input in new.iter().filter(|input| concerns(input, self.after)) {
            if old.iter().any(|other| other.ident == input.ident) {
                continue;
            }
            let required = self.old.arguments(self.before).into_iter().find(|other| other.wire == input.wire);
            let change = Change::new(
                Class::Additive,
                ChangeKind::ParameterAdded,
                item(input),
                std::slice::from_ref(&input.wire),
            );
            changes.push(match required {
                Some(_) => change.because("It is optional now: it has a setter."),
                None => change.because(format!("A new optional parameter, `{}`.", input.ty)),
            });
        }
    }

    fn returns(&self, changes: &mut Vec<Change>) {
        let (before, after) = (self.before, self.after);
        let send = format!("{}::send", request(after));
        if before.returns != after.returns {
            changes.push(
                self.change(Class::BreaksCallers, ChangeKind::ResultChanged, send)
                    .because(format!("It returns `{}`, no longer `{}`.", after.returns, before.returns))
                    .migrate(format!("Use `{}`.", after.returns)),
            );
        }
        let list = format!("{} as ListRequest", request(after));
        match (self.old.paged_item(before), self.new.paged_item(after)) {
            (Some(_), None) => changes.push(
                self.change(Class::BreaksCallers, ChangeKind::PagingRemoved, list)
                    .because("It no longer takes both cursors and a limit.")
                    .migrate("Read the list without pagination."),
            ),
            (None, Some(item)) => changes.push(
                self.change(Class::Additive, ChangeKind::PagingAdded, list)
                    .because(format!("The list has pagination now; its items are `{item}`.")),
            ),
            _ => {}
        }
    }
}

/// Whether an input is in the path or the query, not in the body.
fn is_parameter(input: &Input, operation: &Operation) -> bool {
    operation
        .path_parameters
        .iter()
        .chain(&operation.query)
        .any(|parameter| input.wire == wire::parameter(&operation.wire(), &parameter.wire))
}

/// The part after the route.
fn part(wire: &str) -> &str {
    wire.splitn(3, ' ').nth(2).unwrap_or_default()
}

/// A route without the names of its placeholders, which are not sent.
fn bare(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
}
