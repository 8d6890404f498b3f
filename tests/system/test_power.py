"""Cores go off when little is to do and come back by need; a Linux with four CPUs keeps four CPUs, and its
real-time neighbour its ticks. The policies, by description and by command."""

import re
import time

import kumiki_machine as km
import pytest

from test_linux import linux
from witness import heartbeat_goes_on

SHARED = "kumiki,shared-cores;"
ANYWHERE = 'kumiki,vcpu-may-run = "all";'
CORE = re.compile(r"^\[kumiki\] +(\d) +(\w+) +([\d.]+) +([\d.]+) +([\d.]+) +\d+/\d+/\d+$", re.MULTILINE)
SLEPT = re.compile(r"^\[kumiki\] +(\d) +[\d.]+ % +[\d.]+ % +[\d.]+ % +off ([\d.]+) % .*$", re.MULTILINE)
ROUNDS = r"\[registers\] registers: \d+ rounds, (\d+) wrong\n"


def system(name, partitions, policy):
    path = km.description(name, partitions)
    text = path.read_text()
    path.write_text(text.replace("/ {", f'/ {{\n\tkumiki,power = "{policy}";\n'
                                 "\tkumiki,core-power = <1500 200 5>;", 1))
    return path


def shell(cores=0xF, more=()):
    return linux(cores=cores, bootargs="console=ttyAMA0 quiet kumiki.run=shell", more=(ANYWHERE, *more))


def answer(machine, command, last):
    """What the operator's command says, up to the line `last`. Keys go there already: operate()."""
    machine.send(command + "\r")
    machine.expect(rf"{command}$", 60)
    begin = machine.position
    machine.expect(rf"^\[kumiki\] {last}.*\n", 60)
    return machine.text[begin:machine.position]


def operate(machine):
    machine.send("\x1dc")
    machine.expect(r"^\[kumiki\] kumiki> ", 60)


def states(machine):
    text = answer(machine, "power", "about")
    return {int(core): state for core, state, *_ in CORE.findall(text)}


def settles(machine, wanted, seconds=60):
    """Each core is `wanted`, after a while."""
    end = time.monotonic() + seconds
    while (found := states(machine)) != wanted:
        assert time.monotonic() < end, f"{found}, not {wanted}"
    return found


def tell(machine, line, answer_to):
    machine.send("\x1d1" + line + "\r")
    machine.expect(answer_to, 120)
    operate(machine)


@pytest.mark.parametrize("mode", ["icount", "threads"])
def test_linux_sleeps_on_one_core_and_works_on_four(mode):
    path = system(f"power-linux-{mode}", [shell()], "balanced")
    with km.kumiki(path.stem, path, mode=km.MODES[mode]) as machine:
        machine.expect(r"^\[linux\] / # $", 120)
        operate(machine)
        settles(machine, {0: "on", 1: "off", 2: "off", 3: "off"})
        if mode == "icount":
            asleep = {int(core): float(share) for core, share in SLEPT.findall(answer(machine, "top 10", r"linux\.3 "))}
            assert set(asleep) == {1, 2, 3} and min(asleep.values()) >= 99
        tell(machine, "head -c 1000000 /dev/urandom > /tmp/data; md5sum < /tmp/data > /tmp/sum; echo made", r"^\[linux\] made")
        tell(machine, "for i in 1 2 3 4; do (for j in 1 2 3 4 5 6; do md5sum < /tmp/data; done > /tmp/sum$i; "
             "echo done $i) & done; echo begun", r"^\[linux\] begun")
        seen = set()
        while len(re.findall(r"^\[linux\] (?:/ # )?done \d$", machine.text, re.MULTILINE)) < 4:
            seen.add(sum(state == "on" for state in states(machine).values()))
        assert max(seen) == 4, f"cores on: {seen}"
        tell(machine, "sort -u /tmp/sum /tmp/sum? | wc -l; grep -c processor /proc/cpuinfo", r"(?m)^\[linux\] 1\n\[linux\] 4$")
        settles(machine, {0: "on", 1: "off", 2: "off", 3: "off"})


def test_policies_by_command():
    """A real-time system on core 2 keeps it on, and has it for itself under `isolate`; the ticks of all of
    that aren't lost."""
    path = system("power-policies", [
        shell(more=(SHARED,)),
        km.partition("heartbeat", cores=0x4, memory="1M as 0x40000000", image=km.HEARTBEAT,
                     more=(SHARED, "kumiki,priority = <200>;", "kumiki,realtime;"))], "powersave")
    with km.kumiki("power-policies", path, mode=km.MODES["threads"]) as machine:
        machine.expect(r"^\[linux\] / # $", 120)
        operate(machine)
        settles(machine, {0: "on", 1: "off", 2: "on", 3: "off"})
        tell(machine, "(while :; do :; done) & (while :; do :; done) & echo busy", r"^\[linux\] busy")
        settles(machine, {0: "on", 1: "off", 2: "on", 3: "off"})
        answer(machine, "power performance", "power: performance")
        settles(machine, {0: "on", 1: "on", 2: "on", 3: "on"})
        answer(machine, "power isolate", "power: isolate")
        settles(machine, {0: "on", 1: "on", 2: "alone", 3: "on"})
        places = dict(re.findall(r"^\[kumiki\] (\w+\.\d) +\w+ +(\d)", answer(machine, "top", r"heartbeat\.0 "), re.MULTILINE))
        assert "2" not in {core for vcpu, core in places.items() if vcpu.startswith("linux")}
        assert places["heartbeat.0"] == "2"
        tell(machine, "kill %1 %2; echo quiet", r"^\[linux\] quiet")
        answer(machine, "power balanced", "power: balanced")
        settles(machine, {0: "on", 1: "off", 2: "on", 3: "off"})
        assert re.search(r"about [\d.]+ J: an estimate", answer(machine, "power", "about"))
        answer(machine, "power lots", "write it so: power")
        heartbeat_goes_on(machine)


def test_a_stopped_partition_starts_where_its_core_was_off():
    """The last that ran on that core was a loader, as each stop ends with one; and a start begins with it."""
    path = system("power-start", [
        km.partition(name, cores=1 << core, memory="1M as 0x40000000", image=km.HEARTBEAT)
        for core, name in enumerate(("stays", "goes"))], "balanced")
    with km.kumiki("power-start", path) as machine:
        machine.expect(r"^\[goes\] heartbeat: 1 s", 60)
        operate(machine)
        answer(machine, "stop goes", "goes stopped")
        settles(machine, {0: "on", 1: "off"})
        machine.send("start goes\r")
        machine.expect(r"^\[goes\] heartbeat: 1 s", 60)
        machine.expect(r"^\[stays\] heartbeat: \d+ s, \d+ ticks, 0 lost", 60)


def test_bursts_lose_nothing():
    """CPUs that work and sleep in turn, so that cores go off and come on all the time; beside them a program
    that checks all of its registers, and a real-time system, which has its core on with them."""
    path = system("power-bursts", [
        shell(more=(SHARED,)),
        km.partition("registers", cores=0xF, memory="1M as 0x40000000", image=km.GUESTS / "alone-registers.bin",
                     more=(SHARED, "kumiki,vcpus = <1>;", ANYWHERE, "kumiki,priority = <90>;",
                           "kumiki,budget = <2000 20000>;")),
        km.partition("heartbeat", cores=0x1, memory="1M as 0x40000000", image=km.HEARTBEAT,
                     more=(SHARED, "kumiki,priority = <200>;", "kumiki,realtime;"))], "balanced")
    with km.kumiki("power-bursts", path, mode=km.MODES["threads"]) as machine:
        machine.expect(r"^\[linux\] / # $", 120)
        operate(machine)
        tell(machine, "head -c 200000 /dev/urandom > /tmp/data; md5sum < /tmp/data > /tmp/sum0; echo made", r"^\[linux\] made")
        tell(machine, "for i in 1 2 3 4; do (for j in 1 2 3 4 5 6 7 8; do for k in 1 2 3 4 5; do md5sum < /tmp/data; done; sleep 0.$((i + 2)); "
             "done > /tmp/sum$i; echo done $i) & done; echo begun", r"^\[linux\] begun")
        machine.expect_all([rf"^\[linux\] (/ # )?done {i}$" for i in (1, 2, 3, 4)], 120)
        tell(machine, "sort -u /tmp/sum? | wc -l", r"^\[linux\] 1\n")
        machine.expect(ROUNDS, 60)
        assert set(re.findall(ROUNDS, machine.text)) == {"0"}
        moves = re.findall(r"^\[kumiki\] linux\.\d .* (\d+)$", answer(machine, "top", r"heartbeat\.0 "), re.MULTILINE)
        assert len(moves) == 4 and min(int(count) for count in moves) > 20
        heartbeat_goes_on(machine)
