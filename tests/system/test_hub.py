"""Many clients of one link: console, top, trace, gdb and scripts share a running system by the hub of `kumiki run --link`,
or by `kumiki hub`."""

import re
import signal
import socket
import statistics
import subprocess
import threading
import time
from contextlib import contextmanager

import pexpect
import pytest

import frame_probe
import kumiki_machine as km
import sessions
import witness
from frame_crash import WILD, stop_in
from link_frames import frame

pytestmark = pytest.mark.talk


def told(*words):
    """The output and status of a `kumiki` command."""
    done = subprocess.run([km.KUMIKI, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          timeout=km.HANGS)
    return done.returncode, done.stdout + done.stderr


def described(name):
    return km.description(name, [witness.heartbeat(0, name="small"), witness.heartbeat(1)])


@pytest.fixture(scope="module", name="at")
def fixture_at(tmp_path_factory):
    """A system with two sockets: `all`, and `watch`, which only reads."""
    folder = tmp_path_factory.mktemp("hub")
    with running("hub", folder):
        yield folder
    assert not (folder / "all").exists() and not (folder / "watch").exists()


@contextmanager
def running(name, folder):
    """It; whoever is still there when it has ended hears of it, and then the sockets are gone."""
    with km.kumiki(name, described(name), links=[folder / "all", f"{folder}/watch:look"]) as machine:
        sessions.reachable(folder / "all")
        last = subprocess.Popen([*km.MORTAL, km.KUMIKI, "console", "--look", folder / "watch"], stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        yield machine
    assert last.communicate(timeout=km.HANGS)[1] == "kumiki console: the machine is off\n"


# Shows: operator.hub.
def test_all_at_once(at, tmp_path):
    """Console, top, a long command, gdb, a trace and a script on one machine; a second gdb at a partition is refused."""
    link = at / "all"
    top = subprocess.Popen([*km.MORTAL, km.KUMIKI, "top", link], stdout=subprocess.PIPE, text=True)
    slow = subprocess.Popen([*km.MORTAL, km.KUMIKI, "console", "--command", "top 30", link], stdout=subprocess.DEVNULL)
    with sessions.console(link) as console, sessions.console(at / "watch", "--look") as watcher:
        console.expect(r"\[heartbeat\]\S* heartbeat: \d+ s")
        gdb = sessions.terminal("gdb-multiarch", ["-nx", "-q"], 60)
        gdb.expect_exact("(gdb) ")
        gdb.sendline("set style enabled off")
        gdb.expect_exact("(gdb) ")
        gdb.sendline(f"target remote | {km.KUMIKI} gdb small {link}")
        gdb.expect(r"in \?\? \(\)")
        status, text = told("gdb", "small", link)
        assert status == 1 and re.search(r"kumiki gdb: small is debugged already, by process \d+; end that session", text)
        status, text = told("console", "--command", "list", link)
        assert status == 0 and " 2  heartbeat" in text
        status, text = told("trace", "-o", tmp_path / "trace", link)
        assert status == 0 and "trace.json" in text
        console.send("\x1dcshow heart\t\r")
        console.expect(r"kumiki> show heartbeat")
        console.expect("runs|running")
        watcher.expect(r"\[heartbeat\]\S* heartbeat: \d+ s")
        assert "kumiki> " not in watcher.before  # no client sees another client's line
        assert slow.poll() is None
        assert top.stdout.readline().startswith("in ")
        gdb.sendline("detach")
        gdb.expect("detached")
        gdb.sendline("quit")
        gdb.expect(pexpect.EOF)
        sessions.leave(console)
        sessions.leave(watcher)
    for client in (top, slow):  # in the middle of the answers
        client.kill()
        client.wait()
        if client.stdout:
            client.stdout.close()
    assert told("console", "--command", "list", link)[0] == 0


# Shows: operator.rights.
def test_rights(at):
    """A socket gives its rights and no others. A refusal names the right."""
    watch = at / "watch"
    assert told("console", "--command", "list", watch)[0] == 0
    status, text = told("console", "--command", "suspend small", watch)
    assert status == 1 and "this socket doesn't give the right to command, but: look" in text
    status, text = told("gdb", "--port", "0", "small", watch)
    assert status == 1 and "this socket doesn't give the right to debug, but: look" in text
    status, text = told("console", watch)
    assert status == 1 and "this socket doesn't give the right to type, command, but: look" in text
    assert "running" in told("console", "--command", "list", watch)[1]


HELLO = frame(1, (4).to_bytes(4, "little"))


@contextmanager
def hostile(link, noise):
    """A client that says hello, never reads, and sends `noise` as fast as it can."""
    over = threading.Event()

    def flood():
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(link))
            client.sendall(HELLO)
            client.settimeout(0.1)
            while not over.is_set():
                try:
                    client.send(noise) if noise else over.wait(0.1)
                except OSError:  # the hub takes no more, or has hung up
                    if over.wait(0.01):
                        return

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def answered(link, seconds):
    """The times that `list` takes, measured for some seconds."""
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        begin = time.monotonic()
        assert told("console", "--command", "list", link)[0] == 0
        times.append(time.monotonic() - begin)
    return times


@pytest.fixture(scope="module", name="alone")
def fixture_alone(at):
    """The times that `list` takes when there is no other client."""
    return answered(at / "all", 3)


# Shows: operator.hub-fair.
@pytest.mark.long  # it judges by the host's clock
@pytest.mark.parametrize("seconds", [5])
@pytest.mark.parametrize("noise", [
    pytest.param(frame(3, b"flood") * 64 + frame(6, b"\0list") + frame(5), id="flood"),
    pytest.param(b"", id="stall"),
    pytest.param(bytes((17 * i + i // 7) % 256 for i in range(4096)) + b"\x1e\x03\xff\x03" * 256, id="garbage"),
])
def test_a_hostile_client_delays_the_others_little(at, alone, noise, seconds):
    """With a hostile client, another client's answers come at most 100 ms later. The slowest tenth isn't judged, because the
    host stops any process now and then."""
    with hostile(at / "all", noise):
        beside = answered(at / "all", seconds)
    for share in (5, 9):
        before, after = (statistics.quantiles(times, n=10)[share - 1] for times in (alone, beside))
        assert after - before <= 0.1, (share, alone, beside)


# ---- how it begins and ends ----

# Shows: operator.hub.
def test_a_full_hub_says_so(at):
    """Readers don't take all places: a client that may give commands still gets one."""
    watch, clients = at / "watch", []
    try:
        refused = ""
        while "full" not in refused and len(clients) < 40:
            clients.append(socket.socket(socket.AF_UNIX))
            clients[-1].settimeout(km.HANGS)
            clients[-1].connect(str(watch))
            refused = clients[-1].recv(4096).decode("latin-1")
            assert refused.startswith("Kumiki's link: it speaks frames; attach with: kumiki console ")
        status, text = told("console", "--command", "list", watch)
        assert status == 1 and text.startswith("kumiki: the system refuses: full: 28 clients are attached; let one of them")
        taken = f"'{watch}' is the link of a machine that runs; choose another name behind "
        for words in (["run", "--link", watch, described("hub-again")], ["hub", "--at", watch, at / "all"]):
            status, text = told(*words)
            assert status == 1 and taken in text
        assert told("console", "--command", "list", at / "all")[0] == 0
    finally:
        for client in clients:
            client.close()
    assert told("console", "--command", "list", watch)[0] == 0


# Shows: operator.hub.
@pytest.mark.long
@pytest.mark.parametrize("end", ["killed", "Ctrl-C"])
def test_each_client_hears_that_the_machine_is_off(end, tmp_path):
    """Each client hears it when QEMU is killed, and after Ctrl-C at `kumiki run`."""
    all_, name = tmp_path / "all", f"hub-{end}"
    words = ["run", "--icount", "--link", all_, described(name), "--", "-icount", "sleep=on"]
    with sessions.terminal(km.KUMIKI, words, 60) as machine:
        machine.expect_exact(f"attach: kumiki console {all_}; top, trace, gdb and scripts, too, at once")
        top = subprocess.Popen([*km.MORTAL, km.KUMIKI, "top", all_], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert top.stdout.readline().startswith("in ")
        gdb = sessions.terminal(km.KUMIKI, ["gdb", "--port", "0", "small", all_], 60)
        gdb.expect(r"127\.0\.0\.1:(\d+)")
        debugger = socket.create_connection(("127.0.0.1", int(gdb.match[1])))
        debugger.sendall(b"+$?#3f")
        assert debugger.recv(1) in (b"+", b"$")
        with sessions.console(all_) as console:
            console.expect(r"\[heartbeat\]\S* heartbeat: \d+ s")
            if end == "killed":
                machine.kill(signal.SIGKILL)
            else:
                machine.sendintr()
            console.expect_exact("kumiki console: the machine is off")
            console.expect(pexpect.EOF)
        assert top.communicate(timeout=km.HANGS)[1] == "kumiki top: 'top 1': the machine is off\n"
        gdb.expect_exact("kumiki gdb: the machine is off")
        gdb.expect(pexpect.EOF)
        debugger.close()
        machine.expect(pexpect.EOF)
    assert not all_.exists()


# Shows: operator.hub, frame.crash-report.
@pytest.mark.long
@pytest.mark.parametrize("hub", [True, False])
def test_the_frames_last_words(hub, tmp_path):
    """A frame that can't come back reports in plain text, and the machine goes off. Each console shows and logs the
    report."""
    link, name = tmp_path / "link", f"hub-words-{hub}"
    path = described(name)
    extra = frame_probe.arguments(tmp_path / "probe")
    with km.kumiki(name, path, links=[link], extra=extra) if hub else \
            sessions.own_socket(name, link, path, extra):
        sessions.reachable(link)
        with sessions.console(link, "--log", tmp_path / "log") as console:
            console.expect(r"\[heartbeat\]\S* heartbeat: \d+ s")
            with frame_probe.Probe(tmp_path / "probe") as probe:
                stop_in(probe, "vgic_arrived")
                probe.set_register("x0", WILD)
                stop_in(probe, "recover_adopt")
                probe.set_register("pc", WILD)
                probe.resume()
            console.expect(r"kumiki: core \d: the frame itself failed")
            console.expect_exact("kumiki: this is an error of the frame, not of a guest")
            console.expect_exact("kumiki console: the machine is off")
            console.expect(pexpect.EOF)
    assert "the frame itself failed" in (tmp_path / "log/kumiki.log").read_text()


# Shows: operator.hub.
@pytest.mark.long
def test_by_hand(tmp_path):
    """`kumiki hub` on a link with one client. When it is told to end it says so, and the machine goes on."""
    uart, all_ = tmp_path / "uart", tmp_path / "all"
    with sessions.own_socket("hub-by-hand", uart, described("hub-by-hand")):
        sessions.reachable(uart)
        with subprocess.Popen([*km.MORTAL, km.KUMIKI, "hub", "--at", all_, uart]) as hub:
            sessions.reachable(all_)
            with sessions.console(all_) as console, sessions.console(all_) as other:
                for each in (console, other):
                    each.expect(r"\[heartbeat\]\S* heartbeat: \d+ s")
                assert told("console", "--command", "list", all_)[0] == 0
                hub.terminate()
                for each in (console, other):
                    each.expect_exact("kumiki console: the hub was told to end")
                    each.expect(pexpect.EOF)
            assert hub.wait() == 0
        assert not all_.exists()
        assert told("console", "--command", "list", uart)[0] == 0
