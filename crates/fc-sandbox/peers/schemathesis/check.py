"""Sends generated calls to the sandbox, alone and in chains, and checks every response against Stripe's document.

    python check.py http://127.0.0.1:PORT slice.json FOLDER

No response may be a 5xx or outside of the schema. Schemathesis writes its reports to FOLDER. A second, short run uses a
document that requires a member which no response has. It must fail for every operation, which proves that the first run
checked the responses.
"""

import collections
import copy
import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from contract import contract  # noqa: E402

CASES = 1600
SEEDS = 10
LIMIT = {"type": "integer", "minimum": 1, "maximum": 100}
FC = "financial_connections/"
# The only strings in `expand` that are accepted.
EXPANSIONS = {
    "/v1/financial_connections/accounts": ["data.account_holder.customer", "data.ownership", "data.balance"],
    "/v1/financial_connections/accounts/{account}": ["account_holder.customer", "ownership.owners", "balance"],
    "/v1/financial_connections/sessions/{session}": ["account_holder.customer", "accounts.data.ownership"],
    "/v1/link_account_sessions/{session}": ["account_holder.customer", "accounts.data.ownership"],
    "/v1/financial_connections/transactions/{transaction}": ["status_transitions"],
}
KEY = "sk_test_schemathesis"
ACCOUNTS = "/v1/financial_connections/accounts"
SESSIONS = "/v1/financial_connections/sessions"
TRANSACTIONS = "/v1/financial_connections/transactions"


def main(base, slice, folder):
    folder = os.path.abspath(folder)
    document = generable(contract(json.load(open(slice))))
    ids = world(base)
    realistic(document, ids)
    alone = run(base, document, folder, "alone", 1, ["-n", "25", "--phases", "examples,coverage,fuzzing"])
    chained = collections.defaultdict(collections.Counter)
    # The calls alone include methods that the document does not have, and one of them deletes the customer.
    chain_document = chains(document, world(base))
    # Schemathesis aborts a run when a stateful server responds differently to a repeated call, hence several runs.
    for seed in range(1, SEEDS + 1):
        options = ["-n", "100", "--phases", "stateful", "-m", "positive"]
        for operation, statuses in run(base, chain_document, folder, f"chained.{seed}", seed, options).items():
            chained[operation].update(statuses)
    operations = {f"{method.upper()} {path}" for path, one in document["paths"].items() for method in one}
    assert alone.keys() == operations, alone.keys() ^ operations
    # Creating a webhook endpoint has more rules than the document says.
    never = operations - accepted(alone) - {"POST /v1/webhook_endpoints"}
    assert not never, f"never accepted, so that their answers went unseen: {never}"
    chain = {operation for operation in operations if f"/v1/{FC}" in operation}
    assert accepted(chained) == chain, f"no chain came to {chain - accepted(chained)}"
    statuses = collections.Counter()
    for one in (*alone.values(), *chained.values()):
        statuses.update(one)
    assert statuses.total() >= CASES, f"{statuses.total()} calls are too few"

    found = run(base, spoilt(document), folder, "canary", 1, ["-n", "5", "--phases", "examples,coverage"], canary=True)
    missed = {operation for operation in operations if not found.get(operation, {}).get("JsonSchemaError")}
    assert not missed, f"the canary was not seen by {missed}"
    print(
        f"{statuses.total()} calls to {len(operations)} operations, none with a 5xx or outside of the schema: "
        + ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
    )


def accepted(seen):
    return {operation for operation, statuses in seen.items() if statuses.get("200")}


def run(base, document, folder, name, seed, options, canary=False):
    """One run of Schemathesis: the statuses by operation, or the failures of a canary run."""
    path, seen = (os.path.join(folder, f"{name}.{kind}.json") for kind in ("document", "seen"))
    json.dump(document, open(path, "w"), indent=1)
    program = os.path.join(os.path.dirname(sys.executable), "schemathesis")
    command = [
        program, "run", path, "-u", base, "-H", f"Authorization: Bearer {KEY}", "--seed", str(seed),
        "--continue-on-failure", "--no-color", "--generation-database", "none", "--warnings", "off",
        "-c", "not_a_server_error,response_schema_conformance,content_type_conformance", *options,
    ]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": HERE, "SANDBOX": base, "SEEN": seen}
    log = os.path.join(folder, f"{name}.log")
    with open(log, "w") as output:
        ended = subprocess.run(command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT)
    operations = json.load(open(seen)) if os.path.exists(seen) else {}
    failures = {operation: one["failures"] for operation, one in operations.items() if one["failures"]}
    if ended.returncode != canary or bool(failures) != canary:
        print(open(log).read()[-6000:])
        raise SystemExit(f"schemathesis ended with {ended.returncode} and found {failures}: see {log}")
    return failures if canary else {operation: one["statuses"] for operation, one in operations.items()}


def post(base, path, form):
    body = urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(base + path, body, {"Authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def get(base, path):
    request = urllib.request.Request(base + path, headers={"Authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def control(base, path, **body):
    request = urllib.request.Request(f"{base}/_sandbox/{path}", json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def world(base):
    """Objects for the calls: ids by the parameter that takes them."""
    control(base, "clock", frozen=True)
    customer = post(base, "/v1/customers", {"name": "Jane Diaz"})["id"]
    permissions = ("balances", "ownership", "payment_method", "transactions")
    features = {f"features[{place}]": name for place, name in enumerate(("balance", "ownership", "transactions"))}
    form = {"account_holder[type]": "customer", "account_holder[customer]": customer}
    form |= {f"permissions[{place}]": name for place, name in enumerate(permissions)}
    sessions, accounts = [], []
    for kind in ("checking", "savings", "credit_card"):
        session = post(base, SESSIONS, form)
        sessions.append(session["id"])
        specs = [{"kind": kind, "transactions": 15, "owners": [{"name": "Jane"}, {"name": "Ben"}]}] * 4
        accounts += control(base, "link", session=session["client_secret"], accounts=specs)["accounts"]
    refreshes = [post(base, f"{ACCOUNTS}/{one}/refresh", features)["transaction_refresh"]["id"] for one in accounts]
    control(base, "clock", advance=1)
    # No server listens there, and none is needed.
    hook = {"url": "http://127.0.0.1:9/", "enabled_events[0]": "*"}
    return {
        "account": accounts[:9],
        # Calls may delete these, so that the others stay.
        "disconnected": accounts[9:],
        "session": sessions,
        "customer": [customer],
        "ownership": [get(base, f"{ACCOUNTS}/{one}")["ownership"] for one in accounts[:9]],
        "transaction": [
            get(base, f"{TRANSACTIONS}?account={one}&limit=1")["data"][0]["id"] for one in accounts[:9]
        ],
        "after": refreshes[:9],
        "event": [event["id"] for event in get(base, "/v1/events?limit=5")["data"]],
        "webhook_endpoint": [post(base, "/v1/webhook_endpoints", hook)["id"] for _ in range(3)],
    }


def generable(document):
    """Narrows the schema: empty lists and strings of 5000 characters are not worth generating."""
    def shorten(node):
        if isinstance(node, list):
            for item in node:
                shorten(item)
        elif isinstance(node, dict):
            if node.get("type") == "array":
                node["minItems"] = 1
                node["maxItems"] = 3
            if node.get("maxLength", 0) > 40:
                node["maxLength"] = 40
            for value in node.values():
                shorten(value)

    for operations in document["paths"].values():
        shared = operations.pop("parameters", [])
        for operation in operations.values():
            operation["parameters"] = operation.get("parameters", []) + copy.deepcopy(shared)
            shorten(operation["parameters"])
            shorten(operation.get("requestBody", {}))
    return document


def realistic(document, ids):
    """Gives parameters that take an id the ids of existing objects. Schemathesis sends other strings too."""
    for path, operations in document["paths"].items():
        resource = path.removeprefix("/v1/").removeprefix("financial_connections/").removeprefix("linked_")
        resource = resource.removeprefix("link_account_").split("/")[0].removesuffix("s")
        for operation in operations.values():
            for parameter in operation["parameters"]:
                name, schema = parameter["name"], parameter["schema"]
                if name in ("starting_after", "ending_before", "id"):
                    name = resource
                if name == "account" and path.endswith("/disconnect"):
                    name = "disconnected"
                if name in ids:
                    # The owners of an account are listed by an ownership of that account only.
                    named = ids[name][:1] if path.endswith("/owners") else ids[name]
                    parameter["schema"] = {"type": "string", "enum": named}
                elif name == "expand":
                    newer = path.replace("linked_accounts", f"{FC}accounts")
                    schema["items"]["enum"] = EXPANSIONS.get(newer, ["data"])
                elif name == "account_holder":
                    schema["properties"]["customer"] = {"type": "string", "enum": ids["customer"]}
                elif name == "transaction_refresh":
                    schema["properties"]["after"] = {"type": "string", "enum": ids["after"]}
            for content in operation.get("requestBody", {}).get("content", {}).values():
                properties = content["schema"].get("properties", {})
                if "expand" in properties:
                    # Both accounts and sessions have this parameter.
                    properties["expand"]["items"]["enum"] = ["account_holder.customer"]
                if "account_holder" in properties:
                    holders = [holder("account", ["acct_1Sandbox"]), holder("customer", ids["customer"])]
                    properties["account_holder"] = {"oneOf": holders}
                    properties["return_url"] = {"type": "string", "enum": ["https://example.com/return"]}
                    content["example"] = {
                        "account_holder": {"type": "customer", "customer": ids["customer"][0]},
                        "permissions": ["balances", "ownership", "transactions"],
                        "prefetch": ["balances", "transactions"],
                    }


def holder(kind, ids):
    return {
        "type": "object",
        "properties": {"type": {"type": "string", "enum": [kind]}, kind: {"type": "string", "enum": ids}},
        "required": ["type", kind],
        "additionalProperties": False,
    }


def chains(document, ids):
    """Links from a member of one response to a next call. They hold only required parameters, so that chains go on."""
    document = copy.deepcopy(document)
    paths = document["paths"] = {path: one for path, one in document["paths"].items() if path.startswith(f"/v1/{FC}")}
    for operations in paths.values():
        for operation in operations.values():
            # A limit is always valid, and makes each call differ from the last.
            operation["parameters"] = [
                one | {"schema": LIMIT if one["name"] == "limit" else {"type": "string", "pattern": "^none_[a-z]{9}$"}}
                for one in operation["parameters"]
                if one["required"] or one["name"] == "limit"
            ]
            if not operation.get("requestBody", {}).get("required"):
                operation.pop("requestBody", None)
    permissions = ["balances", "ownership", "transactions"]
    [create] = paths[SESSIONS]["post"]["requestBody"]["content"].values()
    create["schema"]["properties"] = {
        "account_holder": holder("customer", ids["customer"]),
        "permissions": {"type": "array", "enum": [permissions]},
        "prefetch": {"type": "array", "enum": [permissions]},
    }

    def link(source, target, **parameters):
        (source_method, source), (target_method, target) = source, target
        links = paths[source][source_method]["responses"]["200"].setdefault("links", {})
        path = target.replace("/", "~1")
        parameters = {name: f"$response.body#/{place}" for name, place in parameters.items()}
        links[f"{target_method} {target} by {' '.join(parameters)}"] = {
            "operationRef": f"#/paths/{path}/{target_method}", "parameters": parameters,
        }

    session = "get", f"{SESSIONS}/{{session}}"
    one = "get", f"{ACCOUNTS}/{{account}}"
    changes = [("post", f"{one[1]}/{name}") for name in ("refresh", "subscribe", "unsubscribe", "disconnect")]
    owners = "get", f"{one[1]}/owners"
    transactions = "get", TRANSACTIONS
    link(("post", SESSIONS), session, session="id")
    for source, place in ((session, "accounts/data/0/"), (("get", ACCOUNTS), "data/0/"), (one, "")):
        for target in (one, *changes, transactions):
            link(source, target, account=place + "id")
        link(source, owners, account=place + "id", ownership=place + "ownership")
    for source in changes:
        link(source, one, account="id")
        link(source, transactions, account="id")
    link(transactions, ("get", f"{TRANSACTIONS}/{{transaction}}"), transaction="data/0/id")
    return document


def spoilt(document):
    """The document, with a required member in each response that the sandbox does not send."""
    document = copy.deepcopy(document)
    for operations in document["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                content = response["content"]["application/json"]
                content["schema"] = {"allOf": [content["schema"], {"required": ["canary"]}]}
    return document


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
