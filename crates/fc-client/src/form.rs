//! Form encoding as Stripe reads it: nested names in brackets, arrays indexed.
//!
//! | value | on the wire |
//! |---|---|
//! | field of a struct, entry of a map | `account_holder[type]=customer` |
//! | element of an array | `features[0]=balance` |
//! | `None`, `()` | nothing |
//! | empty string | `limits[accounts]=`, which asks Stripe to unset the value |
//! | empty array or struct | nothing, as the Python and Node SDKs do |
//! | boolean | `true` or `false` |
//!
//! Brackets stay literal, as in the official SDKs: logs and proxies then show readable names. Brackets *inside* a name
//! are percent-encoded.

mod encoder;
mod error;
mod key;

use serde::Serialize;

use crate::form::encoder::Encoder;
use crate::form::error::FormError;

/// Appends the parameters in `value`, a struct or a map, to `out`.
pub(crate) fn append<T: Serialize + ?Sized>(out: &mut String, value: &T) -> Result<(), FormError> {
    value.serialize(&mut Encoder::new(out))
}

/// Appends `value` under `name`, which is taken as it is and may hold brackets.
pub(crate) fn append_named<T: Serialize + ?Sized>(
    out: &mut String,
    name: &str,
    value: &T,
) -> Result<(), FormError> {
    let mut encoder = Encoder::named(out, name);
    value.serialize(&mut encoder).map_err(|error| error.at(encoder.key()))
}

/// Appends `value` under `name`, which is text like any other.
pub(crate) fn append_member<T: Serialize + ?Sized>(
    out: &mut String,
    name: &str,
    value: &T,
) -> Result<(), FormError> {
    Encoder::new(out).member(name, value)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Serialize;

    use super::{append, append_named};

    fn form(value: &impl Serialize) -> String {
        let mut out = String::new();
        append(&mut out, value).unwrap();
        out
    }

    fn refusal(value: &impl Serialize) -> String {
        append(&mut String::new(), value).unwrap_err().to_string()
    }

    #[derive(Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Shape {
        Unit,
        Newtype(u8),
        Tuple(u8, u8),
        Struct { gte: i64 },
    }

    #[derive(Serialize)]
    struct Id(&'static str);

    #[derive(Serialize)]
    struct Holder {
        r#type: &'static str,
        customer: Option<Id>,
    }

    #[derive(Serialize)]
    struct Session {
        account_holder: Holder,
        permissions: Vec<&'static str>,
        manual: bool,
        limit: Option<u64>,
    }

    #[test]
    fn nested_fields_are_bracketed_and_arrays_indexed() {
        let session = Session {
            account_holder: Holder { r#type: "customer", customer: Some(Id("cus_1")) },
            permissions: vec!["balances", "ownership"],
            manual: true,
            limit: None,
        };
        assert_eq!(
            form(&session),
            "account_holder[type]=customer&account_holder[customer]=cus_1\
             &permissions[0]=balances&permissions[1]=ownership&manual=true"
        );
    }

    #[test]
    fn arrays_of_objects_and_of_arrays_nest() {
        #[derive(Serialize)]
        struct Deep {
            a: Vec<BTreeMap<&'static str, Vec<i8>>>,
            t: (bool, &'static str),
        }
        let deep = Deep {
            a: vec![BTreeMap::from([("b", vec![1, -2])]), BTreeMap::from([("b", vec![])])],
            t: (false, "x"),
        };
        assert_eq!(form(&deep), "a[0][b][0]=1&a[0][b][1]=-2&t[0]=false&t[1]=x");
    }

    #[test]
    fn an_empty_string_is_sent_and_nothing_else_that_is_empty() {
        #[derive(Serialize)]
        struct Empties {
            string: &'static str,
            none: Option<u8>,
            unit: (),
            array: [u8; 0],
            list: Vec<u8>,
            map: BTreeMap<&'static str, u8>,
        }
        let empties =
            Empties { string: "", none: None, unit: (), array: [], list: vec![], map: BTreeMap::new() };
        assert_eq!(form(&empties), "string=");
    }

    #[test]
    fn names_and_values_are_percent_encoded_and_brackets_within_a_name_too() {
        assert_eq!(
            form(&BTreeMap::from([("a&=é", "a b&c=d+e[f]/?#%é\n")])),
            "a%26%3D%C3%A9=a+b%26c%3Dd%2Be%5Bf%5D%2F%3F%23%25%C3%A9%0A"
        );
        assert_eq!(form(&BTreeMap::from([("a", BTreeMap::from([("b][c", 1)]))])), "a[b%5D%5Bc]=1");
    }

    #[test]
    fn enums_are_written_as_serde_tags_them() {
        #[derive(Serialize)]
        struct Shapes {
            a: Shape,
            b: Shape,
            c: Shape,
            d: Shape,
            e: u8,
        }
        let shapes = Shapes {
            a: Shape::Unit,
            b: Shape::Newtype(1),
            c: Shape::Tuple(2, 3),
            d: Shape::Struct { gte: 4 },
            e: 5,
        };
        assert_eq!(form(&shapes), "a=unit&b[newtype]=1&c[tuple][0]=2&c[tuple][1]=3&d[struct][gte]=4&e=5");
    }

    #[test]
    fn numbers_keep_their_value() {
        #[derive(Serialize)]
        struct Numbers {
            min: i64,
            max: u64,
            huge: i128,
            half: f64,
            third: f32,
            letter: char,
        }
        let numbers =
            Numbers { min: i64::MIN, max: u64::MAX, huge: i128::MIN, half: 0.5, third: 0.1, letter: '&' };
        assert_eq!(
            form(&numbers),
            "min=-9223372036854775808&max=18446744073709551615\
             &huge=-170141183460469231731687303715884105728&half=0.5&third=0.1&letter=%26"
        );
    }

    #[test]
    fn enum_keys_name_members_and_other_keys_are_refused() {
        #[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
        #[serde(rename_all = "snake_case")]
        enum Key {
            AccountHolder,
        }
        assert_eq!(form(&BTreeMap::from([(Key::AccountHolder, "x")])), "account_holder=x");
        assert_eq!(
            refusal(&BTreeMap::from([("a", BTreeMap::from([(1, "x")]))])),
            "parameter `a`: the keys of a map must be strings"
        );
    }

    #[test]
    fn what_has_no_name_is_refused() {
        let single = "a form is a struct or a map; a single value has no name";
        assert_eq!(refusal(&1), single);
        assert_eq!(refusal(&Some("x")), single);
        assert_eq!(refusal(&Id("x")), single);
        assert_eq!(refusal(&Shape::Unit), single);
        assert_eq!(refusal(&["x"]), "a form is a struct or a map; a single array has no name");
    }

    #[test]
    fn a_value_without_encoding_is_refused_by_its_name() {
        #[derive(Serialize)]
        struct Bad<T> {
            list: Vec<BTreeMap<&'static str, T>>,
        }
        let bad = |value: f64| Bad { list: vec![BTreeMap::from([("x", value)])] };
        assert_eq!(refusal(&bad(f64::NAN)), "parameter `list[0][x]`: a number must be finite");
        assert_eq!(refusal(&bad(f64::INFINITY)), "parameter `list[0][x]`: a number must be finite");
    }

    #[test]
    fn named_values_join_a_query_and_none_adds_nothing() {
        let mut query = String::new();
        append_named(&mut query, "limit", &Some(3)).unwrap();
        append_named(&mut query, "starting_after", &None::<&str>).unwrap();
        append_named(&mut query, "account_holder[customer]", &Some(Id("cus_1"))).unwrap();
        append_named(&mut query, "expand", &["data.ownership"]).unwrap();
        append_named(&mut query, "transacted_at", &BTreeMap::from([("gte", 10)])).unwrap();
        assert_eq!(
            query,
            "limit=3&account_holder[customer]=cus_1&expand[0]=data.ownership&transacted_at[gte]=10"
        );
        let error = append_named(&mut query, "limit", &f32::NAN).unwrap_err();
        assert_eq!(error.to_string(), "parameter `limit`: a number must be finite");
    }
}
