//! Wire names of parameters, as progenitor's own code sends them.
//!
//! The body of a method pairs each argument with its name on the wire, `QueryParam::new("transacted_at[gte]",
//! &transacted_at_gte)`, or with its place in the route, `encode_path(&account.to_string())`.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ExprLit, ImplItemFn, Lit, Macro, Token};

/// Argument → name on the wire.
pub(super) fn read(function: &ImplItemFn, route: &str) -> Result<BTreeMap<String, String>> {
    let mut body = Body::default();
    body.visit_block(&function.block);
    let placeholders: Vec<&str> =
        route.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0)).collect();
    ensure!(
        placeholders.len() == body.path.len(),
        "the route has {} placeholders, and progenitor fills {}",
        placeholders.len(),
        body.path.len()
    );
    let mut names = body.query;
    names.extend(body.path.into_iter().zip(placeholders.into_iter().map(str::to_owned)));
    Ok(names)
}

#[derive(Default)]
struct Body {
    query: BTreeMap<String, String>,
    /// Arguments in the order of the placeholders that they fill.
    path: Vec<String>,
}

impl<'ast> Visit<'ast> for Body {
    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        let called: Vec<String> = match &*call.func {
            Expr::Path(path) => path.path.segments.iter().map(|segment| segment.ident.to_string()).collect(),
            _ => Vec::new(),
        };
        match (called.join("::").as_str(), call.args.first(), call.args.get(1)) {
            ("progenitor_client::QueryParam::new", Some(name), Some(value)) => {
                if let (Some(name), Some(value)) = (text(name), argument(value)) {
                    self.query.insert(value, name);
                }
            }
            ("encode_path", Some(value), None) => self.path.extend(argument(value)),
            _ => visit::visit_expr_call(self, call),
        }
    }

    /// `format!` makes the URL.
    fn visit_macro(&mut self, call: &'ast Macro) {
        let arguments = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(call.tokens.clone());
        for argument in arguments.iter().flatten() {
            Visit::visit_expr(self, argument);
        }
    }
}

fn text(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

/// `account` of `&account.to_string()`.
fn argument(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Reference(reference) => argument(&reference.expr),
        Expr::MethodCall(call) => argument(&call.receiver),
        Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_paired_with_the_names_that_are_sent() {
        let function: ImplItemFn = syn::parse_str(
            "pub async fn x<'a>(&'a self, account: &'a str, at_gte: Option<i64>) -> Result<(), ()> {
                let url = format!(\"{}/v1/{}/{}\", self.baseurl, encode_path(&b.to_string()), encode_path(&a.to_string()),);
                self.client.get(url).query(&progenitor_client::QueryParam::new(\"at[gte]\", &at_gte)).build()?
            }",
        )
        .unwrap();
        let names = read(&function, "/v1/{first}/{second}").unwrap();
        let expected = [("at_gte", "at[gte]"), ("b", "first"), ("a", "second")];
        assert_eq!(names, expected.map(|(ident, wire)| (ident.to_owned(), wire.to_owned())).into());
        assert!(read(&function, "/v1/{first}").is_err());
    }
}
