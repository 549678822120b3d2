"""Webhooks: each delivery must pass stripe-python's verification and equal the event in the list of events."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import stripe
from sandbox import refused, step

DEACTIVATED = "financial_connections.account.deactivated"


class Endpoint:
    """A server on this machine that accepts every webhook."""

    def __init__(self):
        # Raw bodies with their signatures, and the statuses of the first responses; then 200.
        self.received, self.statuses = [], []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.received.append((body, self.headers["stripe-signature"]))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_port}/hook"


class Receiver(Endpoint):
    """A webhook endpoint, created before the first account is linked."""

    # The API version of its events; none for that of the account.
    VERSION = None

    def __init__(self, sandbox, sdk):
        super().__init__()
        self.sandbox, self.sdk = sandbox, sdk
        version = {"api_version": self.VERSION} if self.VERSION else {}
        self.endpoint = sdk.v1.webhook_endpoints.create({"url": self.url, "enabled_events": ["*"]} | version)
        assert self.endpoint.id.startswith("we_") and self.endpoint.secret.startswith("whsec_")
        assert self.endpoint.status == "enabled"
        seen = sdk.v1.webhook_endpoints.retrieve(self.endpoint.id)
        assert "secret" not in seen, "the secret is shown once"
        assert [one.id for one in sdk.v1.webhook_endpoints.list().data] == [self.endpoint.id]
        step("create a webhook endpoint")

    def take(self):
        """The deliveries since the last call, after the sandbox sent everything that was due."""
        self.sandbox.control("deliveries")
        received, self.received = self.received, []
        return received

    def check(self, savings):
        sdk, secret = self.sdk, self.endpoint.secret
        received = self.take()
        events = [sdk.construct_event(body, signature, secret) for body, signature in received]
        logged = {event.id: event for event in sdk.v1.events.list({"limit": 100}).auto_paging_iter()}
        assert len(events) == len({event.id for event in events}) == len(logged) > 10
        for event in events:
            # The delivered event counts this delivery as pending; the list of events no longer does.
            sent, kept = event.to_dict(), logged[event.id].to_dict()
            assert (sent.pop("pending_webhooks"), kept.pop("pending_webhooks")) == (1, 0)
            assert sent == kept, (sent, kept)
        step(f"{len(events)} webhooks arrived, each once, signed, and equal to the events in the list")

        body, signature = received[0]
        for payload, header, key in (
            (body.replace(b"financial", b"Financial", 1), signature, secret),
            (body, signature.replace("v1=", "v2="), secret),
            (body, signature.replace("t=", "t=1"), secret),
            (body, signature, "whsec_other"),
            (body, "", secret),
        ):
            refused(stripe.SignatureVerificationError, lambda: sdk.construct_event(payload, header, key))
        step("a changed webhook and one with another signature are refused")

        sdk.v1.webhook_endpoints.update(self.endpoint.id, {"enabled_events": [DEACTIVATED]})
        rolled = self.sandbox.control(f"webhook_endpoints/{self.endpoint.id}/secret", overlap=3600)["secret"]
        self.break_off(savings)
        [(body, signature)] = self.take()
        assert signature.count("v1=") == 2, signature
        assert sdk.construct_event(body, signature, secret).id == sdk.construct_event(body, signature, rolled).id
        self.sandbox.advance(3601)
        self.break_off(savings)
        [(body, signature)] = self.take()
        assert sdk.construct_event(body, signature, rolled).type == DEACTIVATED
        refused(stripe.SignatureVerificationError, lambda: sdk.construct_event(body, signature, secret))
        step("a rolled secret signs beside the new one during the overlap")

        self.statuses = [500, 302]
        self.break_off(savings)
        [(first, _)] = self.take()
        assert self.take() == [], "no retry before it is due"
        again = []
        for _ in range(2):
            self.sandbox.advance(4 * 3600)
            again += self.take()
        assert [body for body, _ in again] == [first, first]
        event = sdk.construct_event(*again[-1], rolled)
        assert sdk.v1.events.retrieve(event.id).pending_webhooks == 0
        step("a failed delivery is retried, up to three attempts, with a new signature each time")

        assert sdk.v1.webhook_endpoints.delete(self.endpoint.id).deleted is True
        self.break_off(savings)
        assert self.take() == []
        refused(
            stripe.InvalidRequestError, lambda: sdk.v1.webhook_endpoints.retrieve(self.endpoint.id), http_status=404
        )
        for wrong in ({"url": self.url, "enabled_events": ["financial_connections.account.invented"]}, {"enabled_events": ["*"]}):
            refused(stripe.InvalidRequestError, lambda: sdk.v1.webhook_endpoints.create(wrong), http_status=400)
        step("an endpoint gets the events it enables, and none after it is deleted")

    def break_off(self, savings):
        """One event that the endpoint enables, and one that it does not."""
        self.sandbox.control(f"accounts/{savings.id}/status", status="inactive")
        self.sandbox.control(f"accounts/{savings.id}/status", status="active")
