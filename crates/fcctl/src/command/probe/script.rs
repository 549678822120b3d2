//! The calls of a probe. None needs a bank.

use fc_ext::client::Method;

/// One call. `$customer`, `$session` and `$other` in path and parameters are ids of earlier answers.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) params: &'static [(&'static str, &'static str)],
    /// Name under which the id of the answer is kept.
    pub(super) keeps: Option<&'static str>,
    pub(super) idempotency_key: Option<&'static str>,
    pub(super) version: Option<&'static str>,
    /// Whether it could create something.
    pub(super) creates: bool,
}

const SESSIONS: &str = "/v1/financial_connections/sessions";
const ACCOUNTS: &str = "/v1/financial_connections/accounts";

fn get(name: &'static str, path: &'static str, params: &'static [(&'static str, &'static str)]) -> Step {
    let method = Method::Get;
    Step { name, method, path, params, keeps: None, idempotency_key: None, version: None, creates: false }
}

fn post(name: &'static str, path: &'static str, params: &'static [(&'static str, &'static str)]) -> Step {
    Step { method: Method::Post, creates: true, ..get(name, path, params) }
}

impl Step {
    fn keeps(self, name: &'static str) -> Self {
        Self { keeps: Some(name), ..self }
    }

    fn key(self, key: &'static str) -> Self {
        Self { idempotency_key: Some(key), ..self }
    }

    fn version(self, version: &'static str) -> Self {
        Self { version: Some(version), ..self }
    }

    /// Whether it uses an id that only a call that creates something has.
    fn depends(self) -> Self {
        Self { creates: true, ..self }
    }
}

/// The calls, in their order.
pub(super) fn steps() -> Vec<Step> {
    let customers = "/v1/customers";
    vec![
        post("create a customer", customers, &[("name", "fcctl probe")]).keeps("customer"),
        get("retrieve a customer", "/v1/customers/$customer", &[]).depends(),
        get("retrieve an unknown customer", "/v1/customers/cus_probeunknown", &[]),
        post("create a customer with an unknown parameter", customers, &[("nmae", "x")]),
        post(
            "create a session",
            SESSIONS,
            &[
                ("account_holder[type]", "customer"),
                ("account_holder[customer]", "$customer"),
                ("permissions[0]", "balances"),
            ],
        )
        .keeps("session"),
        post(
            "create a session with every option",
            SESSIONS,
            &[
                ("account_holder[type]", "customer"),
                ("account_holder[customer]", "$customer"),
                ("permissions[0]", "balances"),
                ("permissions[1]", "transactions"),
                ("permissions[2]", "ownership"),
                ("permissions[3]", "payment_method"),
                ("prefetch[0]", "balances"),
                ("filters[countries][0]", "US"),
            ],
        ),
        post("create a session without a holder", SESSIONS, &[("permissions[0]", "balances")]),
        post(
            "create a session without permissions",
            SESSIONS,
            &[("account_holder[type]", "customer"), ("account_holder[customer]", "$customer")],
        ),
        post(
            "create a session with empty permissions",
            SESSIONS,
            &[
                ("account_holder[type]", "customer"),
                ("account_holder[customer]", "$customer"),
                ("permissions", ""),
            ],
        ),
        post(
            "create a session with an unknown permission",
            SESSIONS,
            &[
                ("account_holder[type]", "customer"),
                ("account_holder[customer]", "$customer"),
                ("permissions[0]", "everything"),
            ],
        ),
        post(
            "create a session with an unknown type of holder",
            SESSIONS,
            &[
                ("account_holder[type]", "person"),
                ("account_holder[customer]", "$customer"),
                ("permissions[0]", "balances"),
            ],
        ),
        post(
            "create a session of an unknown customer",
            SESSIONS,
            &[
                ("account_holder[type]", "customer"),
                ("account_holder[customer]", "cus_probeunknown"),
                ("permissions[0]", "balances"),
            ],
        ),
        post(
            "create a session with an unknown parameter",
            SESSIONS,
            &[
                ("account_holder[type]", "customer"),
                ("account_holder[customer]", "$customer"),
                ("permissions[0]", "balances"),
                ("permision", "balances"),
            ],
        ),
        post(
            "prefetch without the permission",
            SESSIONS,
            &[
                ("account_holder[type]", "customer"),
                ("account_holder[customer]", "$customer"),
                ("permissions[0]", "payment_method"),
                ("prefetch[0]", "balances"),
            ],
        ),
        post(
            "prefetch something unknown",
            SESSIONS,
            &[
                ("account_holder[type]", "customer"),
                ("account_holder[customer]", "$customer"),
                ("permissions[0]", "balances"),
                ("prefetch[0]", "everything"),
            ],
        ),
        get("retrieve a session", "/v1/financial_connections/sessions/$session", &[]).depends(),
        get("retrieve an unknown session", "/v1/financial_connections/sessions/fcsess_probeunknown", &[]),
        get(
            "expand the customer of a session",
            "/v1/financial_connections/sessions/$session",
            &[("expand[0]", "account_holder.customer")],
        )
        .depends(),
        get(
            "expand something unknown",
            "/v1/financial_connections/sessions/$session",
            &[("expand[0]", "bank")],
        )
        .depends(),
        get("list accounts without a filter", ACCOUNTS, &[("limit", "1")]),
        get("list accounts of a customer", ACCOUNTS, &[("account_holder[customer]", "$customer")]).depends(),
        get("list accounts of a session", ACCOUNTS, &[("session", "$session")]).depends(),
        get("list accounts of an unknown session", ACCOUNTS, &[("session", "fcsess_probeunknown")]),
        get("list accounts with a limit of 0", ACCOUNTS, &[("limit", "0")]),
        get("list accounts with a limit of 101", ACCOUNTS, &[("limit", "101")]),
        get("list accounts with a limit that is no number", ACCOUNTS, &[("limit", "many")]),
        get("list accounts after an unknown one", ACCOUNTS, &[("starting_after", "fca_probeunknown")]),
        get(
            "list accounts in both directions",
            ACCOUNTS,
            &[("starting_after", "fca_probeunknown"), ("ending_before", "fca_probeunknown")],
        ),
        get("retrieve an unknown account", "/v1/financial_connections/accounts/fca_probeunknown", &[]),
        post(
            "refresh an unknown account",
            "/v1/financial_connections/accounts/fca_probeunknown/refresh",
            &[("features[0]", "balance")],
        ),
        post("refresh without features", "/v1/financial_connections/accounts/fca_probeunknown/refresh", &[]),
        post(
            "disconnect an unknown account",
            "/v1/financial_connections/accounts/fca_probeunknown/disconnect",
            &[],
        ),
        get(
            "list owners without an ownership",
            "/v1/financial_connections/accounts/fca_probeunknown/owners",
            &[],
        ),
        get("list transactions without an account", "/v1/financial_connections/transactions", &[]),
        get(
            "list transactions of an unknown account",
            "/v1/financial_connections/transactions",
            &[("account", "fca_probeunknown")],
        ),
        get(
            "retrieve an unknown transaction",
            "/v1/financial_connections/transactions/fctxn_probeunknown",
            &[],
        ),
        post("make a call with an idempotency key", customers, &[("name", "fcctl probe")]).key("first"),
        post("repeat a call with its idempotency key", customers, &[("name", "fcctl probe")]).key("first"),
        post("repeat a call with other parameters", customers, &[("name", "fcctl other")]).key("first"),
        get("call with another API version", ACCOUNTS, &[("limit", "1")]).version("2020-08-27"),
        get("call with an API version that does not exist", ACCOUNTS, &[("limit", "1")])
            .version("1999-01-01"),
        get("list events", "/v1/events", &[("limit", "1"), ("type", "probe.unknown")]),
        get("list events with a limit of 0", "/v1/events", &[("limit", "0")]),
        get("retrieve an unknown event", "/v1/events/evt_probeunknown", &[]),
        post(
            "create a webhook endpoint without a URL",
            "/v1/webhook_endpoints",
            &[("enabled_events[0]", "*")],
        ),
        post(
            "create a webhook endpoint with an unknown event",
            "/v1/webhook_endpoints",
            &[("url", "https://example.com/webhooks"), ("enabled_events[0]", "probe.unknown")],
        ),
        get("call an unknown path", "/v1/financial_connections/banks", &[]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_needs_a_created_object_is_not_made_in_live_mode() {
        for step in steps() {
            let uses_created =
                step.path.contains('$') || step.params.iter().any(|(_, value)| value.contains('$'));
            assert!(step.creates || !uses_created, "{}", step.name);
            assert!(step.creates || matches!(step.method, Method::Get), "{}", step.name);
        }
    }

    #[test]
    fn every_call_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<&str> = steps().iter().map(|step| step.name).collect();
        assert_eq!(names.len(), steps().len());
    }
}
