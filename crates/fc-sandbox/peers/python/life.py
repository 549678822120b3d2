"""Changes of linked accounts over time, at the institutions of Stripe's testing guide, with all types of events."""

import stripe
from sandbox import DAY, refused, step

PREFIX = "financial_connections."


def run(sandbox, sdk, customer):
    fc = sdk.v1.financial_connections
    session = fc.sessions.create(
        {"account_holder": {"type": "customer", "customer": customer.id}, "permissions": ["balances", "payment_method"]}
    )
    kinds = {
        "expired": ("Tokenized Account Number", "Expired TAN"),
        "expiring": ("Tokenized Account Number", "Eventually Expiring TAN"),
        "expires": ("Tokenized Account Number", "Immediately Expiring TAN"),
        "inactive": ("Inactive Accounts", None),
        "immediate": ("Immediately Requires Reauthentication", None),
        "eventual": ("Eventually Requires Reauthentication", None),
    }
    accounts = [
        {"kind": "checking", "institution": institution} | ({"display_name": name} if name else {})
        for institution, name in kinds.values()
    ]
    linked = dict(zip(kinds, sandbox.control("link", session=session.client_secret, accounts=accounts)["accounts"]))

    def types(name):
        """The types of the events about an account, oldest first."""
        found = [
            event.type.removeprefix(PREFIX).removeprefix("account.")
            for event in sdk.v1.events.list({"limit": 100}).auto_paging_iter()
            if event.data.object["id"] == linked[name]
        ]
        return found[::-1]

    def number(name):
        [number] = fc.accounts.retrieve(linked[name]).account_numbers
        return number

    linked_at = sandbox.now
    assert number("expired").status == "deactivated"
    assert number("expiring").status == number("expires").status == "transactable"
    assert number("expiring").identifier_type == "tokenized_account_number"
    assert number("expiring").supported_networks == ["ach"]
    assert number("expiring").expected_expiry_date == linked_at + 30 * DAY
    assert types("expiring") == ["created", "upcoming_account_number_expiry"]
    sandbox.advance(60)
    assert number("expires").status == "expired"
    assert types("expires") == ["created", "account_numbers_updated"]
    step("account numbers: a revoked one, one that expires in 30 days, one that expires immediately")

    for name in ("inactive", "immediate"):
        assert fc.accounts.retrieve(linked[name]).status == "inactive", "soon after linking"
        refused(
            stripe.InvalidRequestError,
            lambda: fc.accounts.refresh(linked[name], {"features": ["balance"]}),
            http_status=400, code="financial_connections_account_inactive",
        )
        sandbox.control(f"accounts/{linked[name]}/status", status="active")
    back = fc.accounts.retrieve(linked["inactive"])
    assert back.status == "active" and "status_details" not in back
    assert types("inactive") == ["created", "deactivated", "reactivated"]
    ends = fc.accounts.retrieve(linked["immediate"]).status_details.active
    assert ends.expected_deactivation_date == sandbox.now + DAY
    assert ends.action == "relink_required"
    sandbox.advance(DAY + 1)
    assert fc.accounts.retrieve(linked["immediate"]).status == "inactive"
    assert types("immediate").count("deactivated") == 2
    step("log-ins that end soon: inactive, active again after a relink, and inactive on the planned date")

    ends = fc.accounts.retrieve(linked["eventual"]).status_details.active
    assert ends.expected_deactivation_date == linked_at + 30 * DAY
    assert types("eventual") == ["created", "expected_deactivation_date_updated", "upcoming_deactivation"]
    sandbox.control(f"accounts/{linked['eventual']}/payment_methods", types=["us_bank_account", "link"])
    assert fc.accounts.retrieve(linked["eventual"]).supported_payment_method_types == ["us_bank_account", "link"]
    assert types("eventual")[-1] == "supported_payment_method_types_updated"
    authorizations = [
        event
        for event in sdk.v1.events.list({"limit": 100}).auto_paging_iter()
        if event.type.startswith(PREFIX + "authorization.")
    ]
    for event in authorizations:
        authorization = event.data.object
        assert authorization["object"] == PREFIX + "authorization" and authorization["id"].startswith("fcauth_")
    eventual = [event for event in authorizations if event.data.object["institution_name"].startswith("Eventually")]
    assert [event.type.rsplit(".")[-1] for event in eventual] == [
        "upcoming_deactivation", "expected_deactivation_date_updated",
    ]
    step("a log-in that ends in 30 days: planned and announced, for the account and the authorization")


def all_types(sdk):
    """By now the list of events has each type."""
    account = [
        "created", "deactivated", "reactivated", "disconnected", "refreshed_balance", "refreshed_ownership",
        "refreshed_transactions", "account_numbers_updated", "upcoming_account_number_expiry",
        "expected_deactivation_date_updated", "upcoming_deactivation", "supported_payment_method_types_updated",
    ]
    wanted = {f"account.{name}" for name in account} | {
        "authorization.expected_deactivation_date_updated", "authorization.upcoming_deactivation",
    }
    seen = {event.type.removeprefix(PREFIX) for event in sdk.v1.events.list({"limit": 100}).auto_paging_iter()}
    assert seen == wanted, seen ^ wanted
    step("the list of events has all 14 types")
