"""Drives a whole Financial Connections flow on the sandbox with Stripe's own Python SDK.

    pip install stripe==16.1.0
    python crates/fc-sandbox/peers/stripe_python.py http://127.0.0.1:PORT

Every step asserts what Stripe documents, so the first difference ends the run. The sandbox's controls stand in for the
user, the bank and the time; everything else goes through the SDK.
"""

import json
import sys
import urllib.request

import stripe

BASE = sys.argv[1].rstrip("/")
DAY = 24 * 60 * 60


def control(path, **body):
    request = urllib.request.Request(f"{BASE}/_sandbox/{path}", json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def step(name):
    print(f"ok  {name}", flush=True)


def refused(error, call, **expected):
    """The call must be refused with this class of error, and these values in it."""
    try:
        call()
    except error as raised:
        seen = {name: getattr(raised, name) for name in expected}
        assert seen == expected, (seen, str(raised))
        assert raised.request_id.startswith("req_"), raised.request_id
        return raised
    raise AssertionError(f"expected {error.__name__}")


def client(key):
    return stripe.StripeClient(key, base_addresses={"api": BASE}, max_network_retries=0)


# A fresh key is a fresh world, so that the script can run twice against one sandbox.
now = control("clock", frozen=True)["now"]
key = f"sk_test_python{now}"
sdk = client(key)
fc = sdk.v1.financial_connections
assert stripe.api_version.startswith("2026-"), stripe.api_version

# Customers
customer = sdk.v1.customers.create({"name": "Jane Diaz", "email": "jane@example.com", "metadata": {"tier": "gold"}})
assert customer.id.startswith("cus_") and customer.object == "customer"
assert customer.metadata["tier"] == "gold" and customer.livemode is False
assert customer.last_response.headers["stripe-version"] == stripe.api_version
assert sdk.v1.customers.retrieve(customer.id).email == "jane@example.com"
assert [one.id for one in sdk.v1.customers.list().data] == [customer.id]
step("create, retrieve and list customers")

# Sessions
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
assert session.permissions == ["balances", "ownership", "payment_method", "transactions"]
assert session.prefetch == ["balances"]
assert session.filters.country == "US" and session.limits.accounts == 3
step("create a session")

linked = control(
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

# Accounts
checking, savings, card = (fc.accounts.retrieve(account) for account in linked)
assert checking.object == "financial_connections.account" and checking.status == "active"
assert (checking.category, checking.subcategory) == ("cash", "checking")
assert (card.category, card.subcategory) == ("credit", "credit_card")
assert checking.last4 == "6789" and checking.institution_name == "Harbor Bank"
assert checking.supported_payment_method_types == ["us_bank_account"]
assert card.supported_payment_method_types == []
assert checking.balance is None and checking.ownership is None and checking.transaction_refresh is None
assert checking.balance_refresh.status == "pending" and checking.balance_refresh.next_refresh_available_at is None
assert checking.subscriptions == []
step("retrieve accounts: active, with the prefetched refresh pending")

for parameters in ({}, {"session": session.id}, {"account_holder": {"customer": customer.id}}):
    assert [one.id for one in fc.accounts.list(parameters).data] == linked[::-1], parameters
assert [one.id for one in fc.accounts.list({"limit": 1}).auto_paging_iter()] == linked[::-1]
backward = fc.accounts.list({"limit": 1, "ending_before": linked[0]})
assert [one.id for one in backward.data] == [linked[1]] and backward.has_more
step("list accounts: newest first, by session, by customer, page by page, backward")

# Refresh
control("clock", advance=1)
checking = fc.accounts.retrieve(checking.id)
assert checking.balance_refresh.status == "succeeded"
assert checking.balance.type == "cash" and isinstance(checking.balance.current["usd"], int)
assert isinstance(checking.balance.cash.available["usd"], int)
assert checking.balance_refresh.next_refresh_available_at > checking.balance_refresh.last_attempted_at
refreshed = fc.accounts.refresh(checking.id, {"features": ["balance", "ownership", "transactions"]})
assert refreshed.balance_refresh.status == "succeeded", "too early: nothing starts"
assert refreshed.ownership_refresh.status == refreshed.transaction_refresh.status == "pending"
first_refresh = refreshed.transaction_refresh.id
assert first_refresh.startswith("fctxnref_")
refused(
    stripe.InvalidRequestError,
    lambda: fc.transactions.list({"account": checking.id}),
    http_status=400,
    code="financial_connections_no_successful_transaction_refresh",
)
control("clock", advance=1)
checking = fc.accounts.retrieve(checking.id, {"expand": ["ownership"]})
assert checking.ownership_refresh.status == checking.transaction_refresh.status == "succeeded"
step("refresh balance, owners and transactions: pending, then succeeded")

# Owners
ownership = checking.ownership
assert ownership.object == "financial_connections.account_ownership"
assert ownership.owners.url.endswith(f"/owners?ownership={ownership.id}")
owners = fc.accounts.owners.list(checking.id, {"ownership": ownership.id})
assert sorted(owner.name for owner in owners.data) == ["Ben Diaz", "Jane Diaz"]
assert {owner.ownership for owner in owners.data} == {ownership.id}
assert [owner.email for owner in owners.data if owner.name == "Ben Diaz"] == [None]
assert len(list(fc.accounts.owners.list(checking.id, {"ownership": ownership.id, "limit": 1}).auto_paging_iter())) == 2
step("expand the ownership, list owners page by page")

# Transactions
transactions = list(fc.transactions.list({"account": checking.id, "limit": 50}).auto_paging_iter())
assert len(transactions) == len({one.id for one in transactions}) == 120
assert {one.transaction_refresh for one in transactions} == {first_refresh}
times = [one.transacted_at for one in transactions]
assert times == sorted(times, reverse=True)
for one in transactions:
    assert one.id.startswith("fctxn_") and one.account == checking.id and one.currency == "usd"
    assert (one.status == "posted") == (one.status_transitions.posted_at is not None), one
    assert (one.status == "void") == (one.status_transitions.void_at is not None), one
middle = times[60]
earlier = fc.transactions.list({"account": checking.id, "limit": 100, "transacted_at": {"lt": middle}})
assert [one.id for one in earlier.data] == [one.id for one in transactions if one.transacted_at < middle]
exact = fc.transactions.list({"account": checking.id, "transacted_at": middle})
assert transactions[60].id in [one.id for one in exact.data]
assert fc.transactions.retrieve(transactions[7].id).description == transactions[7].description
step("list 120 transactions in pages, filter by time, retrieve one")

# Subscriptions and what they bring
subscribed = fc.accounts.subscribe(checking.id, {"features": ["transactions"]})
assert subscribed.subscriptions == ["transactions"] and subscribed.transaction_refresh.status == "pending"
assert subscribed.transaction_refresh.id != first_refresh
control("clock", advance=5 * DAY)
changes = list(
    fc.transactions.list(
        {"account": checking.id, "transaction_refresh": {"after": first_refresh}, "limit": 100}
    ).auto_paging_iter()
)
known = {one.id for one in transactions}
everything = {one.id for one in fc.transactions.list({"account": checking.id, "limit": 100}).auto_paging_iter()}
assert changes and first_refresh not in {one.transaction_refresh for one in changes}
assert known | {one.id for one in changes} == everything
pending = {one.id for one in transactions if one.status == "pending"}
assert pending <= {one.id for one in changes}, "what was pending has posted or is void by now"
latest = fc.accounts.retrieve(checking.id).transaction_refresh.id
assert fc.transactions.list({"account": checking.id, "transaction_refresh": {"after": latest}}).data == []
assert fc.accounts.unsubscribe(checking.id, {"features": ["transactions"]}).subscriptions == []
step("subscribe, let five days pass, read the changes since the first refresh, unsubscribe")

# Errors
refused(stripe.InvalidRequestError, lambda: fc.accounts.retrieve("fca_nope"), http_status=404, code="resource_missing")
refused(
    stripe.InvalidRequestError,
    lambda: fc.accounts.list({"starting_after": "fca_nope"}),
    http_status=400, code="resource_missing", param="starting_after",
)
refused(
    stripe.InvalidRequestError,
    lambda: fc.accounts.refresh(checking.id, {"features": ["balances"]}),
    http_status=400, code=None, param="features[0]",
)
refused(
    stripe.InvalidRequestError,
    lambda: fc.sessions.create({"account_holder": {"type": "customer"}, "permissions": ["balances"]}),
    http_status=400, code="parameter_missing", param="account_holder[customer]",
)
refused(
    stripe.InvalidRequestError,
    lambda: fc.accounts.list({"expand": ["ownership"]}),
    http_status=400, code=None,
)
refused(stripe.AuthenticationError, lambda: client("not_a_key").v1.customers.list(), http_status=401)
refused(stripe.PermissionError, lambda: client("pk_test_123").v1.customers.list(), http_status=403)
step("errors come as the SDK's own classes")

# Idempotency
options = {"idempotency_key": f"python-{now}"}
one = sdk.v1.customers.create({"name": "Once"}, options)
two = sdk.v1.customers.create({"name": "Once"}, options)
assert one.id == two.id and two.last_response.headers["idempotent-replayed"] == "true"
refused(stripe.IdempotencyError, lambda: sdk.v1.customers.create({"name": "Twice"}, options), http_status=400)
step("a repeated key has its first answer, and no other use")

# Connected accounts
connected = {"stripe_account": "acct_1Sandbox"}
assert sdk.v1.customers.list(options=connected).data == []
theirs = sdk.v1.customers.create({"name": "Theirs"}, connected)
refused(stripe.InvalidRequestError, lambda: sdk.v1.customers.retrieve(theirs.id), http_status=404)
step("a connected account has a world of its own")

# Inactive
control(f"accounts/{savings.id}/status", status="inactive")
assert fc.accounts.retrieve(savings.id).status == "inactive"
refused(
    stripe.InvalidRequestError,
    lambda: fc.accounts.refresh(savings.id, {"features": ["balance"]}),
    http_status=400, code="financial_connections_account_inactive",
)
control(f"accounts/{savings.id}/status", status="active")
control(f"accounts/{savings.id}/refresh_outcomes", feature="balance", outcome="failed")
kept = fc.accounts.retrieve(savings.id).balance
fc.accounts.refresh(savings.id, {"features": ["balance"]})
control("clock", advance=1)
failed = fc.accounts.retrieve(savings.id)
assert failed.balance_refresh.status == "failed" and failed.balance == kept
step("an inactive account refuses a refresh; a failed one keeps the old data")

# Disconnect
gone = fc.accounts.disconnect(checking.id)
assert gone.status == "disconnected" and gone.balance is None and gone.ownership is None
assert fc.accounts.disconnect(checking.id).status == "disconnected"
refused(stripe.InvalidRequestError, lambda: fc.transactions.list({"account": checking.id}), http_status=400)
refused(
    stripe.InvalidRequestError,
    lambda: fc.accounts.refresh(checking.id, {"features": ["balance"]}),
    http_status=400,
)
step("disconnect takes the data away, for good")

# Events
events = list(sdk.v1.events.list({"limit": 100}).auto_paging_iter())
counted = {}
for event in events:
    assert event.object == "event" and event.data.object["object"] == "financial_connections.account"
    if event.data.object["id"] == checking.id:
        counted[event.type.removeprefix("financial_connections.account.")] = (
            counted.get(event.type.removeprefix("financial_connections.account."), 0) + 1
        )
assert counted == {
    "created": 1,
    "refreshed_balance": 1,
    "refreshed_ownership": 1,
    # The first, the one at subscribing, and one for each of the five days.
    "refreshed_transactions": 7,
    "disconnected": 1,
}, counted
step("every change is in the log of events, once")

print(f"all steps passed with stripe-python {stripe.VERSION} at API {stripe.api_version}")
