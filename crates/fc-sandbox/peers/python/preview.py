"""Drives what only the public preview has with the beta of Stripe's Python SDK, whose API version is that of the preview.

    python preview.py http://127.0.0.1:PORT

As in flow.py, every step asserts what Stripe documents, and the controls simulate the user, the bank and the time.
"""

import sys

import stripe
from sandbox import DAY, Sandbox, refused, step
from webhooks import Receiver

PERMISSIONS = ["balances", "ownership", "transactions", "payment_method"]


def run(base):
    assert stripe.VERSION == "16.1.0b1" and stripe.api_version == "2026-09-30.preview", stripe.api_version
    sandbox = Sandbox(base)
    sdk = sandbox.client()
    customer = sdk.v1.customers.create({"name": "Jane Diaz"})
    receiver = PreviewReceiver(sandbox, sdk)
    institutions(sdk)
    account = link(sandbox, sdk, customer)
    authorizations(sdk, account)
    inferred_balances(sandbox, sdk, account)
    receiver.take()
    relink(sandbox, sdk, receiver, account)
    failures(sandbox, sdk, account)
    hosted(sandbox, sdk, customer)
    print(f"all steps passed with stripe-python {stripe.VERSION} at API {stripe.api_version}")


class PreviewReceiver(Receiver):
    """An endpoint whose events have the version of the preview."""

    VERSION = stripe.api_version


def institutions(sdk):
    fc = sdk.v1.financial_connections
    listed = list(fc.institutions.list({"limit": 5}).auto_paging_iter())
    assert len(listed) == len({one.id for one in listed}) > 10
    first = listed[0]
    assert first.object == "financial_connections.institution" and first.id.startswith("fcinst_")
    assert first.routing_numbers == ["110000000"] and first.countries == ["US"]
    assert first.features.transactions.supported is True and first.status == "active" and first.url is None
    assert {one.status for one in listed} == {"active", "degraded", "inactive"}
    assert fc.institutions.retrieve(first.id).to_dict() == first.to_dict()
    refused(
        stripe.InvalidRequestError, lambda: fc.institutions.retrieve("fcinst_none"),
        http_status=404, code="resource_missing",
    )
    step(f"list {len(listed)} institutions page by page, and retrieve one")


def link(sandbox, sdk, customer):
    fc = sdk.v1.financial_connections
    only = next(one for one in fc.institutions.list({"limit": 100}).data if one.name == "Bank (OAuth)")
    session = fc.sessions.create({
        "account_holder": {"type": "customer", "customer": customer.id},
        "permissions": PERMISSIONS,
        "prefetch": ["transactions", "inferred_balances"],
        "filters": {"institution": only.id},
        "manual_entry": {"mode": "custom"},
    })
    assert session.status == "pending" and session.ui_mode == "modal" and session.url is None
    assert session.filters.institution == only.id and session.manual_entry.mode == "custom"
    spec = {"kind": "checking", "institution": only.name, "transactions": 120}
    [account] = sandbox.control("link", session=session.client_secret, accounts=[spec])["accounts"]
    session = fc.sessions.retrieve(session.id)
    assert session.status == "succeeded" and [one.id for one in session.accounts.data] == [account]
    sandbox.advance(1)
    account = fc.accounts.retrieve(account, {"expand": ["institution"]})
    assert account.institution.id == only.id and account.inferred_balances_refresh.status == "succeeded"
    step("link an account of one institution, and expand its institution")
    return account


def authorizations(sdk, account):
    authorization = sdk.v1.financial_connections.authorizations.retrieve(account.authorization)
    assert authorization.object == "financial_connections.authorization" and authorization.status == "active"
    assert authorization.account_holder.customer == account.account_holder.customer
    assert authorization.institution == account.institution.id
    assert authorization.institution_name == account.institution_name
    step("retrieve the authorization of an account")


def inferred_balances(sandbox, sdk, account):
    fc = sdk.v1.financial_connections
    days = list(fc.accounts.inferred_balances.list(account.id, {"limit": 40}).auto_paging_iter())
    assert len(days) == 90 and all((day.as_of + 1) % DAY == 0 and "usd" in day.current for day in days)
    assert [day.as_of for day in days] == sorted((day.as_of for day in days), reverse=True)
    features = {"features": ["balance", "inferred_balances"]}
    assert fc.accounts.subscribe(account.id, features).subscriptions == ["balance", "inferred_balances"]
    sandbox.advance(DAY)
    sandbox.advance(1)
    assert fc.accounts.inferred_balances.list(account.id, {"limit": 1}).data[0].as_of == days[0].as_of + DAY
    assert fc.accounts.unsubscribe(account.id, features).subscriptions == []
    step("inferred balances: one for each day, and a new one with the daily refresh")


def relink(sandbox, sdk, receiver, account):
    fc = sdk.v1.financial_connections
    read = {"account": account.id, "limit": 100}
    before = {one.id for one in fc.transactions.list(read).auto_paging_iter()}
    stored = fc.accounts.retrieve(account.id).transaction_refresh.id
    sandbox.control(f"accounts/{account.id}/status", status="inactive", cause="access_denied")
    broken = fc.accounts.retrieve(account.id)
    assert broken.status == "inactive" and broken.status_details.inactive.cause == "access_denied"
    assert broken.status_details.inactive.action == "relink_required"
    assert fc.authorizations.retrieve(broken.authorization).status == "inactive"
    sandbox.advance(10 * DAY)

    session = fc.sessions.create({
        "permissions": ["balances", "transactions"],
        "relink_options": {"authorization": broken.authorization, "account": broken.id},
    })
    assert session.account_holder.customer == broken.account_holder.customer
    assert session.relink_options.account == broken.id and "relink_result" not in session
    assert sandbox.control("relink", session=session.client_secret)["accounts"] == [broken.id]
    session = fc.sessions.retrieve(session.id)
    result = session.relink_result
    assert session.status == "succeeded" and result.account == broken.id and result.failure_reason is None
    assert result.authorization == broken.authorization
    active = fc.accounts.retrieve(broken.id)
    assert active.status == "active" and active.created == account.created and "status_details" not in active

    events = [sdk.construct_event(body, signature, receiver.endpoint.secret) for body, signature in receiver.take()]
    names = [event.type.removeprefix("financial_connections.") for event in events]
    assert names == ["account.deactivated", "account.reactivated", "session.updated"], names
    assert all(event.api_version == stripe.api_version for event in events)
    assert events[0].data.object["status_details"]["inactive"]["cause"] == "access_denied"
    assert events[-1].data.object["relink_result"]["account"] == broken.id

    fc.accounts.refresh(broken.id, {"features": ["transactions"]})
    sandbox.advance(1)
    changed = [
        one.id for one in fc.transactions.list(read | {"transaction_refresh": {"after": stored}}).auto_paging_iter()
    ]
    now = [one.id for one in fc.transactions.list(read).auto_paging_iter()]
    assert len(changed) == len(set(changed)) and set(changed) - before, "ten days bring transactions"
    assert before | set(changed) == set(now) and len(now) == len(set(now))
    step("relink: the same account is active, and its transactions continue from the stored cursor")


def failures(sandbox, sdk, account):
    fc = sdk.v1.financial_connections
    options = {"authorization": account.authorization, "account": account.id}
    for outcome, status in (
        ("no_account", "failed"), ("no_authorization", "failed"), ("other", "failed"),
        ("cancelled", "cancelled"), ("custom_manual_entry", "cancelled"),
    ):
        session = fc.sessions.create({"permissions": ["balances"], "relink_options": options})
        sandbox.control(f"sessions/{session.id}/end", outcome=outcome)
        session = fc.sessions.retrieve(session.id)
        assert session.status == status, session
        if status == "failed":
            assert session.relink_result.failure_reason == outcome and session.relink_result.account is None
        else:
            reason = "other" if outcome == "cancelled" else outcome
            assert session.status_details.cancelled.reason == reason and "relink_result" not in session
    session = fc.sessions.create({"permissions": ["balances"], "relink_options": options})
    spec = {"kind": "savings", "institution": account.institution_name}
    [other] = sandbox.control("link", session=session.id, accounts=[spec])["accounts"]
    result = fc.sessions.retrieve(session.id).relink_result
    assert other != account.id and result.account == other and result.failure_reason is None
    for wrong in (
        {"authorization": "fcauth_none"},
        {"authorization": account.authorization, "account": other},
    ):
        refused(
            stripe.InvalidRequestError,
            lambda: fc.sessions.create({"permissions": ["balances"], "relink_options": wrong}), http_status=400,
        )
    step("a relink that fails, is cancelled, or ends with another account says so")


def hosted(sandbox, sdk, customer):
    fc = sdk.v1.financial_connections
    session = fc.sessions.create({
        "account_holder": {"type": "customer", "customer": customer.id},
        "permissions": ["balances"],
        "ui_mode": "hosted",
        "hosted": {"delivery_method": "url"},
        "return_url": "https://example.com/back",
    })
    assert session.client_secret is None and session.hosted.delivery_method == "url"
    assert session.hosted.return_url == "https://example.com/back"
    page, _, secret = session.url.partition("#")
    assert page == f"{sandbox.base}/_sandbox/link", session.url
    sandbox.control("link", session=secret, accounts=[{"kind": "checking"}])
    session = fc.sessions.retrieve(session.id)
    assert session.status == "succeeded" and session.url is None and len(session.accounts.data) == 1
    step("a hosted session has the URL of its page, and no client secret")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    run(sys.argv[1])
