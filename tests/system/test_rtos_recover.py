"""The RTOS's supervisor, ended at any moment by who manages it, while clients of a server do checked work and
others ask the supervisor: bare and in a partition, on one CPU and on four (tests/rtos/recover)."""

import kumiki_machine as km
import pytest
from test_guests import judge

ROUNDS = 201  # as in judge.c, one before them included
IMAGES = {1: km.BUILD / "rtos/recover.img", 4: km.BUILD / "rtos/recover4.img"}


def follow(machine, record_guest):
    judge(machine, record_guest, 120)
    assert machine.text.count("init: the supervisor ended") == ROUNDS
    assert "starting the machine anew" not in machine.text


@pytest.mark.parametrize(("mode", "cpus"), [("icount", 1), ("icount", 4)])
def test_bare(mode, cpus, record_guest):
    with km.bare(f"rtos-recover-bare-{mode}-{cpus}", IMAGES[cpus], cpus=cpus, mode=km.MODES[mode]) as machine:
        follow(machine, record_guest)


@pytest.mark.parametrize("cpus", [1, 4])
def test_partition(cpus, record_guest):
    name = f"rtos-recover-partition-{cpus}"
    system = km.description(name, [km.partition(
        "rtos", cores=(1 << cpus) - 1, memory="16M as 0x40000000", image=IMAGES[cpus])])
    with km.kumiki(name, system) as machine:
        follow(machine, record_guest)
