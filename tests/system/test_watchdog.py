"""The watchdog of a partition, driven by Debian's own sbsa_gwdt: as long as it is fed nothing happens;
when nobody feeds it any more its partition restarts by itself, and no other one notices."""

import re

import kumiki_machine as km
import pytest

from witness import heartbeat, heartbeat_goes_on


def linux(name, core, more=""):
    return km.partition(name, cores=1 << core, memory="256M", image=km.IMAGE["linux"],
                        initrd=km.INITRD,
                        bootargs=f"console=ttyAMA0 quiet kumiki.run=watchdog {more}")


# Shows: life.watchdog.
@pytest.mark.long
@pytest.mark.boards_long
@pytest.mark.parametrize("mode", ["icount", "threads"][:1 if km.APART else 2])
def test_a_killed_daemon_restarts_its_linux_alone(mode):
    name = f"watchdog-{mode}"
    system = km.description(name, [linux("mortal", 0), linux("faithful", 1, "kumiki.keep-alive=1"),
                                   heartbeat(2)])
    with km.kumiki(name, system, mode=km.TALKS[mode]) as machine:
        for _ in range(2):  # one life, and the next
            machine.expect(r"\[mortal\] watchdog: fed for 3 s, active", 120)
            machine.expect(r"\[mortal\] watchdog: daemon killed", 60)
            machine.expect(r"\[kumiki\] mortal stopped: its watchdog wasn't served", 60)
            machine.expect(r"\[kumiki\] mortal restarts ", 60)
        machine.expect(r"\[mortal\] watchdog: fed for 1 s, active", 120)
        machine.expect(r"\[faithful\] watchdog: fed for ", 60)
        assert "faithful stopped" not in machine.text
        # Through all of it, each second of its one life.
        rounds = [int(n) for n in re.findall(r"\[faithful\] watchdog: fed for (\d+) s",
                                             machine.text)]
        assert rounds == list(range(1, len(rounds) + 1)) and len(rounds) > 6
        heartbeat_goes_on(machine)


# Shows: life.suspend.
@pytest.mark.long
@pytest.mark.boards_long
def test_a_suspended_linux_is_not_bitten():
    """Its watchdog stands still with it, and bites afterwards as before."""
    system = km.description("watchdog-suspended", [linux("linux", 0, "kumiki.keep-alive=1"),
                                                   heartbeat(1)])
    with km.kumiki("watchdog-suspended", system, mode=km.TALK) as machine:
        machine.expect(r"\[linux\] watchdog: fed for 2 s, active", 120)
        machine.send("\x1dcsuspend linux\r")
        machine.expect(r"\[kumiki\] linux is suspended", 30)
        for _ in range(5):  # seconds: the time-out is two
            machine.expect(r"heartbeat: \d+ s, ", 30)
        machine.send("resume linux\r")
        machine.expect(r"\[kumiki\] linux goes on", 30)
        for _ in range(4):
            machine.expect(r"\[linux\] watchdog: fed for \d+ s, active", 30)
        assert "wasn't served" not in machine.text
        heartbeat_goes_on(machine)
