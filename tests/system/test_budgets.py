"""Budgets and shares, measured by programs that never wait: in rounds of 100 ms of the counter, exact under icount."""

import re

import kumiki_machine as km
import pytest

from test_channels import network

SHARE = km.GUESTS / "time-share.bin"
ROUND = r"\[{}\] share: ran (\d+) us, away (\d+) us, (\d+) times, stolen (\d+) us, (\d+) looks\n"
PERIOD, ROUND_US = 10_000, 100_000


def spinner(name, core, *more):
    return km.partition(name, cores=1 << core, memory="1M as 0x40000000", image=SHARE,
                        more=("kumiki,shared-cores;", *more))


def rounds(name, partitions, count, seconds=60, others=()):
    """{partition: [(ran, away, times, stolen, looks), …]}, for `count` rounds of each partition. The first round is left
    out."""
    system = km.description(name, [km.partition("beat", cores=1, memory="1M as 0x40000000", image=km.HEARTBEAT),
                                   *partitions.values(), *others])
    with km.kumiki(name, system) as machine:
        for guest in list(partitions) * (count + 1):
            machine.expect_all([ROUND.format(guest)], seconds)
        return {guest: [tuple(map(int, each)) for each in re.findall(ROUND.format(guest), machine.whole)][1:count + 1]
                for guest in partitions}


# Shows: time.limit.
@pytest.mark.long
@pytest.mark.every_board
def test_a_limit_is_kept():
    """A partition runs 2 ms of each 10 ms, although nobody else wants the core."""
    found = rounds("budget-limit", {"one": spinner("one", 1, "kumiki,budget = <2000 10000>;")}, 10)
    for ran, *_ in found["one"]:
        assert 0.99 * ROUND_US / 5 < ran <= ROUND_US / 5


# Shows: time.limit.
@pytest.mark.long
@pytest.mark.boards_long
def test_a_more_urgent_ones_new_period_takes_nothing():
    """The more urgent partition interrupts the less urgent one in each of that one's periods, at changing places."""
    found = rounds("budget-interrupted", {
        "urgent": spinner("urgent", 1, "kumiki,priority = <200>;", "kumiki,budget = <1000 3000>;"),
        "less": spinner("less", 1, "kumiki,priority = <100>;", "kumiki,budget = <5000 10000>;")}, 5)
    for ran, *_ in found["less"]:
        assert 0.95 * ROUND_US / 2 < ran < 1.05 * ROUND_US / 2


# Shows: time.guarantee.
@pytest.mark.long
@pytest.mark.boards_long
def test_a_guarantee_goes_first_and_then_last():
    found = rounds("budget-guarantee", {
        "sure": spinner("sure", 1, "kumiki,priority = <200>;", "kumiki,budget = <2000 10000>;",
                        'kumiki,budget-kind = "guarantee";'),
        "rest": spinner("rest", 1, "kumiki,priority = <100>;", "kumiki,budget = <7000 10000>;")}, 10)
    for ran, *_ in found["rest"]:
        assert 0.99 * 0.7 * ROUND_US < ran <= 0.7 * ROUND_US
    for ran, *_ in found["sure"]:  # its own share, and the rest that the other one leaves
        assert 0.97 * 0.3 * ROUND_US < ran <= 0.3 * ROUND_US


# Shows: time.equals.
@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.gicv2
def test_equals_have_equal_shares():
    names = ["one", "two", "three"]
    found = rounds("budget-equals", {name: spinner(name, 1) for name in names}, 10)
    sums = [sum(ran for ran, *_ in found[name]) for name in names]
    assert max(sums) - min(sums) <= 2 * 4000 and min(sums) > 0.98 * 10 * ROUND_US / 3


# Shows: channel.stopped.
@pytest.mark.long
def test_a_flooding_senders_broker_stops_with_its_limit():
    """A sender's first CPU and its broker have a fifth of the core. The sender's second CPU has three tenths, and gives the
    broker work without an end. A real-time system that is less urgent than both loses nothing. The least urgent partition
    gets the rest: half of the core, without the real-time system's and the frame's time."""
    system = km.description("budget-broker", [
        km.partition("sender", cores=1, memory="1M as 0x40000000", image=km.GUESTS / "time-flood.bin",
                     more=("kumiki,shared-cores;", "kumiki,vcpus = <2>;", "kumiki,priority = <200>;",
                           "kumiki,vcpu-priorities = <200 120>;", "kumiki,budget = <200 1000 300 1000>;")),
        km.partition("realtime", cores=1, memory="1M as 0x40000000", image=km.GUESTS / "realtime.bin",
                     more=("kumiki,shared-cores;", "kumiki,priority = <150>;", "kumiki,period = <1000>;",
                           "kumiki,work = <50>;", "kumiki,deadline = <700>;")),
        spinner("rest", 0, "kumiki,priority = <100>;"),
        km.partition("other", cores=1, memory="1M as 0x40000000", image=km.HEARTBEAT, more=("kumiki,shared-cores;",))])
    km.beside_domains(system, network("sender", "other"))
    with km.kumiki("budget-broker", system) as machine:
        for _ in range(12):
            machine.expect(ROUND.format("rest"), 60)
        machine.expect(r"^\[realtime\] realtime: \d+ s, \d+ ticks, 0 lost, ", 60)
        found = [int(ran) for ran, *_ in re.findall(ROUND.format("rest"), machine.whole)][2:]
    print(found)
    assert "missed deadline" not in machine.whole
    assert all(0.45 * ROUND_US < ran <= 0.55 * ROUND_US for ran in found)


# Shows: time.pays.
@pytest.mark.long
@pytest.mark.boards_long
def test_a_partition_that_wakes_all_the_time_pays_for_it():
    """A partition with a fifth of the core does nothing but wake and wait. A less urgent partition still gets four
    fifths."""
    alone = rounds("budget-flutter-alone", {"rest": spinner("rest", 1)}, 3)
    flutter = km.partition("flutter", cores=2, memory="1M as 0x40000000", image=km.GUESTS / "time-flutter.bin",
                           more=("kumiki,shared-cores;", "kumiki,priority = <200>;", "kumiki,budget = <2000 10000>;"))
    beside = rounds("budget-flutter", {"rest": spinner("rest", 1)}, 3, others=(flutter,))
    of_all = sum(looks for *_, looks in beside["rest"]) / sum(looks for *_, looks in alone["rest"])
    print(f"{of_all:.3f} of the core")
    assert 0.8 <= of_all < 0.9


# Shows: time.own-priority.
@pytest.mark.long
@pytest.mark.boards_long
def test_what_is_printed_waits_and_ticks_do_not():
    """A real-time system prints at a low priority. A more urgent one takes seven of each ten milliseconds: it mostly
    interrupts the printing, and no tick of the first one is late. They are on one core, because under icount cores take
    turns."""
    system = km.description("budget-tasks", [
        spinner("rest", 0, "kumiki,priority = <100>;", "kumiki,budget = <7000 10000>;"),
        km.partition("realtime", cores=1, memory="1M as 0x40000000", image=km.GUESTS / "realtime.bin",
                     bootargs="background=50", more=("kumiki,shared-cores;", "kumiki,priority = <200>;",
                                                     "kumiki,task-priority = <50 200>;"))])
    with km.kumiki("budget-tasks", system) as machine:
        said = [machine.expect(r"^\[realtime\] realtime: \d+ s, (\d+) ticks, (\d+) lost, (\d+) late, "
                               r"latency median \d+ ns, worst (\d+) ns$", 60) for _ in range(3)]
        ran = [int(each[0]) for each in re.findall(ROUND.format("rest"), machine.whole)][1:]
    assert all(lost == late == "0" and int(worst) <= 2400 for _, lost, late, worst in (each.groups() for each in said))
    assert min(ran) > 0.69 * ROUND_US  # its interruptions are short


# Shows: time.linux-shares.
@pytest.mark.boards_long
def test_two_linuxes_get_on_by_their_shares():
    """Budgets overcommit the core four to one. Each Linux counts its work on a CPU that both take for their own."""
    initrd = km.script("budget-work", """
        n=0
        while :; do
            n=$((n + 1)) i=0
            while [ $i -lt 400 ]; do i=$((i + 1)); done
            echo did $n
        done
        """)
    system = km.description("budget-linuxes", [
        km.partition(name, cores=0x1, memory="256M as 0x40000000", image=km.IMAGE["linux"], initrd=initrd,
                     bootargs="console=ttyAMA0 quiet kumiki.run=script", more=("kumiki,shared-cores;", f"kumiki,budget = <{budget} 10000>;"))
        for name, budget in (("more", 7600), ("less", 1900))])
    with km.kumiki("budget-linuxes", system) as machine:
        machine.expect_all([rf"^\[{name}\] did 20$" for name in ("more", "less")], 120)

        def did():
            said = machine.whole  # at one moment
            return {name: int(re.findall(rf"^\[{name}\] did (\d+)\n", said, re.MULTILINE)[-1]) for name in ("more", "less")}

        begin = did()
        machine.expect(rf"^\[less\] did {begin['less'] + 120}\n", 240)
        done = {name: count - begin[name] for name, count in did().items()}
    assert abs(done["more"] / done["less"] - 4) < 0.08
