"""The RTOS's programs start and stop as the manifest says: on demand and when they are unused, through all levels of
crashes, and when a crash stops them (tests/rtos/life). On the bare machine and as a partition.

Shows: rtos.levels, rtos.on-demand.
"""

import kumiki_machine as km
import pytest
from test_guests import judge

IMAGE = km.RTOS / "life.img"


def assert_told(machine):
    """A program that loses its kept memory is told so, at each of the two crashes of that level."""
    assert machine.text.count("frail begins anew: what it kept is wiped") == 2


# Its delays are instructions, so they are judged only where instructions are counted.
CPUS = [1] if km.APART else [1, 4]


@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize("cpus", CPUS)
def test_bare(cpus, record_guest):
    with km.bare(f"rtos-life-bare-{cpus}", IMAGE, cpus=cpus) as machine:
        judge(machine, record_guest)
        assert_told(machine)


@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize("cpus", CPUS)
def test_partition(cpus, record_guest):
    name = f"rtos-life-partition-{cpus}"
    system = km.rtos_description(name, IMAGE, cpus)
    with km.kumiki(name, system) as machine:
        judge(machine, record_guest)
        assert_told(machine)
