"""Thin events: each must pass stripe-python's parser and lead to its account."""

import stripe
from sandbox import Sandbox, step
from webhooks import Endpoint

PREFIX = "v1.financial_connections.account."


def run(base, http_client=None):
    sandbox = Sandbox(base, http_client)
    sdk = sandbox.client()
    endpoint = Endpoint()
    destination = sandbox.control("event_destinations", key=sandbox.key, url=endpoint.url, enabled_events=["*"])
    holder = {"type": "customer", "customer": sdk.v1.customers.create({"name": "Jane Diaz"}).id}
    session = sdk.v1.financial_connections.sessions.create(
        {"account_holder": holder, "permissions": ["balances", "transactions"]}
    )
    [account] = sandbox.control("link", session=session.id, accounts=[{"kind": "checking"}])["accounts"]
    sandbox.control(f"accounts/{account}/refresh_outcomes", feature="transactions", outcome="failed")
    sdk.v1.financial_connections.accounts.refresh(account, {"features": ["balance", "transactions"]})
    sandbox.advance(1)
    sandbox.control("deliveries")

    received = [sdk.parse_event_notification(body, signature, destination["secret"]) for body, signature in endpoint.received]
    names = [event.type.removeprefix(PREFIX) for event in received]
    assert sorted(names) == [
        "balance_refresh_succeeded", "created", "refreshed_balance", "refreshed_transactions",
        "transactions_refresh_failed",
    ], names
    classes = {type(event).__name__ for event in received}
    assert "V1FinancialConnectionsAccountBalanceRefreshSucceededEventNotification" in classes, classes
    assert not any("Unknown" in name for name in classes), classes
    for event in received:
        assert event.object == "v2.core.event" and event.created.endswith("Z") and event.livemode is False
        assert event.fetch_related_object().id == account
    caused = [event for event in received if event.type.endswith("refreshed_balance")]
    assert caused[0].reason.type == "request" and caused[0].reason.request.id.startswith("req_")
    try:
        sdk.construct_event(*endpoint.received[0], destination["secret"])
    except ValueError:
        pass
    else:
        raise AssertionError("a thin event passes for a snapshot event")
    step(f"{len(received)} thin events arrive at an event destination, typed, and lead to the account")
