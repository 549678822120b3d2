"""Compares what stripe-python reads from the API with the rows of a mirror.

    mirror_python.py BASE KEY sqlite FILE        rows of a SQLite file, by Python's own sqlite3
    mirror_python.py BASE KEY json               rows as a JSON array on standard input, as psql prints them

Prints the number of transactions that agree.
"""

import json
import sqlite3
import sys

import stripe

if not __debug__:
    raise SystemExit("run Python without -O: the checks are asserts")

COLUMNS = [
    "account",
    "amount",
    "currency",
    "description",
    "id",
    "livemode",
    "posted_at",
    "status",
    "transacted_at",
    "transaction_refresh",
    "updated",
    "void_at",
]


def of_api(client):
    """The transactions of every account, as the mirror's columns have them."""
    connections = client.v1.financial_connections
    for account in connections.accounts.list({"limit": 100}).auto_paging_iter():
        transactions = connections.transactions.list({"account": account.id, "limit": 100})
        for transaction in transactions.auto_paging_iter():
            row = {name: getattr(transaction, name, None) for name in COLUMNS}
            for name in ("posted_at", "void_at"):
                row[name] = transaction.status_transitions[name]
            yield row


def of_mirror(arguments):
    if arguments[0] == "json":
        return [{name: row[name] for name in COLUMNS} for row in json.load(sys.stdin)]
    connection = sqlite3.connect(arguments[1])
    found = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM fc_transaction")
    rows = [dict(zip(COLUMNS, row)) for row in found]
    for row in rows:
        row["livemode"] = bool(row["livemode"])
    return rows


base, key, *arguments = sys.argv[1:]
client = stripe.StripeClient(key, base_addresses={"api": base})
api = sorted(of_api(client), key=lambda row: row["id"])
mirror = sorted(of_mirror(arguments), key=lambda row: row["id"])
assert api, "the sandbox has transactions"
assert [row["id"] for row in api] == [row["id"] for row in mirror]
for expected, found in zip(api, mirror):
    assert expected == found, (expected, found)
print(len(api))
