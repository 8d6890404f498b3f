"""The trace of the RTOS's kernel on the host, alone and on the frame's time axis. The disk's driver is killed in a call
(tests/rtos/traced)."""

import json
import re
import shutil
import subprocess

import kumiki_machine as km
import pytest
import rtos_disk
from sessions import console, leave, reachable

IMAGE = km.BUILD / "rtos/traced.img"
# Typed in one piece: the shell goes on when the others wait, so that the trace doesn't depend on the moment of typing.
KILL = "trace on 128\rstart mirror\rkill block\rtrace off\r"


def disk_of(name):
    """A disk so large that the copy isn't done when the driver is killed."""
    path = km.TESTS / f"{name}.img"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(rtos_disk.sector(i, 0) for i in range(16384)))
    return path


def trace(*words):
    subprocess.run([km.KUMIKI, "trace", *words], check=True, timeout=60)


def events_of(folder):
    return json.loads((folder / "trace.json").read_text())["traceEvents"]


def story(folder):
    """The instants of the RTOS: (time, name, who, what)."""
    return [(event["ts"], event["name"], event["args"]["who"], event["args"]["what"])
            for event in events_of(folder) if event["ph"] == "i" and event["pid"] == 2]


def check_restart(events):
    """The driver takes a call, is killed, is restarted, and takes the same call again. The caller noticed nothing."""
    at = iter(events)

    def then(name, who, what):
        """The next matching event after the last one."""
        return next(event for event in at if event[1] == name and re.fullmatch(who, event[2]) and
                    re.fullmatch(what, event[3]))

    (_, _, _, killed), = [event for event in events if event[1] == "ended" and event[2] == "block"]
    assert killed == "killed by supervisor"
    (_, _, caller, again), = [event for event in events if event[1] == "again"]
    assert caller == "mirror.0"
    number = re.match(r"call (\d+), ", again)[1]
    then("call", "mirror.0", f"call {number}, sends 0")
    then("take", "block.0", f"call {number}, before 0")
    then("ended", "block", killed)
    then("gone", "block", "")
    then("again", "mirror.0", f"call {number}, .*")
    then("made", "block", "by supervisor")
    then("thread", r"block\.\d", ".*")
    then("take", "block.0", f"call {number}, before 1")
    assert [event[0] for event in events] == sorted(event[0] for event in events)


def check_files(folder, count):
    """All files have the same events, read by other people's programs."""
    assert shutil.which("babeltrace2"), "install Debian's babeltrace2"
    lines = subprocess.run(["babeltrace2", "--clock-cycles", "--no-delta", folder / "ctf"], check=True,
                           timeout=60, capture_output=True, text=True).stdout.splitlines()
    assert sum(" rtos_" in line for line in lines) == count
    assert any(re.search(r'rtos_take: .*who = "block\.0".*before = 1', line) for line in lines)


# Shows: kernel.trace.
@pytest.mark.long
def test_bare(tmp_path):
    disk = rtos_disk.bare_disk("pci", disk_of("rtos-trace-bare"))
    with km.bare("rtos-trace-bare", IMAGE, mode=km.TALK, extra=disk) as machine:
        machine.expect(r"\$ ", 20)
        machine.send(KILL)
        machine.expect(": the same$", 60)
        machine.expect("mirror is stopped", 60)
        machine.send("trace 5\r")
        machine.expect(r"trace 5\n(?:\d+ us  0  [\w.-]+ .+\n){5}\$ ", 10)
        machine.send("trace raw\r")
        machine.expect(r"trace end \d+ 0x[0-9a-f]+\n", 60)
        log = tmp_path / "log"
        log.write_text(machine.text)
    trace("--rtos", log, "-o", tmp_path)
    events = story(tmp_path)
    check_restart(events)
    check_files(tmp_path, len(events))


def spans(events, core, name):
    """The times when a core ran a context."""
    return [(event["ts"], event["ts"] + event["dur"]) for event in events
            if event["ph"] == "X" and event["pid"] == 1 and event["tid"] == core and event["name"] == name]


def check_axis(folder):
    """The frame ran the RTOS at the times of the RTOS's events. The RTOS took its interrupts when the frame gave them."""
    events = events_of(folder)
    frame = [event for event in events if event["ph"] == "i" and event["pid"] == 1]
    first = min(event["ts"] for event in frame)
    ran = spans(events, 0, "rtos.0")
    told = [event for event in story(folder) if event[0] > first]
    assert told
    for at, *_ in told:
        assert any(begin <= at <= end for begin, end in ran), at
    given = [(event["ts"], int(re.match(r"interrupt (\d+)", event["args"]["what"])[1]))
             for event in frame if event["name"] == "inject"]
    taken = [(at, int(re.match(r"number (\d+)", what)[1])) for at, name, _, what in told if name == "interrupt"]
    for at, number in taken[1:]:
        assert any(number == other and before <= at for before, other in given), number


# Shows: kernel.trace.
@pytest.mark.long
def test_merged(tmp_path):
    """Traces from the partition's console and from the frame, on one axis of time."""
    system = rtos_disk.partition("pci", disk_of("rtos-trace-merged"), IMAGE)
    link, logs = tmp_path / "uart", tmp_path / "logs"
    logs.mkdir()
    with km.kumiki("rtos-trace-merged", system, links=[link]):
        reachable(link)
        with console(link, "--partition", "rtos", "--raw") as session:
            session.expect(r"\$ ")
            session.send(KILL + "stop mirror\r")  # the frame's rings have all events until then
            session.expect("mirror is stopped")  # the typed text stands between the mirror's lines
            leave(session)
        trace(link, "--raw", tmp_path / "frame")
        with console(link, "--partition", "rtos", "--log", logs) as session:
            session.send("trace raw\r")
            session.expect(r"trace end \d+ 0x[0-9a-f]+\s")
            leave(session)
    log = logs / "rtos.log"
    trace("--from", tmp_path / "frame", "--rtos", log, "-o", tmp_path)
    events = story(tmp_path)
    check_restart(events)
    check_files(tmp_path, len(events))
    check_axis(tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("text", ["", "trace end 40 0x0\n", "trace 0x0 0x1 0x2\ntrace end 40 0x12345678\n"])
def test_no_trace(text, tmp_path):
    log = tmp_path / "log"
    log.write_text(text)
    done = subprocess.run([km.KUMIKI, "trace", "--rtos", log, "-o", tmp_path / "out"], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 1 and "trace raw" in done.stderr
    assert not (tmp_path / "out").exists()
