"""Consoles between partitions: unmodified Debian Linuxes with virtio_console on the ends of a channel."""

import re

import kumiki_machine as km
import physical
import pytest

from brokers import kill_brokers
from frame_crash import crash_running
from gdbstub import symbols
from test_channels import operate

pytestmark = pytest.mark.talk

QUIET = "console=ttyAMA0 quiet panic=1 kumiki.run=console"
CONSOLE = """	channels {
		wire {
			compatible = "kumiki,console";
			kumiki,ends = "left", "right";
		};
	};
"""
WRONG = "WARNING|BUG|Oops|nobody cared|virtio|stall|comes behind"


def linux(side, does, *more, cores=None):
    return km.partition(side, cores=cores or {"left": 1, "right": 2}[side], memory="128M", image=km.IMAGE["linux"],
                        initrd=km.INITRD, more=more, bootargs=f"{QUIET} kumiki.side={side} kumiki.does={does}")


def system(name, does, *more):
    return km.beside_domains(km.description(name, [linux("left", does), linux("right", does, *more)]), CONSOLE)


def streams(machine, *ways, seconds=120):
    """One end's bytes arrive at the other end unchanged."""
    machine.position = 0
    for sender, taker in ways:
        machine.position = 0
        sent, took = machine.expect_all([rf"^\[{sender}\] console: sent (\d+ \w+)$",
                                         rf"^\[{taker}\] console: took (\d+ \w+)$"], seconds)
        assert sent[1] == took[1]


def counts(machine):
    """{partition: (state, {"sent": bytes, ...})} of `channels`."""
    text = operate(machine, "channels", "wire +right ")
    return {match[1]: (match[2], {word: int(number) for word, number in
                                  re.findall(r"(sent|received|replayed|failures) (\d+)", match[3])})
            for match in re.finditer(r"wire +(\w+) +console (\w+), (.*)", text)}


# Shows: channel.console, channel.broker-restart, channel.frame-crash.
@pytest.mark.parametrize("where, of_frame", [
    ("ring_publish", ()), pytest.param("copy_bytes", ("end_signal", "service_call", "vgic_arrived"), marks=pytest.mark.long)])
def test_a_megabyte_both_ways(where, of_frame, tmp_path):
    """Brokers are killed at a place meanwhile, again and again, and the frame crashes. Neither Linux reports anything."""
    name = f"channel-console-{where.replace('_', '-')}"
    elf = km.BUILD / "service/broker.elf"
    with km.kumiki(name, system(name, "exchange"), mode=km.TALK, extra=physical.options(tmp_path / "gdb")) as machine:
        machine.expect_all([r"^\[left\] console: open$", r"^\[right\] console: open$"], 60)
        if of_frame:
            crash_running(machine, tmp_path / "gdb", *of_frame)
            machine.expect(rf"\[kumiki\]   crashes since the start: {len(of_frame)}$", 60)
            assert "console: sent" not in machine.text[:machine.position]
        killed = kill_brokers(machine, tmp_path / "gdb", elf, symbols(elf)[where], 8, "wire")
        streams(machine, ("left", "right"), ("right", "left"))
        found = counts(machine)
        assert sum(end["failures"] for _, end in found.values()) == killed == 8
        assert all(end["received"] > 1_000_000 for _, end in found.values())
        assert not re.search(WRONG, machine.whole)


# Shows: channel.console-rebind.
def test_a_driver_leaves_the_console_and_comes_back():
    """The driver leaves after each written line. The other end reads all lines. Linux gives up a closed terminal later, by a
    worker: a driver that comes back before that gets another terminal than hvc0, and leaves once more."""
    name = "channel-console-rebind"
    driver, module = "/sys/bus/virtio/drivers/virtio_console", "insmod /lib/modules/$(uname -r)/virtio_console.ko"
    described = km.beside_domains(km.description(name, [
        km.partition(side, cores=core, memory="128M", image=km.IMAGE["linux"], initrd=km.INITRD,
                     bootargs="console=ttyAMA0 quiet panic=1") for side, core in (("left", 1), ("right", 2))]), CONSOLE)
    with km.kumiki(name, described, mode=km.TALK) as machine:
        machine.expect_all([rf"^\[{side}\] kumiki-init: up" for side in ("left", "right")], 90)
        machine.send(f"\x1d2\r{module}; exec 3</dev/hvc0; stty raw -echo <&3; echo o''pen; while read -r line <&3; do echo to''ok $line; done\r")
        machine.expect(r"^\[right\] open$", 60)
        again = f"echo virtio0 >{driver}/unbind; echo virtio0 >{driver}/bind"
        machine.send(f"\x1d1\r{module}; for i in 1 2 3 4 5; do until echo line $i >/dev/hvc0; do {again}; done; {again}; done\r")
        for number in range(1, 6):
            machine.expect(rf"^\[right\] took line {number}$", 60)
        assert not re.search("WARNING|BUG|Oops|stall", machine.whole)


# Shows: channel.console-waits.
def test_a_reader_that_does_not_read():
    """The writer waits, and the operator is told so. All of its bytes come once the reader reads."""
    name = "channel-console-late"
    with km.kumiki(name, system(name, "late"), mode=km.TALK) as machine:
        machine.expect(r"^\[right\] console: waits for Enter$", 60)
        while counts(machine)["left"][0] != "waits":
            pass
        assert "console: sent" not in machine.whole
        machine.send("\x1d2\r")
        streams(machine, ("left", "right"))
        assert not re.search(WRONG, machine.whole)


# Shows: channel.console-neighbour.
@pytest.mark.parametrize("times", [2, pytest.param(6, marks=pytest.mark.long)])
def test_a_reader_restarts_in_the_middle(times):
    """The writer's bytes go on in the reader's next life, in their order and none twice."""
    name = "channel-console-restart"
    with km.kumiki(name, system(name, "lines", "kumiki,restart-limit = <1000 1>;", "kumiki,restart-delay = <0>;"),
                   mode=km.TALK) as machine:
        for _ in range(times):
            machine.expect(r"^\[right\] console: open$", 120)
            machine.expect(r"^\[right\] console: at \d+$", 120)
            operate(machine, "restart right", "right")
        machine.expect(r"^\[right\] console: open$", 120)
        for _ in range(4):
            machine.expect(r"^\[right\] console: at \d+$", 120)
        seen = [int(line) for line in re.findall(r"^\[right\] console: at (\d+)$", machine.whole, re.MULTILINE)]
        assert seen == sorted(set(seen))
        assert not re.search(f"left (stopped|crash)|{WRONG}", machine.whole)


# Shows: channel.console-unheard.
@pytest.mark.long
def test_many_small_writes():
    """Each write leads to an interrupt without work. Linux doesn't turn the interrupt's line off for that."""
    name = "channel-console-bytes"
    with km.kumiki(name, system(name, "bytes kumiki.bytes=130000")) as machine:
        streams(machine, ("left", "right"), seconds=400)
        assert not re.search(WRONG, machine.whole)
