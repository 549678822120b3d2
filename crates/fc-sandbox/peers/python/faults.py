"""Failures of Stripe and of the network, as stripe-python reports and retries them."""

import threading

import stripe
from sandbox import refused, step


def answered(sandbox, sdk, customer):
    """Faults that are responses of Stripe."""
    patient = sandbox.client(max_network_retries=2)

    def fault(name, **options):
        sandbox.control("faults", fault=name, on="retrieve_customer", **options)

    def call(sdk=sdk):
        return sdk.v1.customers.retrieve(customer.id)

    reasons = ("global-rate", "endpoint-rate", "global-concurrency", "endpoint-concurrency", "resource-specific")
    for reason in reasons:
        fault("rate_limited", reason=reason)
        # The SDK does not retry a rate limit, so one fault is enough.
        error = refused(stripe.RateLimitError, lambda: call(patient), http_status=429)
        assert error.headers["stripe-rate-limited-reason"] == reason
    fault("rate_limited", reason="endpoint-rate", should_retry=True)
    assert call(patient).id == customer.id
    fault("lock_timeout")
    error = refused(stripe.RateLimitError, call, http_status=429, code="lock_timeout", request_id=None)
    assert "stripe-rate-limited-reason" not in error.headers
    fault("lock_timeout")
    assert call(patient).id == customer.id, "Stripe advises to retry after a lock timeout"
    step("429: rate limits, which are not retried, and lock timeouts, which are")

    fault("api_key_expired")
    refused(stripe.AuthenticationError, call, http_status=401, code="api_key_expired")
    fault("permission_denied")
    refused(stripe.PermissionError, call, http_status=403)
    for name, status in (("internal_error", 500), ("unavailable", 503)):
        fault(name)
        error = refused(stripe.APIError, call, http_status=status)
        assert error.error.type == "api_error"
        fault(name, times=2)
        assert call(patient).id == customer.id
        fault(name, times=2, should_retry=False)
        refused(stripe.APIError, lambda: call(patient), http_status=status)
        call_again = refused(stripe.APIError, call, http_status=status)
        assert call_again.headers["stripe-should-retry"] == "false"
    step("401, 403, 500 and 503 on demand, and retries when Stripe advises them")

    # An error after execution started is saved with its key; an error before is not.
    options = {"idempotency_key": f"python-{sandbox.now}-kept"}
    sandbox.control("faults", fault="internal_error_kept", on="create_customer")
    for _ in range(2):
        refused(stripe.APIError, lambda: sdk.v1.customers.create({"name": "Kept"}, options), http_status=500)
    options = {"idempotency_key": f"python-{sandbox.now}-free"}
    sandbox.control("faults", fault="internal_error", on="create_customer")
    refused(stripe.APIError, lambda: sdk.v1.customers.create({"name": "Free"}, options), http_status=500)
    assert sdk.v1.customers.create({"name": "Free"}, options).name == "Free"
    step("an idempotency key saves the response after execution started, even a 500")

    in_flight(sandbox, sdk)


def in_flight(sandbox, sdk):
    options = {"idempotency_key": f"python-{sandbox.now}-slow"}
    sandbox.control("faults", fault="slow_head", milliseconds=1000, on="create_customer")
    created = []
    first = threading.Thread(target=lambda: created.append(sdk.v1.customers.create({"name": "Slow"}, options)))
    first.start()
    # The fault leaves the list when the first call reaches it.
    while sandbox.read("faults")["faults"]:
        assert first.is_alive()
    error = refused(
        stripe.APIError,
        lambda: sdk.v1.customers.create({"name": "Slow"}, options),
        http_status=409, code="idempotency_key_in_use",
    )
    assert error.error.type == "idempotency_error"
    first.join()
    assert sdk.v1.customers.create({"name": "Slow"}, options).id == created[0].id
    step("409 while the first call with a key is running, and its response after that")


def on_the_way(sandbox, sdk, customer):
    """Faults of the connection, which a proxy would turn into others."""
    patient = sandbox.client(max_network_retries=2)
    for name in ("connection_closed", "reply_lost", "broken_body", "bad_gateway", "truncated_json"):
        def call(sdk=sdk):
            return sdk.v1.customers.retrieve(customer.id)

        sandbox.control("faults", fault=name, on="retrieve_customer")
        connection = name in ("connection_closed", "reply_lost", "broken_body")
        refused(stripe.APIConnectionError if connection else stripe.APIError, call)
        # The SDK does not retry after the response has started.
        if name not in ("broken_body", "truncated_json"):
            sandbox.control("faults", fault=name, on="retrieve_customer")
            assert call(patient).id == customer.id
    sandbox.control("faults", fault="slow_body", milliseconds=10, on="retrieve_customer")
    assert sdk.v1.customers.retrieve(customer.id).id == customer.id

    # The SDK retries with the same idempotency key, so the call is carried out once.
    def named():
        return [one for one in sdk.v1.customers.list({"limit": 100}).auto_paging_iter() if one.name == "Lost"]

    sandbox.control("faults", fault="reply_lost", on="create_customer", times=2)
    created = patient.v1.customers.create({"name": "Lost"})
    assert created.last_response.headers["idempotent-replayed"] == "true"
    assert [one.id for one in named()] == [created.id]
    assert sandbox.read("faults")["faults"] == []
    step("broken connections, truncated responses, and a response that is lost twice without a second effect")
