"""Signs and verifies webhooks with stripe-python, the official SDK, for the test `webhook_python`.

usage: webhook_python.py sign SECRET TIMESTAMP < body        prints the header
       webhook_python.py verify SECRET HEADER < body         prints "ok", or "refused: " and the reason
       webhook_python.py event < body                        prints id, type and the id of the object
       webhook_python.py thin < body                         prints id, type and the id of the related object
       webhook_python.py read < array                        reads each text of a JSON array as an event, and prints an array:
                                                             id and type, or null for a text that is no event

`verify` does not check the time, so that the test needs no clock.
"""

import json
import sys
from collections import OrderedDict

import stripe
from stripe import SignatureVerificationError, StripeClient, Webhook, WebhookSignature


def main(command, *arguments):
    body = sys.stdin.buffer.read()
    if command == "sign":
        secret, timestamp = arguments
        return WebhookSignature.generate_signature_header(body.decode("utf-8"), secret, int(timestamp))
    if command == "verify":
        secret, header = arguments
        try:
            WebhookSignature.verify_header(body, header, secret, tolerance=None)
        except SignatureVerificationError as error:
            return f"refused: {error.user_message or error}"
        return "ok"
    if command == "event":
        stripe.api_key = "sk_test_123"
        event = Webhook.construct_event_without_verification(body)
        return f"{event.id} {event.type} {event.data.object.id}"
    if command == "thin":
        event = StripeClient("sk_test_123").parse_event_notification_without_verification(body)
        return f"{event.id} {event.type} {event.related_object.id}"
    if command == "read":
        return json.dumps([read(text) for text in json.loads(body)])
    raise SystemExit(__doc__)


def read(text):
    """As stripe-python reads an event. The names `NaN` and `Infinity`, which it takes for numbers, are no JSON."""
    try:
        event = json.loads(text, object_pairs_hook=OrderedDict, parse_constant=int)
        id, type, object = event["id"], event["type"], event["data"]["object"]
    except (KeyError, RecursionError, TypeError, ValueError):
        return None
    is_event = isinstance(id, str) and isinstance(type, str) and isinstance(object, dict)
    return [id, type] if is_event and event.get("object", "event") == "event" else None


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
