//! Round trips: a decoded value serialises to the JSON that it came from, with each null and each missing field.

use std::collections::BTreeSet;

use proptest::strategy::{BoxedStrategy, Strategy, Union};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use crate::instance::{self, Shape};
use crate::models::{ANSWERS, Decode, MODELS};
use crate::workspace::{self, NORMALIZED};

/// Number of values per type, spread over all shapes.
const CASES: u32 = 96;

#[test]
fn every_schema_of_the_spec_is_tried() {
    let tried: BTreeSet<&str> = MODELS.iter().map(|(name, _)| *name).collect();
    let specified = NORMALIZED["components"]["schemas"].as_object().unwrap();
    assert_eq!(tried, specified.keys().map(String::as_str).collect(), "the table is tests/it/models.rs");
    let tried: BTreeSet<&str> = ANSWERS.iter().map(|(operation, _)| *operation).collect();
    assert_eq!(
        tried,
        workspace::operations().map(|(id, ..)| id).collect(),
        "the table is tests/it/models.rs"
    );
}

#[test]
fn every_model_survives_a_round_trip() {
    for (name, decode) in MODELS {
        round_trip(name, *decode, |shape| instance::component(name, shape));
    }
}

#[test]
fn every_response_survives_a_round_trip() {
    for (id, decode) in ANSWERS {
        let (.., operation) = workspace::operations().find(|(other, ..)| other == id).unwrap();
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        round_trip(id, *decode, |shape| instance::instance(schema, shape));
    }
}

/// Uses the same values in every run, because a failure that comes and goes teaches nothing.
fn round_trip(name: &str, decode: Decode, values: impl Fn(Shape) -> BoxedStrategy<Value>) {
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let shapes = [Shape::Full, Shape::Missing, Shape::Null, Shape::Open, Shape::Open, Shape::Open];
    let values = Union::new(shapes.map(values)).prop_map(|json| (json.to_string(), json));
    let outcome = runner.run(&values, |(text, json)| {
        match decode(&text) {
            Ok(back) => proptest::prop_assert_eq!(back, json),
            Err(error) => proptest::prop_assert!(false, "does not decode: {}", error),
        }
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{name}: {failure}");
    }
}
