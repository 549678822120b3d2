"""Derives from the slice a document against which a validator can check every response."""

import copy
import re

LIST = {
    "type": "object",
    "properties": {
        "object": {"type": "string", "enum": ["list"]},
        "url": {"type": "string"},
        "has_more": {"type": "boolean"},
    },
    "required": ["object", "data", "url", "has_more"],
    "additionalProperties": False,
}
OLDER = {
    "/v1/financial_connections/accounts": "/v1/linked_accounts",
    "/v1/financial_connections/sessions": "/v1/link_account_sessions",
}
# Schemas that the slice references but does not contain, because they are not part of Financial Connections.
FOREIGN = {"account", "bank_account", "card", "customer", "payment_intent", "payment_method", "setup_intent", "source",
           "token"}


def contract(slice):
    document = nullable(copy.deepcopy(slice))
    document["openapi"] = "3.1.0"
    schemas = document["components"]["schemas"]
    for name in schemas.keys() - FOREIGN:
        closed(schemas[name])
    schemas["customer"] = one("customer", "cus_")
    # The slice does not say which objects an event can hold.
    about = ["financial_connections.account", "financial_connections.authorization"]
    data = schemas["notification_event_data"]["properties"]
    data["object"] = {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in about]}
    paths = document["paths"]
    for path in list(paths):
        for operation in paths[path].values():
            closed(operation["responses"])
        for newer, older in OLDER.items():
            if path.startswith(newer) and "subscribe" not in path:
                paths[path.replace(newer, older)] = copy.deepcopy(paths[path])
    around(paths)
    return document


def nullable(node):
    """OpenAPI 3.0's `nullable` in the words of 3.1.

    Prism compiles no schema that has `nullable` without `type`, as Stripe writes its alternatives, and then validates
    nothing, without a word.
    """
    if isinstance(node, list):
        return [nullable(item) for item in node]
    if not isinstance(node, dict):
        return node
    # A property may be called `nullable` too, but is no boolean then.
    may_be_null = node.get("nullable") is True
    node = {key: nullable(value) for key, value in node.items() if not (key == "nullable" and may_be_null)}
    return {"anyOf": [node, {"type": "null"}]} if may_be_null else node


def closed(node):
    """Refuses members that the document does not name: a name that is misspelt is one."""
    if isinstance(node, list):
        for item in node:
            closed(item)
    elif isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            node.setdefault("additionalProperties", False)
        for value in node.values():
            closed(value)


def one(object, prefix):
    """As much as the flow knows of what is no part of Financial Connections."""
    return {
        "type": "object",
        "properties": {
            "id": {"type": "string", "pattern": f"^{prefix}"},
            "object": {"type": "string", "enum": [object]},
        },
        "required": ["id", "object"],
    }


def around(paths):
    """What the flow needs beside Financial Connections: of events and errors the slice has the schemas."""
    endpoint = one("webhook_endpoint", "we_")
    customer, event = ({"$ref": f"#/components/schemas/{name}"} for name in ("customer", "event"))
    for path, item, methods, methods_of_item in (
        ("/v1/customers", customer, ("get", "post"), ("get",)),
        ("/v1/events", event, ("get",), ("get",)),
        ("/v1/webhook_endpoints", endpoint, ("get", "post"), ("get", "post", "delete")),
    ):
        several = {**LIST, "properties": {**LIST["properties"], "data": {"type": "array", "items": item}}}
        paths[path] = {method: answers(several if method == "get" else item) for method in methods}
        id = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
        paths[path + "/{id}"] = {"parameters": id} | {method: answers(item) for method in methods_of_item}


def answers(schema):
    json = lambda schema: {"description": "", "content": {"application/json": {"schema": schema}}}
    return {"responses": {"200": json(schema), "default": json({"$ref": "#/components/schemas/error"})}}


def routes(document):
    """Each method and path that the document has, with the pattern of its addresses."""
    for path, operations in document["paths"].items():
        pattern = re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + "$")
        for method in operations.keys() - {"parameters"}:
            yield method, path, pattern
