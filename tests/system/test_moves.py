"""vCPUs go from core to core while they run, by a manager's call, by the operator's command and by the
balancer; nobody's registers, interrupts, ticks or disk blocks are lost on the way."""

import kumiki_machine as km
import pytest

import moves
from moves import ANYWHERE, SHARED, mover, roams
from test_linux import disk, disk_device, judge, linux
from witness import heartbeat_goes_on


@pytest.mark.parametrize("campaign", [moves.Campaign(1, 3000), moves.Campaign(2, 1000, linux=True)],
                         ids=lambda campaign: campaign.name)
def test_by_a_manager(campaign, tmp_path):
    """Thousands of moves of two that check all of their registers and of one that counts its ticks; with a
    Linux on four CPUs that checks what it works, too."""
    moves.run(campaign, tmp_path, 240)


@pytest.mark.parametrize("mode", ["threads", "icount"])
def test_linux_with_a_disk(mode, disk, record_guest):
    """Linux's own tests, with a disk and a CPU taken off and put on again, while its CPUs are moved
    all the time; beside it a real-time system that is moved, too."""
    name = f"moves-linux-{mode}"
    system = km.description(name, [
        linux(cores=0x3, bootargs="console=ttyAMA0 kumiki.run=tests kumiki.cpus=2 kumiki.hotplug=1 kumiki.disk=1",
              access=["virtio_mmio31"], more=(SHARED, ANYWHERE, "kumiki,vcpus = <2>;")),
        roams("heartbeat", km.HEARTBEAT, priority=200), mover(2, "linux", "heartbeat")],
        [disk_device(31, disk)])
    with km.kumiki(name, system, mode=km.MODES[mode]) as machine:
        judge(machine, "linux", record_guest, 300)
        heartbeat_goes_on(machine)
