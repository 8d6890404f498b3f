"""The RTOS's supervisor is ended at any moment by its manager, while clients of a server check their work and others ask the
supervisor. Bare and in a partition, on one CPU and on four (tests/rtos/recover).

Shows: rtos.supervisor.
"""

import kumiki_machine as km
import pytest
from test_guests import judge

ROUNDS = 201  # as in judge.c, one before them included
IMAGES = {1: km.RTOS / "recover.img", 4: km.RTOS / "recover4.img"}
CPUS = [1, 4][:1 if km.APART else 2]


def follow(machine, record_guest):
    judge(machine, record_guest, 120)
    assert machine.text.count("init: the supervisor ended") == ROUNDS
    assert "starting the machine anew" not in machine.text


@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize("cpus", CPUS)
def test_bare(cpus, record_guest):
    with km.bare(f"rtos-recover-bare-{cpus}", IMAGES[cpus], cpus=cpus) as machine:
        follow(machine, record_guest)


@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize("cpus", CPUS)
def test_partition(cpus, record_guest):
    name = f"rtos-recover-partition-{cpus}"
    system = km.rtos_description(name, IMAGES[cpus], cpus)
    with km.kumiki(name, system) as machine:
        follow(machine, record_guest)
