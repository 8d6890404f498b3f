"""The RTOS's programs: a server that faults, exits, hangs and kills by its calls under a client that
judges what it sees of that; and the console, by its driver's interrupts. One image, on the bare machine and
as a partition (tests/rtos/servers)."""

import kumiki_machine as km
import pytest
from test_guests import judge

IMAGE = km.BUILD / "rtos/servers.img"


def follow(machine, record_guest):
    machine.expect("judge: type a line", 60)
    machine.send("a line\r")
    machine.expect("judge: read 'a line'", 10)
    judge(machine, record_guest)
    text = machine.text
    assert text.count("victim faulted: syndrome 0x92000047, address 0x10") == 3 + 3 + 1 + 20
    assert text.count("victim exited with 7") == 1
    assert text.count("victim hangs") == 1
    assert "couldn't be started" not in text
    machine.expect("judge is stopped", 10)


@pytest.mark.parametrize(("mode", "cpus"), [("icount", 1), ("threads", 4)])
def test_bare(mode, cpus, record_guest):
    with km.bare(f"rtos-servers-bare-{mode}", IMAGE, cpus=cpus, mode=km.MODES[mode]) as machine:
        follow(machine, record_guest)


def test_partition(record_guest):
    system = km.description("rtos-servers", [km.partition(
        "rtos", cores=1, memory="16M as 0x40000000", image=IMAGE)])
    with km.kumiki("rtos-servers-partition", system) as machine:
        follow(machine, record_guest)
