//! The parser of bracketed forms.

use fc_sandbox::form::parse;
use serde_json::json;

#[test]
fn brackets_become_objects_and_arrays() {
    for (form, tree) in [
        ("", json!({})),
        ("a=1", json!({ "a": "1" })),
        ("a", json!({ "a": "" })),
        ("a=", json!({ "a": "" })),
        ("a=b=c", json!({ "a": "b=c" })),
        ("=x&&a=1", json!({ "a": "1" })),
        ("a[b]=1&a[c]=2", json!({ "a": { "b": "1", "c": "2" } })),
        ("a[b][c]=1", json!({ "a": { "b": { "c": "1" } } })),
        ("a[]=1&a[]=2", json!({ "a": ["1", "2"] })),
        ("a[0]=1&a[1]=2", json!({ "a": ["1", "2"] })),
        ("a[b][]=1&a[b][]=2", json!({ "a": { "b": ["1", "2"] } })),
        ("a[][b]=1&a[][c]=2&a[][b]=3", json!({ "a": [{ "b": "1", "c": "2" }, { "b": "3" }] })),
        ("a[0][b]=1&a[0][c]=2", json!({ "a": [{ "b": "1", "c": "2" }] })),
    ] {
        assert_eq!(parse(form).expect(form), tree, "{form}");
    }
}

/// The caller chooses the names in metadata, and some of them are years.
#[test]
fn numbers_are_names_in_metadata() {
    assert_eq!(
        parse("metadata[2024]=x&metadata[0]=y").expect("a form"),
        json!({ "metadata": { "2024": "x", "0": "y" } })
    );
}

#[test]
fn indices_order_an_array_in_any_order_of_arrival() {
    assert_eq!(parse("a[10]=c&a[9]=b&a[0]=a").expect("a form"), json!({ "a": ["a", "b", "c"] }));
    assert_eq!(parse("a[0]=x&a[b]=y").expect("a form"), json!({ "a": { "0": "x", "b": "y" } }));
}

#[test]
fn percent_escapes_are_decoded_in_names_and_values() {
    let form = "account_holder%5Bcustomer%5D=cus_1&note=a+b%20c%2Bd%26%3D&name=%C3%A9";
    assert_eq!(
        parse(form).expect("a form"),
        json!({ "account_holder": { "customer": "cus_1" }, "note": "a b c+d&=", "name": "é" })
    );
}

#[test]
fn the_last_of_two_equal_names_wins() {
    assert_eq!(parse("a=1&a=2").expect("a form"), json!({ "a": "2" }));
}

#[test]
fn unbalanced_brackets_are_part_of_the_name() {
    for name in ["a[", "a[b", "a]", "[a]", "a[b]c", "a[[b]]", "a[b]]"] {
        assert_eq!(parse(&format!("{name}=1")).expect(name), json!({ name: "1" }));
    }
}

#[test]
fn conflicting_shapes_of_one_name_are_an_error_that_names_it() {
    for form in ["a=1&a[b]=2", "a[b]=1&a=2", "a[]=1&a[b]=2", "a[b]=1&a[]=2", "a[0]=1&a[0][b]=2"] {
        let error = parse(form).expect_err(form).to_string();
        assert!(error.contains("two shapes") && error.contains("`a"), "{error}");
    }
}

#[test]
fn bytes_that_are_not_utf8_are_an_error() {
    assert!(parse("a=%ff").is_err());
    assert!(parse("%ff=a").is_err());
}

#[test]
fn deep_nesting_is_refused() {
    assert!(parse(&format!("a{}=1", "[b]".repeat(15))).is_ok());
    assert!(parse(&format!("a{}=1", "[b]".repeat(16))).is_err());
    assert!(parse(&format!("a{}=1", "[b]".repeat(100_000))).is_err());
}
