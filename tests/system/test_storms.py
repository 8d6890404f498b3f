"""An interrupt storm at a Linux costs the real-time system on its core nothing, not even an exit: counted
instruction by instruction while that one works, a third of each millisecond.

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
ANSWERS_NS = 150000  # of the card: what was sent before a tick, or on the other core, is answered in its work
COMMON = 101  # a priority of the same class as Linux's: what is for Linux comes through

# While it works: interrupts' exits, the last of them for one of its own, if there is one.
EXITS = re.compile("V(I+)(V?)")
TICK = "VSVS"  # the tick sends itself an SGI, takes it, works, and waits


def counted(name, loads, priority, folder):
    """Linux has its first CPU on the core of the real-time system, where its devices' interrupts go, and every
    second one on the other core, from where these send SGIs to all others."""
    system = km.description(name, [
        realtime.linux(2, loads, MS, access=(realtime.DISK, realtime.CARD, *realtime.LINE)),
        realtime.realtime(1000, brief=True, priority=priority, work=WORK, wait=True)],
        [realtime.disk_device(folder / "disk.img"), realtime.card_device(ANSWERS_NS)])
    return exits.of_phases(name, km.beside_domains(system, realtime.BELLS), loads, core=0, seconds=200)


def foreign(letters):
    """Up to the last whole tick: the doorbell that ends the load may come at any time."""
    letters = letters[:letters.rindex(TICK)]
    return sum(len(foreign) - len(own) for foreign, own in EXITS.findall(letters))


@pytest.mark.long
@pytest.mark.boards_long
def test_storms_cost_no_exit(tmp_path):
    found = counted("storms", ("idle", *STORMS), 200, tmp_path)
    for load, letters in found.items():
        assert letters.count(TICK) > MS, (load, letters)
        # Once in half a second the frame looks whether a guest stands in its vectors: that may be in one of these loads.
        assert foreign(letters) <= 1, (load, letters)
    # They are storms: the same core takes them as soon as it doesn't work; of SGIs for a vCPU that doesn't run
    # it is told once, and so for each tick's work.
    idle = found["idle"].count("I")
    for load in STORMS:
        assert found[load].count("I") > (idle + MS if load == "sgi" else 2 * idle), load


@pytest.mark.long
@pytest.mark.boards_long
def test_where_they_may_interrupt_they_are_counted(tmp_path):
    """Else the test before this one would show nothing. The card's are asked for, which come in the machine's own time: when
    a disk's come is the host's. But of SGIs for a vCPU that doesn't run its core is told once, however many there are: by
    each of them it would be interrupted hundreds of times in a tick."""
    found = counted("storms-common", ("network", "sgi"), COMMON, tmp_path)
    assert foreign(found["network"]) > MS // 4, found["network"]
    assert found["sgi"].count("I") < 4 * found["sgi"].count(TICK), found["sgi"]
