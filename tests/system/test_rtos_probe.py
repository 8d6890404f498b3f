"""Servers of the RTOS that are alive and wrong. Their probes find it, and they are restarted with their kept memory
(tests/rtos/probe). In shipped servers a debugger does the damage.

Shows: rtos.probe.
"""

import re

import gateway
import gdbstub
import kumiki_machine as km
import pytest
import rtos_net
import test_channel_netboot as netboot
import test_channels as channels
import test_watching as watching
from brokers import arrive
from test_guests import judge
from test_rtos_text import running

IMAGE = km.RTOS / "probe.img"
SECONDS = 60
# A network without QEMU's own hosts. They have timers, to which QEMU's clock may jump while the debugger stops the machine.
CARD = ("-netdev", "hubport,hubid=0,id=net", "-device", rtos_net.DEVICE["pci"])
# (system, program, damaged variable)
DAMAGED = {
    "console": ("shell", "console.interrupt", ()),
    "nic": ("net", "driver.in.offered", CARD),
    "loader": ("net", "main_window", CARD),
}


def lan(name):
    return km.beside_domains(km.description(name, [
        km.partition("rtos", cores=1, memory="16M as 0x40000000", image=km.RTOS / "lan.img"),
        km.partition("alone", cores=2, memory="1M as 0x40000000", image=km.HEARTBEAT)]), channels.network("rtos", "alone"))


# Programs that need another partition: (system, function that the program calls again and again, damaged variable).
BESIDE = {
    "gateway": (lambda name: gateway.system(name, gateway.new_disk(name, gateway.RULES.format(port=80))), "flows_tick",
                "main_side[0].buffers"),
    "echo": (lan, "poll", "echo_polled[0].events"),
    "tftp": (netboot.system, "poll", "polled[0].events"),
    "watcher": (watching.system, "watch_look", "watcher.book.kernel"),
}
FOUND_MOST_MS = 2100  # an interval of probes, the restart, and a jump of the clock while the debugger stops the machine


def assert_told(machine):
    text = machine.text
    assert len(re.findall("probed finds its own state damaged", text)) == 2
    assert len(re.findall("probed answers its probe wrongly", text)) == 1
    assert len(re.findall("rotten finds its own state damaged", text)) == 3
    assert text.count("rotten begins anew: what it kept is wiped") == 1
    assert "probed begins anew" not in text
    assert "such calls are refused" not in text
    assert "probed runs away" in text


@pytest.mark.long
@pytest.mark.every_board
def test_bare(record_guest):
    with km.bare("rtos-probe-bare", IMAGE) as machine:
        judge(machine, record_guest)
        assert_told(machine)


@pytest.mark.long
@pytest.mark.every_board
def test_partition(record_guest):
    with km.kumiki("rtos-probe-partition", km.rtos_description("rtos-probe", IMAGE), mode=km.TALK) as machine:
        judge(machine, record_guest)
        assert_told(machine)


@pytest.mark.long
@pytest.mark.parametrize("server", DAMAGED)
def test_damage_in_a_running_server(server):
    """A debugger damages a program's memory while nobody calls the program. Its probe finds the damage within the interval,
    and a person at the shell can type."""
    image, damaged, extra = DAMAGED[server]
    with running(f"rtos-probe-damage-{server}", km.RTOS / f"{image}.img", extra) as now:
        began = now.until_init_waits()
        place = now.kernel.place(now.process(server), gdbstub.place(km.RTOS / f"{server}.elf", damaged))
        now.stub.write(place, bytes([now.stub.read(place, 1)[0] ^ 1 << 4]))
        now.go_on()
        now.machine.expect(f"supervisor: {server} finds its own state damaged", SECONDS)
        found = int(now.machine.expect(rf"crash \d+: {server}, start 1, at (\d+) ms", SECONDS)[1])
        assert 0 <= found - began <= 1000 + FOUND_MOST_MS, (began, found)
        now.machine.send("ps\r")
        now.machine.expect(rf"{server} +runs +2 +0 +\d+, failed probes: 1", SECONDS)


@pytest.mark.long
@pytest.mark.parametrize("server", BESIDE)
def test_damage_beside_another_partition(server, tmp_path):
    """The same for programs that need another partition."""
    system, calls, damaged = BESIDE[server]
    name, gdb, elf = f"rtos-probe-beside-{server}", tmp_path / "gdb", km.RTOS / f"{server}.elf"
    with km.kumiki(name, system(name), mode=km.TALK, extra=["-gdb", f"unix:{gdb},server=on,wait=off"]) as machine:
        machine.expect(r"\$ ", SECONDS)
        stub = gdbstub.Stub(gdb)
        arrive(stub, elf, gdbstub.symbols(elf)[calls])
        place = gdbstub.place(elf, damaged)
        stub.write(place, bytes([stub.read(place, 1)[0] ^ 1 << 4]))
        stub.ask("D")
        stub.socket.close()
        machine.expect(f"supervisor: {server} finds its own state damaged", SECONDS)
