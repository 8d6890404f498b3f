"""The RTOS's programs come and go as the manifest says: on demand, and away when nobody uses them; through all
levels of crashes; stopped by one (tests/rtos/life). On the bare machine and as a partition."""

import kumiki_machine as km
import pytest
from test_guests import judge

IMAGE = km.RTOS / "life.img"


@pytest.mark.every_board
def test_bare(record_guest):
    """Its delays are instructions: only where they are counted."""
    with km.bare("rtos-life-bare", IMAGE) as machine:
        judge(machine, record_guest)


@pytest.mark.every_board
def test_partition(record_guest):
    system = km.description("rtos-life", [km.partition(
        "rtos", cores=1, memory="16M as 0x40000000", image=IMAGE)])
    with km.kumiki("rtos-life-partition", system) as machine:
        judge(machine, record_guest)
