"""More vCPUs than cores. vCPUs of one partition and of several take turns on a core. The more urgent one goes first, and no
register, interrupt or tick is lost."""

import re

import kumiki_machine as km
import pytest

from test_linux import judge, linux
from witness import heartbeat_goes_on

SHARED = "kumiki,shared-cores;"
ROUNDS = r"\[{}\] registers: \d+ rounds, (\d+) wrong\n"


def heartbeat(core, priority=200):
    return km.partition("heartbeat", cores=1 << core, memory="1M as 0x40000000",
                        image=km.HEARTBEAT, more=(SHARED, f"kumiki,priority = <{priority}>;"))


def registers(name, core):
    return km.partition(name, cores=1 << core, memory="1M as 0x40000000",
                        image=km.GUESTS / "alone-registers.bin", more=(SHARED,))


# Shows: time.any-vcpus, realtime.no-tick-lost.
@pytest.mark.long
@pytest.mark.parametrize("cores,mode", [
    pytest.param(1, "threads", marks=pytest.mark.boards_long), pytest.param(2, "threads", marks=pytest.mark.boards_long),
    (2, "icount")][:2 if km.APART else 3])
def test_linux_with_more_cpus_than_cores(cores, mode, record_guest):
    """Linux runs its own tests on four CPUs, and takes each CPU off and on again and again. A real-time system of higher
    priority on its last core loses no tick."""
    name = f"shared-linux-{cores}-{mode}"
    times = 5 if mode == "threads" else 1
    system = km.description(name, [
        linux(cores=(1 << cores) - 1, bootargs=f"console=ttyAMA0 kumiki.run=tests kumiki.cpus=4 kumiki.hotplug={times}",
              more=("kumiki,vcpus = <4>;", SHARED)),
        heartbeat(cores - 1)])
    with km.kumiki(name, system, mode=km.TALKS[mode]) as machine:
        machine.expect(r"up, 4 CPUs", 120)
        judge(machine, "linux", record_guest, 120)
        heartbeat_goes_on(machine)
        assert re.search(r"hw-breakpoint: found 6 breakpoint and 4 watchpoint", machine.text)
        assert km.APART or "PMU driver, " in machine.text


# Shows: time.registers.
@pytest.mark.long
@pytest.mark.boards_long
@pytest.mark.parametrize("lives", [1, pytest.param(2, marks=pytest.mark.long)])
def test_registers_are_everybodys_own(lives):
    """Two partitions check all of their registers all the time. They share a core with a real-time system and a Linux, and
    Linux is restarted in the middle of it, several times."""
    names = ["left", "right"]
    system = km.description("shared-registers", [
        registers("left", 0), registers("right", 0),
        linux(cores=1, bootargs="console=ttyAMA0 quiet kumiki.run=shell",
              more=("kumiki,vcpus = <2>;", SHARED)),
        heartbeat(0)])
    with km.kumiki("shared-registers", system, mode=km.TALK) as machine:
        for life in range(1, lives + 1):
            machine.expect(r"up, 2 CPUs", 120)
            for name in names * 2:
                machine.expect(ROUNDS.format(name), 60)
            machine.send("\x1dcrestart linux\r\x1d1")
            machine.expect(rf"^\[kumiki\] linux runs again: start {life + 1}\b", 60)
        for name in names * 2:
            machine.expect(ROUNDS.format(name), 60)
        heartbeat_goes_on(machine)
        for name in names:
            assert set(re.findall(ROUNDS.format(name), machine.text)) == {"0"}
        assert "isn't what it was" not in machine.text and "another's" not in machine.text


# Shows: time.registers.
@pytest.mark.long
@pytest.mark.parametrize("mode", km.MODES)
def test_counters_and_breakpoints_are_everybodys_own(mode, record_guest):
    """The guests that test the performance monitor with its interrupt, and self-hosted debug, pass as on a bare machine. Two
    further guests check the values that they wrote there, at work or not."""
    partitions = [km.partition(name, cores=1, memory="16M as 0x40000000",
                               image=km.GUESTS / f"test-{name}.bin", more=(SHARED,))
                  for name in ("pmu", "debug")]
    system = km.description(f"shared-lent-{mode}", [registers("left", 0), registers("right", 0), *partitions])
    with km.kumiki(f"shared-lent-{mode}", system, mode=km.TALKS[mode]) as machine:
        for name in ("pmu", "debug"):
            machine.position = 0
            match = machine.expect(rf"\[{name}\] tests: (\d+) passed, (\d+) failed", 60)
            record_guest(int(match[1]), int(match[2]))
            assert match[2] == "0"
        for name in ("left", "right") * 2:
            machine.expect(ROUNDS.format(name), 60)
        assert set(re.findall(r"registers: \d+ rounds, (\d+) wrong", machine.text)) == {"0"}


# Shows: time.registers.
@pytest.mark.long
def test_a_cpu_with_every_feature():
    """A core with all newer features: a Linux with two CPUs shares it with a guest that checks its registers, and with a
    real-time system."""
    system = km.description("shared-max", [
        registers("left", 0),
        linux(cores=1, bootargs="console=ttyAMA0 quiet kumiki.run=shell",
              more=("kumiki,vcpus = <2>;", SHARED)),
        heartbeat(0)])
    with km.kumiki("shared-max", system, mode=km.TALK,
                   extra=["-cpu", "max,pauth-impdef=on"]) as machine:
        machine.expect(r"up, 2 CPUs", 240)
        for _ in range(2):
            machine.expect(ROUNDS.format("left"), 120)
        heartbeat_goes_on(machine)
        assert set(re.findall(ROUNDS.format("left"), machine.text)) == {"0"}
        assert "isn't what it was" not in machine.text and "another's" not in machine.text
