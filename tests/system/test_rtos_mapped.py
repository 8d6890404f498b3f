"""Files that are mapped into a program (docs/rtos/mapped-files.md). Each byte is right while the program writes to the file,
while the server needs its memory for another file, and while server and driver are restarted a hundred times. A second
thread reads during the writes, on a CPU of its own if there is one. A read behind the file's end ends the program, and the
report names that access (tests/rtos/diskfiles/mapped.c)."""

import re

import kumiki_machine as km
import pytest
import rtos_diskfiles as disks
from test_guests import judge

JUDGE, TWO = (km.RTOS / f"{name}.img" for name in ("mapped", "mapped-two"))
# Instructions.
MOST = {"file.map": 60, "file.map.fault": 3_000}


def figures_of(machine, record_guest):
    judge(machine, record_guest, 200)
    machine.expect(r"supervisor: judge faulted: syndrome 0x92000007, address 0x2000001000, at 0x[0-9a-f]+$", 20)
    machine.expect(r" reads from 0x2000001000: nothing is there$", 20)
    return {name: int(value) for name, value in re.findall(r"FIGURE (\S+) (\d+)", machine.text)}


# Shows: rtos.mapped.
@pytest.mark.long
@pytest.mark.parametrize(("mode", "cpus"), [pytest.param(*way, marks=[pytest.mark.long] * (way[0] == "threads"))
                                            for way in km.WAYS])
def test_bare(mode, cpus, record_guest):
    path = disks.new_disk(f"mapped-bare-{mode}", behind=disks.BEHIND)
    image = JUDGE if cpus == 1 else TWO
    with disks.bare(f"rtos-mapped-bare-{mode}", image, path, cpus=cpus, mode=km.MODES[mode]) as machine:
        figures = figures_of(machine, record_guest)
    assert b"all is well: 1 files" in disks.tool("check", path)
    if mode == "icount":
        assert all(0 < figures[name] <= most for name, most in MOST.items()), figures


# Shows: rtos.mapped.
@pytest.mark.long
def test_partition(record_guest):
    path = disks.new_disk("mapped-partition", behind=disks.BEHIND)
    with km.kumiki("rtos-mapped-partition", disks.partition("rtos-mapped", JUDGE, path)) as machine:
        figures_of(machine, record_guest)
    assert b"all is well: 1 files" in disks.tool("check", path)
