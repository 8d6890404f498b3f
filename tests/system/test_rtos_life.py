"""The RTOS's programs come and go as the manifest says: on demand, and away when nobody uses them; through all
levels of crashes; stopped by one (tests/rtos/life). On the bare machine and as a partition.

Shows: rtos.levels, rtos.on-demand.
"""

import kumiki_machine as km
import pytest
from test_guests import judge

IMAGE = km.RTOS / "life.img"


def assert_told(machine):
    """Who loses what it kept is told of it, at each of the two crashes of that level."""
    assert machine.text.count("frail begins anew: what it kept is wiped") == 2


# Its delays are instructions: only where they are counted.
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
