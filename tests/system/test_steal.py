"""Stolen time (Arm DEN0057): a vCPU's record agrees with the vCPU's own measurement, and Debian's kernel shows it in
/proc/stat.

Shows: time.stolen.
"""

import kumiki_machine as km
import pytest
from sessions import PROMPT, linux
from test_budgets import rounds, spinner


@pytest.mark.every_board
def test_the_record_is_what_was_missed():
    """They agree to a thousandth, and to the few microseconds that the frame takes at each switch."""
    found = rounds("steal-record", {name: spinner(name, 1, *more) for name, more in (
        ("one", []), ("two", []), ("half", ["kumiki,budget = <50000 100000>;"]))}, 8)
    for each in found.values():
        for ran, away, times, stolen, _ in each:
            assert away > 10_000 and times > 1
            assert 0 <= away - stolen <= away / 1000 + times, (ran, away, times, stolen)


def cpu_times(machine):
    """(user, nice, system, idle, iowait, irq, softirq, steal) of all CPUs, in hundredths of a second."""
    machine.send("head -1 /proc/stat\r")
    return [int(word) for word in machine.expect(r"^\[linux\] cpu +([0-9 ]+)\n", 60)[1].split()]


def counted_by_the_scheduler(machine):
    """The shell's time on a CPU by the scheduler, in nanoseconds."""
    machine.send("cat /proc/$$/schedstat\r")
    return int(machine.expect(r"^\[linux\] (\d+) \d+ \d+$", 60)[1])


@pytest.mark.long
@pytest.mark.boards_long
def test_linux_shows_it():
    """A busy Linux shares its core with a busy program, so half of its time is stolen. /proc/stat has the stolen time, and
    books it on no program. The scheduler is built without PARAVIRT_TIME_ACCOUNTING, and counts it as the program's."""
    system = km.description("steal-linux", [
        linux(cores=2, bootargs="console=ttyAMA0 kumiki.run=shell", more=("kumiki,shared-cores;",)),
        km.partition("beat", cores=1, memory="1M as 0x40000000", image=km.HEARTBEAT),
        spinner("share", 1)])
    with km.kumiki("steal-linux", system, mode=km.TALK) as machine:
        machine.expect("using stolen time PV", 120)
        machine.expect(PROMPT, 120)
        before, scheduled = cpu_times(machine), counted_by_the_scheduler(machine)
        machine.send("i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; echo work$((40+2))\r")
        machine.expect(r"^\[linux\] work42$", 120)
        scheduled = (counted_by_the_scheduler(machine) - scheduled) / 1e7  # hundredths of a second
        spent = [now - then for now, then in zip(cpu_times(machine), before)]
        user, _, kernel, idle, _, _, _, steal, *_ = spent
        worked = user + kernel
        assert worked > 20 and steal > 20, spent
        assert abs(worked - steal) <= 0.1 * (worked + steal) + 4, spent
        assert abs(worked + steal - scheduled) <= 0.1 * (worked + steal) + 4, (spent, scheduled)
