"""What goes wrong at Stripe and on the way there, as stripe-python tells it and gets over it."""

import threading

import stripe
from sandbox import refused, step


def answered(sandbox, sdk, customer):
    """Faults that Stripe answers with."""
    patient = sandbox.client(max_network_retries=2)

    def fault(name, **options):
        sandbox.control("faults", fault=name, on="retrieve_customer", **options)

    def call(sdk=sdk):
        return sdk.v1.customers.retrieve(customer.id)

    reasons = ("global-rate", "endpoint-rate", "global-concurrency", "endpoint-concurrency", "resource-specific")
    for reason in reasons:
        fault("rate_limited", reason=reason)
        # The limiter is not asked again, so that one fault is enough.
        error = refused(stripe.RateLimitError, lambda: call(patient), http_status=429)
        assert error.headers["stripe-rate-limited-reason"] == reason
    fault("rate_limited", reason="endpoint-rate", should_retry=True)
    assert call(patient).id == customer.id
    fault("lock_timeout")
    error = refused(stripe.RateLimitError, call, http_status=429, code="lock_timeout", request_id=None)
    assert "stripe-rate-limited-reason" not in error.headers
    fault("lock_timeout")
    assert call(patient).id == customer.id, "Stripe advises to repeat what waited for a lock in vain"
    step("429: limiters, which are not asked again, and locks, which are")

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
    step("401, 403, 500 and 503 when told to, and repeated when Stripe advises it")

    # A failure that execution began with is kept with its key; one before that is not.
    options = {"idempotency_key": f"python-{sandbox.now}-kept"}
    sandbox.control("faults", fault="internal_error_kept", on="create_customer")
    for _ in range(2):
        refused(stripe.APIError, lambda: sdk.v1.customers.create({"name": "Kept"}, options), http_status=500)
    options = {"idempotency_key": f"python-{sandbox.now}-free"}
    sandbox.control("faults", fault="internal_error", on="create_customer")
    refused(stripe.APIError, lambda: sdk.v1.customers.create({"name": "Free"}, options), http_status=500)
    assert sdk.v1.customers.create({"name": "Free"}, options).name == "Free"
    step("a key keeps the answer of what was begun, even a 500")

    in_flight(sandbox, sdk)


def in_flight(sandbox, sdk):
    options = {"idempotency_key": f"python-{sandbox.now}-slow"}
    sandbox.control("faults", fault="slow_head", milliseconds=1000, on="create_customer")
    created = []
    first = threading.Thread(target=lambda: created.append(sdk.v1.customers.create({"name": "Slow"}, options)))
    first.start()
    # The fault is gone from the list once the first call has met it.
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
    step("409 while the first call with a key is running, and its answer after that")


def on_the_way(sandbox, sdk, customer):
    """Faults between here and Stripe, of which a proxy in between would make something else."""
    patient = sandbox.client(max_network_retries=2)
    for name in ("connection_closed", "reply_lost", "broken_body", "bad_gateway", "truncated_json"):
        def call(sdk=sdk):
            return sdk.v1.customers.retrieve(customer.id)

        sandbox.control("faults", fault=name, on="retrieve_customer")
        connection = name in ("connection_closed", "reply_lost", "broken_body")
        refused(stripe.APIConnectionError if connection else stripe.APIError, call)
        # The SDK repeats no call whose answer had begun.
        if name not in ("broken_body", "truncated_json"):
            sandbox.control("faults", fault=name, on="retrieve_customer")
            assert call(patient).id == customer.id
    sandbox.control("faults", fault="slow_body", milliseconds=10, on="retrieve_customer")
    assert sdk.v1.customers.retrieve(customer.id).id == customer.id

    # The SDK sends the same key again, so that what was carried out already is not carried out twice.
    def named():
        return [one for one in sdk.v1.customers.list({"limit": 100}).auto_paging_iter() if one.name == "Lost"]

    sandbox.control("faults", fault="reply_lost", on="create_customer", times=2)
    created = patient.v1.customers.create({"name": "Lost"})
    assert created.last_response.headers["idempotent-replayed"] == "true"
    assert [one.id for one in named()] == [created.id]
    assert sandbox.read("faults")["faults"] == []
    step("connections that break, answers that are cut, and a reply that was lost twice without a second effect")
