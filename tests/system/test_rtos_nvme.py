"""The RTOS's driver of NVMe (rtos/servers/nvme) in the place of the one of virtio disks: what serves calls is the same, and
so are its judges. Namespaces have blocks of 512 bytes, and of 4 KiB, which callers write in parts."""

import kumiki_machine as km
import pytest
import rtos_disk
from test_rtos_block import follow

BUSES = ("nvme", "nvme-4k")


# Shows: rtos.nvme.
@pytest.mark.parametrize("bus", BUSES)
@pytest.mark.parametrize(("mode", "cpus"), km.WAYS)
def test_bare(bus, mode, cpus, record_guest):
    path = rtos_disk.new_disk(f"rtos-{bus}-bare-{mode}")
    with rtos_disk.bare(f"rtos-{bus}-bare-{mode}", bus, path, cpus, km.MODES[mode]) as machine:
        follow(machine, record_guest)
    rtos_disk.check_disk(path)


# Shows: rtos.nvme.
@pytest.mark.parametrize("bus", BUSES)
def test_partition(bus, record_guest):
    path = rtos_disk.new_disk(f"rtos-{bus}-partition")
    with km.kumiki(f"rtos-{bus}-partition", rtos_disk.partition(bus, path)) as machine:
        follow(machine, record_guest)
    rtos_disk.check_disk(path)
