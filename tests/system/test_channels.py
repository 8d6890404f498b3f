"""Networks between partitions: unmodified Debian Linuxes with virtio_net on the ends of a channel."""

import json
import re
import subprocess

import kumiki_machine as km
import physical
import pytest

from brokers import kill_brokers
from gdbstub import symbols
from sessions import console, reachable

QUIET = "console=ttyAMA0 quiet panic=1 kumiki.run=channel"
# `make test` does the long tests in this one mode: the Linuxes run at the same time.
AT_ONCE = ["icount", "threads"]
NETWORK = """	channels {{
		lan {{
			compatible = "kumiki,network";
			kumiki,ends = {ends};
		}};
	}};
"""


def network(*names):
    return NETWORK.format(ends=", ".join(f'"{name}"' for name in names))


def linux(name, number, *others, cores=None, mib=4, rounds=1, by="nc", more=()):
    """A Linux on a network. Partition `number` has the address 10.1.0.NUMBER, and sends to the others by a program."""
    talks = f" kumiki.others={','.join(f'10.1.0.{other}' for other in others)}" if others else ""
    return km.partition(
        name, cores=cores or 1 << number - 1, memory="192M", image=km.IMAGE["linux"], initrd=km.INITRD, more=more,
        bootargs=f"{QUIET} kumiki.address=10.1.0.{number} kumiki.mib={mib} kumiki.rounds={rounds} kumiki.by={by}{talks}")


def right_took(machine, sums):
    """Each of these lines has come, in any order. They may stand before the last expected line."""
    machine.expect_since(0, [rf"^\[right\] channel: took {each}$" for each in sums], 60)


def streams(machine, sender, receiver, number, rounds=1, seconds=120):
    """Each of the sender's streams arrived unchanged."""
    for _ in range(rounds):
        sent, took = machine.expect_all(
            [rf"^\[{sender}\] channel: sent 10\.1\.0\.{number} (\d+ \w+)$",
             rf"^\[{receiver}\] channel: took (\d+ \w+)$"], seconds)
        assert sent[1] == took[1]


# Shows: channel.network.
@pytest.mark.talk
@pytest.mark.parametrize("mode", km.MODES)
def test_two_linuxes_talk(mode):
    """Pings arrive, and streams arrive unchanged in both directions. The MAC addresses are those of the description, or are
    derived from it."""
    name, given = f"channel-two-{mode}", "02:00:5e:00:00:01"
    system = km.beside_domains(km.description(name, [linux("left", 1, 2), linux("right", 2, 1)]), network("left", "right").replace(
        "kumiki,ends", f'kumiki,mac-addresses = "generated", "{given}";\n\t\t\tkumiki,ends'))
    said = subprocess.run([km.KUMIKI, "check", system], timeout=km.HANGS, check=True, capture_output=True, text=True)
    with km.kumiki(name, system, mode=km.TALKS[mode]) as machine:
        macs = [match[1] for match in machine.expect_all(
            [rf"^\[{side}\] channel: up, (02(?::\w\w){{5}})$" for side in ("left", "right")], 60)]
        assert macs == re.findall(r"^    end .* (02(?::\w\w){5})$", said.stdout, re.MULTILINE) and macs[1] == given
        machine.expect_all([r"^\[left\] channel: pings 10\.1\.0\.2: 20 packets transmitted, 20$",
                            r"^\[right\] channel: pings 10\.1\.0\.1: 20 packets transmitted, 20$"], 60)
        machine.position = 0
        streams(machine, "left", "right", 2)
        machine.position = 0
        streams(machine, "right", "left", 1)
        machine.position = 0
        machine.expect_all([rf"^\[{side}\] channel: done, 0 errors$" for side in ("left", "right")], 60)
        assert not re.search("WARNING|BUG|Oops", machine.whole)


# Shows: operator.trace.
@pytest.mark.long
def test_the_trace_has_kicks_and_turns(tmp_path):
    """Each Linux kicks its send queue during the talk, and its broker takes and delivers the frames."""
    link = tmp_path / "link"
    system = km.beside_domains(km.description("channel-trace", [linux("left", 1, 2), linux("right", 2, 1)]),
                               network("left", "right"))
    with km.kumiki("channel-trace", system, links=[link]):
        reachable(link)
        with console(link) as session:
            session.expect(r"\[left\]\S* channel: pings 10\.1\.0\.2: 20 packets transmitted, 20")
            subprocess.run([km.KUMIKI, "trace", link, "-o", tmp_path / "trace"], timeout=km.HANGS, check=True,
                           capture_output=True)
    events = json.loads((tmp_path / "trace/trace.json").read_text())["traceEvents"]
    kicks = {event["args"]["context"] for event in events
             if event["name"] == "kick" and event["args"]["what"] == "queue 1 of its channel 0"}
    assert kicks == {"left.0", "right.0"}
    turns = {event["args"]["what"] for event in events if event["name"] == "carry"}
    assert turns >= {f"lan, of {name}: 1 taken, 1 delivered" for name in ("left", "right")}


def operate(machine, command, last):
    """The answer to an operator's command, up to a line that begins with `last`."""
    machine.send(f"\x1dc{command}\r")
    machine.expect(rf"kumiki> {command}$", 60)
    begin = machine.position
    machine.expect(rf"^\[kumiki\] {last}.*\n", 60)
    return machine.text[begin:machine.position]


def counts(machine, last):
    """{partition: {"sent": n, ...}} of `channels`; `last` stands in the last line."""
    text = operate(machine, "channels", rf"lan +{last} ")
    return {match[1]: {word: int(number) for word, number in re.findall(r"(sent|received|replayed|failures) (\d+)", match[2])}
            for match in re.finditer(r"lan +(\w+) +(.*)", text)}


# Shows: channel.broker-restart, channel.operator.
@pytest.mark.talk
@pytest.mark.parametrize("where", ["ring_publish", *(pytest.param(other, marks=pytest.mark.long) for other in ("copy_bytes", "send_turn"))])
def test_a_broker_is_killed(where, tmp_path):
    """A broker is killed at a place again and again during a stream, and comes back each time. The stream arrives unchanged,
    and neither Linux reports anything."""
    name = f"channel-killed-{where.replace('_', '-')}"
    system = km.beside_domains(km.description(name, [linux("left", 1, 2, mib=8), linux("right", 2)]),
                               network("left", "right"))
    elf = km.BUILD / "service/broker.elf"
    place = symbols(elf)[where]
    with km.kumiki(name, system, extra=physical.options(tmp_path / "gdb"), mode=km.TALK) as machine:
        machine.expect_all([r"^\[left\] channel: pings", r"^\[right\] channel: done"], 60)
        killed = kill_brokers(machine, tmp_path / "gdb", elf, place, 8)
        streams(machine, "left", "right", 2)
        found = counts(machine, "right")
        assert sum(end["failures"] for end in found.values()) == killed == 8
        assert found["right"]["received"] > 1000
        assert not re.search("WARNING|BUG|Oops|virtio|NETDEV", machine.whole)


# Shows: channel.neighbour.
@pytest.mark.talk
@pytest.mark.parametrize("mode", AT_ONCE)
def test_a_partition_restarts_in_the_middle(mode):
    """One of three ends dies again and again while the two others talk and all send to it. Their streams arrive, and each
    life of the third one has its card again."""
    name = f"channel-restart-{mode}"
    system = km.beside_domains(km.description(name, [
        linux("left", 1, 2, mib=2, rounds=4), linux("right", 2), linux("mortal", 3, 2, rounds=50, more=(
            "kumiki,restart-limit = <1000 1>;", "kumiki,restart-delay = <0>;"))]), network("left", "right", "mortal"))
    with km.kumiki(name, system, mode=km.TALKS[mode]) as machine:
        macs = set()
        for _ in range(3):
            macs.add(machine.expect(r"^\[mortal\] channel: up, (\S+)$", 120)[1])
            machine.expect(r"^\[mortal\] channel: pings", 120)
            operate(machine, "restart mortal", "mortal")
        assert len(macs) == 1
        machine.position = 0
        machine.expect(r"^\[left\] channel: done", 240)
        sent = re.findall(r"^\[left\] channel: sent 10\.1\.0\.2 (\d+ \w+)$", machine.whole, re.MULTILINE)
        assert len(set(sent)) == len(sent) == 4
        right_took(machine, sent)
        assert not re.search("(left|right) (stopped|crash)|WARNING|BUG", machine.whole)


# Shows: channel.rebind.
@pytest.mark.parametrize("rounds, times", [(2, 3), pytest.param(4, 5, marks=pytest.mark.long)])
def test_a_driver_is_bound_anew(rounds, times):
    """The receiver unbinds and binds its driver while the other one sends."""
    name = "channel-rebind"
    system = km.beside_domains(km.description(name, [
        linux("left", 1, 2, rounds=rounds), linux("right", 2, 1, mib=1)]), network("left", "right"))
    text = system.read_text()
    system.write_text(text.replace("kumiki.address=10.1.0.2", f"kumiki.address=10.1.0.2 kumiki.rebind={times}"))
    with km.kumiki(name, system) as machine:
        machine.expect(rf"^\[right\] channel: bound anew, {times}$", 120)
        machine.position = 0
        machine.expect(r"^\[left\] channel: done, 0 errors$", 240)
        sent = re.findall(r"^\[left\] channel: sent \S+ (\d+ \w+)$", machine.whole, re.MULTILINE)
        assert len(set(sent)) == len(sent) == rounds
        right_took(machine, sent)


def pings(machine, number, count):
    """The time of `count` pings, each sent once the one before is answered; in hundredths of a second."""
    machine.send(f"\x1d{number}\rcut -d' ' -f1 /proc/uptime; ping -qAc{count} 10.1.0.{3 - number}; "
                 "cut -d' ' -f1 /proc/uptime\r")
    begun = machine.expect(r"^\[\w+\] (\d+)\.(\d\d)$", 60)
    machine.expect(rf"^\[\w+\] \d+ packets transmitted, {count} packets received", 60)
    ended = machine.expect(r"^\[\w+\] (\d+)\.(\d\d)$", 60)
    return int(ended[1] + ended[2]) - int(begun[1] + begun[2])


# Shows: channel.rate.
@pytest.mark.long
def test_a_rate_holds():
    """Each end may send 50 frames a second, after some 64 at once. No frame is dropped."""
    limited = network("left", "right").replace("kumiki,ends", "kumiki,frames-per-second = <50>;\n\t\t\tkumiki,ends")
    system = km.beside_domains(km.description("channel-rate", [
        km.partition(name, cores=core, memory="192M", image=km.IMAGE["linux"], initrd=km.INITRD,
                     bootargs="console=ttyAMA0 quiet panic=1") for name, core in (("left", 1), ("right", 2))]), limited)
    with km.kumiki("channel-rate", system, mode=km.TALK) as machine:
        machine.expect_all([rf"^\[{name}\] kumiki-init: up" for name in ("left", "right")], 90)
        for number, name in (1, "left"), (2, "right"):
            machine.send(f"\x1d{number}\rip link set eth0 up; ip addr add 10.1.0.{number}/24 dev eth0; echo up $?\r")
            machine.expect(rf"^\[{name}\] up 0$", 60)
        assert pings(machine, 1, 264) >= 100 * (264 - 64) // 50
        assert "dropped" not in operate(machine, "channels", "lan +right ")


# Shows: channel.rtos.
@pytest.mark.talk
@pytest.mark.parametrize("mode", km.MODES)
def test_the_rtos_is_on_a_network(mode):
    """The RTOS's echo server sends a Linux's data back, also while the RTOS's driver is killed. The RTOS finds the Linux by
    itself, too."""
    name = f"channel-rtos-{mode}"
    system = km.beside_domains(km.description(name, [
        km.partition("linux", cores=1, memory="192M", image=km.IMAGE["linux"], initrd=km.INITRD,
                     bootargs=f"{QUIET} kumiki.address=10.1.0.1 kumiki.mib=1 kumiki.rounds=3 kumiki.echo=10.1.0.2"),
        km.partition("rtos", cores=2, memory="16M as 0x40000000", image=km.RTOS / "lan.img")]), network("linux", "rtos"))
    with km.kumiki(name, system, mode=km.TALKS[mode]) as machine:
        machine.expect(r"^\[linux\] channel: 10\.1\.0\.2 echoed 1048576 bytes, round 1$", 120)
        machine.send("\x1d2\rping 10.1.0.1\r")
        machine.expect(r"^\[rtos\] echo of 10\.1\.0\.1: \d+\.\d+ ms$", 60)
        machine.send("kill nic\r")
        machine.expect(r"^\[rtos\] .*supervisor: nic was killed", 60)
        machine.position = 0
        machine.expect_all([r"^\[linux\] channel: 10\.1\.0\.2 echoed 1048576 bytes, round 3$",
                            r"^\[linux\] channel: done, 0 errors$"], 120)
        assert not re.search("WARNING|BUG|Oops", machine.whole)


# Shows: channel.switch.
@pytest.mark.long
@pytest.mark.parametrize("mode", AT_ONCE)
def test_a_switch_of_eight(mode):
    """Eight ends talk, each to the next one."""
    names = [f"end{number}" for number in range(1, 9)]
    name = f"channel-eight-{mode}"
    system = km.beside_domains(km.description(name, [
        linux(each, number, number % 8 + 1, mib=1) for number, each in enumerate(names, 1)]), network(*names))
    with km.kumiki(name, system, mode=km.TALKS[mode]) as machine:
        machine.expect_all([rf"^\[{each}\] channel: done, 0 errors$" for each in names], 400)
        for number, each in enumerate(names, 1):
            machine.position = 0
            streams(machine, each, names[number % 8], number % 8 + 1)
