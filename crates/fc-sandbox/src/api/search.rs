//! Search queries, such as `email:'jane@example.com' AND -metadata['tier']:null`.

use serde_json::Value;

use crate::api::error::{ApiError, excerpt};
use crate::model::customer::Customer;

/// The largest number of clauses.
const MAX_CLAUSES: usize = 10;
/// The shortest text after `~`, in characters.
const SHORTEST_PART: usize = 3;

/// A query: clauses that are joined by `AND` or by `OR`.
#[derive(Debug, PartialEq)]
pub(crate) struct Query {
    clauses: Vec<Clause>,
    /// Whether one clause is enough.
    any: bool,
}

#[derive(Debug, PartialEq)]
struct Clause {
    negated: bool,
    field: Field,
    operator: Operator,
    /// None for `null`.
    value: Option<String>,
}

#[derive(Debug, PartialEq)]
enum Field {
    Created,
    Email,
    Name,
    Phone,
    Metadata(String),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Is,
    Contains,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}

impl Query {
    pub(crate) fn read(text: &str) -> Result<Self, ApiError> {
        let mut rest = Rest(text);
        let mut query = Self { clauses: vec![rest.clause()?], any: false };
        while !rest.is_empty() {
            let any = rest.joint()?;
            if query.clauses.len() > 1 && any != query.any {
                return Err(invalid("AND and OR cannot be used in one query", rest.0));
            }
            query.any = any;
            query.clauses.push(rest.clause()?);
            if query.clauses.len() > MAX_CLAUSES {
                return Err(invalid("a query has at most 10 clauses", rest.0));
            }
        }
        Ok(query)
    }

    pub(crate) fn matches(&self, customer: &Customer) -> bool {
        let mut clauses = self.clauses.iter();
        let matches = |clause: &Clause| clause.matches(customer) != clause.negated;
        if self.any { clauses.any(matches) } else { clauses.all(matches) }
    }
}

impl Clause {
    /// Letters match in both cases, as at Stripe.
    fn matches(&self, customer: &Customer) -> bool {
        let wanted = self.value.as_deref().map(str::to_lowercase);
        let found = match &self.field {
            Field::Created => return self.matches_number(customer.created),
            Field::Email => customer.email.as_deref(),
            Field::Name => customer.name.as_deref(),
            Field::Phone => customer.phone.as_deref(),
            Field::Metadata(name) => customer.metadata.get(name).and_then(Value::as_str),
        };
        let found = found.map(str::to_lowercase);
        match (self.operator, found, wanted) {
            (Operator::Contains, Some(found), Some(wanted)) => found.contains(&wanted),
            (Operator::Is, found, wanted) => found == wanted,
            _ => false,
        }
    }

    fn matches_number(&self, found: i64) -> bool {
        let Some(wanted) = self.value.as_deref().and_then(|text| text.parse::<i64>().ok()) else {
            return false;
        };
        match self.operator {
            Operator::Is => found == wanted,
            Operator::Contains => false,
            Operator::Less => found < wanted,
            Operator::LessOrEqual => found <= wanted,
            Operator::More => found > wanted,
            Operator::MoreOrEqual => found >= wanted,
        }
    }
}

/// What is left of a query.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn is_empty(&mut self) -> bool {
        self.0 = self.0.trim_start();
        self.0.is_empty()
    }

    fn take(&mut self, prefix: &str) -> bool {
        let rest = self.0.strip_prefix(prefix);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// Takes characters while they fit.
    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let end = self.0.find(|character| !fits(character)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    /// Whether the next clauses are joined by `OR`. A space alone means `AND`.
    fn joint(&mut self) -> Result<bool, ApiError> {
        for (word, any) in [("OR ", true), ("or ", true), ("AND ", false), ("and ", false)] {
            if self.take(word) {
                return if self.is_empty() { Err(invalid("a clause is missing", word)) } else { Ok(any) };
            }
        }
        Ok(false)
    }

    fn clause(&mut self) -> Result<Clause, ApiError> {
        self.0 = self.0.trim_start();
        let negated = self.take("-");
        let field = self.field()?;
        let operators = [
            ("<=", Operator::LessOrEqual),
            (">=", Operator::MoreOrEqual),
            ("<", Operator::Less),
            (">", Operator::More),
            (":", Operator::Is),
            ("~", Operator::Contains),
        ];
        let operator = operators.into_iter().find(|(sign, _)| self.take(sign)).map(|(_, operator)| operator);
        let operator =
            operator.ok_or_else(|| invalid("an operator is missing: one of : ~ < > <= >=", self.0))?;
        let rest = self.0;
        let value = self.value()?;
        let is_number = value.as_deref().is_some_and(|value| value.parse::<i64>().is_ok());
        let fits = match (&field, operator) {
            (Field::Created, Operator::Contains) => false,
            (Field::Created, _) => is_number,
            (Field::Metadata(_), Operator::Contains) => false,
            (_, Operator::Is) => true,
            (_, Operator::Contains) => {
                value.as_deref().is_some_and(|part| part.chars().count() >= SHORTEST_PART)
            }
            _ => false,
        };
        if !fits {
            return Err(invalid("the field does not take this operator and value", rest));
        }
        Ok(Clause { negated, field, operator, value })
    }

    fn field(&mut self) -> Result<Field, ApiError> {
        let start = self.0;
        match self.take_while(|character| character.is_ascii_lowercase()) {
            "created" => Ok(Field::Created),
            "email" => Ok(Field::Email),
            "name" => Ok(Field::Name),
            "phone" => Ok(Field::Phone),
            "metadata" if self.take("[") => {
                let name =
                    self.quoted()?.ok_or_else(|| invalid("the name in metadata is in quotes", start))?;
                if self.take("]") {
                    Ok(Field::Metadata(name))
                } else {
                    Err(invalid("a bracket is missing", start))
                }
            }
            _ => Err(invalid("a field is one of created, email, name, phone, metadata['…']", start)),
        }
    }

    fn value(&mut self) -> Result<Option<String>, ApiError> {
        let start = self.0;
        if let Some(text) = self.quoted()? {
            return Ok(Some(text));
        }
        match self.take_while(|character| character.is_ascii_alphanumeric() || character == '-') {
            "null" => Ok(None),
            number if number.parse::<i64>().is_ok() => Ok(Some(number.to_owned())),
            _ => Err(invalid("a value is a text in quotes, a number or null", start)),
        }
    }

    /// A text in quotes of either kind. A backslash stands before a quote in the text.
    fn quoted(&mut self) -> Result<Option<String>, ApiError> {
        let start = self.0;
        let Some(quote) = start.chars().next().filter(|first| ['\'', '"'].contains(first)) else {
            return Ok(None);
        };
        let mut text = String::new();
        let mut characters = start[1..].chars();
        while let Some(character) = characters.next() {
            match character {
                '\\' => text.extend(characters.next()),
                _ if character == quote => {
                    self.0 = characters.as_str();
                    return Ok(Some(text));
                }
                _ => text.push(character),
            }
        }
        Err(invalid("a quote is missing", start))
    }
}

fn invalid(problem: &str, at: &str) -> ApiError {
    ApiError::invalid(format!("Invalid query: {problem}, at '{}'.", excerpt(at))).param("query")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn customer() -> Customer {
        let members = json!({
            "id": "cus_1", "created": 100, "invoice_prefix": "A", "name": "Jane O'Neil", "email": "jane@example.com",
            "phone": null, "description": null, "metadata": { "tier": "Gold", "it's": "x" },
        });
        serde_json::from_value(members).expect("a customer")
    }

    #[test]
    fn a_query_finds_what_it_describes() {
        for query in [
            "email:'jane@example.com'",
            "email:\"JANE@example.com\"",
            r"name:'jane o\'neil'",
            "name~'neil'",
            "metadata['tier']:'gold'",
            r#"metadata["it's"]:'x'"#,
            "phone:null",
            "-email:null",
            "-name~'john'",
            "created:100",
            "created>99 AND created<=100",
            "email:'no' OR created>=100",
            "  name~'jane'  metadata['tier']:'gold'",
            "-metadata['none']:'x'",
            "metadata['none']:null",
        ] {
            assert!(Query::read(query).expect(query).matches(&customer()), "{query}");
        }
        for query in [
            "email:'jane'",
            "-email:'jane@example.com'",
            "created>100",
            "metadata['Tier']:'gold'",
            "name~'jane' AND phone:'1'",
            "email:'no' OR created<100",
            "email:null",
        ] {
            assert!(!Query::read(query).expect(query).matches(&customer()), "{query}");
        }
    }

    #[test]
    fn a_query_that_cannot_be_read_is_refused() {
        let eleven = ["created:1"; 11].join(" ");
        for query in [
            "",
            "x",
            "email",
            "email:",
            "email:jane",
            "email:'jane",
            "email>'a'",
            "name~'ab'",
            "created~'100'",
            "created:'x'",
            "created:null",
            "metadata[tier]:'x'",
            "metadata['tier':'x'",
            "metadata['tier']~'gold'",
            "email:'a' AND",
            "email:'a' AND name:'b' OR phone:'c'",
            "address:'a'",
            "'",
            "\\",
            eleven.as_str(),
        ] {
            let error = Query::read(query).expect_err(query).body(None);
            assert_eq!(error["error"]["param"], "query", "{query}");
        }
    }
}
