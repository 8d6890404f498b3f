"""What is left of a program that crashed: a report in words in the log, and a core file that gdb opens
(tests/rtos/crash)."""

import re
import subprocess

import gdbstub
import kumiki_machine as km
import pytest

IMAGE = km.RTOS / "crash.img"
CRASHER = km.BUILD / "rtos/crasher.elf"


def gdb(core, *commands):
    """What gdb says to each command, of the core file beside the program's."""
    arguments = [word for command in commands for word in ("-ex", command)]
    done = subprocess.run(["gdb-multiarch", "-nx", "-batch", *arguments, CRASHER, core], check=True, timeout=60,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    print(done.stdout, done.stderr)
    return done.stdout


def core_of(machine, tmp_path):
    """The shell prints it, the host makes a file of that."""
    machine.send("core\r")
    machine.expect(r"core end \d+ 0x[0-9a-f]+$", 60)
    machine.expect(r"\$ ", 10)
    log, core = tmp_path / "log", tmp_path / "core"
    log.write_text(machine.text)
    subprocess.run([km.KUMIKI, "rtos", "core", log, "-o", core], check=True, timeout=60)
    return core


REPORT = r"""supervisor: crash {number}: crasher, start {number}, at \d+ ms
.*supervisor:  writes to 0x0: nothing is there
.*supervisor:  syndrome 0x92000047
.*supervisor:  thread 0 at (?P<at>0x[0-9a-f]+)
.*supervisor:  returns to (?P<callers>[0-9a-fx ]+)
(?:.*supervisor:  \w+=.*\n)+.* pc=(?P=at) pstate=.*
.*supervisor:  0x10000\+4K:x 0x11000\+4K:r 0x12000\+4K:rw
.*supervisor:  0x3fffb000\+16K:rw 0x3ffff000\+4K:r
"""


def in_words(machine, number):
    """The report, in the log. It is written when nobody has anything better to do, so it is asked for until it is
    whole."""
    report = re.compile(REPORT.format(number=number))
    for _ in range(100):
        machine.send("log\r")
        machine.expect(r"log$", 10)
        machine.expect(r"\$ ", 10)
        found = report.search(machine.text)
        if found:
            return int(found["at"], 16), [int(caller, 16) for caller in found["callers"].split()]
    raise AssertionError(machine.text)


def inside(address, name):
    """The function whose name begins so is the last one that begins at or below the address."""
    symbols = gdbstub.symbols(CRASHER)
    return max((value, symbol) for symbol, value in symbols.items() if value <= address)[1].startswith(name)


def follow(machine, tmp_path):
    machine.expect(r"\$ ", 20)
    in_words(machine, 1)
    machine.send("start crasher\r")
    machine.expect("crasher is stopped", 20)
    at, callers = in_words(machine, 2)
    assert inside(at, "crasher_innermost")
    assert inside(callers[0], "main"), callers  # crasher_innermost has no frame: x30 has who called it
    told = gdb(core_of(machine, tmp_path), "bt", "info threads", "print crasher_count", "print crasher_many[63]",
               "frame 1", "print order", "print/x $pc", "thread 2", "print/x $pc")
    assert "terminated with signal SIGSEGV" in told
    assert re.search(r"#0 .*crasher_innermost \(order=.*\n#1 .*crasher_middle \(number=42\).*\n#2 .*main \(\)", told)
    assert "crasher_waits" in told
    assert "= 4712" in told and "= 105" in told and "{number = 42, place = 0x0}" in told


@pytest.mark.every_board
def test_bare(tmp_path):
    with km.bare("rtos-crash-bare", IMAGE) as machine:
        follow(machine, tmp_path)


@pytest.mark.every_board
def test_partition(tmp_path):
    system = km.description("rtos-crash", [km.partition(
        "rtos", cores=1, memory="16M as 0x40000000", image=IMAGE)])
    with km.kumiki("rtos-crash-partition", system) as machine:
        follow(machine, tmp_path)


@pytest.mark.parametrize("text", ["", "core end 4480 0x0\n", "core 0x0 0x1 0x2\ncore end 40 0x12345678\n"])
def test_no_core(text, tmp_path):
    log = tmp_path / "log"
    log.write_text(text)
    done = subprocess.run([km.KUMIKI, "rtos", "core", log, "-o", tmp_path / "core"], capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 1 and "core" in done.stderr
    assert not (tmp_path / "core").exists()
