"""The RTOS's disk driver (rtos/servers/block) is restarted a thousand times while 18 threads read and write
(tests/rtos/block). No request fails, and each byte is right. In the end the image has the client's data, and its old content
elsewhere. By virtio-mmio and on PCI, on the bare machine and as a partition, where PCI is confined.

Shows: rtos.disk.
"""

import re

import kumiki_machine as km
import pytest
import rtos_disk
from test_guests import judge

WAYS = [("mmio", "icount", 1), ("pci", "threads", 4)][:1 if km.APART else 2]
MOST = {"block.restart": 200_000}  # instructions


def follow(machine, record_guest):
    judge(machine, record_guest, 120)
    assert "couldn't be started" not in machine.text
    return {name: int(value) for name, value in re.findall(r"FIGURE (\S+) (\d+)", machine.text)}


@pytest.mark.long
@pytest.mark.boards_long
@pytest.mark.parametrize(("bus", "mode", "cpus"), WAYS)
def test_bare(bus, mode, cpus, record_guest):
    path = rtos_disk.new_disk(f"rtos-block-bare-{bus}")
    with rtos_disk.bare(f"rtos-block-bare-{bus}", bus, path, cpus, km.MODES[mode]) as machine:
        figures = follow(machine, record_guest)
    rtos_disk.check_disk(path)
    if mode == "icount":
        assert all(0 < figures[name] <= most for name, most in MOST.items()), figures


@pytest.mark.long
@pytest.mark.boards_long
@pytest.mark.parametrize(("bus", "mode", "cpus"), WAYS)
def test_partition(bus, mode, cpus, record_guest):
    path = rtos_disk.new_disk(f"rtos-block-partition-{bus}")
    system = rtos_disk.partition(bus, path, cpus=cpus)
    with km.kumiki(f"rtos-block-partition-{bus}", system, mode=km.MODES[mode]) as machine:
        follow(machine, record_guest)
    rtos_disk.check_disk(path)


@pytest.mark.long
@pytest.mark.every_board
def test_uncached(record_guest):
    """The same work with uncached memory for DMA."""
    path = rtos_disk.new_disk("rtos-block-uncached")
    with rtos_disk.bare("rtos-block-uncached", "mmio", path, image=rtos_disk.UNCACHED) as machine:
        follow(machine, record_guest)
    rtos_disk.check_disk(path)


# Shows: rtos.disk-errors.
@pytest.mark.every_board
@pytest.mark.parametrize(("how", "said", "ends"), [
    ("failing", r"block: the device reports an error: a (read|write) at sector \d+", False),
    ("read-only", "tests:", False), ("missing", "block: there is no disk", True),
    ("legacy", "block: it is a legacy device", True)])
def test_trouble(how, said, ends, record_guest):
    """A failure is reported to its request alone, and once on the console. The driver gives an unknown device up."""
    path = rtos_disk.new_disk(f"rtos-block-{how}")
    with rtos_disk.bare_trouble(f"rtos-block-{how}", how, path) as machine:
        judge(machine, record_guest)
        assert re.search(said, machine.text)
        assert ("block is given up" in machine.text) == ends
