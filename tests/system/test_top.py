"""The use of the cores: `top` in the system, and `kumiki top` on the host. The shares are known beforehand. A core that is
off shows there, and in the trace."""

import json
import os
import pty
import re
import signal
import subprocess
import time

import kumiki_machine as km
import pytest

from sessions import reachable

pytestmark = pytest.mark.talk

SHARED = "kumiki,shared-cores;"
ROW = re.compile(r"^(?P<vcpu>\S+\.\d) +(?P<state>\w+) +(?P<core>\d+) +(?P<priority>\d+) +"
                 r"(?P<runs>[\d.]+) % +(?P<stolen>[\d.]+) % +(?P<budget>\S+) +(?P<misses>\d+) +"
                 r"(?P<moves>\d+)$", re.MULTILINE)
SECOND = r"in [1-9]\d*\.\d{3} s"  # or more, on a busy host
CORE = re.compile(r"^ +(\d) +([\d.]+) % +([\d.]+) % +([\d.]+) % +(\S+)$", re.MULTILINE)


def spins(name, *more):
    return km.partition(name, cores=1, memory="1M as 0x40000000",
                        image=km.GUESTS / "alone-registers.bin", more=(SHARED, *more))


@pytest.fixture(scope="module")
def link(tmp_path_factory):
    """On one core: three partitions that never wait, one of them with a budget of a fifth; one that mostly waits; and one
    that only waits. On another core: two that mostly wait."""
    path = tmp_path_factory.mktemp("top") / "uart"
    system = km.description("top", [
        spins("free"), spins("bounded", "kumiki,priority = <150>;", "kumiki,budget = <2000 10000>;"),
        spins("equal"),
        km.partition("beat", cores=1, memory="1M as 0x40000000", image=km.HEARTBEAT,
                     more=(SHARED, "kumiki,priority = <200>;")),
        km.partition("still", cores=3, memory="4M as 0x40000000", image=km.GUESTS / "bad-still.bin", more=(SHARED,)),
        *(km.partition(name, cores=2, memory="1M as 0x40000000", image=km.HEARTBEAT, more=(SHARED,))
          for name in ("idle", "idler"))])
    with km.kumiki("top", system, links=[path]):
        reachable(path)
        end = time.monotonic() + km.HANGS
        while not re.search(r"^ *\| still$", text := host("console", "--command", "log still", path), re.MULTILINE):
            assert time.monotonic() < end, text
        yield path


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """Two partitions that mostly wait, so that their seconds take little time of the host."""
    path = tmp_path_factory.mktemp("top-quiet") / "uart"
    system = km.description("top-quiet", [
        km.partition(name, cores=1, memory="1M as 0x40000000", image=km.HEARTBEAT, more=(SHARED,))
        for name in ("idle", "idler")])
    with km.kumiki("top-quiet", system, links=[path]):
        reachable(path)
        yield path


def host(*arguments):
    done = subprocess.run([km.KUMIKI, *arguments], timeout=km.HANGS, text=True, capture_output=True)
    assert done.stderr == "" and done.returncode == 0
    return done.stdout


def rows(text):
    return {row["vcpu"]: row.groupdict() for row in ROW.finditer(text)}


def share(text, vcpu, column="runs"):
    return float(rows(text)[vcpu][column])


# Shows: time.idle-free, time.top.
@pytest.mark.every_board
def test_shares(link):
    text = host("top", "--once", "--seconds", "2", link)
    assert float(re.match(r"in ([\d.]+) s\n", text)[1]) == pytest.approx(2, abs=0.02)
    assert set(rows(text)) == {"free.0", "bounded.0", "equal.0", "beat.0", "still.0", "still.1",
                               "idle.0", "idler.0"}
    assert share(text, "bounded.0") == pytest.approx(20, abs=0.5)
    assert share(text, "free.0") == pytest.approx(share(text, "equal.0"), abs=1)
    assert 35 < share(text, "free.0") < 40
    assert 0 < share(text, "beat.0") < 3 and share(text, "beat.0", "stolen") < 1
    assert rows(text)["still.0"]["state"] == "waits"
    assert (rows(text)["still.1"]["state"], rows(text)["still.1"]["priority"]) == ("off", "100")  # it never came on
    assert share(text, "still.0") == 0 and share(text, "still.0", "stolen") == 0  # a waiting partition costs nothing
    for name in ("free.0", "equal.0"):
        assert share(text, name) + share(text, name, "stolen") == pytest.approx(100, abs=0.5)
    assert rows(text)["bounded.0"]["priority"] == "150"
    used, budget = map(float, rows(text)["bounded.0"]["budget"].split("/"))
    assert budget == 2 and used <= 2
    assert rows(text)["free.0"]["budget"] == "-"
    cores = {core: (float(vcpus), float(services), float(idle), mostly)
             for core, vcpus, services, idle, mostly in CORE.findall(text)}
    assert sum(cores["0"][:3]) == pytest.approx(100, abs=0.2) and cores["0"][2] < 0.2
    assert cores["0"][0] == pytest.approx(sum(share(text, f"{name}.0") for name in
                                              ("free", "bounded", "equal", "beat")), abs=0.5)
    assert cores["0"][3] in ("free.0", "equal.0")
    # It is also awake during core 0's turn of the emulator, as both have one clock, until a vCPU there yields.
    assert sum(cores["1"][:3]) == pytest.approx(100, abs=0.2) and cores["1"][2] > 90
    assert cores["1"][0] == pytest.approx(share(text, "idle.0") + share(text, "idler.0"), abs=0.5)
    assert cores["1"][3] in ("idle.0", "idler.0")


# Shows: power.energy.
@pytest.mark.every_board
def test_energy(link):
    """The energy is computed from the board's file, and is called an estimate."""
    text = host("top", "--once", "--seconds", "1", link)
    times, joules = energy(text)
    assert times[0] > 0.9 and sum(times) == pytest.approx(len(CORE.findall(text)), rel=0.02)
    assert joules == pytest.approx(sum(map(float.__mul__, times, core_takes())), abs=0.01)


# Shows: time.top, power.energy.
@pytest.mark.long
def test_a_guest_alone_waits_unseen(tmp_path):
    """The idle time of a guest alone isn't seen. It isn't reported as busy time, and the joules are an upper bound."""
    link = tmp_path / "uart"
    system = km.description("top-alone", [
        km.partition("alone", cores=1, memory="1M as 0x40000000", image=km.HEARTBEAT)])
    with km.kumiki("top-alone", system, links=[link]):
        reachable(link)
        text, power = host("top", "--once", link), host("console", "--command", "power", link)
        stands = host("console", "--command", "suspend alone", "--command", "top 1", link)
    assert re.search(r"^  0   [\d.]+ % +[\d.]+ % +not seen alone\.0$", text, re.MULTILINE)
    assert re.search(r"^alone\.0 .* 100  not seen ", text, re.MULTILINE)
    assert re.search(r"^  0   on +[\d.]+ +not seen ", power, re.MULTILINE)
    for each in (text, power):
        assert re.search(r"^at most [\d.]+ J: an estimate", each, re.MULTILINE)
    assert float(CORE.search(stands)[4]) > 90 and "not seen" not in stands


# Shows: time.ends-at-once.
@pytest.mark.boards_long
def test_a_stopped_partition_has_no_share(link):
    text = host("console", "--command", "suspend equal", "--command", "top 1", "--command",
                "resume equal", link)
    assert rows(text)["equal.0"]["state"] == "suspended"
    assert share(text, "equal.0") == 0 and share(text, "equal.0", "stolen") == 0
    assert share(text, "free.0") > 75


def core_takes():
    """The watts of the board's cores: busy, idle and off."""
    board = (km.TOP / f"frame/board/{km.BOARD}/{km.BOARD}.dtsi").read_text()
    return [int(milliwatts) / 1000 for milliwatts in re.search(r"kumiki,core-power = <(\d+) (\d+) (\d+)>;", board).groups()]


def energy(text):
    """(seconds busy, idle and off of all cores, joules)"""
    *times, joules = map(float, re.search(r"^all cores: busy ([\d.]+) s, idle ([\d.]+) s, off ([\d.]+) s\n"
                                          r"about ([\d.]+) J: an estimate, by what such cores take busy, idle and off$",
                                          text, re.MULTILINE).groups())
    return times, joules


def becomes(link, policy, state):
    """Sets a policy by command, and waits until the second core is on, or off."""
    host("console", "--command", f"power {policy}", link)
    end = time.monotonic() + km.HANGS
    while not re.search(rf"^ +1 +{state} ", text := host("console", "--command", "power", link), re.MULTILINE):
        assert time.monotonic() < end, text


def second_core(events):
    """The seconds of each stretch in the trace for which the second core is off, and the counts of cores that are on, in
    order."""
    stretches = [event["dur"] / 1e6 for event in events
                 if event["ph"] == "X" and event["tid"] == 1 and event["name"] == "off"]
    return stretches, [event["args"]["cores"] for event in events if event["ph"] == "C"]


# Shows: power.energy, power.picture.
@pytest.mark.long
@pytest.mark.every_board
def test_a_core_that_is_off(tmp_path):
    """`kumiki top` has the core's times and its energy. The trace has the times when it was off. The count of cores that are
    on goes down and up with the cores' own events."""
    link = tmp_path / "uart"
    system = km.description("top-off", [km.partition(
        "still", cores=0x3, memory="4M as 0x40000000", image=km.GUESTS / "bad-still.bin",
        more=(SHARED, "kumiki,vcpus = <1>;", 'kumiki,vcpu-may-run = "all";'))])
    # A machine that sleeps would be far ahead of its user, if instructions were its clock.
    with km.kumiki("top-off", system, links=[link]):
        reachable(link)
        becomes(link, "powersave", "off")
        text = host("top", "--once", "--seconds", "2", link)
        becomes(link, "performance", "on")
        subprocess.run([km.KUMIKI, "trace", link, "-o", tmp_path], timeout=km.HANGS, check=True, capture_output=True)
    print(text)
    times, joules = energy(text)
    seconds = float(re.match(r"in ([\d.]+) s\n", text)[1])
    assert times[2] == pytest.approx(seconds, rel=0.02) and sum(times) == pytest.approx(2 * seconds, rel=0.02)
    assert joules == pytest.approx(sum(map(float.__mul__, times, core_takes())), abs=0.01)
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    stretches, on = second_core(events)
    told = [event["args"]["what"] for event in events if event["name"] == "core"]
    print(stretches, on, told)
    assert max(stretches) > 2 and len(stretches) == told.count("goes off")
    assert on == [2, *(1 if what == "goes off" else 2 for what in told)]


def watch(link, output):
    """Runs `kumiki top` until a line has come twice, then types Ctrl-C."""
    text = ""
    process = subprocess.Popen([km.KUMIKI, "top", link], stdout=output[1])
    os.close(output[1])
    while len(re.findall(SECOND, text)) < 2:
        more = os.read(output[0], 4096).decode()
        assert more, text
        text += more
    process.send_signal(signal.SIGINT)
    assert process.wait(km.HANGS) == 0
    os.close(output[0])
    return text


def test_one_table_after_the_other(quiet):
    text = watch(quiet, os.pipe())
    assert "\x1b" not in text and re.match(SECOND, text)


@pytest.mark.long
def test_in_place_on_a_terminal(quiet):
    text = watch(quiet, pty.openpty())
    assert re.match(r"\x1b\[H\x1b\[J\x1b\[H" + SECOND, text)
    assert "\x1b[K\r\n" in text and re.search(r"\x1b\[J\x1b\[H" + SECOND, text)


@pytest.mark.long
@pytest.mark.parametrize("wrong", [[], ["--seconds", "0", "x"], ["--seconds", "1.5", "x"],
                                   ["a", "b"]])
def test_wrong_use(wrong):
    done = subprocess.run([km.KUMIKI, "top", *wrong], timeout=10, text=True, capture_output=True)
    assert done.returncode == 2 and "usage: kumiki top" in done.stderr
