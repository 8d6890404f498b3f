"""The RTOS's programs from files: good ones run, bad ones are refused, and each starts once while the loader is restarted at
any moment. One image, on the bare machine and as a partition (tests/rtos/loading).

Shows: rtos.rights, rtos.loading.
"""

import re

import kumiki_machine as km
import pytest
from test_guests import judge

IMAGE = km.RTOS / "loading.img"
SPAWN_MOST = 60_000  # instructions: started by the loader, run, waited for


def follow(machine, record_guest):
    judge(machine, record_guest, 120)
    machine.expect("judge exited with 0", 10)
    usual = int(re.search(r"spawn: half of them took no more than (\d+)", machine.text).group(1))
    return usual, int(re.search(r"FIGURE spawn (\d+)", machine.text).group(1))


@pytest.mark.long
@pytest.mark.boards_long
@pytest.mark.parametrize(("mode", "cpus"), [pytest.param(*way, marks=[pytest.mark.long] * (way[0] == "threads")) for way in km.WAYS])
def test_bare(mode, cpus, record_guest):
    with km.bare(f"rtos-loading-bare-{mode}", IMAGE, cpus=cpus, mode=km.MODES[mode]) as machine:
        usual, spawn = follow(machine, record_guest)
    assert mode != "icount" or 0 < usual <= spawn <= SPAWN_MOST, (usual, spawn)


@pytest.mark.boards_long
@pytest.mark.long
def test_partition(record_guest):
    system = km.rtos_description("rtos-loading", IMAGE)
    with km.kumiki("rtos-loading-partition", system) as machine:
        usual, _ = follow(machine, record_guest)
    # None of the times needs the frame. In the worst one the console service prints earlier output at its own time.
    assert 0 < usual <= SPAWN_MOST, usual
