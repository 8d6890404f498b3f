"""An interrupt storm at a Linux costs the real-time system on its core nothing, not even an exit. Exits are counted by
instruction while the real-time system works, which is a third of each millisecond.

Shows: realtime.storm.
"""

import re

import exits
import kumiki_machine as km
import pytest
import realtime

STORMS = ("disk", "network", *(["line"] if realtime.LINE else []), "sgi")
MS = 20  # of each
WORK = 300  # microseconds of each tick's
ANSWERS_NS = 150000  # the card's delay: a packet that was sent before a tick, or on the other core, is answered during the work
COMMON = 101  # a priority of Linux's class, so that Linux's interrupts come through

# During the work: exits for interrupts. The last one may be for an interrupt of its own.
EXITS = re.compile("V(I+)(V?)")
TICK = "VSVS"  # the tick sends itself an SGI, takes it, works, and waits


def counted(name, loads, priority, folder):
    """Linux's first CPU is on the real-time system's core, and gets the devices' interrupts. Each second CPU is on the other
    core, and sends SGIs to all others."""
    system = km.description(name, [
        realtime.linux(2, loads, MS, access=(realtime.DISK, realtime.CARD, *realtime.LINE)),
        realtime.realtime(1000, brief=True, priority=priority, work=WORK, wait=True)],
        [realtime.disk_device(folder / "disk.img"), realtime.card_device(ANSWERS_NS)])
    return exits.of_phases(name, km.beside_domains(system, realtime.BELLS), loads, core=0, seconds=200)


def foreign(letters):
    """The letters up to the last whole tick, because the load's last doorbell may come at any time."""
    letters = letters[:letters.rindex(TICK)]
    return sum(len(foreign) - len(own) for foreign, own in EXITS.findall(letters))


@pytest.mark.long
@pytest.mark.boards_long
def test_storms_cost_no_exit(tmp_path):
    found = counted("storms", ("idle", *STORMS), 200, tmp_path)
    for load, letters in found.items():
        assert letters.count(TICK) > MS, (load, letters)
        # Twice a second the frame checks whether a guest stands in its vectors. This may fall into one of these loads.
        assert foreign(letters) <= 1, (load, letters)
    # The loads are storms: the core takes the interrupts as soon as it doesn't work. SGIs for a vCPU that doesn't run
    # interrupt the core once for each tick's work.
    idle = found["idle"].count("I")
    for load in STORMS:
        assert found[load].count("I") > (idle + MS if load == "sgi" else 2 * idle), load


@pytest.mark.long
@pytest.mark.boards_long
def test_storms_that_may_interrupt_are_counted(tmp_path):
    """The counter counts exits if there are any; otherwise the test before would show nothing. The card's interrupts are
    used, because they come in the machine's own time, while the host decides about a disk's. Many SGIs for a vCPU that
    doesn't run interrupt its core only once."""
    found = counted("storms-common", ("network", "sgi"), COMMON, tmp_path)
    assert foreign(found["network"]) > MS // 4, found["network"]
    assert found["sgi"].count("I") < 4 * found["sgi"].count(TICK), found["sgi"]
