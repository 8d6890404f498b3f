"""Servers of the RTOS that are alive and wrong: found by their probes, restarted with what they kept (tests/rtos/probe). And
damage that a debugger puts into the servers that ship.

Shows: rtos.probe.
"""

import re
import struct

import gdbstub
import kumiki_machine as km
import pytest
from test_guests import judge
from test_rtos_text import running

IMAGE = km.RTOS / "probe.img"
SECONDS = 60
FOUND_MOST_MS = 2100  # an interval of probes, the restart, and a jump of the clock while the debugger stops the machine


def assert_told(machine):
    text = machine.text
    assert len(re.findall("probed finds its own state damaged", text)) == 2
    assert len(re.findall("probed answers its probe wrongly", text)) == 1
    assert len(re.findall("rotten finds its own state damaged", text)) == 3
    assert text.count("rotten begins anew: what it kept is wiped") == 1
    assert "probed begins anew" not in text
    assert "such calls are refused" not in text
    assert "probed runs away" in text


@pytest.mark.every_board
def test_bare(record_guest):
    with km.bare("rtos-probe-bare", IMAGE) as machine:
        judge(machine, record_guest)
        assert_told(machine)


@pytest.mark.every_board
def test_partition(record_guest):
    with km.kumiki("rtos-probe-partition", km.rtos_description("rtos-probe", IMAGE)) as machine:
        judge(machine, record_guest)
        assert_told(machine)


def test_damage_in_a_running_server():
    """A debugger damages what the console's driver has in memory, while nobody calls it: the number of its interrupt's handle.
    Its probe finds that within the interval, and a person at the shell can type."""
    with running("rtos-probe-damage") as now:
        began = now.until_init_waits()
        place = now.kernel.place(now.process("console"), gdbstub.symbols(km.RTOS / "console.elf")["console"] + 8)
        now.stub.write(place, struct.pack("<Q", now.stub.word(place) ^ 1 << 36))
        now.go_on()
        now.machine.expect("supervisor: console finds its own state damaged", SECONDS)
        found = int(now.machine.expect(r"crash \d+: console, start 1, at (\d+) ms", SECONDS)[1])
        assert 0 <= found - began <= 1000 + FOUND_MOST_MS, (began, found)
        now.machine.send("ps\r")
        now.machine.expect(r"console +runs +2 +0 +\d+, failed probes: 1", SECONDS)
