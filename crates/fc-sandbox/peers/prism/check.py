"""Runs the Python flow through Prism, which checks every response, success or error, against Stripe's document.

    python check.py http://127.0.0.1:PORT slice.json FOLDER

FOLDER has Prism in its node_modules. A validator that finds nothing may have checked nothing. So afterwards each kind of
response is sent again, with one value after another replaced by one of another type, and Prism must find each.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
import stripe

PEERS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [PEERS, os.path.join(PEERS, "python")]

import flow  # noqa: E402
from contract import contract, routes  # noqa: E402

SPOILT = "x-spoilt-answer"


def main(base, slice, folder):
    document = contract(json.load(open(slice)))
    path = os.path.join(folder, "contract.json")
    json.dump(document, open(path, "w"), indent=1)
    relay = Relay(base)
    with Prism(folder, path, relay.url) as prism:
        watch = Watch(base, prism.url, list(routes(document)))
        flow.run(base, http_client=watch, direct=False)
        assert watch.validated > 150, watch.validated
        found = [violation for answer in watch.answers for violation in answer["violations"]]
        for violation in found[:20]:
            print("violation", json.dumps(violation))
        assert not found, f"{len(found)} violations"
        spoilt = spoil_all(watch, relay, prism)
    print(
        f"{watch.validated} answers ({watch.errors} errors) through Prism without a violation, "
        f"{watch.passed_by} by addresses that no document has; {spoilt} spoilt values found"
    )


class Prism:
    """The proxy, on its own port."""

    def __init__(self, folder, document, upstream):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        program = os.path.join(folder, "node_modules", ".bin", "prism")
        self.process = subprocess.Popen(
            [program, "proxy", "-h", "127.0.0.1", "-p", str(port), document, upstream],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if "is listening on" in line:
                break
        else:
            raise SystemExit("Prism did not start:\n" + "".join(lines))
        # An unread pipe would fill up and block the proxy.
        log = open(os.path.join(folder, "prism.log"), "w")
        threading.Thread(target=lambda: [log.write(line) for line in self.process.stdout], daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Watch(stripe.RequestsClient):
    """Sends the SDK's calls through Prism, and keeps what Prism reports about the responses."""

    def __init__(self, base, prism, routes):
        super().__init__()
        self.base, self.prism, self.routes = base, prism, routes
        self.answers = []
        self.validated = self.errors = self.passed_by = 0

    def request(self, method, url, headers, post_data=None):
        path = urllib.parse.urlsplit(url).path
        route = next((known for verb, known, pattern in self.routes if verb == method and pattern.match(path)), None)
        if route is None:
            self.passed_by += 1
            return super().request(method, url, headers, post_data)
        url = url.replace(self.base, self.prism, 1)
        body, status, answered = super().request(method, url, headers, post_data)
        self.validated += 1
        self.errors += status >= 400
        # Invalid requests are part of the flow; invalid responses are not.
        of_answer = [one for one in violations(answered) if one["location"][0] == "response"]
        for violation in of_answer:
            violation["call"] = f"{method} {path} {status}"
        self.answers.append({
            "route": route, "method": method, "url": url, "headers": dict(headers), "data": post_data,
            "status": status, "body": json.loads(body), "violations": of_answer,
        })
        return body, status, answered


def violations(headers):
    return json.loads(headers.get("sl-violations", "[]"))


class Relay:
    """A proxy between Prism and the sandbox, which replaces the response when a call asks for it."""

    def __init__(self, base):
        self.spoilt = None
        relay, session = self, requests.Session()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body are sent in one write.
            wbufsize = -1

            def forward(self):
                length = int(self.headers.get("content-length", 0))
                body = self.rfile.read(length)
                if SPOILT in self.headers:
                    status, headers, content = relay.spoilt["status"], {}, json.dumps(relay.spoilt["body"]).encode()
                else:
                    headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
                    answer = session.request(self.command, base + self.path, headers=headers, data=body, timeout=60)
                    status, headers, content = answer.status_code, answer.headers, answer.content
                self.send_response_only(status)
                for name, value in ({"content-type": "application/json"} | dict(headers)).items():
                    if name.lower() not in ("content-length", "connection", "content-encoding"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_DELETE = forward

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_port}"


def spoil_all(watch, relay, prism):
    """Corrupts the fullest response of each kind, value by value, and returns the number of values."""
    fullest = {}
    for answer in watch.answers:
        kind = (answer["route"], answer["method"], "error" if answer["status"] >= 400 else "success")
        if kind not in fullest or len(json.dumps(answer["body"])) > len(json.dumps(fullest[kind]["body"])):
            fullest[kind] = answer
    session = requests.Session()
    spoilt, missed = 0, []
    for kind, answer in sorted(fullest.items()):
        for place, body in spoilt_bodies(answer["body"]):
            relay.spoilt = {"status": answer["status"], "body": body}
            response = session.request(
                answer["method"], answer["url"], headers=answer["headers"] | {SPOILT: "1"}, data=answer["data"]
            )
            spoilt += 1
            if not any(one["location"][0] == "response" for one in violations(response.headers)):
                missed.append((kind, place))
    assert not missed, f"Prism let {len(missed)} of {spoilt} spoilt values pass, such as {missed[:10]}"
    return spoilt


def spoilt_bodies(body):
    """Copies of the body, one per value with another type, and one per object with an unknown member."""
    yield "whole", {"spoilt": True} if isinstance(body, list) else [{"spoilt": True}]
    if isinstance(body, dict):
        # The document says nothing more about these.
        foreign = body.get("object") in ("customer", "webhook_endpoint")
        if not foreign:
            yield "more", body | {"spoilt": {}}
        members = ("id", "object") if foreign else body
    else:
        # One item of a list represents all of them.
        members = range(len(body))[:1] if isinstance(body, list) else ()
    for member in members:
        for place, value in spoilt_bodies(body[member]):
            copied = body.copy()
            copied[member] = value
            yield f"{member}.{place}", copied


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
