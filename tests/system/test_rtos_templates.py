"""The RTOS's template server and driver (rtos/templates) are restarted at any moment while they are used, and nothing fails
(tests/rtos/templates). On the bare machine and as a partition.

Shows: rtos.templates.
"""

import kumiki_machine as km
import pytest
from test_guests import judge

IMAGE = km.BUILD / "rtos/templates.img"


@pytest.mark.parametrize(("mode", "cpus"), [("icount", 1), ("threads", 4)])
def test_bare(mode, cpus, record_guest):
    with km.bare(f"rtos-templates-bare-{mode}", IMAGE, cpus=cpus, mode=km.MODES[mode]) as machine:
        judge(machine, record_guest)
        assert "couldn't be started" not in machine.text


@pytest.mark.long
def test_partition(record_guest):
    system = km.rtos_description("rtos-templates", IMAGE)
    with km.kumiki("rtos-templates-partition", system) as machine:
        judge(machine, record_guest)
