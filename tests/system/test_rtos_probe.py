"""Servers of the RTOS that are alive and wrong: found by their probes, restarted with what they kept (tests/rtos/probe). And
damage that a debugger puts into the servers that ship.

Shows: rtos.probe.
"""

import re

import gdbstub
import kumiki_machine as km
import pytest
import rtos_net
from test_guests import judge
from test_rtos_text import running

IMAGE = km.RTOS / "probe.img"
SECONDS = 60
# A system, one of its drivers, and what of that is damaged.
DAMAGED = {
    "console": ("shell", "console.interrupt", ()),
    "nic": ("net", "driver.in.offered", ("-netdev", "user,id=net", "-device", rtos_net.DEVICE["pci"])),
}
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


@pytest.mark.parametrize("server", DAMAGED)
def test_damage_in_a_running_server(server):
    """A debugger damages what a driver has in memory, while nobody calls it. Its probe finds that within the interval, and a
    person at the shell can type."""
    image, damaged, extra = DAMAGED[server]
    with running(f"rtos-probe-damage-{server}", km.RTOS / f"{image}.img", extra) as now:
        began = now.until_init_waits()
        place = now.kernel.place(now.process(server), gdbstub.place(km.RTOS / f"{server}.elf", damaged))
        now.stub.write(place, bytes([now.stub.read(place, 1)[0] ^ 1 << 4]))
        now.go_on()
        now.machine.expect(f"supervisor: {server} finds its own state damaged", SECONDS)
        found = int(now.machine.expect(rf"crash \d+: {server}, start 1, at (\d+) ms", SECONDS)[1])
        assert 0 <= found - began <= 1000 + FOUND_MOST_MS, (began, found)
        now.machine.send("ps\r")
        now.machine.expect(rf"{server} +runs +2 +0 +\d+, failed probes: 1", SECONDS)
