"""Missed deadlines are counted, reported, logged, and answered as described. Exact under icount."""

import re

import kumiki_machine as km
import pytest

LATE = km.GUESTS / "time-late.bin"
SHARE = km.GUESTS / "time-share.bin"
LONG = 240  # seconds of a host that may be busy, for 800 million counted instructions
MISS = r"missed deadline of late\.0, (\d+) us after its period began; until then ran (.*)\n"


def late(*more, rounds=200):
    return km.partition("late", cores=2, memory="1M as 0x40000000", image=LATE, bootargs=f"rounds={rounds}",
                        more=("kumiki,shared-cores;", "kumiki,priority = <100>;",
                              "kumiki,period = <2000>;", "kumiki,deadline = <1000>;", *more))


def manager():
    return km.partition("manager", cores=4, memory="1M as 0x40000000", image=km.GUESTS / "manager.bin",
                        more=('kumiki,manages = "late";',))


def machine_of(name, *others, mode=km.ICOUNT):
    beat = km.partition("beat", cores=1, memory="1M as 0x40000000", image=km.HEARTBEAT)
    return km.kumiki(name, km.description(name, [beat, *others]), mode=mode)


# Shows: time.deadlines.
@pytest.mark.long
@pytest.mark.boards_long
def test_each_miss_is_counted():
    """Each tenth piece of work takes too long by itself. The misses are logged, and no manager is told."""
    with machine_of("deadline-late", late('kumiki,on-miss = "log";'), manager(), mode=km.TALK) as machine:
        machine.expect(r"^\[late\] late: 200 rounds$", LONG)
        machine.send("\x1dclog late 1\r")
        count = int(machine.expect(r"deadlines missed: (\d+) ever$", LONG)[1])
        assert count == 20
        said = re.findall(MISS, machine.whole)
        assert said and "manager: late missed" not in machine.whole
        for after, ran in said:
            assert 1000 <= int(after) <= 1010
            assert ran.startswith("late.0 ")


# Shows: time.deadlines.
@pytest.mark.long
@pytest.mark.boards_long
def test_the_partition_that_ran_instead_is_named():
    """A more urgent partition takes 3 ms of each 10 ms. One of five pieces of work doesn't even begin in time."""
    hog = km.partition("hog", cores=2, memory="1M as 0x40000000", image=SHARE,
                       more=("kumiki,shared-cores;", "kumiki,priority = <200>;",
                             "kumiki,budget = <3000 10000>;"))
    with machine_of("deadline-hog", late(rounds=100), hog, mode=km.TALK) as machine:
        machine.expect(r"^\[late\] late: 100 rounds$", LONG)
        machine.send("\x1dclog late 1\r")
        # Each tenth piece is late by itself, and one of five by the other partition.
        count = int(machine.expect(r"deadlines missed: (\d+) ever$", LONG)[1])
        ran = [each for _, each in re.findall(MISS, machine.whole)]
        assert 20 <= count <= 50
        assert any(each.startswith("hog.0 ") for each in ran), ran


# Shows: time.miss-acts.
@pytest.mark.long
@pytest.mark.every_board
def test_a_miss_restarts():
    with machine_of("deadline-restart", late('kumiki,on-miss = "restart";')) as machine:
        machine.expect("it missed a deadline", 60)
        machine.expect(r"late restarts \(restart 1 of", 60)
        machine.expect("late: begins", 60)


# Shows: time.miss-acts.
@pytest.mark.every_board
def test_a_manager_is_told():
    """The manager is told by its interrupt, and finds the number of misses in the black box."""
    with machine_of("deadline-tell", late('kumiki,on-miss = "tell";'), manager()) as machine:
        told = [int(machine.expect(r"^\[manager\] manager: late missed (\d+) deadlines", 60)[1])
                for _ in range(10)]
        assert told == sorted(set(told)) and told[-1] <= 20, told
