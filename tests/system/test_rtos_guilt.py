"""The blame when an RTOS's server fails: it goes to the guilty client and not to the others, and to the program that has the
CPU and not to one that waits for it (tests/rtos/guilt). On the bare machine and as a partition.

Shows: rtos.guilt, rtos.slow, rtos.epoch, rtos.starved, rtos.computes.
"""

import re

import kumiki_machine as km
import pytest
from test_guests import judge

IMAGE = km.RTOS / "guilt.img"

# Its times are instructions, so they are judged only where instructions are counted.
CPUS = [1] if km.APART else [1, 4]


def assert_told(machine):
    """Each decision is reported with its program."""
    text = machine.text
    assert text.count("shared ended too often at a call of culprit; such calls are refused for 10 s") == 1
    assert text.count("shared ended too often at a call of culprit; such calls are refused for 20 s") == 1
    assert "shared begins anew" not in text
    assert text.count("frail begins anew: what it kept is wiped") == 1
    assert re.search(r"weak is given up until the next try, in (\d+) ms", text)
    assert "timid computes too long on a call" in text
    assert "hog keeps meek from the CPU" in text
    assert text.count("boundles keeps meek from the CPU") == 1
    assert "meek hangs" not in text


@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize("cpus", CPUS)
def test_bare(cpus, record_guest):
    with km.bare(f"rtos-guilt-bare-{cpus}", IMAGE, cpus=cpus) as machine:
        judge(machine, record_guest)
        assert_told(machine)


@pytest.mark.every_board
@pytest.mark.parametrize("cpus", CPUS)
def test_partition(cpus, record_guest):
    name = f"rtos-guilt-partition-{cpus}"
    with km.kumiki(name, km.rtos_description(name, IMAGE, cpus)) as machine:
        judge(machine, record_guest)
        assert_told(machine)
