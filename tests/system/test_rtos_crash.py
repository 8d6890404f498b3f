"""The traces of a crashed program: a report in the log, and a core file that gdb opens (tests/rtos/crash).

Shows: rtos.crash-report.
"""

import re
import subprocess
import time

import gdbstub
import kumiki_machine as km
import pytest

IMAGE = km.RTOS / "crash.img"
CRASHER = km.BUILD / "rtos/crasher.elf"
FALLS = km.RTOS / "falls.img"
TORN = km.RTOS / "torn.img"
SUPERVISOR = km.BUILD / "rtos/crash-supervisor.elf"


def gdb(core, *commands, program=CRASHER):
    """gdb's answer to each command, for a core file and its program."""
    arguments = [word for command in commands for word in ("-ex", command)]
    done = subprocess.run(["gdb-multiarch", "-nx", "-batch", *arguments, program, core], check=True, timeout=60,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    print(done.stdout, done.stderr)
    return done.stdout


def core_of(machine, tmp_path):
    """A core file, made from the shell's output."""
    machine.send("core\r")
    machine.expect(r"core end \d+ 0x[0-9a-f]+\n", 60)
    machine.expect(r"\$ ", 10)
    log, core = tmp_path / "log", tmp_path / "core"
    log.write_text(machine.text)
    subprocess.run([km.KUMIKI, "rtos", "core", log, "-o", core], check=True, timeout=60)
    return core


SAID = r"""supervisor: crasher faulted: syndrome 0x92000047, address
.*supervisor:  0x0, at 0x[0-9a-f]+
.*supervisor: crasher is stopped
"""
REPORT = r"""supervisor: crash {number}: crasher, start {number}, at \d+ ms
.*supervisor:  writes to 0x0: nothing is there
.*supervisor:  syndrome 0x92000047
.*supervisor:  thread 0 at (?P<at>0x[0-9a-f]+)
.*supervisor:  returns to (?P<callers>[0-9a-fx ]+)
(?:.*supervisor:  \w+=.*\n)+.* pc=(?P=at) pstate=.*
.*supervisor:  0x10000\+4K:x 0x11000\+4K:r 0x12000\+4K:rw
.*supervisor:  0x3fffb000\+16K:rw 0x3ffff000\+4K:r
"""


# {start of the supervisor: the words of its end}
FELL = r"""supervisor: crash 2: supervisor, start 1, at \d+ ms
.*supervisor:  writes to 0x0: nothing is there
.*supervisor:  syndrome 0x92000047
.*supervisor:  thread 0 at 0x[0-9a-f]+(?:\n.*supervisor: )? answering call \d+(?:\n.*supervisor: )? of shell
(?:.*supervisor:  .*\n)+.* 0x7800000000.*
"""
HUNG = r"""supervisor: crash 3: supervisor, start 2, at \d+ ms
.*supervisor:  was killed: by its manager, or for a hang
(?:.*supervisor:  .*\n)+.* 0x7800000000.*
"""


def a_second(machine):
    """Lets the shell wait for a second of the machine."""
    machine.send("top\r")
    machine.expect(r"top$", 30)
    machine.expect(r"\$ ", 30)


def in_log(machine, report):
    """The report in the log. It is written at idle times, so it is asked for until it is whole."""
    report = re.compile(report)
    end = time.monotonic() + km.HANGS
    while True:
        machine.send("log\r")
        begin = machine.expect(r"log$", 20).end()
        machine.expect(r"\$ ", 20)
        found = report.search(machine.text, begin)
        if found:
            return found
        assert time.monotonic() < end, machine.text[begin:]


def in_words(machine, number):
    """Checks the report of the crasher's crash."""
    found = in_log(machine, REPORT.format(number=number))
    return int(found["at"], 16), [int(caller, 16) for caller in found["callers"].split()]


def inside(address, name):
    """The address is in the function whose name begins like this."""
    symbols = gdbstub.symbols(CRASHER)
    return max((value, symbol) for symbol, value in symbols.items() if value <= address)[1].startswith(name)


def ages(machine):
    """The log believes no program about a line's age, but it believes the supervisor, which keeps its words while the log
    doesn't run. Checked after the second crash, a second after the start."""
    written = re.search(r"\[(\d+)\.(\d+)\] crasher: said long ago", machine.text)
    assert int(written[1]) > 0, written[0]
    for command in ("stop log", "start crasher"):
        machine.send(command + "\r")
        machine.expect(r"\$ ", 20)
    crashed = int(machine.expect(r"crash 3: crasher, start 3, at (\d+) ms", 20)[1])
    machine.expect(r"0x3ffff000\+4K:r", 20)  # the end of that report
    a_second(machine)
    machine.send("start log\r")
    machine.expect(r"start log$", 20)
    machine.expect(r"\$ ", 20)
    moments = "|".join(rf"{ms // 1000}\.{ms % 1000:03}" for ms in range(crashed - 1, crashed + 2))
    in_log(machine, rf"log is stopped\n.*\[(?:{moments})\] supervisor: crasher faulted")


def follow(machine, tmp_path):
    machine.expect(r"\$ ", 20)
    in_words(machine, 1)
    in_log(machine, SAID)  # before the log ran
    a_second(machine)  # by the machine's clock, all the rest takes less than a millisecond
    machine.send("start crasher\r")
    machine.expect("crasher is stopped", 20)
    at, callers = in_words(machine, 2)
    ages(machine)
    assert inside(at, "crasher_innermost")
    assert inside(callers[0], "main"), callers  # crasher_innermost has no frame: its caller is in x30
    told = gdb(core_of(machine, tmp_path), "bt", "info threads", "print crasher_count", "print crasher_many[63]",
               "frame 1", "print order", "print/x $pc", "thread 2", "bt", "print $d8.f", "print $d31.f", "thread 1", "print $d8")
    assert "terminated with signal SIGSEGV" in told
    assert re.search(r"#0 .*crasher_innermost \(order=.*\n#1 .*crasher_middle \(number=42\).*\n#2 .*main \(\)", told)
    assert "crasher_waits" in told
    assert re.search(r"= 1\.5\n.* = -2\n(.*\n)+.* = <unavailable>", told)
    assert "= 4712" in told and "= 105" in told and "{number = 42, place = 0x0}" in told


@pytest.mark.long
@pytest.mark.every_board
def test_bare(tmp_path):
    with km.bare("rtos-crash-bare", IMAGE) as machine:
        follow(machine, tmp_path)


@pytest.mark.long
@pytest.mark.every_board
def test_partition(tmp_path):
    system = km.rtos_description("rtos-crash", IMAGE)
    with km.kumiki("rtos-crash-partition", system) as machine:
        follow(machine, tmp_path)


def follow_supervisor(machine, tmp_path):
    """The supervisor crashes and then hangs in the shell's requests. The shell is answered, and both ends are reported. An
    ordered restart isn't reported."""
    machine.expect(r"\$ ", 20)
    in_words(machine, 1)
    machine.send("top\r")
    machine.expect("the supervisor doesn't answer", 30)
    machine.expect(r"shell  .*\n", 30)
    machine.expect(r"\$ ", 10)
    in_log(machine, FELL)
    in_log(machine, HUNG)
    told = gdb(core_of(machine, tmp_path), "bt", "print falls_turns > 4711", program=SUPERVISOR)
    assert re.search(r"#0 .*__wrap_child_use \(.*\n#1 .*main", told) and "= 1" in told
    machine.send("restart supervisor\r")
    machine.expect(r"the supervisor ended \(3: .*\n", 30)
    machine.send("ps\r")
    machine.expect(r"supervisor +runs +4 .*\n", 30)
    machine.expect(r"\$ ", 10)
    a_second(machine)  # an idle second
    in_log(machine, HUNG)
    assert "crash 4" not in machine.text


# Shows: rtos.supervisor-crash.
@pytest.mark.long
@pytest.mark.every_board
def test_supervisor_bare(tmp_path):
    with km.bare("rtos-crash-supervisor-bare", FALLS) as machine:
        follow_supervisor(machine, tmp_path)


# Shows: rtos.supervisor-crash.
@pytest.mark.long
@pytest.mark.every_board
def test_supervisor_partition(tmp_path):
    system = km.rtos_description("rtos-crash-supervisor", FALLS)
    with km.kumiki("rtos-crash-supervisor-partition", system) as machine:
        follow_supervisor(machine, tmp_path)


# Shows: kernel.examined.
@pytest.mark.long
@pytest.mark.every_board
def test_torn():
    """The supervisor examines a dead program while a more urgent one destroys its mappings, at any moment. The supervisor
    goes on."""
    with km.bare("rtos-crash-torn", TORN) as machine:
        told = machine.expect(r"^(\d+) crashes, the supervisor was started (\w+)", 60)
    assert told.groups() == ("50", "once")
    assert "init: " not in machine.text


@pytest.mark.long
@pytest.mark.parametrize("text", ["", "core end 4480 0x0\n", "core 0x0 0x1 0x2\ncore end 40 0x12345678\n"])
def test_no_core(text, tmp_path):
    log = tmp_path / "log"
    log.write_text(text)
    done = subprocess.run([km.KUMIKI, "rtos", "core", log, "-o", tmp_path / "core"], capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 1 and "core" in done.stderr
    assert not (tmp_path / "core").exists()
