"""The RTOS's NVMe driver (rtos/servers/nvme) in place of the one for virtio disks, with the same tests. It is restarted a
thousand times while 18 threads read and write. The shell has files on it, and a Linux in another partition has it by a
channel. Namespaces have blocks of 512 bytes, or of 4 KiB, of which callers write parts."""

import random

import kumiki_machine as km
import pytest
import rtos_disk
import rtos_diskfiles
from test_channel_disk import ASKS, ranges_become_zero
from test_channel_store import VICTIMS, killed, new_disk, system
from test_channels import operate
from test_rtos_block import follow
from test_rtos_diskfs import desk_disk, follow_desk

BUSES = ("nvme", "nvme-4k")
# `make test` has the namespace with large blocks, of which callers write parts.
PARTS = [pytest.param("nvme", marks=pytest.mark.long), "nvme-4k"]
# Each namespace and each way of km.WAYS once.
ONCE = {("nvme", "icount"), ("nvme-4k", "threads")}


# Shows: rtos.nvme.
@pytest.mark.long
@pytest.mark.parametrize("bus, mode, cpus", [pytest.param(bus, mode, cpus, marks=[pytest.mark.long] * ((bus, mode) not in ONCE))
                                            for mode, cpus in km.WAYS for bus in BUSES])
def test_bare(bus, mode, cpus, record_guest):
    path = rtos_disk.new_disk(f"rtos-{bus}-bare-{mode}")
    with rtos_disk.bare(f"rtos-{bus}-bare-{mode}", bus, path, cpus, km.MODES[mode]) as machine:
        follow(machine, record_guest)
    rtos_disk.check_disk(path)


# Shows: rtos.nvme.
@pytest.mark.long
@pytest.mark.parametrize("bus", PARTS)
def test_partition(bus, record_guest):
    path = rtos_disk.new_disk(f"rtos-{bus}-partition")
    with km.kumiki(f"rtos-{bus}-partition", rtos_disk.partition(bus, path)) as machine:
        follow(machine, record_guest)
    rtos_disk.check_disk(path)


# Shows: rtos.nvme.
@pytest.mark.long
@pytest.mark.parametrize("bus", BUSES)
def test_shell(bus):
    """The shell writes and reads files below /disk; the host finds them afterwards."""
    big = random.Random(3).randbytes(300_000)
    path = desk_disk(f"rtos-{bus}-desk", big)
    name = f"rtos-{bus}-desk"
    with km.kumiki(name, rtos_diskfiles.partition(name, km.RTOS / "desk-nvme.img", path, slot=3,
                                                  function=rtos_disk.FUNCTION[bus])) as machine:
        follow_desk(machine, big)
    assert b"all is well: 2 files, 3 directories" in rtos_diskfiles.tool("check", path)
    assert rtos_diskfiles.tool("read", path, "notes/hello") == b"one two\nthree\n"
    assert rtos_diskfiles.tool("read", path, "d/copy") == big


# Shows: channel.store.
@pytest.mark.long
@pytest.mark.parametrize("bus", PARTS)
def test_a_channels_disk(bus):
    """Its driver, its provider and the whole RTOS are killed while a Linux writes."""
    killed(f"channel-store-{bus}", VICTIMS * 2, image=km.RTOS / "nvme.img", function=rtos_disk.FUNCTION[bus])


# Shows: channel.disk-ranges.
@pytest.mark.long
@pytest.mark.parametrize("bus", BUSES)
def test_ranges_are_made_zero_and_given_up(bus):
    """The controller does it: a discarded range is a hole in the host's file."""
    name = f"channel-store-ranges-{bus}"
    disk = new_disk(name)
    disk.write_bytes(b"x" * disk.stat().st_size)
    described = system(name, disk, "ask", image=km.RTOS / "nvme.img", function=rtos_disk.FUNCTION[bus], drive=",discard=unmap")
    with km.kumiki(name, described) as machine:
        machine.expect(r"provider: 8192 sectors from 0 on$", 60)
        operate(machine, "start user", "user ")
        machine.expect(rf"^\[user\] {ASKS}$", 90)
        ranges_become_zero(machine)
