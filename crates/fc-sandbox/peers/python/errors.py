"""Every error that Stripe documents for these calls, as the class that stripe-python raises."""

import stripe
from sandbox import refused, step

INVALID = stripe.InvalidRequestError


def run(sandbox, sdk, customer, checking):
    paths(sdk, checking)
    parameters(sdk, customer, checking)
    pages_and_expansion(sdk, checking)
    permissions(sandbox, sdk, customer)
    keys_and_versions(sandbox, checking)


def paths(sdk, checking):
    fc = sdk.v1.financial_connections
    for call in (
        lambda: fc.accounts.retrieve("fca_nope"),
        lambda: fc.accounts.refresh("fca_nope", {"features": ["balance"]}),
        lambda: fc.accounts.subscribe("fca_nope", {"features": ["transactions"]}),
        lambda: fc.accounts.unsubscribe("fca_nope", {"features": ["transactions"]}),
        lambda: fc.accounts.disconnect("fca_nope"),
        lambda: fc.accounts.owners.list("fca_nope", {"ownership": checking.id}),
        lambda: fc.sessions.retrieve("fcsess_nope"),
        lambda: fc.transactions.retrieve("fctxn_nope"),
        # An id of another kind is unknown here.
        lambda: fc.transactions.retrieve(checking.id),
    ):
        error = refused(INVALID, call, http_status=404, code="resource_missing")
        assert error.param and error.request_id.startswith("req_"), error
        assert error.error.type == "invalid_request_error" and error.error.doc_url.endswith("resource-missing")
    nothing, account = "/v1/financial_connections/nothing", f"/v1/financial_connections/accounts/{checking.id}"
    error = refused(INVALID, lambda: sdk.raw_request("get", nothing), http_status=404, code=None)
    assert f"Unrecognized request URL (GET: {nothing})" in str(error)
    refused(INVALID, lambda: sdk.raw_request("delete", account), http_status=404)
    step("404: unknown ids and paths")


def parameters(sdk, customer, checking):
    fc = sdk.v1.financial_connections
    account = f"/v1/financial_connections/accounts/{checking.id}"
    holder = {"type": "customer", "customer": customer.id}

    def session(**changes):
        return lambda: fc.sessions.create({"account_holder": holder, "permissions": ["balances"]} | changes)

    def refresh(features):
        return lambda: fc.accounts.refresh(checking.id, {"features": features})

    missing, unknown, empty = "parameter_missing", "parameter_unknown", "parameter_invalid_empty"
    for call, code, param in (
        (lambda: fc.sessions.create({"permissions": ["balances"]}), missing, "account_holder"),
        (lambda: fc.sessions.create({"account_holder": holder}), missing, "permissions"),
        (session(account_holder={"customer": customer.id}), missing, "account_holder[type]"),
        (session(account_holder={"type": "customer"}), missing, "account_holder[customer]"),
        (session(account_holder={"type": "account"}), missing, "account_holder[account]"),
        (session(limits={"everything": 1}), unknown, "limits[everything]"),
        # The name before API version 2026-09-30.
        (session(filters={"countries": ["US"]}), unknown, "filters[countries]"),
        (session(limits={"accounts": "few"}), "parameter_invalid_integer", "limits[accounts]"),
        (session(permissions=["balance"]), None, "permissions[0]"),
        (session(manual_entry={"mode": "custom"}), None, "manual_entry[mode]"),
        (session(return_url=""), empty, "return_url"),
        (session(return_url={"to": "x"}), None, "return_url"),
        (session(account_holder={"type": "customer", "customer": "cus_nope"}), "resource_missing",
         "account_holder[customer]"),
        (refresh(["balances"]), None, "features[0]"),
        (lambda: sdk.raw_request("post", f"{account}/refresh"), missing, "features"),
        (lambda: fc.accounts.subscribe(checking.id, {"features": ["balance"]}), None, "features[0]"),
        (lambda: fc.accounts.list({"color": "red"}), unknown, "color"),
        (lambda: fc.accounts.list({"limit": "ten"}), "parameter_invalid_integer", "limit"),
        (lambda: fc.accounts.list({"session": "fcsess_nope"}), "resource_missing", "session"),
        (lambda: fc.transactions.list({}), missing, "account"),
        (lambda: fc.transactions.list({"account": "fca_nope"}), "resource_missing", "account"),
        (lambda: fc.transactions.list({"account": checking.id, "transacted_at": {"before": 1}}), unknown,
         "transacted_at[before]"),
        (lambda: fc.transactions.list({"account": checking.id, "transacted_at": "noon"}), "parameter_invalid_integer",
         "transacted_at"),
        (lambda: fc.transactions.list({"account": checking.id, "transaction_refresh": {"after": "fctxnref_nope"}}),
         "resource_missing", "transaction_refresh[after]"),
        (lambda: fc.accounts.owners.list(checking.id, {}), missing, "ownership"),
        (lambda: fc.accounts.owners.list(checking.id, {"ownership": "fcaowns_nope"}), "resource_missing", "ownership"),
    ):
        refused(INVALID, call, http_status=400, code=code, param=param)
    refused(
        INVALID,
        lambda: fc.accounts.list({"session": "fcsess_1", "account_holder": {"customer": customer.id}}),
        http_status=400,
    )
    unset = fc.sessions.create({"account_holder": holder, "permissions": ["balances"], "limits": {"accounts": ""}})
    assert unset.id, "an empty string removes the limit"
    step("400: missing, unknown, empty and mistyped parameters, with their nested names")


def pages_and_expansion(sdk, checking):
    fc = sdk.v1.financial_connections
    for cursor in ("starting_after", "ending_before"):
        refused(
            INVALID,
            lambda: fc.accounts.list({cursor: "fca_nope"}),
            http_status=400, code="resource_missing", param=cursor,
        )
    both = {"starting_after": checking.id, "ending_before": checking.id}
    refused(INVALID, lambda: fc.accounts.list(both), http_status=400, code=None)
    in_list = {"expand": ["ownership"]}
    error = refused(INVALID, lambda: fc.accounts.list(in_list), http_status=400, code=None, param=None)
    assert "This property cannot be expanded (ownership)." in str(error) and "data.ownership" in str(error)
    refused(INVALID, lambda: fc.accounts.retrieve(checking.id, {"expand": ["last4"]}), http_status=400, code=None)
    refused(
        INVALID,
        lambda: fc.accounts.retrieve(checking.id, {"expand": ["a.b.c.d.e"]}),
        http_status=400, code="property_expansion_max_depth",
    )
    assert fc.accounts.retrieve(checking.id, {"expand": ["balance"]}).balance.type == "cash", "balance is not expandable"
    step("400: unknown cursors and expand paths")


def permissions(sandbox, sdk, customer):
    fc = sdk.v1.financial_connections
    session = fc.sessions.create(
        {"account_holder": {"type": "customer", "customer": customer.id}, "permissions": ["payment_method"]}
    )
    # A prefetch requires its permission.
    refused(
        INVALID,
        lambda: fc.sessions.create(
            {
                "account_holder": {"type": "customer", "customer": customer.id},
                "permissions": ["ownership"],
                "prefetch": ["balances"],
            }
        ),
        http_status=400,
    )
    [account] = sandbox.control("link", session=session.client_secret, accounts=[{"kind": "checking"}])["accounts"]
    for feature in ("balance", "ownership", "transactions"):
        refused(
            INVALID,
            lambda: fc.accounts.refresh(account, {"features": [feature]}),
            http_status=400, code=None, param="features",
        )
    refused(
        INVALID,
        lambda: fc.accounts.subscribe(account, {"features": ["transactions"]}),
        http_status=400, code=None, param="features",
    )
    refused(INVALID, lambda: fc.transactions.list({"account": account}), http_status=400, code=None, param="account")
    seen = fc.accounts.retrieve(account)
    assert seen.permissions == ["payment_method"]
    assert seen.balance_refresh is seen.ownership_refresh is seen.transaction_refresh is None
    step("400: missing permissions")


def keys_and_versions(sandbox, checking):
    for key in ("not_a_key", "sk_test_"):
        error = refused(
            stripe.AuthenticationError, lambda: sandbox.client(key).v1.customers.list(), http_status=401, code=None
        )
        assert error.error.type == "invalid_request_error", "the API has no separate type for it"
        assert error.headers["www-authenticate"].startswith("Bearer")
    refused(
        stripe.PermissionError,
        lambda: sandbox.client("pk_test_123").v1.customers.list(),
        http_status=403, code="secret_key_required",
    )
    live = sandbox.client(sandbox.key.replace("_test_", "_live_"))
    error = refused(
        INVALID,
        lambda: live.v1.financial_connections.accounts.retrieve(checking.id),
        http_status=404, code="resource_missing",
    )
    assert "test mode" in str(error), error
    older = sandbox.client(stripe_version="tomorrow")
    refused(INVALID, lambda: older.v1.customers.list(), http_status=400)
    step("401, 403 and 404: invalid keys, restricted keys and keys of the other mode; 400: an invalid version")
