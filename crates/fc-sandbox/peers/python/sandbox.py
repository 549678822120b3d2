"""Shared by the scripts: the sandbox's controls, a client per key, and two assertions."""

import json
import urllib.error
import urllib.request

import stripe

DAY = 24 * 60 * 60

if not __debug__:
    raise SystemExit("run Python without -O: the checks are asserts")

# The SDK waits this long before a retry. The wait says nothing about the sandbox.
stripe.HTTPClient.INITIAL_DELAY = 0


def step(name):
    print(f"ok  {name}", flush=True)


def refused(error, call, **expected):
    """Asserts that the call raises this class of error with these values."""
    try:
        call()
    except stripe.StripeError as raised:
        assert type(raised) is error, f"{type(raised).__name__} instead of {error.__name__}: {raised}"
        # Some of the SDK's classes keep neither the code nor the parameter, but all keep the body.
        body = (raised.json_body or {}).get("error", {})
        seen = {name: body.get(name) if name in ("code", "param") else getattr(raised, name) for name in expected}
        assert seen == expected, (seen, str(raised))
        return raised
    raise AssertionError(f"expected {error.__name__}")


class Sandbox:
    """A running sandbox with a frozen clock, and a new world in it."""

    def __init__(self, base, http_client=None):
        self.base = base.rstrip("/")
        self.http_client = http_client
        # A new key has a new world, so scripts can run one after the other.
        self.now = self.control("clock", frozen=True)["now"]
        self.control("clock", advance=1)
        self.key = f"sk_test_python{self.now}"

    def control(self, path, **body):
        """Calls a control, `POST /_sandbox/…`."""
        return self.read(path, json.dumps(body).encode())

    def read(self, path, body=None):
        try:
            with urllib.request.urlopen(f"{self.base}/_sandbox/{path}", body, timeout=30) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"/_sandbox/{path} refused: {error.read().decode()}") from None

    def advance(self, seconds):
        self.now = self.control("clock", advance=seconds)["now"]

    def client(self, key=None, **options):
        options.setdefault("max_network_retries", 0)
        return stripe.StripeClient(
            key or self.key, base_addresses={"api": self.base}, http_client=self.http_client, **options
        )
