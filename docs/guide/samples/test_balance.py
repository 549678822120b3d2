"""Tests of an integration in Python: Stripe's SDK against a sandbox that the tests start.

Needs `stripe`, and the program `fc-sandbox` in the PATH or in FC_SANDBOX.
"""

import json
import os
import subprocess
import unittest
import urllib.request

import stripe

KEY = "sk_test_sandboxneedsnorealkey"


# ANCHOR: setup
def setUpModule():
    global sandbox, url, client
    program = os.environ.get("FC_SANDBOX", "fc-sandbox")
    sandbox = subprocess.Popen([program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    url = json.loads(sandbox.stdout.readline())["url"]
    client = stripe.StripeClient(KEY, base_addresses={"api": url})
    control("clock", frozen=True)


def tearDownModule():
    sandbox.terminate()
    sandbox.communicate()


def control(path, **body):
    """What Stripe's API cannot do: users, banks and time."""
    request = urllib.request.Request(f"{url}/_sandbox/{path}", json.dumps(body).encode())
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def linked_account():
    """An account that a user has linked."""
    customer = client.v1.customers.create({"name": "Jane Diaz"})
    holder = {"type": "customer", "customer": customer.id}
    sessions = client.v1.financial_connections.sessions
    session = sessions.create({"account_holder": holder, "permissions": ["balances"]})
    [account] = control("link", session=session.id, accounts=[{"kind": "checking"}])["accounts"]
    return account
# ANCHOR_END: setup


# ANCHOR: test
class Balance(unittest.TestCase):
    def test_a_refresh_brings_a_balance(self):
        account, accounts = linked_account(), client.v1.financial_connections.accounts
        pending = accounts.refresh(account, {"features": ["balance"]})
        self.assertEqual(pending.balance_refresh.status, "pending")
        control("clock", advance=5)
        refreshed = accounts.retrieve(account)
        self.assertEqual(refreshed.balance_refresh.status, "succeeded")
        self.assertIn("usd", refreshed.balance.current)

    def test_the_bank_is_down(self):
        account, accounts = linked_account(), client.v1.financial_connections.accounts
        control(f"accounts/{account}/refresh_outcomes", feature="balance", outcome="failed")
        accounts.refresh(account, {"features": ["balance"]})
        control("clock", advance=5)
        self.assertEqual(accounts.retrieve(account).balance_refresh.status, "failed")
# ANCHOR_END: test


if __name__ == "__main__":
    unittest.main()
