"""The security gateway: systems/gateway.dts with the test's own disk and a Linux behind it, and the host's servers that the
Linux talks to. Used by test_gateway.py and test_gateway_attack.py."""

import contextlib
import http.server
import socketserver
import threading

import kumiki_machine as km
import rtos_diskfiles as disks

KEY = km.RTOS / "gateway.key"
RULES = """allow both arp
allow out icmp
allow out tcp to 10.0.2.2 port {port}
"""
LINUX = "console=ttyAMA0 quiet panic=1"


ATTACK = km.GUESTS / "given/attack"


class Pages(http.server.BaseHTTPRequestHandler):
    """Answers GET /N with N words "page", and GET /attack with the attacker's program."""

    def do_GET(self):
        name = self.path.strip("/")
        body = ATTACK.read_bytes() if name == "attack" else b"page " * int(name or 1)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


@contextlib.contextmanager
def pages():
    """A web server on the host, which a guest reaches at 10.0.2.2."""
    with Server(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def new_disk(name, rules, filler=0):
    folder = km.TESTS / f"{name}-files"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gateway.rules").write_text(rules)
    if filler:
        (folder / "filler").write_bytes(bytes(range(256)) * (filler // 256))
    return disks.new_disk(name, folder=folder)


def system(name, disk):
    """systems/gateway.dts, with another disk."""
    text = (km.TOP / "systems/gateway.dts").read_text()
    for old, new in (("../build/rtos/gateway-disk.img", str(disk)), ("../build/", f"{km.BUILD}/"),
                     ("format=raw", "format=raw,cache=unsafe")):
        assert old in text
        text = text.replace(old, new)
    path = km.TESTS / f"{name}.dts"
    path.write_text(text)
    return path


def log_of(disk):
    return disks.tool("read", disk, "gateway.log")
