"""vCPUs go from core to core while they run: by a manager's call, by the operator's command, and by the balancer. No
register, interrupt, tick or disk block is lost on the way."""

import json
import re
import subprocess

import kumiki_machine as km
import pytest

import moves
from moves import ANYWHERE, SHARED, mover, roams
from sessions import console, leave, reachable
from test_linux import disk, disk_device, judge, linux
from witness import heartbeat_goes_on

MOVES = 50  # moves of each vCPU, while Linux uses its disk
SEEN = 3  # moves of each that uses what is lent, in the traces
TURN_US = 197  # an emulator's, as two never sleep


# Shows: moves.keeps, moves.ways.
@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize("campaign", [
    pytest.param(moves.Campaign(1, 3000), marks=pytest.mark.race),
    pytest.param(moves.Campaign(2, 400, linux=True), marks=pytest.mark.long)][:1 if km.APART else 2],
                         ids=lambda campaign: campaign.name)
def test_by_a_manager(campaign, tmp_path):
    """Thousands of moves: of two vCPUs that check all of their registers, of one that counts its ticks, and in one case of a
    Linux with four CPUs that checks its results."""
    moves.run(campaign, tmp_path, 300)


# Shows: time.any-vcpus, realtime.nothing-lost, moves.devices.
@pytest.mark.boards_long
# Where several CPUs share two cores, instruction counting takes minutes.
@pytest.mark.parametrize("mode", ["threads", pytest.param("icount", marks=pytest.mark.long)][:1 if km.APART else 2])
def test_linux_with_a_disk(mode, disk, record_guest):
    """Linux's CPUs are moved all the time while it runs its own tests, with a disk, and takes a CPU off and on. A real-time
    system beside it is moved, too."""
    name = f"moves-linux-{mode}"
    system = km.description(name, [
        linux(cores=0x3, bootargs="console=ttyAMA0 kumiki.run=tests kumiki.cpus=2 kumiki.hotplug=1 kumiki.disk=1",
              access=[f"virtio_mmio{km.SLOTS - 1}"], more=(SHARED, ANYWHERE, "kumiki,vcpus = <2>;")),
        roams("heartbeat", km.HEARTBEAT, priority=200), mover(2, "linux", "heartbeat")],
        [disk_device(km.SLOTS - 1, disk)])
    with km.kumiki(name, system, mode=km.TALKS[mode]) as machine:
        judge(machine, "linux", record_guest, 300)
        moves.each_moved(moves.moves_of(machine, "linux", "heartbeat"), MOVES)
        heartbeat_goes_on(machine)


# Shows: moves.keeps, moves.ways.
@pytest.mark.long
@pytest.mark.boards_long
def test_by_command():
    """The operator moves a vCPU there and back. The balancer leaves it alone, because it is real-time work. Its registers
    are right on each core."""
    system = km.description("moves-command", [
        moves.registers("left", ("kumiki,realtime;",)),
        km.partition("heartbeat", cores=0x1, memory="1M as 0x40000000", image=km.HEARTBEAT,
                     more=(SHARED, "kumiki,priority = <200>;"))])
    with km.kumiki("moves-command", system, mode=km.TALK) as machine:
        machine.expect(moves.ROUNDS.format("left"), 60)
        machine.send("\x1dc")
        for core in (1, 0, 1):
            machine.send(f"move left 0 {core}\r")
            machine.expect(rf"^\[kumiki\] left\.0 is on core {core}$", 60)
            machine.expect(moves.ROUNDS.format("left"), 60)
        assert moves.moves_of(machine, "left")["left.0"] == 3
        assert set(re.findall(moves.ROUNDS.format("left"), machine.text, re.MULTILINE)) == {"0"}
        heartbeat_goes_on(machine)


def each_seen(link, folder, names):
    """{partition: moves}. Takes traces until they have some moves of each partition: a ring has only the last hundredth of a
    second."""
    seen = {name: set() for name in names}
    while min(map(len, seen.values())) < SEEN:
        subprocess.run([km.KUMIKI, "trace", link, "-o", folder], timeout=km.HANGS, check=True, capture_output=True)
        for event in json.loads((folder / "trace.json").read_text())["traceEvents"]:
            if event["name"] == "move" and event["args"]["what"].endswith(f"to core {event['tid']}"):
                seen[event["args"]["context"].removesuffix(".0")].add(event["ts"])
    return {name: len(times) for name, times in seen.items()}


def judged(link, names):
    """{partition: (passed, failed)}, of all checks that it has run."""
    found = {}
    with console(link) as session:
        for name in names:
            session.expect(rf"\[{name}\]\S* tests: (\d+) passed, (\d+) failed", timeout=km.HANGS)
            found[name] = tuple(map(int, session.match.groups()))
        leave(session)
    return found


# Shows: moves.keeps.
@pytest.mark.long
def test_at_work_with_counters_breakpoints_and_active_interrupts(record_guest, tmp_path):
    """Guests go from core to core in the middle of their checks, some 2,000 times a second. They check the performance
    monitor with its interrupt, self-hosted debug with its steps, and interrupts that are active for long. Not with threads:
    QEMU stops and starts counters one after the other by the host's clock there, so that two counters of the same event
    differ."""
    names, link = ("pmu", "debug", "gic_active"), tmp_path / "uart"
    system = km.description("moves-lent", [mover(0, *names), *(
        km.partition(name, cores=0x6, memory="16M as 0x40000000", image=km.GUESTS / f"test-{name}.bin",
                     bootargs="without-end", more=(SHARED, ANYWHERE, "kumiki,vcpus = <1>;")) for name in names)])
    with km.kumiki("moves-lent", system, links=[link], extra=km.turns(TURN_US)):
        reachable(link)
        judged(link, names)
        moved = each_seen(link, tmp_path, names)
        found = judged(link, names)
    print(moved, found)
    for name in names:
        record_guest(*found[name])
        assert found[name][1] == 0


# Shows: moves.ways, moves.balance.
@pytest.mark.long
@pytest.mark.boards_long
def test_three_equals_on_two_cores_get_equal_shares(tmp_path):
    """Short and frequent real-time work is beside them. It drives nobody away, so moves are rare."""
    link = tmp_path / "uart"
    system = km.description("moves-equals", [
        *(moves.registers(name) for name in ("one", "two", "three")),
        km.partition("beat", cores=0x1, memory="1M as 0x40000000", image=km.HEARTBEAT,
                     more=(SHARED, "kumiki,priority = <200>;"))])
    with km.kumiki("moves-equals", system, links=[link]):
        reachable(link)
        text = ""
        for _ in range(2):
            text += subprocess.run([km.KUMIKI, "top", "--once", "--seconds", "3", link], timeout=km.HANGS,
                                   text=True, capture_output=True, check=True).stdout
    rows = re.findall(r"^(one|two|three)\.0 +\w+ +\d +100 +([\d.]+) %.* (\d+)$", text, re.MULTILINE)
    assert [name for name, *_ in rows] == ["one", "two", "three"] * 2
    shares = [(float(rows[i][1]) + float(rows[i + 3][1])) / 2 for i in range(3)]
    # Without moves, two partitions have half a core each, and one has a whole core: the difference is 50. A host that takes
    # a core away for half a second of the six makes a difference of 8.
    assert max(shares) - min(shares) < 25
    moved = sum(int(count) for *_, count in rows[3:]) - sum(int(count) for *_, count in rows[:3])
    assert 30 < moved < 400  # a vCPU that moves just for its turn stays for 32 ms
