"""The page inside the machine: systems/kept.dts has a Linux whose keeper works through the panel. The host opens it."""

import hashlib
import http.client
import json
import socket
import ssl

import pytest

import kumiki_machine as km
from rtos_net import free_port
from test_page import Keeper, until

pytestmark = pytest.mark.talk


class Kept(Keeper):
    """A client of the keeper in the machine, which knows its certificate by the fingerprint on the console."""

    def __init__(self, port, mark):
        self.port, self.key = port, "0"
        certificate = ssl.get_server_certificate(("127.0.0.1", port))
        assert hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest().upper() == mark.replace(":", "")
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.check_hostname = False  # the machine's name for itself is none of this host's
        self.context.load_verify_locations(cadata=certificate)

    def request(self, method, path, body=None, key=None):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=km.HANGS, context=self.context)
        connection.request(method, path, body, {"Authorization": f"Bearer {key or self.key}",
                                                **({"Content-Type": "application/json"} if body else {})})
        return connection.getresponse()

    def log_in(self, name, password):
        sent = {"user": name, "password": password, "bearer": True}
        self.key = self.ask("/api/session", method="POST", body=json.dumps(sent))["token"]


def kept(name, port):
    """The description of systems/, with a free port of the host."""
    path = km.TESTS / f"{name}.dts"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = (km.TOP / "systems/kept.dts").read_text().replace("../build/debian", str(km.DEBIAN))
    path.write_text(text.replace("../build", str(km.BUILD)).replace("127.0.0.1:8443", f"127.0.0.1:{port}"))
    return path


# Shows: operator.page-inside.
def test_a_linux_of_the_machine_keeps_the_page():
    port = free_port(socket.SOCK_STREAM)
    with km.kumiki("page-inside", kept("page-inside", port), mode=km.TALK) as machine:
        user = machine.expect(r"\[linux\] user: (\w+)$", 60)[1]
        password = machine.expect(r"\[linux\] password: (\w+)$", 10)[1]
        page = Kept(port, machine.expect(r"\[linux\] certificate: SHA-256 ([0-9A-F:]{95})$", 10)[1])
        machine.expect(rf"\[linux\] page: https://127\.0\.0\.1:{port}/", 10)
        assert page.request("GET", "/api/state").status == 401
        page.log_in(user, password)
        events = page.events()
        state = until(events, "state", lambda now: {"list", "cores"} <= now.keys())
        assert [(one["name"], one.get("state")) for one in state["list"]["partitions"]] == \
            [("linux", "running"), ("worker", "running"), ("alone", None)]
        assert "accounts" not in state and "use the link" in state["untold"]
        assert page.act("restart", "worker")["words"] == "worker is running, start 2"
        again = until(events, "life", lambda life: life["name"] == "worker" and life["starts"] == 2)
        assert again["last_end"] == "restart"
        machine.expect(r"\[worker\] heartbeat: 1 s", 10)
        until(events, "printed", lambda printed: printed["numbers"] == [2])
        assert "heartbeat" in "".join(page.ask("/api/systems/worker/log?lines=20")["console"])
        assert "alone isn't managed by this partition" in page.act("restart", "alone", 409)["error"]
        assert "no partition manages itself" in page.act("stop", "linux", 409)["error"]
        assert page.ask("/api/series?system=worker&what=ran", 404)["error"] == state["untold"]
        assert page.ask("/api/series?system=worker&what=starts")["values"]
        assert "isn't managed" in page.ask("/api/systems/alone", 409)["error"]
        assert "heartbeat" in machine.expect(r"\[alone\] heartbeat: \d+ s", 5)[0]
