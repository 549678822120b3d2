//! Changes of operations: what callers of fc-client see of them.

use super::{Change, Class};
use crate::model::{Input, Model, Operation};

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
                Change::new(Class::Additive, "operation added", path(after), &[after.wire()])
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
    Change::new(Class::BreaksCallers, "operation removed", path(operation), &[operation.wire()])
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
    fn change(&self, class: Class, kind: &'static str, item: String) -> Change {
        Change::new(class, kind, item, &[self.after.wire()])
    }

    fn compare(&self, changes: &mut Vec<Change>) {
        self.route(changes);
        self.arguments(changes);
        self.setters(changes);
        self.returns(changes);
        if self.before.doc != self.after.doc {
            changes.push(
                self.change(Class::DocsOnly, "documentation changed", path(self.after))
                    .because("Its documentation reads otherwise."),
            );
        }
    }

    fn route(&self, changes: &mut Vec<Change>) {
        let (before, after) = (self.before, self.after);
        if before.method == after.method && bare(&before.path) == bare(&after.path) {
            return;
        }
        let mut change = self
            .change(Class::BreaksWire, "route changed", path(after))
            .because(format!("`{}` became `{}`.", before.wire(), after.wire()))
            .migrate("Nothing in code; update proxies, mocks and permissions that name the route.");
        change.wire.push(before.wire());
        changes.push(change);
        if before.method == "post" && after.method != "post" {
            changes.push(
                self.change(
                    Class::BreaksCallers,
                    "idempotency key removed",
                    format!("{}::idempotency_key", request(after)),
                )
                .because("Only a POST takes an idempotency key.")
                .migrate("Stop giving one."),
            );
        }
    }

    /// The arguments are told apart by their order alone: their names are no part of a call.
    fn arguments(&self, changes: &mut Vec<Change>) {
        let (old, new) = (self.old.arguments(self.before), self.new.arguments(self.after));
        let types = |inputs: &[Input]| inputs.iter().map(|input| input.ty.clone()).collect::<Vec<_>>();
        // What must be in the body is told of the body's fields, unless it is another body altogether.
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
                .change(Class::BreaksCallers, "arguments changed", path(self.after))
                .because(format!("`{}` became `{}`.", list(&old), list(&new)))
                .migrate(format!("Call it with `{}`.", list(&new)));
            change.wire.extend(moved(&new, &old));
            change.wire.extend(moved(&old, &new));
            changes.push(change);
        } else if !old.iter().map(|input| &input.ident).eq(new.iter().map(|input| &input.ident)) {
            let mut change = self
                .change(Class::BreaksWire, "arguments reordered", path(self.after))
                .because(format!(
                    "`{}` became `{}`: the types are the same, so that the compiler does not notice.",
                    list(&old),
                    list(&new)
                ))
                .migrate("Look at every call: which value belongs where?");
            change.wire.extend(moved(&new, &old));
            change.wire.extend([self.before.wire()]);
            // A placeholder of the route has no name on the wire.
            if bare(&self.before.path) == bare(&self.after.path) {
                change.class = Class::DocsOnly;
                change.kind = "placeholder renamed";
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
        // What changes inside a body is told of its fields, unless it is another body altogether.
        let concerns = |input: &Input, operation: &Operation| is_parameter(input, operation) || !of_same_body;
        for input in old.iter().filter(|input| concerns(input, self.before)) {
            let at = |kind, class, wire: &str| Change::new(class, kind, item(input), &[wire.to_owned()]);
            let Some(other) = new.iter().find(|other| other.ident == input.ident) else {
                let required =
                    self.new.arguments(self.after).into_iter().any(|other| other.wire == input.wire);
                let change = match required {
                    true => at("parameter became required", Class::BreaksCallers, &input.wire)
                        .because("It must be given: it moved from its setter to the arguments.")
                        .migrate(format!("Give it to `{}`.", self.after.id)),
                    false => at("parameter removed", Class::BreaksCallers, &input.wire)
                        .because(
                            "It is no longer a parameter; Stripe refuses parameters that it does not know.",
                        )
                        .migrate(format!("Stop giving `{}`.", input.ident)),
                };
                changes.push(change);
                continue;
            };
            if other.ty != input.ty {
                changes.push(
                    at("parameter type changed", Class::BreaksCallers, &other.wire)
                        .because(format!("`{}` became `{}`.", input.ty, other.ty))
                        .migrate(format!("Give `{}`.", other.ty)),
                );
            }
            if part(&other.wire) != part(&input.wire) {
                let mut change = at("wire name changed", Class::BreaksWire, &other.wire)
                    .because(format!(
                        "It travels as `{}`, and no longer as `{}`.",
                        part(&other.wire),
                        part(&input.wire)
                    ))
                    .migrate("Nothing in code; update whatever names it in text.");
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
                "parameter added",
                item(input),
                std::slice::from_ref(&input.wire),
            );
            changes.push(match required {
                Some(_) => change.because("It need not be given any more: it has a setter of its own now."),
                None => change.because(format!("A new parameter that may be given, `{}`.", input.ty)),
            });
        }
    }

    fn returns(&self, changes: &mut Vec<Change>) {
        let (before, after) = (self.before, self.after);
        let send = format!("{}::send", request(after));
        if before.returns != after.returns {
            changes.push(
                self.change(Class::BreaksCallers, "result changed", send)
                    .because(format!("It returns `{}`, and no longer `{}`.", after.returns, before.returns))
                    .migrate(format!("Use `{}`.", after.returns)),
            );
        }
        let list = format!("{} as ListRequest", request(after));
        match (self.old.paged_item(before), self.new.paged_item(after)) {
            (Some(_), None) => changes.push(
                self.change(Class::BreaksCallers, "paging removed", list)
                    .because("It no longer takes both cursors and a limit.")
                    .migrate("Read the list without paging."),
            ),
            (None, Some(item)) => changes.push(
                self.change(Class::Additive, "paging added", list)
                    .because(format!("It can be walked page by page; the items are `{item}`.")),
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
        .any(|parameter| input.wire == crate::wire::parameter(&operation.wire(), &parameter.wire))
}

/// What follows the route.
fn part(wire: &str) -> &str {
    wire.splitn(3, ' ').nth(2).unwrap_or_default()
}

/// A route without the names of its placeholders, which do not travel.
fn bare(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
}
