"""Cores go off when there is little to do, and come back by need. A Linux with four CPUs keeps its CPUs, and its real-time
neighbour its ticks. Policies come from the description and from commands."""

import re
import time

import kumiki_machine as km
import physical
import pytest

from brokers import arrive
from gdbstub import PC, Stub, symbols
from test_linux import linux
from witness import heartbeat_goes_on

SHARED = "kumiki,shared-cores;"
CORES = min(4, km.CORES)
ALL = (1 << CORES) - 1
ANYWHERE = 'kumiki,vcpu-may-run = "all";'
CORE = re.compile(r"^\[kumiki\] +(\d) +(\w+) +([\d.]+) +([\d.]+|not seen) +([\d.]+) +\d+/\d+/\d+$", re.MULTILINE)
SLEPT = re.compile(r"^\[kumiki\] +(\d) +[\d.]+ % +[\d.]+ % +[\d.]+ % +off ([\d.]+) % .*$", re.MULTILINE)
STILL = {"image": km.GUESTS / "bad-still.bin", "memory": "4M as 0x40000000"}
EVERYWHERE = (SHARED, "kumiki,vcpus = <1>;", ANYWHERE)
ROUNDS = r"\[registers\] registers: \d+ rounds, (\d+) wrong\n"


def system(name, partitions, policy):
    path = km.description(name, partitions)
    text = path.read_text()
    path.write_text(text.replace("/ {", f'/ {{\n\tkumiki,power = "{policy}";\n'
                                 "\tkumiki,core-power = <1500 200 5>;", 1))
    return path


def shell(cores=ALL, more=()):
    """A Linux with four CPUs, on each board."""
    own = (*more,) if CORES == 4 else (SHARED, "kumiki,vcpus = <4>;")
    return linux(cores=cores, bootargs="console=ttyAMA0 quiet kumiki.run=shell", more=(ANYWHERE, *own))


# As few cores as possible.
ONE = {core: "off" if core else "on" for core in range(CORES)}


# The last line has the cores' power. It says less where a core's idle time isn't seen.
ESTIMATE = "(?:about|at most)"


def answer(machine, command, last):
    """The answer to an operator's command, up to the line `last`. The keyboard is the operator's already (operate())."""
    machine.send(command + "\r")
    machine.expect(rf"{command}$", 60)
    begin = machine.position
    machine.expect(rf"^\[kumiki\] {last}.*\n", 60)
    return machine.text[begin:machine.position]


def operate(machine):
    machine.send("\x1dc")
    machine.expect(r"^\[kumiki\] kumiki> ", 60)


def states(machine):
    text = answer(machine, "power", ESTIMATE)
    return {int(core): state for core, state, *_ in CORE.findall(text)}


def settles(machine, wanted, seconds=60):
    """Waits until each core is in its wanted state."""
    end = time.monotonic() + km.HANGS
    while (found := states(machine)) != wanted:
        assert time.monotonic() < end, f"{found}, not {wanted}"
    return found


def tell(machine, line, answer_to):
    machine.send("\x1d1" + line + "\r")
    machine.expect(answer_to, 120)
    operate(machine)


# Shows: power.off-and-on, power.guest-unaware.
@pytest.mark.talk
@pytest.mark.every_board
@pytest.mark.parametrize("mode", ["threads"] if km.APART else ["icount", "threads"])
def test_linux_sleeps_on_one_core_and_works_on_four(mode):
    path = system(f"power-linux-{mode}", [shell()], "balanced")
    with km.kumiki(path.stem, path, mode=km.TALKS[mode]) as machine:
        machine.expect(r"^\[linux\] / # $", 120)
        operate(machine)
        settles(machine, ONE)
        if mode == "icount":
            asleep = {int(core): float(share) for core, share in SLEPT.findall(answer(machine, "top 10", r"linux\.3 "))}
            assert set(asleep) == set(range(1, CORES)) and min(asleep.values()) >= 99
        tell(machine, "head -c 1000000 /dev/urandom > /tmp/data; md5sum < /tmp/data > /tmp/sum; echo made", r"^\[linux\] made")
        tell(machine, "for i in 1 2 3 4; do (for j in 1 2 3 4 5 6; do md5sum < /tmp/data; done > /tmp/sum$i; "
             "echo done $i) & done; echo begun", r"^\[linux\] begun")
        seen = set()
        while len(re.findall(r"^\[linux\] (?:/ # )?done \d$", machine.text, re.MULTILINE)) < 4:
            seen.add(sum(state == "on" for state in states(machine).values()))
        assert max(seen) == CORES, f"cores on: {seen}"
        tell(machine, "sort -u /tmp/sum /tmp/sum? | wc -l; grep -c processor /proc/cpuinfo", r"(?m)^\[linux\] 1\n\[linux\] 4$")
        settles(machine, ONE)


# Shows: power.performance, power.powersave, power.isolate, power.realtime-stays.
@pytest.mark.long
@pytest.mark.boards_long
def test_policies_by_command():
    """A real-time system keeps its core on, and has it for itself under `isolate`. No tick is lost."""
    own = 2 if CORES == 4 else 0
    few, all_on = ONE | {own: "on"}, dict.fromkeys(range(CORES), "on")
    path = system("power-policies", [
        shell(more=(SHARED,)),
        km.partition("heartbeat", cores=1 << own, memory="1M as 0x40000000", image=km.HEARTBEAT,
                     more=(SHARED, "kumiki,priority = <200>;", "kumiki,realtime;"))], "powersave")
    with km.kumiki("power-policies", path, mode=km.TALK) as machine:
        machine.expect(r"^\[linux\] / # $", 120)
        operate(machine)
        settles(machine, few)
        tell(machine, "(while :; do :; done) & (while :; do :; done) & echo busy", r"^\[linux\] busy")
        settles(machine, few)
        answer(machine, "power performance", "power: performance")
        settles(machine, all_on)
        answer(machine, "power isolate", "power: isolate")
        settles(machine, all_on | {own: "alone"})
        places = dict(re.findall(r"^\[kumiki\] (\w+\.\d) +\w+ +(\d)", answer(machine, "top", r"heartbeat\.0 "), re.MULTILINE))
        assert str(own) not in {core for vcpu, core in places.items() if vcpu.startswith("linux")}
        assert places["heartbeat.0"] == str(own)
        tell(machine, "kill %1 %2; echo quiet", r"^\[linux\] quiet")
        answer(machine, "power balanced", "power: balanced")
        settles(machine, few)
        assert re.search(r"about [\d.]+ J: an estimate", answer(machine, "power", ESTIMATE))
        answer(machine, "power lots", "write it so: power")
        heartbeat_goes_on(machine)


# Shows: power.by-need.
@pytest.mark.long
@pytest.mark.every_board
def test_a_stopped_partition_starts_where_its_core_was_off():
    """A stop ends with a loader on the core, and a start begins with one."""
    path = system("power-start", [
        km.partition(name, cores=1 << core, memory="1M as 0x40000000", image=km.HEARTBEAT)
        for core, name in enumerate(("stays", "goes"))], "balanced")
    with km.kumiki("power-start", path, mode=km.TALK) as machine:
        machine.expect(r"^\[goes\] heartbeat: 1 s", 60)
        operate(machine)
        answer(machine, "stop goes", "goes stopped")
        settles(machine, {0: "on", 1: "off"})
        machine.send("start goes\r")
        machine.expect(r"^\[goes\] heartbeat: 1 s", 60)
        machine.expect(r"^\[stays\] heartbeat: \d+ s, \d+ ticks, 0 lost", 60)


def burst(machine):
    """Lets each of Linux's four workers do eight rounds, and checks their sums. Returns the moves of each CPU."""
    tell(machine, "for i in 1 2 3 4; do (for j in 1 2 3 4 5 6 7 8; do for k in 1 2 3 4 5; do md5sum < /tmp/data; done; "
         "sleep 0.$((i + 2)); done > /tmp/sum$i; echo done $i) & done; echo begun", r"^\[linux\] begun")
    machine.expect_all([rf"^\[linux\] (/ # )?done {i}$" for i in (1, 2, 3, 4)], 120)
    tell(machine, "sort -u /tmp/sum? | wc -l", r"^\[linux\] 1\n")
    moves = re.findall(r"^\[kumiki\] linux\.\d .* (\d+)$", answer(machine, "top", r"heartbeat\.0 "), re.MULTILINE)
    assert len(moves) == 4
    return list(map(int, moves))


# Shows: power.nothing-lost.
@pytest.mark.boards_long
@pytest.mark.long  # test_power_kept.py has such bursts under each policy, with sums instead of registers
def test_bursts_lose_nothing():
    """CPUs work and sleep in turn, so that cores go off and come back all the time. A program beside them checks all of its
    registers. A real-time system keeps its core on."""
    path = system("power-bursts", [
        shell(more=(SHARED,)),
        km.partition("registers", cores=0xF, memory="1M as 0x40000000", image=km.GUESTS / "alone-registers.bin",
                     more=(SHARED, "kumiki,vcpus = <1>;", ANYWHERE, "kumiki,priority = <90>;",
                           "kumiki,budget = <2000 20000>;")),
        km.partition("heartbeat", cores=0x1, memory="1M as 0x40000000", image=km.HEARTBEAT,
                     more=(SHARED, "kumiki,priority = <200>;", "kumiki,realtime;"))], "balanced")
    with km.kumiki("power-bursts", path, mode=km.TALK) as machine:
        machine.expect(r"^\[linux\] / # $", 120)
        operate(machine)
        tell(machine, "head -c 200000 /dev/urandom > /tmp/data; md5sum < /tmp/data > /tmp/sum0; echo made", r"^\[linux\] made")
        moves, bursts = [0], 0
        while min(moves) <= 20:  # the host, too, decides how often cores go and come in a burst
            assert bursts < 8, moves
            moves, bursts = burst(machine), bursts + 1
        machine.expect(ROUNDS, 60)
        assert set(re.findall(ROUNDS, machine.whole)) == {"0"}
        heartbeat_goes_on(machine)


# ---- budgets, while cores go and come ----

LEDGER = re.compile(r"^\[ledger\] ledger: 20 periods, from (\d+) to (\d+) ticks$", re.MULTILINE)
BUDGET = 125_000  # ticks: 2 of each 10 ms, and no tick more
WAYS = 64  # ticks of a quiet period for the way to the program and back; a tick is four instructions


def budgeted(name, image, budget):
    return km.partition(name, cores=ALL, memory="1M as 0x40000000", image=image,
                        more=(*EVERYWHERE, f"kumiki,budget = <{budget} 10000>;"))


def change(machine, command, answered):
    """Changes the policy, and waits for two more of the ledger's rounds. At most one of them had begun before."""
    answer(machine, command, answered)
    for _ in range(2):
        machine.expect(LEDGER.pattern, 60)


def rounds_of(machine):
    """(least, most) time of a period, for each group of twenty periods."""
    return [tuple(map(int, each)) for each in LEDGER.findall(machine.text)]


# Shows: power.budgets.
@pytest.mark.long
@pytest.mark.boards_long
def test_a_budget_to_the_tick():
    """A vCPU never waits. Policies change, its core goes off, and it is sent to cores that are off. It gets its whole budget
    in each period, and nothing above. The frame's work isn't charged to it."""
    path = system("power-budget", [budgeted("ledger", km.GUESTS / "time-ledger.bin", 2000)], "performance")
    with km.kumiki(path.stem, path) as machine:
        machine.expect(LEDGER.pattern, 60)
        operate(machine)
        last = CORES - 1
        change(machine, f"move ledger 0 {last}", f"ledger.0 is (there already: )?on core {last}")
        change(machine, "power powersave", "power: powersave")
        settles(machine, ONE)
        change(machine, f"move ledger 0 {last}", f"ledger.0 is on core {last}")
        settles(machine, ONE)
        change(machine, "power balanced", "power: balanced")
        change(machine, "power isolate", "power: isolate")
        change(machine, "power performance", "power: performance")
        settles(machine, dict.fromkeys(range(CORES), "on"))
        found = rounds_of(machine)
    print(found)
    assert max(most for _, most in found) <= BUDGET
    assert min(least for least, _ in found) > 0.99 * BUDGET
    assert sorted(least for least, _ in found)[len(found) // 2] >= BUDGET - WAYS


# Shows: power.budgets.
@pytest.mark.long
@pytest.mark.boards_long
def test_no_budget_is_exceeded_as_cores_come_by_need():
    """Two vCPUs together want most of a core. A second core comes under one policy and goes under the other, again and
    again. No vCPU gets more than its budget. It may get less, because cores take turns on one clock here."""
    path = system("power-budgets", [
        budgeted("ledger", km.GUESTS / "time-ledger.bin", 2000),
        budgeted("registers", km.GUESTS / "alone-registers.bin", 6000)], "powersave")
    with km.kumiki(path.stem, path) as machine:
        machine.expect(LEDGER.pattern, 60)
        operate(machine)
        for _ in range(2):
            settles(machine, ONE)
            change(machine, "power balanced", "power: balanced")
            while sum(state == "on" for state in states(machine).values()) < 2:
                pass
            change(machine, "power powersave", "power: powersave")
        machine.expect(ROUNDS, 60)
        found = rounds_of(machine)
        assert set(re.findall(ROUNDS, machine.text)) == {"0"}
    print(found)
    assert max(most for _, most in found) <= BUDGET
    assert sorted(least for least, _ in found)[len(found) // 2] > 0.9 * BUDGET


# ---- changes of the policy ----

def still(cores=ALL):
    """A partition that sleeps for ever, on each core."""
    return km.partition("still", cores=cores, more=EVERYWHERE, **STILL)


def scheduled(name, partitions, properties, policy="performance"):
    path = system(name, partitions, policy)
    path.write_text(path.read_text().replace("/ {", "/ {\n\t" + properties, 1))
    return path


# Shows: power.who-sets.
@pytest.mark.long
@pytest.mark.every_board
def test_a_manager_changes_the_policy():
    """A manager changes the policy, and sees changes by others. A partition without the right is refused."""
    saver = km.partition("saver", cores=0x1, memory="1M as 0x40000000", image=km.GUESTS / "time-saver.bin",
                         more=(SHARED, "kumiki,manages-power;"))
    other = km.partition("other", cores=0x1, memory="1M as 0x40000000", image=km.GUESTS / "time-saver.bin",
                         more=(SHARED, 'kumiki,after = "saver";'))
    path = system("power-manager", [still(), saver, other], "performance")
    with km.kumiki(path.stem, path) as machine:
        machine.expect_all([r"^\[saver\] saver: a policy that isn't: -3$", r"^\[saver\] saver: 0 held$",
                            r"^\[other\] saver: a policy that isn't: -4$",
                            r"^\[kumiki\] power: powersave, as a manager wants it$"], 60)
        operate(machine)
        settles(machine, ONE)
        answer(machine, "power performance", "power: performance")
        machine.expect(r"^\[saver\] saver: 0 holds$", 60)
        settles(machine, dict.fromkeys(range(CORES), "on"))


# Shows: power.who-sets.
@pytest.mark.long
@pytest.mark.every_board
def test_the_days_schedule():
    """The machine begins at midnight. Cores go off at one minute past, and come back at three minutes past."""
    path = scheduled("power-schedule", [still()], 'kumiki,power-schedule = "00:01 powersave", "00:03 performance";')
    with km.kumiki(path.stem, path) as machine:
        machine.expect(r"^\[kumiki\] power: powersave, as it is time for it$", 60)
        machine.expect(r"^\[kumiki\] power: performance, as it is time for it$", 60)
        operate(machine)
        text = answer(machine, "power", ESTIMATE)
        found = {int(core): (state, float(off)) for core, state, _, _, off in CORE.findall(text)}
        assert [state for state, _ in found.values()] == ["on"] * CORES
        assert found[0][1] == 0 and all(118 < found[core][1] < 121 for core in range(1, CORES)), text


CRASHES = {"warden": ("shift_pump", "the warden"), "console": ("console_turn", "the console service")}


# Shows: services.restart.
@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize("who", CRASHES)
def test_the_warden_begins_anew(who, tmp_path):
    """The warden crashes at its next look. No policy and no core is lost, and the operator's line goes on. The other way
    round, the warden goes on while the console begins anew."""
    path = system(f"power-{who}", [
        still(), km.partition("heartbeat", cores=0x1, memory="1M as 0x40000000", image=km.HEARTBEAT,
                              more=(SHARED, "kumiki,priority = <200>;", "kumiki,realtime;"))], "performance")
    function, name = CRASHES[who]
    elf = km.SERVICES[who]
    with km.kumiki(path.stem, path, extra=physical.options(tmp_path / "gdb"), mode=km.TALK) as machine:
        machine.expect(r"^\[still\] still$", 60)
        operate(machine)
        answer(machine, "power powersave", "power: powersave")
        settles(machine, ONE)
        for _ in range(3):
            stub = Stub(tmp_path / "gdb")
            arrive(stub, elf, symbols(elf)[function])
            stub.set_register(PC, 0x8)
            stub.ask("D")
            stub.socket.close()
            machine.expect(rf"{name} failed and was started again: .*, pc 0x8$", 60)
            if who == "console":
                operate(machine)
            assert "power: powersave" in answer(machine, "power", ESTIMATE)
            settles(machine, ONE)
        heartbeat_goes_on(machine)
