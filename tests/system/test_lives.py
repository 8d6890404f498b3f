"""A partition's lives are as its description says: limits, order of starts, and kept memory. tests/guest/bad/again.c asks
for a restart in each of its lives."""

import re

import kumiki_machine as km
import pytest

from witness import heartbeat

KEEP = 'kumiki,keep = "4K at 0x40040000";'


def again(name, core, *more):
    return km.partition(name, cores=1 << core, memory="1M as 0x40000000",
                        image=km.GUESTS / "bad-again.bin", more=(KEEP, *more))


def lives(machine, name):
    """The numbers of the lives that it reported."""
    return [int(life) for life in re.findall(rf"\[{name}\] again: life (\d+), other memory new\n",
                                             machine.text)]


# Shows: life.limit, life.kept-memory.
@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize("mode", km.MODES)
def test_the_limit_switches_the_machine_off(mode):
    """There are three restarts and no more. Kept memory counts them; all other memory is wiped. A running neighbour, and
    partitions that wait for a start, don't keep the machine on."""
    system = km.description(f"limit-{mode}", [
        again("again", 0, "kumiki,restart-limit = <3 60>;", "kumiki,restart-delay = <10>;",
              'kumiki,at-limit = "off";', 'kumiki,after = "heartbeat";'),
        heartbeat(1),
        again("spare", 2, "kumiki,manual;"),
        again("waiting", 3, 'kumiki,after = "spare";')])
    with km.kumiki(f"limit-{mode}", system, mode=km.MODES[mode]) as machine:
        machine.wait_end(60)
        assert lives(machine, "again") == [1, 2, 3, 4]
        assert "AS BEFORE" not in machine.text
        assert "[spare]" not in machine.text and "[waiting]" not in machine.text


# Shows: life.machine-ends.
@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize("mode", km.MODES)
def test_the_last_one_ends_the_machine(mode):
    """One partition is never restarted, one not by itself, and the third is never started. When the first two have stopped,
    the machine goes off."""
    system = km.description(f"last-{mode}", [
        again("second", 0, "kumiki,restart-limit = <0 1>;"),
        again("first", 1, "kumiki,no-restart;").replace(KEEP, ""),
        again("spare", 2, "kumiki,manual;")])
    with km.kumiki(f"last-{mode}", system, mode=km.MODES[mode]) as machine:
        machine.wait_end(60)
        assert lives(machine, "first") == [1] and lives(machine, "second") == [1]
        assert "[spare]" not in machine.text
