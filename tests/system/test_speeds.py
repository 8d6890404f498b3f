"""Cores of unlike speed. QEMU's cores don't differ, but the board's file says that the second one is half as fast. This
decides where systems begin, what may be promised, which vCPUs move, and which core goes off first. The same systems on the
first board, whose cores are alike, show the difference.

Shows: boards.speed.
"""

import re
import subprocess
import time

import kumiki_machine as km
import pytest

from test_power import ANYWHERE, BUDGET, LEDGER as ROUNDS, SHARED, WAYS, answer, operate, rounds_of, settles

ALIKE, HALF = "qemu-virt", km.TOP / "tests/system/half"
LEDGER = km.GUESTS / "time-ledger.bin"
ROW = re.compile(r"^\[kumiki\] (\w+)\.0 +\w+ +(\d) +\d+ +(?:([\d.]+) %|not seen).* (\d+)$", re.MULTILINE)


def works(name, cores, core, *more):
    """A vCPU that never waits. It begins on one core, and may run on all of these."""
    return km.partition(name, cores=cores, memory="1M as 0x40000000", image=LEDGER,
                        more=(SHARED, "kumiki,vcpus = <1>;", ANYWHERE, f"kumiki,vcpu-cores = <{core}>;", *more))


def system(name, board, partitions, policy="performance"):
    path = km.description(f"{name}-{'alike' if board == ALIKE else 'half'}", partitions, board=board)
    path.write_text(path.read_text().replace("/ {", f'/ {{\n\tkumiki,power = "{policy}";', 1))
    return path


def rows(machine, last):
    """{partition: (core, share, moves)}, of one second."""
    return {name: (int(core), float(share or "nan"), int(moves))
            for name, core, share, moves in ROW.findall(answer(machine, "top", rf"{last}\.0 "))}


EQUALS = ("one", "two", "three")


def moved(first, then):
    return sum(then[name][2] - first[name][2] for name in EQUALS)


@pytest.mark.long
@pytest.mark.parametrize("board, core", [(ALIKE, 1), (HALF, 2)], ids=["alike", "half"])
def test_equals_go_round_and_one_begins_where_it_is_fast(board, core):
    """Three equals share two cores, alike or not. None has less than half of another one's share."""
    path = system("speeds-equals", board, [
        *(works(name, 0x3, at) for name, at in (("one", 0), ("two", 1), ("three", 1))),
        km.partition("begins", cores=0x6, memory="1M as 0x40000000", image=km.HEARTBEAT,
                     more=(SHARED, "kumiki,vcpus = <1>;"))])
    with km.kumiki(path.stem, path, mode=km.ICOUNT) as machine:
        machine.expect_all([rf"^\[{name}\] ledger: " for name in EQUALS], 60)
        operate(machine)
        first = then = rows(machine, "begins")
        end = time.monotonic() + km.HANGS
        while moved(first, then) < 10:
            assert time.monotonic() < end, then
            then = rows(machine, "begins")
    print(first, then)
    assert then["begins"][0] == core
    shares = [then[name][1] for name in EQUALS]
    assert min(shares) > max(shares) / 2


@pytest.mark.long
@pytest.mark.parametrize("board, slow", [(ALIKE, 2), (HALF, 1)], ids=["alike", "half"])
def test_the_slower_core_goes_first_and_comes_last(board, slow):
    """Two vCPUs want two fifths of a core each, for which two cores have to be on."""
    on = {core: "off" if core == slow else "on" for core in range(3)}
    path = system("speeds-power", board, [works(name, 0x7, at, "kumiki,budget = <4000 10000>;")
                                          for name, at in (("one", 0), ("two", 1))], "balanced")
    with km.kumiki(path.stem, path, mode=km.ICOUNT) as machine:
        machine.expect_all([rf"^\[{name}\] ledger: " for name in ("one", "two")], 60)
        operate(machine)
        settles(machine, on)
        answer(machine, "power powersave", "power: powersave")
        settles(machine, {0: "on", 1: "off", 2: "off"})
        answer(machine, "power balanced", "power: balanced")
        settles(machine, on)


def checks(name, board, *times):
    """(whether `kumiki check` accepts it, its words) for a partition with a deadline on the second core."""
    path = system(name, board, [
        km.partition("first", cores=0x1, memory="1M as 0x40000000", image=km.HEARTBEAT),
        km.partition("works", cores=0x2, memory="1M as 0x40000000", image=km.HEARTBEAT, more=times)])
    done = subprocess.run([km.KUMIKI, "check", path], timeout=60, text=True, capture_output=True)
    print(done.stdout + done.stderr)
    return done.returncode == 0, done.stderr


@pytest.mark.long
@pytest.mark.parametrize("board, good", [(ALIKE, True), (HALF, False)], ids=["alike", "half"])
def test_promises_depend_on_the_cores_speed(board, good):
    """Six milliseconds of the fast core's work are twelve on the slow core, which don't fit into ten."""
    passed, said = checks("speeds-work", board, "kumiki,period = <10000>;", "kumiki,deadline = <10000>;", "kumiki,work = <6000>;")
    assert passed == good
    assert good or "10000 us can't be kept by vCPU 0 of 'works' on core 1" in said


@pytest.mark.long
@pytest.mark.parametrize("board, budget, good", [(ALIKE, 500, True), (HALF, 500, False), (HALF, 700, True)],
                         ids=["alike", "half", "half-enough"])
def test_a_budget_is_time_and_its_work_depends_on_the_speed(board, budget, good):
    """300 us of the fast core's work take 600 us on the slow core, so a budget of 500 us isn't enough there."""
    passed, said = checks("speeds-budget", board, "kumiki,period = <1000>;", "kumiki,deadline = <1000>;", "kumiki,work = <300>;",
                          f"kumiki,budget = <{budget} 1000>;")
    assert passed == good
    assert good or re.search(r"1000 us can't be kept by vCPU 0 of 'works' on core 1: its work takes up to 6\d\d us of 1000 us "
                             r"there, and its budget is 500 us", said)


@pytest.mark.long
@pytest.mark.parametrize("board", [ALIKE, HALF], ids=["alike", "half"])
def test_a_budget_is_the_same_time_on_a_slower_core(board):
    """The budget is two milliseconds of each ten, to the tick."""
    path = system("speeds-ledger", board, [km.partition(
        "ledger", cores=0x2, memory="1M as 0x40000000", image=LEDGER, more=(SHARED, "kumiki,budget = <2000 10000>;"))])
    with km.kumiki(path.stem, path) as machine:
        machine.expect(ROUNDS.pattern, 60)
        least, most = rounds_of(machine)[0]
    print(f"{least} to {most} ticks")
    assert BUDGET - WAYS <= least and most <= BUDGET
