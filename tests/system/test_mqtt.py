"""The keeper and an MQTT broker, Debian's mosquitto: what it is told, and which commands it can bring (docs/fleet.md)."""

import base64
import datetime
import json
import os
import re
import socket
import subprocess
from contextlib import contextmanager

import pytest

import kumiki_machine as km
import sessions
from fake_hub import FakeHub
from test_fleet import free_port
from test_page import Keeper, system

PLACE = km.TOP / "build/mosquitto"
LIBRARIES = {**os.environ, "LD_LIBRARY_PATH": str(PLACE / "usr/lib/x86_64-linux-gnu")}
NODE = "press-7"


@pytest.fixture(name="programs", scope="module")
def debians():
    """Where Debian's programs are."""
    subprocess.run(["make", "--no-print-directory", "build/mosquitto/package"], cwd=km.TOP, check=True, timeout=km.HANGS)
    return PLACE / "usr"


class Heard:
    """What was heard, by topic: each topic's texts are in order."""

    def __init__(self, pairs):
        self.pairs = pairs
        self.texts = {}

    def of(self, topic):
        while True:
            waiting = self.texts.setdefault(topic, [])
            while waiting:
                yield waiting.pop(0)
            where, text = next(self.pairs, (None, None))
            assert where, "the subscriber has ended"
            self.texts.setdefault(where, []).append(text)


class Broker:
    """A running one. `more`: further lines of its configuration."""

    def __init__(self, programs, folder, port=None, more=""):
        self.programs, self.port = programs, port or free_port()
        config = folder / "mosquitto.conf"
        config.write_text(f"user root\nlistener {self.port} 127.0.0.1\nallow_anonymous true\n{more}")
        self.process = subprocess.Popen([*km.MORTAL, programs / "sbin/mosquitto", "-c", config], env=LIBRARIES,
                                        stderr=subprocess.PIPE, text=True)
        assert any(re.search(r"mosquitto version \S+ running", line) for line in self.process.stderr)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def publish(self, topic, text):
        subprocess.run([self.programs / "bin/mosquitto_pub", "-V", "5", "-q", "1", "-p", str(self.port), "-t", topic, "-m", text],
                       env=LIBRARIES, check=True, timeout=km.HANGS)

    @contextmanager
    def listening(self, *options):
        """What a subscriber hears below the node's topics, as (topic, text)."""
        with subprocess.Popen([*km.MORTAL, self.programs / "bin/mosquitto_sub", "-V", "5", "-v", "-h", "127.0.0.1", "-p", str(self.port), *options,
                               "-t", f"kumiki/{NODE}/+"], env=LIBRARIES, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield Heard(line.removeprefix(f"kumiki/{NODE}/").rstrip("\n").split(" ", 1) for line in process.stdout)
            finally:
                process.kill()


def until(heard, topic, holds=lambda text: True):
    """The first text of this topic, behind those that were asked for, for which that holds."""
    return next(text for text in heard.of(topic) if holds(text))


def states(text):
    return {one["name"]: (one["state"], one["starts"]) for one in json.loads(text)["systems"]}


def answer(heard):
    return json.loads(until(heard, "answers"))


@contextmanager
def kept(folder, broker, *options):
    """`kumiki page` with a broker; its client and process."""
    with subprocess.Popen([*km.MORTAL, km.KUMIKI, "page", "--mqtt", f"127.0.0.1:{broker}", "--mqtt-node", NODE, *options,
                           folder / "link"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield Keeper(re.fullmatch(r"page: (http://\S+)\n", process.stdout.readline())[1]), process
        finally:
            process.kill()


@pytest.fixture(name="keys")
def anna_and_ben(tmp_path):
    """The file with anna's public key. Beside it are anna.key and ben.key."""
    lines = {name: subprocess.run([km.KUMIKI, "fleet", "key", name], cwd=tmp_path, capture_output=True, text=True, check=True,
                                  timeout=km.HANGS).stdout for name in ("anna", "ben")}
    path = tmp_path / "keys"
    path.touch(0o600)
    path.write_text(lines["anna"])
    return path


def sign(folder, *words, key="anna", node=NODE):
    return subprocess.run([km.KUMIKI, "fleet", "sign", *words[:-2], folder / f"{key}.key", node, *words[-2:]], capture_output=True,
                          text=True, check=True, timeout=km.HANGS).stdout.rstrip()


def signed_by_openssl(folder, text):
    """The same message by another program, whatever the text."""
    (folder / "text").write_text(text)
    done = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", folder / "anna.key", "-in", folder / "text"],
                          capture_output=True, check=True, timeout=km.HANGS)
    key = (folder / "keys").read_text().split()[2]
    return json.dumps({"key": key, "text": text, "signature": base64.b64encode(done.stdout).decode()})


def text_of(node=NODE, seconds=60, number=1, act="restart"):
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return json.dumps({"node": node, "number": number, "end": end.strftime("%Y-%m-%dT%H:%M:%SZ"), "act": act, "system": "small"})


def refusal(broker, heard, message):
    broker.publish(f"kumiki/{NODE}/command", message)
    said = answer(heard)
    assert not said["done"]
    return said["error"]


# Shows: operator.mqtt, operator.mqtt-commands.
@pytest.mark.talk
def test_a_machine_of_a_fleet(programs, keys, tmp_path):
    """A broker is told of a real machine, and brings a signed command once; altered, late, foreign and repeated ones don't act."""
    log = tmp_path / "log"
    options = ["--log", log, "--mqtt-commands", keys]
    with km.kumiki("mqtt", system("mqtt"), links=[tmp_path / "link"]), Broker(programs, tmp_path) as broker:
        sessions.reachable(tmp_path / "link")
        with broker.listening() as heard:
            with kept(tmp_path, broker.port, *options) as (_, process):
                assert until(heard, "presence") == "online"
                until(heard, "state", lambda text: states(text)["small"] == ("running", 1))
                until(heard, "alarms", lambda text: [one["system"] for one in json.loads(text)["wrong"]] == ["broken"])
                for message, words in (
                        (sign(tmp_path, "restart", "small").replace("small", "slate"), "the text was changed"),
                        (sign(tmp_path, "restart", "small", key="ben"), "isn't among the keys"),
                        (sign(tmp_path, "restart", "small", node="press-8"), "another node"),
                        (signed_by_openssl(tmp_path, text_of(seconds=0)), "its end is past"),
                        (signed_by_openssl(tmp_path, text_of(seconds=660)), "more than 10 minutes ahead")):
                    assert words in refusal(broker, heard, message)
                good = sign(tmp_path, "--for", "600", "restart", "small")
                broker.publish(f"kumiki/{NODE}/command", good)
                assert answer(heard)["done"]
                until(heard, "state", lambda text: states(text)["small"] == ("running", 2))
                assert "isn't greater" in refusal(broker, heard, good)
                process.kill()
            assert until(heard, "presence") == "offline"
            with kept(tmp_path, broker.port, *options):
                assert until(heard, "presence") == "online"
                assert "isn't greater" in refusal(broker, heard, good)
    acts, lives = (subprocess.run([km.KUMIKI, "logs", "--system", "small", "--kind", kind, log], capture_output=True, text=True,
                                  check=True, timeout=km.HANGS).stdout for kind in ("act", "life"))
    assert "running, start 2" in lives and "start 3" not in lives
    assert len(re.findall(r"act small: restart by anna by MQTT: done: ", acts)) == 1
    assert len(re.findall(r"refused: ", acts)) == 4  # of those whose text is read


# Shows: operator.mqtt.
def test_a_broker_that_is_away(programs, tmp_path):
    """The page goes on without it and with one that says nothing; later it is told all."""
    with FakeHub(tmp_path / "link"), socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with kept(tmp_path, port) as (keeper, process):
            client, _ = silent.accept()
            assert client.recv(4096)[4:8] == b"MQTT"
            for _ in range(20):
                keeper.ask("/api/state")
            client.close()
            silent.close()
            assert "it is tried again" in process.stderr.readline()
            with Broker(programs, tmp_path, port) as broker, broker.listening() as heard:
                assert states(until(heard, "state")) == {"linux": ("running", 1), "rt": ("running", 1)}
                assert "is there" in process.stderr.readline()
                process.terminate()
                assert until(heard, "presence", lambda text: text == "offline")


# Shows: operator.mqtt.
def test_a_broker_by_tls(programs, tmp_path):
    """Its certificate has to be of the authority that is named, and its password comes from a file."""
    for name in ("one", "other"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                        tmp_path / f"{name}.pem", "-out", tmp_path / f"{name}.crt", "-days", "1", "-subj", "/CN=broker", "-addext",
                        "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True, timeout=km.HANGS)
        (tmp_path / f"{name}.pem").chmod(0o644)
    tmp_path.chmod(0o755)
    with FakeHub(tmp_path / "link"), Broker(programs, tmp_path, more=f"certfile {tmp_path}/one.crt\nkeyfile {tmp_path}/one.pem\n") \
            as broker:
        with kept(tmp_path, broker.port, "--mqtt-ca", tmp_path / "other.crt") as (_, process):
            assert "TLS fails" in process.stderr.readline()
        with kept(tmp_path, broker.port, "--mqtt-ca", tmp_path / "one.crt"), \
                broker.listening("--cafile", tmp_path / "one.crt") as heard:
            assert states(until(heard, "state"))["rt"] == ("running", 1)


# Shows: operator.mqtt.
def test_a_broker_with_names(programs, tmp_path):
    """The name and password in the file let the page in, and a wrong one is told."""
    subprocess.run([programs / "bin/mosquitto_passwd", "-b", "-c", tmp_path / "names", "press", "7:7"], env=LIBRARIES, check=True,
                   timeout=km.HANGS)
    login = tmp_path / "login"
    login.touch(0o600)
    with FakeHub(tmp_path / "link"), Broker(programs, tmp_path, more=f"password_file {tmp_path}/names\n") as broker, \
            broker.listening() as heard:
        login.write_text("press:7\n")
        with kept(tmp_path, broker.port, "--mqtt-login", login) as (_, process):
            assert "Not authorized; it is tried again" in process.stderr.readline()
        login.write_text("press:7:7\n")
        with kept(tmp_path, broker.port, "--mqtt-login", login):
            assert until(heard, "presence") == "online"


# Shows: operator.mqtt.
@pytest.mark.parametrize("options, words", [
    (["--mqtt-node", "a"], "which broker"), (["--mqtt-commands", "x"], "which broker"),
    (["--mqtt", "broker:1883", "--mqtt-node", "a"], "--mqtt is"), (["--mqtt", "1.2.3.4", "--mqtt-node", "a"], "--mqtt is"),
    (["--mqtt", "1.2.3.4:0", "--mqtt-node", "a"], "--mqtt is"), (["--mqtt", "1.2.3.4:1"], "--mqtt needs"),
    (["--mqtt", "1.2.3.4:1", "--mqtt-node", "a/b"], "--mqtt needs"), (["--mqtt", "1.2.3.4:1", "--mqtt-node", "#"], "--mqtt needs"),
    (["--mqtt", "1.2.3.4:1", "--mqtt-node", "a", "--mqtt-commands", "x"], "needs --log")])
def test_wrong_words(options, words):
    """What a broker can't be told with is refused at once."""
    done = subprocess.run([km.KUMIKI, "page", *options, "/nothing"], capture_output=True, text=True, timeout=km.HANGS)
    assert done.returncode == 2 and words in done.stderr, done.stderr


# Shows: operator.mqtt-commands.
def test_wrong_files(keys, tmp_path):
    """Files that have mistakes, or that others can change, aren't taken."""
    with FakeHub(tmp_path / "link"):
        def refused(*options):
            done = subprocess.run([km.KUMIKI, "page", "--mqtt", "127.0.0.1:1", "--mqtt-node", NODE, *options, tmp_path / "link"],
                                  capture_output=True, text=True, timeout=km.HANGS)
            assert done.returncode == 1
            return done.stderr
        commands = ["--log", tmp_path / "log", "--mqtt-commands", keys]
        line = keys.read_text()
        keys.write_text(f"{line}ben see {line.split()[2]}\n")
        assert f"{keys}:2: error: a key's role" in refused(*commands)
        keys.write_text("# none\n")
        assert "it has no key" in refused(*commands)
        keys.write_text(line)
        (tmp_path / "log/commands").write_text("what is this\n")
        assert "can't be read" in refused(*commands)
        keys.chmod(0o666)
        assert "others may read or write it" in refused(*commands)
        assert "can't be read" in refused("--mqtt-ca", tmp_path / "none")
        assert "NAME:PASSWORD" in refused("--mqtt-login", tmp_path / "anna.key")


@pytest.mark.parametrize("words, why", [
    (["key", "a/b"], "a name has"), (["sign", "anna.key", "n", "list", "x"], "an act is"), (["sign", "anna.key", "n", "stop"], "which system"),
    (["sign", "anna.key", "n/m", "stop", "x"], "a node's name"), (["sign", "--core", "1", "anna.key", "n", "stop", "x"], "give needs"),
    (["sign", "anna.key", "n", "give", "x"], "give needs"), (["sign", "--for", "601", "anna.key", "n", "stop", "x"], "--for is"),
    (["sign", "--for", "0", "anna.key", "n", "stop", "x"], "--for is"), (["sign", "--off", "anna.key", "n", "start", "x"], "--off is"),
    (["sign", "--core", "64", "anna.key", "n", "give"], "--core is"), (["sing", "anna.key", "n", "stop", "x"], "did you mean 'sign'")])
def test_wrong_words_of_fleet(words, why, keys):
    done = subprocess.run([km.KUMIKI, "fleet", *words], cwd=keys.parent, capture_output=True, text=True, timeout=km.HANGS)
    assert done.returncode == 2 and why in done.stderr and not done.stdout, done.stderr


def test_a_key_isn_t_replaced(keys):
    """Nor is a file taken that others can read, or that is no such key."""
    def fails(*words):
        done = subprocess.run([km.KUMIKI, "fleet", *words], cwd=keys.parent, capture_output=True, text=True, timeout=km.HANGS)
        assert done.returncode == 1 and not done.stdout
        return done.stderr
    assert "it is there already" in fails("key", "anna")
    assert "it is no key" in fails("sign", "keys", "n", "stop", "x")
    assert (keys.parent / "anna.key").stat().st_mode & 0o777 == 0o600
    (keys.parent / "anna.key").chmod(0o644)
    assert "others may read" in fails("sign", "anna.key", "n", "stop", "x")
