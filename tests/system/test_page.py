"""The page's keeper beside a running machine: `kumiki page LINK` and `kumiki run --page`. Each answer and each event is held
to the API's own description."""

import http.client
import json
import re
import socket
import subprocess
import urllib.parse
from contextlib import ExitStack, contextmanager

import jsonschema
import pexpect
import pytest

import kumiki_machine as km
import schema
import sessions
import witness

pytestmark = pytest.mark.talk

API = json.loads((km.TOP / "keeper/page/openapi.json").read_text(encoding="utf-8").replace("kumiki.schema.json#", "#"))
WHOLE = {**API, "$defs": schema.STRICT}
FIRST_PICTURE = 200 << 10  # bytes, at most
CONNECTIONS = 1000


def fits(content, described):
    """The content is as this part of the description says."""
    jsonschema.Draft202012Validator({**WHOLE, **described}).validate(content)


def described(method, path, status):
    """What the description says of this answer."""
    for template, ways in API["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path):
            answer = ways[method.lower()]["responses"][str(status)]
            return API["components"]["responses"]["error"] if "$ref" in answer else answer
    raise AssertionError(f"{path} isn't described")


class Keeper:
    """A client of the keeper at an address that it has printed."""

    def __init__(self, address):
        parts = urllib.parse.urlsplit(address)
        self.port, self.key = parts.port, parts.fragment

    def request(self, method, path, body=None, key=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=km.HANGS)
        connection.request(method, path, body, {"Authorization": f"Bearer {key or self.key}",
                                                **({"Content-Type": "application/json"} if body else {})})
        return connection.getresponse()

    def ask(self, path, status=200, method="GET", body=None):
        """The content of an answer, which has this status and is as described."""
        answer = self.request(method, path, body)
        text = answer.read().decode()
        assert answer.status == status, text
        content = json.loads(text, object_pairs_hook=schema.unique)
        for type_, one in described(method, path.partition("?")[0], status)["content"].items():
            assert answer.headers["Content-Type"] == type_
            fits(content, one["schema"])
        return content

    def act(self, act, system, status=200, **more):
        sent = {"act": act, "system": system, **more}
        fits(sent, API["components"]["schemas"]["act"])
        return self.ask("/api/acts", status, "POST", json.dumps(sent))

    def events(self):
        """All events, from now on, as (name, content)."""
        kinds = API["paths"]["/api/events"]["get"]["responses"]["200"]["x-events"]
        stream = self.request("GET", "/api/events")
        assert stream.status == 200
        name = ""
        for line in stream:
            key, _, value = line.decode().rstrip("\n").partition(": ")
            if key == "event":
                name = value
            elif key == "data":
                content = json.loads(value)
                fits(content, kinds[name])
                yield name, content


@contextmanager
def opened(link):
    """`kumiki page`."""
    with subprocess.Popen([*km.MORTAL, km.KUMIKI, "page", link], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as process:
        try:
            yield Keeper(re.fullmatch(r"page: (http://127\.0\.0\.1:\d+/#[0-9a-f]{32})\n", process.stdout.readline())[1]), process
        finally:
            process.terminate()


def until(events, name, holds):
    """The first event of this name for which that holds."""
    return next(content for kind, content in events if kind == name and holds(content))


def system(name):
    broken = km.partition("broken", cores=0x4, memory="1M as 0x40000000", image=km.HEARTBEAT, console=False,
                          more=('kumiki,on-crash = "stop";',))
    return km.description(name, [witness.heartbeat(0, name="small"), witness.heartbeat(1), broken])


def known(state):
    return {"list", "accounts", "cores"} <= state.keys() and state["acts"] and state["wrong"]


# Shows: operator.page, operator.page-api.
def test_a_machine_is_seen_and_a_system_restarted(tmp_path):
    link, watch = tmp_path / "all", tmp_path / "watch"
    with km.kumiki("page", system("page"), links=[link, f"{watch}:look"]) as machine:
        sessions.reachable(link)
        with opened(link) as (keeper, process):
            events = keeper.events()
            state = until(events, "state", lambda now: known(now) and
                          [one["state"] for one in now["list"]["partitions"]] == ["running", "running", "stopped"])
            assert [one["system"] for one in state["wrong"]] == ["broken"]
            assert state["wrong"][0]["text"] == f"broken has stopped: {state['ends']['broken']}"
            assert keeper.act("restart", "small")["words"]
            again = until(events, "life", lambda life: life["name"] == "small" and life["starts"] == 2)
            assert again["last_end"] == "restart" and again["ended"] == "it was told to restart"
            keeper.act("suspend", "small")
            keeper.act("resume", "small")
            keeper.act("stop", "small")
            until(events, "life", lambda life: life["name"] == "small" and life["state"] == "stopped")
            assert "error" in keeper.act("suspend", "small", 409)
            until(events, "act", lambda act: act["act"] == "suspend" and not act["done"])
            keeper.act("start", "small")
            assert until(events, "state", lambda now: now["list"]["partitions"][0]["starts"] == 3)["acts"]
            until(events, "printed", lambda printed: 1 in printed["numbers"])
            assert keeper.ask("/api/systems/small")["starts"] == 3
            assert "".join(keeper.ask("/api/systems/small/log?lines=20")["console"])
            assert keeper.ask("/api/systems/broken/log")["crashes"] == 1
            keeper.ask("/api/systems/other", 404)
            keeper.ask("/api/systems/small/log?lines=1000", 400)
            keeper.ask("/api/openapi.json")
            assert keeper.ask("/api/kumiki.schema.json") == schema.SCHEMA
            with opened(watch) as (looker, _):
                assert until(looker.events(), "state", lambda now: "list" in now)["acts"] == []
                looker.act("restart", "small", 403)
                assert looker.request("GET", "/api/state", key=keeper.key).status == 401
            machine.close()
            assert until(events, "over", lambda over: over["why"]) == {"why": "the machine is off"}
            assert process.wait(km.HANGS) == 0


def test_a_core_is_given_away(tmp_path):
    """A free core goes to a system that may hold it."""
    link = tmp_path / "all"
    path = km.description("page-cores", [
        witness.heartbeat(0), km.partition("worker", cores=0x2, memory="1M as 0x40000000", image=km.GUESTS / "worker.bin",
                                           more=("kumiki,may-hold = <&cpus 0x4>;",))])
    path.write_text(path.read_text().replace("/ {", "/ {\n\tkumiki,free-cores = <2>;", 1))
    with km.kumiki("page-cores", path, links=[link]):
        sessions.reachable(link)
        with opened(link) as (keeper, _):
            events = keeper.events()
            free = until(events, "state", lambda now: {"list", "cores"} <= now.keys())["cores"]["cores"][2]
            assert free["holder"] is None and free["may_hold"] == ["worker"]
            keeper.act("give", "worker", core=2)
            until(events, "state", lambda now: now["cores"]["cores"][2]["holder"] == "worker")
            assert "error" in keeper.act("give", "worker", 409, core=0)


# Shows: operator.page-bounds.
def test_a_flood_at_the_door(tmp_path):
    """A thousand connections that ask for nothing whole keep neither the key's owner out, nor a system from its ticks."""
    link = tmp_path / "all"
    path = km.description("page-flood", [witness.heartbeat(0)])
    with km.kumiki("page-flood", path, links=[link]), ExitStack() as flood:
        sessions.reachable(link)
        with opened(link) as (keeper, _):
            events = keeper.events()
            until(events, "state", lambda now: "list" in now)
            for number in range(CONNECTIONS):
                stranger = socket.create_connection(("127.0.0.1", keeper.port), km.HANGS)
                stranger.sendall(b"GET /api/state HTTP/1.1\r\nHost: localhost\r\n")
                if number % 20:
                    stranger.close()
                else:
                    flood.enter_context(stranger)
                    assert keeper.ask("/api/state")["list"]["system"] == "page-flood"
            lost = []
            while len(lost) < 3:
                until(events, "printed", lambda printed: printed["numbers"])
                said = "".join(keeper.ask("/api/systems/heartbeat/log?lines=200")["console"])
                lost = re.findall(witness.BEAT, said.replace("\r", ""))
            assert set(lost) == {"0"}


def test_first_picture_is_small(tmp_path):
    """What a browser loads before it shows the machine: the page's files, and the first state."""
    link = tmp_path / "all"
    with km.kumiki("page-small", system("page-small"), links=[link]):
        sessions.reachable(link)
        with opened(link) as (keeper, _):
            until(keeper.events(), "state", known)
            sizes = [len(keeper.request("GET", path).read()) for path in
                     ("/", "/page.css", "/page.js", "/plots.js", "/icon.svg", "/api/state")]
            assert sum(sizes) <= FIRST_PICTURE, sizes


# Shows: operator.page.
def test_run_with_a_page():
    """`kumiki run --page` prints the address; on a terminal it is the console, too, and ends the machine."""
    with sessions.terminal(km.KUMIKI, ["run", "--icount", "--page", system("page-run"), "--", "-icount", "sleep=on"],
                           km.HANGS) as session:
        session.expect(r"page: (http://127\.0\.0\.1:\d+/#[0-9a-f]{32})\r\n")
        keeper = Keeper(session.match[1])
        session.expect(r"\[small\S* heartbeat: \d+ s")
        keeper.act("restart", "small")
        session.expect(r"small runs again: start 2")
        assert until(keeper.events(), "state", lambda now: now["list"]["partitions"][0]["starts"] == 2)["acts"]
        session.send(sessions.LEAVE)
        session.expect(pexpect.EOF)
        session.wait()
        assert session.exitstatus == 0
