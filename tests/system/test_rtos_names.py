"""The RTOS's names: programs from files offer ports and find them while the server of names is restarted (tests/rtos/names).
On the bare machine and as a partition.

Shows: rtos.names.
"""

import kumiki_machine as km
import pytest
from test_guests import judge

IMAGE = km.RTOS / "names.img"


@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize(("mode", "cpus"), km.WAYS)
def test_bare(mode, cpus, record_guest):
    with km.bare(f"rtos-names-bare-{mode}", IMAGE, cpus=cpus, mode=km.MODES[mode]) as machine:
        judge(machine, record_guest)
        assert "couldn't be started" not in machine.text


@pytest.mark.long
@pytest.mark.every_board
def test_partition(record_guest):
    system = km.rtos_description("rtos-names", IMAGE)
    with km.kumiki("rtos-names-partition", system) as machine:
        judge(machine, record_guest)
