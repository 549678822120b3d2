"""Hooks for Schemathesis: bracketed forms, a user who links accounts, and a record of the responses."""

import atexit
import collections
import json
import os
import urllib.error
import urllib.parse
import urllib.request

import schemathesis

BASE = os.environ["SANDBOX"]
# By operation: the number of calls by status, and the findings of the checks.
seen = collections.defaultdict(lambda: {"statuses": collections.Counter(), "failures": collections.Counter()})


def control(path, **body):
    request = urllib.request.Request(f"{BASE}/_sandbox/{path}", json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def bracketed(value, name=""):
    """Objects and arrays as Stripe's SDKs write them: `a[b]=x`, `a[0]=x`."""
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        text = {True: "true", False: "false", None: ""}.get(value) if isinstance(value, bool | None) else value
        return [(name, text)]
    return [
        pair
        for member, inner in items
        for pair in bracketed(inner, f"{name}[{member}]" if name else str(member))
    ]


@schemathesis.hook
def before_call(context, case, **kwargs):
    if case.query:
        case.query = dict(bracketed(dict(case.query)))


@schemathesis.serializer("application/x-www-form-urlencoded")
def form(context, value):
    if isinstance(value, dict):
        return urllib.parse.urlencode(bracketed(value), errors="surrogatepass").encode()
    return value if isinstance(value, bytes) else json.dumps(value).encode()


@schemathesis.hook
def after_call(context, case, response):
    seen[case.operation.label]["statuses"][response.status_code] += 1
    if case.method != "POST" or response.status_code != 200:
        return
    if case.path.endswith("sessions"):
        # A user goes through each new session, so that later calls find accounts with data.
        secret = response.json()["client_secret"]
        try:
            control("link", session=secret, accounts=[{"kind": "checking", "transactions": 15}])
        except urllib.error.HTTPError:
            # The filters of the session exclude the account.
            pass
    if case.path.endswith(("sessions", "refresh", "subscribe")):
        # The clock moves until the refresh is done.
        control("clock", advance=2)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    seen[case.operation.label]["failures"][type(failure).__name__] += 1
    return True


@atexit.register
def write_down():
    with open(os.environ["SEEN"], "w") as file:
        json.dump(seen, file, indent=1, sort_keys=True)
