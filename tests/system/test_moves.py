"""vCPUs go from core to core while they run, by a manager's call, by the operator's command and by the
balancer; nobody's registers, interrupts, ticks or disk blocks are lost on the way."""

import re

import kumiki_machine as km
import pytest

from test_linux import disk, disk_device, judge, linux
from witness import heartbeat_goes_on

SHARED = "kumiki,shared-cores;"
ANYWHERE = 'kumiki,vcpu-may-run = "all";'
ROUNDS = r"\[{}\] registers: \d+ rounds, (\d+) wrong\n"
MOVES = r"\[mover\] mover: (\d+) moves\n"


def roams(name, image, cores=0x3, priority=100, more=()):
    return km.partition(name, cores=cores, memory="1M as 0x40000000", image=image,
                        more=(SHARED, ANYWHERE, f"kumiki,priority = <{priority}>;", *more))


def registers(name, more=()):
    return roams(name, km.BUILD / "guests/alone-registers.bin", more=more)


def mover(core, *managed):
    return km.partition("mover", cores=1 << core, memory="1M as 0x40000000",
                        image=km.BUILD / "guests/alone-mover.bin",
                        more=("kumiki,manages = " + ", ".join(f'"{name}"' for name in managed) + ";",))


def moves_of(machine, name):
    """What `top` says of a partition's vCPUs."""
    machine.send("\x1dc")
    machine.send("top\r")
    machine.expect(r"\[kumiki\] in [0-9.]+ s\n", 60)
    found = 0
    while True:
        line = machine.expect(r"\[kumiki\] +(\S+)(.*)\n", 60)
        if re.match(rf"{name}\.\d", line[1]):
            found += int(line[2].split()[-1])
        elif found:
            return found


def test_by_a_manager():
    """Thousands of moves of two that check all of their registers, and of one that counts its ticks."""
    system = km.description("moves-registers", [
        registers("left", more=("kumiki,realtime;",)), registers("right"),
        roams("heartbeat", km.HEARTBEAT, priority=200),
        mover(2, "left", "right", "heartbeat")])
    with km.kumiki("moves-registers", system, mode=km.MODES["threads"]) as machine:
        while int(machine.expect(MOVES, 120)[1]) < 5000:
            continue
        for name in ("left", "right"):
            machine.expect(ROUNDS.format(name), 60)
            assert set(re.findall(ROUNDS.format(name), machine.text)) == {"0"}
        heartbeat_goes_on(machine)
        assert "isn't what it was" not in machine.text and "another's" not in machine.text
        assert moves_of(machine, "left") > 100


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
