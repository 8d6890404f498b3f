"""Partitions end and begin anew: each time pristine, and as their policy says. No other partition loses an interrupt."""

import re

import kumiki_machine as km
import pytest

from witness import heartbeat, heartbeat_goes_on

OFTEN = ("kumiki,restart-limit = <1000000 60>;", "kumiki,restart-delay = <0>;")
BOOTS = r"\[linux\] .*Linux version"


def pristine(lives, more=(), cores=0x3):
    """The guest that checks the begin of each of its lives."""
    return km.partition("small", cores=cores, memory="1M as 0x40000000",
                        image=km.GUESTS / "again-pristine.bin", access=[km.OWN],
                        bootargs=f"lives={lives}", more=more)


def linux(run, more=(), bootargs=""):
    return km.partition("linux", cores=0x1, memory="256M", image=km.IMAGE["linux"],
                        initrd=km.INITRD, more=more,
                        bootargs=f"console=ttyAMA0 kumiki.run={run} {bootargs}".strip())


# Shows: life.pristine.
@pytest.mark.long
@pytest.mark.parametrize("mode, lives", [("icount", 300),
                                         pytest.param("threads", 300, marks=pytest.mark.every_board)])
def test_each_life_begins_as_the_first(mode, lives):
    """The lives end by resets of either CPU and by crashes, amid a mess of memory, registers, interrupts, timers, counters
    and devices."""
    name = f"lives-{mode}"
    system = km.description(name, [pristine(lives, more=OFTEN), heartbeat(2)])
    with km.kumiki(name, system, mode=km.MODES[mode]) as machine:
        end = machine.expect(r"pristine: (.*FAILED.*|\d+ lives, all pristine)", 120)
        assert end.group(1) == f"{lives} lives, all pristine"
        heartbeat_goes_on(machine)


def hasty(core, what, seed, times, longest):
    """The manager that restarts a partition at random moments of its start. Times are nanoseconds."""
    return km.partition("hasty", cores=1 << core, memory="1M as 0x40000000",
                        image=km.GUESTS / "again-hasty.bin",
                        bootargs=f"hasty={seed},{times},{longest}",
                        more=(f'kumiki,manages = "{what}";',))


def settled(machine, times):
    machine.expect(rf"hasty: {times} restarts asked for, 0 refused\n", 120)
    assert "damaged" not in machine.text and "loader" not in machine.text


# Shows: life.any-moment.
@pytest.mark.long
@pytest.mark.boards_long
@pytest.mark.parametrize("mode, longest", [("icount", 200_000), ("threads", 3_000_000)])
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_restarted_at_any_moment_of_its_start(seed, mode, longest):
    """A partition is restarted while its former life ends, while its memory is wiped and filled, in its first instructions,
    and amid its mess. The last life is pristine. Some 100 of the 1,000 lives end by themselves. A restart in the planned
    last life adds one more."""
    name = f"hasty-{mode}-{seed}"
    system = km.description(name, [pristine(1000, more=OFTEN), hasty(2, "small", seed, 900, longest),
                                   heartbeat(3)])
    with km.kumiki(name, system, mode=km.MODES[mode]) as machine:
        end = machine.expect(r"pristine: (.*FAILED.*|(\d+) lives, all pristine)", 120)
        assert end.group(2) is not None and int(end.group(2)) >= 1000, end.group(1)
        machine.position = 0
        settled(machine, 900)
        heartbeat_goes_on(machine)


# Shows: life.any-moment.
@pytest.mark.long
@pytest.mark.boards_long
@pytest.mark.parametrize("mode, longest", [("icount", 400_000_000), ("threads", 1_500_000_000)][1 if km.APART else 0:])
def test_linux_restarted_at_any_moment_of_its_start(mode, longest):
    name = f"hasty-linux-{mode}"
    system = km.description(name, [linux("idle", OFTEN, "quiet"), hasty(1, "linux", 1, 12, longest),
                                   heartbeat(2)])
    with km.kumiki(name, system, mode=km.MODES[mode]) as machine:
        settled(machine, 12)
        machine.expect(r"\[linux\] kumiki-init: up, 1 CPUs", 60)
        heartbeat_goes_on(machine)


# Shows: life.limit.
@pytest.mark.long
@pytest.mark.every_board
def test_its_restarts_are_limited():
    """A partition restarts by itself five times in a minute. Then it stays stopped, and the machine ends. News and each
    life's words come in their order."""
    system = km.description("limited", [pristine(49)])
    with km.kumiki("limited", system) as machine:
        machine.wait_end(60)
    told = re.findall(r"(?:runs again: (?=start)|pristine: (?=life))(\w+ \d+)", machine.text)
    assert told == ["life 1", *(f"{what} {life}" for life in range(2, 7) for what in ("start", "life"))]


# Shows: life.limit.
@pytest.mark.long
@pytest.mark.every_board
def test_the_limit_is_the_descriptions():
    more = ("kumiki,restart-limit = <2 60>;",)
    system = km.description("limited-to-two", [pristine(49, more), heartbeat(2)])
    with km.kumiki("limited-to-two", system) as machine:
        machine.expect(r"pristine: life 3$", 60)
        machine.expect(r"\[kumiki\] small .*at its limit", 60)
        heartbeat_goes_on(machine)
        assert "life 4" not in machine.text


# Shows: life.policy.
@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize("policy, lives", [("restart", 4), ("stop", 3), ("hold", 3)])
def test_a_crash_has_its_policy(policy, lives):
    """Its third life crashes. Its fourth life resets, which isn't a crash."""
    more = (f'kumiki,on-crash = "{policy}";', "kumiki,restart-limit = <3 60>;")
    name = f"on-crash-{policy}"
    system = km.description(name, [pristine(49, more), heartbeat(2)])
    with km.kumiki(name, system) as machine:
        machine.expect(rf"pristine: life {lives}$", 60)
        heartbeat_goes_on(machine)
        machine.position = 0
        machine.expect(r"small: vCPU 0: its exception vector can't be executed", 1)
        assert f"life {lives + 1}" not in machine.text


# Shows: life.linux-comes-back.
@pytest.mark.long
@pytest.mark.boards_long
@pytest.mark.parametrize("times", [4, pytest.param(20, marks=pytest.mark.long)])
def test_linux_restarts_again_and_again(times):
    """Linux restarts as often as it may."""
    more = (f"kumiki,restart-limit = <{times} 3600>;", "kumiki,restart-delay = <0>;")
    system = km.description("reboots", [linux("reboot", more, "quiet"), heartbeat(1)])
    with km.kumiki("reboots", system, mode=km.LONG_RUN) as machine:
        for _ in range(times + 1):
            machine.expect(r"\[linux\] kumiki-init: reboots", 60)
        heartbeat_goes_on(machine)
        assert machine.text.count("kumiki-init: reboots") == times + 1


# Shows: life.linux-comes-back.
@pytest.mark.boards_long
@pytest.mark.long  # test_reboots.py has this end, too, without the second of waiting
def test_linux_panics_and_comes_back():
    """Linux panics by sysrq, spins for the configured second, resets, and is up again."""
    more = ("kumiki,restart-limit = <1 60>;",)
    system = km.description("panics", [linux("crash", more, "panic=1"), heartbeat(1)])
    with km.kumiki("panics", system, mode=km.ICOUNT) as machine:
        for _ in range(2):
            machine.expect(BOOTS, 60)
            machine.expect(r"\[linux\] .*Kernel panic - not syncing: sysrq", 60)
            machine.expect(r"\[linux\] .*Rebooting in 1 seconds", 60)
        heartbeat_goes_on(machine)
        assert len(re.findall(BOOTS, machine.text)) == 2


# Shows: life.power-off.
@pytest.mark.long
@pytest.mark.boards_long
@pytest.mark.parametrize("mode", ["icount", pytest.param("threads", marks=pytest.mark.every_board)])
def test_linux_that_powers_off_stays_off(mode):
    name = f"powers-off-{mode}"
    system = km.description(name, [linux("off"), heartbeat(1)])
    with km.kumiki(name, system, mode=km.MODES[mode]) as machine:
        machine.expect(r"\[linux\] .*reboot: Power down", 60)
        heartbeat_goes_on(machine)
        assert len(re.findall(BOOTS, machine.text)) == 1
