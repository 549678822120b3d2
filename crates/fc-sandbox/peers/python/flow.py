"""Drives a whole Financial Connections flow on the sandbox with Stripe's own Python SDK.

    python flow.py http://127.0.0.1:PORT

Every step asserts what Stripe documents, so the first difference ends the run. The sandbox's controls simulate the user,
the bank and the time; everything else goes through the SDK.
"""

import sys

import errors
import faults
import life
import stripe
import thin
import webhooks
from sandbox import DAY, Sandbox, refused, step


def run(base, http_client=None, direct=True):
    """Runs the flow. `direct` means that no proxy is between the SDK and the sandbox."""
    sandbox = Sandbox(base, http_client)
    sdk = sandbox.client()
    assert stripe.api_version.startswith("2026-"), stripe.api_version
    customer = customers(sdk)
    receiver = webhooks.Receiver(sandbox, sdk)
    linked = link(sandbox, sdk, customer)
    checking, savings, _ = linked
    first_refresh = refresh(sandbox, sdk, checking)
    owners(sdk, checking)
    transactions = read_transactions(sdk, checking, first_refresh)
    ga_only(sdk, checking, direct)
    subscribe(sandbox, sdk, checking, transactions, first_refresh)
    inactive(sandbox, sdk, savings)
    errors.run(sandbox, sdk, customer, checking)
    faults.answered(sandbox, sdk, customer)
    if direct:
        thin.run(base)
        faults.on_the_way(sandbox, sdk, customer)
    idempotency(sandbox, sdk)
    connected_accounts(sdk)
    older_addresses(sdk, checking)
    disconnect(sdk, checking)
    events(sdk, checking)
    life.run(sandbox, sdk, customer)
    life.all_types(sdk)
    receiver.check(savings)
    print(f"all steps passed with stripe-python {stripe.VERSION} at API {stripe.api_version}")


def customers(sdk):
    customer = sdk.v1.customers.create({"name": "Jane Diaz", "email": "jane@example.com", "metadata": {"tier": "gold"}})
    assert customer.id.startswith("cus_") and customer.object == "customer"
    assert customer.metadata["tier"] == "gold" and customer.livemode is False
    response = customer.last_response
    assert response.headers["stripe-version"] == stripe.api_version
    assert response.request_id.startswith("req_") and response.idempotency_key
    assert sdk.v1.customers.retrieve(customer.id).email == "jane@example.com"
    assert [one.id for one in sdk.v1.customers.list().data] == [customer.id]
    step("create, retrieve and list customers")
    return customer


def link(sandbox, sdk, customer):
    fc = sdk.v1.financial_connections
    session = fc.sessions.create(
        {
            "account_holder": {"type": "customer", "customer": customer.id},
            "permissions": ["balances", "ownership", "transactions", "payment_method"],
            "prefetch": ["balances"],
            "filters": {"country": "US", "account_subcategories": ["checking", "savings", "credit_card"]},
            "limits": {"accounts": 3},
        }
    )
    assert session.id.startswith("fcsess_") and session.object == "financial_connections.session"
    assert session.client_secret.startswith("fcsess_client_secret_")
    assert session.account_holder.type == "customer" and session.account_holder.customer == customer.id
    assert session.accounts.data == [] and session.accounts.has_more is False
    assert sorted(session.permissions) == ["balances", "ownership", "payment_method", "transactions"]
    assert session.prefetch == ["balances"]
    assert session.filters.country == "US" and session.limits.accounts == 3
    step("create a session")

    linked = sandbox.control(
        "link",
        session=session.client_secret,
        accounts=[
            {"kind": "checking", "last4": "6789", "institution": "Harbor Bank", "transactions": 120,
             "owners": [{"name": "Jane Diaz", "email": "jane@example.com"}, {"name": "Ben Diaz"}]},
            {"kind": "savings"},
            {"kind": "credit_card"},
        ],
    )["accounts"]
    session = fc.sessions.retrieve(session.id, {"expand": ["account_holder.customer"]})
    assert session.account_holder.customer.email == "jane@example.com"
    assert sorted(account.id for account in session.accounts.data) == sorted(linked)
    step("link three accounts, read them from the session, expand its customer")

    checking, savings, card = (fc.accounts.retrieve(account) for account in linked)
    assert checking.object == "financial_connections.account" and checking.status == "active"
    assert (checking.category, checking.subcategory) == ("cash", "checking")
    assert (savings.category, savings.subcategory) == ("cash", "savings")
    assert (card.category, card.subcategory) == ("credit", "credit_card")
    assert checking.last4 == "6789" and checking.institution_name == "Harbor Bank"
    assert checking.account_holder.customer == customer.id
    assert sorted(checking.permissions) == ["balances", "ownership", "payment_method", "transactions"]
    assert checking.supported_payment_method_types == ["us_bank_account"]
    assert card.supported_payment_method_types == []
    assert checking.balance is None and checking.ownership is None and checking.transaction_refresh is None
    assert checking.balance_refresh.status == "pending" and checking.balance_refresh.next_refresh_available_at is None
    assert checking.subscriptions == []
    assert "status_details" not in checking, "absent when no deactivation is planned"
    step("retrieve accounts: active, with the prefetched refresh pending")

    for parameters in ({}, {"session": session.id}, {"account_holder": {"customer": customer.id}}):
        page = fc.accounts.list(parameters)
        assert [one.id for one in page.data] == linked[::-1], parameters
        assert page.url == "/v1/financial_connections/accounts" and page.has_more is False
    assert [one.id for one in fc.accounts.list({"limit": 1}).auto_paging_iter()] == linked[::-1]
    backward = fc.accounts.list({"limit": 1, "ending_before": linked[0]})
    assert [one.id for one in backward.data] == [linked[1]] and backward.has_more
    assert [one.id for one in backward.auto_paging_iter()] == linked[1:]
    assert len(fc.accounts.list({"limit": 0}).data) == 1 and len(fc.accounts.list({"limit": 1000}).data) == 3
    expanded = fc.accounts.list({"expand": ["data.account_holder.customer"]})
    assert {one.account_holder.customer.name for one in expanded.data} == {"Jane Diaz"}
    step("list accounts: newest first, by session, by customer, page by page, backward, expanded")
    return checking, savings, card


def refresh(sandbox, sdk, checking):
    """Refreshes three features, and returns the id of the first refresh of transactions."""
    fc = sdk.v1.financial_connections
    sandbox.advance(1)
    checking = fc.accounts.retrieve(checking.id)
    assert checking.balance_refresh.status == "succeeded"
    assert checking.balance.type == "cash" and isinstance(checking.balance.current["usd"], int)
    assert isinstance(checking.balance.cash.available["usd"], int)
    assert checking.balance.as_of <= sandbox.now
    assert checking.balance_refresh.next_refresh_available_at > checking.balance_refresh.last_attempted_at
    refreshed = fc.accounts.refresh(checking.id, {"features": ["balance", "ownership", "transactions"]})
    assert refreshed.balance_refresh.status == "succeeded", "too early: nothing starts"
    for state in (refreshed.ownership_refresh, refreshed.transaction_refresh):
        assert state.status == "pending" and state.next_refresh_available_at is None
        assert state.last_attempted_at == sandbox.now
    first_refresh = refreshed.transaction_refresh.id
    assert first_refresh.startswith("fctxnref_")
    assert fc.accounts.refresh(checking.id, {"features": ["transactions"]}).transaction_refresh.id == first_refresh
    refused(
        stripe.InvalidRequestError,
        lambda: fc.transactions.list({"account": checking.id}),
        http_status=400,
        code="financial_connections_no_successful_transaction_refresh",
    )
    sandbox.advance(1)
    checking = fc.accounts.retrieve(checking.id)
    assert checking.ownership_refresh.status == checking.transaction_refresh.status == "succeeded"
    assert checking.transaction_refresh.id == first_refresh
    assert checking.ownership.startswith("fcaowns_")
    step("refresh balance, owners and transactions: pending, then succeeded")
    return first_refresh


def owners(sdk, checking):
    fc = sdk.v1.financial_connections
    ownership = fc.accounts.retrieve(checking.id, {"expand": ["ownership"]}).ownership
    assert ownership.object == "financial_connections.account_ownership"
    assert ownership.owners.url == f"/v1/financial_connections/accounts/{checking.id}/owners?ownership={ownership.id}"
    assert len(list(ownership.owners.auto_paging_iter())) == 2
    found = fc.accounts.owners.list(checking.id, {"ownership": ownership.id})
    assert sorted(owner.name for owner in found.data) == ["Ben Diaz", "Jane Diaz"]
    for owner in found.data:
        assert owner.object == "financial_connections.account_owner" and owner.id.startswith("fcaown_")
        assert owner.ownership == ownership.id
        assert owner.email == ("jane@example.com" if owner.name == "Jane Diaz" else None)
    paged = fc.accounts.owners.list(checking.id, {"ownership": ownership.id, "limit": 1})
    assert [one.id for one in paged.auto_paging_iter()] == [one.id for one in found.data]
    step("expand the ownership, list owners page by page")


def read_transactions(sdk, checking, first_refresh):
    fc = sdk.v1.financial_connections
    transactions = list(fc.transactions.list({"account": checking.id, "limit": 50}).auto_paging_iter())
    assert len(transactions) == len({one.id for one in transactions}) == 120
    assert {one.transaction_refresh for one in transactions} == {first_refresh}
    times = [one.transacted_at for one in transactions]
    assert times == sorted(times, reverse=True)
    for one in transactions:
        assert one.id.startswith("fctxn_") and one.account == checking.id and one.currency == "usd"
        assert one.status in ("pending", "posted", "void")
        assert (one.status == "posted") == (one.status_transitions.posted_at is not None), one
        assert (one.status == "void") == (one.status_transitions.void_at is not None), one
    middle = times[60]
    for bounds, inside in (
        ({"lt": middle}, lambda at: at < middle),
        ({"lte": middle}, lambda at: at <= middle),
        ({"gt": middle}, lambda at: at > middle),
        ({"gte": middle, "lt": times[0]}, lambda at: middle <= at < times[0]),
        (middle, lambda at: at == middle),
    ):
        found = fc.transactions.list({"account": checking.id, "limit": 7, "transacted_at": bounds})
        wanted = [one.id for one in transactions if inside(one.transacted_at)]
        assert wanted and [one.id for one in found.auto_paging_iter()] == wanted, bounds
    backward = fc.transactions.list({"account": checking.id, "limit": 50, "ending_before": transactions[-1].id})
    assert [one.id for one in backward.auto_paging_iter()] == [one.id for one in transactions[-2::-1]]
    assert fc.transactions.retrieve(transactions[7].id).to_dict() == transactions[7].to_dict()
    step("list 120 transactions in pages both ways, filter by time, retrieve one")
    return transactions


def subscribe(sandbox, sdk, checking, transactions, first_refresh):
    fc = sdk.v1.financial_connections
    subscribed = fc.accounts.subscribe(checking.id, {"features": ["transactions"]})
    assert subscribed.subscriptions == ["transactions"] and subscribed.transaction_refresh.status == "pending"
    assert subscribed.transaction_refresh.id != first_refresh
    sandbox.advance(5 * DAY + 60)

    def read(**parameters):
        found = fc.transactions.list({"account": checking.id, "limit": 100, **parameters})
        return {one.id: one for one in found.auto_paging_iter()}

    changes = read(transaction_refresh={"after": first_refresh})
    assert changes and first_refresh not in {one.transaction_refresh for one in changes.values()}
    known = {one.id for one in transactions}
    assert known | changes.keys() == read().keys()
    pending = {one.id for one in transactions if one.status == "pending"}
    assert pending <= changes.keys(), "every pending transaction has posted or is void"
    latest = fc.accounts.retrieve(checking.id).transaction_refresh
    assert latest.status == "succeeded" and read(transaction_refresh={"after": latest.id}) == {}
    unsubscribed = fc.accounts.unsubscribe(checking.id, {"features": ["transactions"]})
    assert unsubscribed.subscriptions == [] and unsubscribed.transaction_refresh.id == latest.id
    sandbox.advance(2 * DAY)
    assert fc.accounts.retrieve(checking.id).transaction_refresh.id == latest.id, "the daily refresh has stopped"
    step("subscribe, let five days pass, read the changes since the first refresh, unsubscribe")


def inactive(sandbox, sdk, savings):
    fc = sdk.v1.financial_connections
    sandbox.control(f"accounts/{savings.id}/status", status="inactive")
    broken = fc.accounts.retrieve(savings.id)
    assert broken.status == "inactive" and broken.balance is not None, "old data stays readable"
    for call in (fc.accounts.refresh, fc.accounts.subscribe):
        refused(
            stripe.InvalidRequestError,
            lambda: call(savings.id, {"features": ["transactions"]}),
            http_status=400, code="financial_connections_account_inactive",
        )
    sandbox.control(f"accounts/{savings.id}/status", status="active")
    sandbox.control(f"accounts/{savings.id}/refresh_outcomes", feature="balance", outcome="failed")
    kept = fc.accounts.retrieve(savings.id).balance
    fc.accounts.refresh(savings.id, {"features": ["balance"]})
    sandbox.advance(1)
    failed = fc.accounts.retrieve(savings.id)
    assert failed.balance_refresh.status == "failed" and failed.balance == kept
    assert failed.balance_refresh.next_refresh_available_at > sandbox.now
    step("an inactive account refuses a refresh; a failed one keeps the old data")


def idempotency(sandbox, sdk):
    options = {"idempotency_key": f"python-{sandbox.now}"}
    one = sdk.v1.customers.create({"name": "Once"}, options)
    two = sdk.v1.customers.create({"name": "Once"}, options)
    assert one.id == two.id and two.last_response.headers["idempotent-replayed"] == "true"
    assert two.last_response.headers["original-request"] == one.last_response.request_id
    assert "idempotent-replayed" not in one.last_response.headers
    refused(stripe.IdempotencyError, lambda: sdk.v1.customers.create({"name": "Twice"}, options), http_status=400)
    # A validation error is not saved, so the key is free for the corrected request.
    options = {"idempotency_key": f"python-{sandbox.now}-corrected"}
    fc = sdk.v1.financial_connections
    holder = {"type": "customer", "customer": one.id}
    refused(
        stripe.InvalidRequestError,
        lambda: fc.sessions.create({"account_holder": holder, "permissions": ["everything"]}, options),
        http_status=400,
    )
    assert fc.sessions.create({"account_holder": holder, "permissions": ["balances"]}, options).id
    sandbox.advance(DAY + 1)
    options = {"idempotency_key": f"python-{sandbox.now}-day"}
    first = sdk.v1.customers.create({"name": "Daily"}, options).id
    sandbox.advance(DAY + 1)
    assert sdk.v1.customers.create({"name": "Daily"}, options).id != first, "a key expires after a day"
    step("a repeated key replays the first response for a day, and refuses other parameters")


def connected_accounts(sdk):
    connected = {"stripe_account": "acct_1Sandbox"}
    assert sdk.v1.customers.list(options=connected).data == []
    theirs = sdk.v1.customers.create({"name": "Theirs"}, connected)
    assert sdk.v1.customers.retrieve(theirs.id, options=connected).name == "Theirs"
    refused(
        stripe.InvalidRequestError,
        lambda: sdk.v1.customers.retrieve(theirs.id),
        http_status=404, code="resource_missing",
    )
    step("a connected account has its own objects")


def ga_only(sdk, checking, direct):
    fc = sdk.v1.financial_connections
    account = fc.accounts.retrieve(checking.id)
    session = fc.sessions.create({"account_holder": {"type": "account", "account": "acct_ga"}, "permissions": ["balances"]})
    for name in ("authorization", "institution", "inferred_balances_refresh"):
        assert name not in account, name
    for name in ("status", "status_details", "ui_mode", "hosted", "url", "relink_options", "relink_result"):
        assert name not in session, name
    # A proxy that knows the paths of GA answers for itself.
    for path in direct * ("institutions", "institutions/fcinst_1", "authorizations/fcauth_1", f"accounts/{checking.id}/inferred_balances"):
        refused(
            stripe.InvalidRequestError,
            lambda: sdk.raw_request("get", f"/v1/financial_connections/{path}"), http_status=404, code=None,
        )
    refused(
        stripe.InvalidRequestError,
        lambda: fc.accounts.refresh(checking.id, {"features": ["inferred_balances"]}), http_status=400,
    )
    step("a version of GA shows nothing of the preview")


def older_addresses(sdk, checking):
    for older in ("linked_accounts", f"linked_accounts/{checking.id}"):
        newer = older.replace("linked_accounts", "financial_connections/accounts")
        assert sdk.raw_request("get", f"/v1/{older}").data == sdk.raw_request("get", f"/v1/{newer}").data
    step("the older paths respond like the newer ones")


def disconnect(sdk, checking):
    fc = sdk.v1.financial_connections
    gone = fc.accounts.disconnect(checking.id)
    assert gone.status == "disconnected" and gone.balance is None and gone.ownership is None
    assert fc.accounts.retrieve(checking.id).status == "disconnected"
    assert fc.accounts.disconnect(checking.id).status == "disconnected"
    for call in (
        lambda: fc.transactions.list({"account": checking.id}),
        lambda: fc.accounts.refresh(checking.id, {"features": ["balance"]}),
        lambda: fc.accounts.subscribe(checking.id, {"features": ["transactions"]}),
    ):
        refused(stripe.InvalidRequestError, call, http_status=400)
    step("disconnect removes the data permanently")


def events(sdk, checking):
    counted = {}
    for event in sdk.v1.events.list({"limit": 10}).auto_paging_iter():
        assert event.object == "event" and event.id.startswith("evt_") and event.livemode is False
        assert event.data.object["object"] == "financial_connections.account"
        if event.data.object["id"] == checking.id:
            name = event.type.removeprefix("financial_connections.account.")
            counted[name] = counted.get(name, 0) + 1
            # An event that an API call caused names the call; other events name none.
            caused = name == "disconnected"
            assert not caused or event.request.id.startswith("req_"), event
    assert counted == {
        "created": 1,
        "refreshed_balance": 1,
        "refreshed_ownership": 1,
        # The first refresh, the one at subscribing, and one for each of the five days.
        "refreshed_transactions": 7,
        "disconnected": 1,
    }, counted
    newest = sdk.v1.events.list({"limit": 1}).data[0]
    assert newest.type == "financial_connections.account.disconnected"
    assert sdk.v1.events.retrieve(newest.id).to_dict() == newest.to_dict()
    wanted = "financial_connections.account.created"
    assert {one.type for one in sdk.v1.events.list({"type": wanted}).data} == {wanted}
    step("every change has one event")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    run(sys.argv[1])
