"""What guests are in the middle of when the frame crashes under them, and what they find of it: each of their registers,
interrupts of doorbells and devices, streams between partitions, a disk with DMA."""

import re

import kumiki_machine as km
import pytest

import frame_probe
import frame_tables as ft
import moves
import test_channels as channels
import test_linux_pci as pci
from frame_crash import functions, patch, stop_in, symbol
from test_frame_recovery import SAID, beating, begin, crash, machine, said
from test_linux_pci import folder  # noqa: F401
from test_talk import PIPE, TALK
from witness import BEAT

SHARED = "kumiki,shared-cores;"
ROUND = moves.ROUNDS.format("registers")


def registers_system():
    """A vCPU that checks all of its registers, on a core with a heartbeat that takes it away again and again."""
    return [beating("alone", 0x1), beating("one", 0x2, SHARED, "kumiki,priority = <200>;"),
            km.partition("registers", cores=0x2, memory="1M as 0x40000000", image=km.GUESTS / "alone-registers.bin",
                         more=(SHARED,))]


# Shows: frame.recovers.
@pytest.mark.long
def test_registers(tmp_path):
    """General ones, floating point, EL1, and those that the frame lends: in the middle of an interrupt, of a switch,
    of the choice of who runs."""
    with machine("unharmed-registers", registers_system(), tmp_path) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        begin(running, probe, ["alone", "one"])
        for place, register in ("vgic_arrived", "x0"), ("resident_exchange_el1", "x1"), ("turn_choose", "pc"):
            here = crash(probe, place, core=1, register=register)
            said(running, here)
            for _ in range(2):
                assert running.expect(ROUND, 120)[1] == "0"
            running.expect(rf"\[alone\] {BEAT}", 60)
            probe.stop()
        assert "stopped" not in running.whole and set(re.findall(BEAT, running.whole)) == {"0"}


# Shows: frame.recovers.
@pytest.mark.long
@pytest.mark.parametrize("place", ["doorbell_ring", "vgic_pulse", "mail_post"])
def test_doorbells(place, tmp_path):
    """Two partitions that judge what they say to each other by a window and its doorbells: nothing is lost or comes twice."""
    line = r"^\[steady\] talk: life (\d+) of the other side; taken (\d+), repeated 0, wrong 0\n"
    path = km.beside_domains(km.description(f"unharmed-{place}", [
        km.partition("steady", cores=0x1, memory="1M as 0x40000000", image=TALK),
        km.partition("mortal", cores=0x2, memory="1M as 0x40000000", image=TALK, more=(
            'kumiki,keep = "4K";', "kumiki,restart-limit = <100000 1>;", "kumiki,restart-delay = <0>;"))]), PIPE)
    with km.kumiki(path.stem, path, extra=frame_probe.arguments(tmp_path / "probe", stopped=True)) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        probe.resume()
        running.expect(line, 60)
        for core in 0, 1:
            probe.stop()
            here = crash(probe, place, core=core, register="pc")
            said(running, here)
            first = running.expect(line, 60)
            while int(running.expect(line, 60)[2]) <= int(first[2]):
                pass
        assert "WRONG" not in running.whole and "steady stopped" not in running.whole


# Shows: frame.recovers.
@pytest.mark.long
def test_a_stream(tmp_path):
    """From one Linux to another, through brokers: it arrives as it was sent."""
    path = km.beside_domains(km.description("unharmed-stream", [
        channels.linux("left", 1, 2, mib=8), channels.linux("right", 2)]), channels.network("left", "right"))
    with km.kumiki(path.stem, path, extra=frame_probe.arguments(tmp_path / "probe", stopped=True)) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        probe.resume()
        running.expect_all([r"^\[left\] channel: pings", r"^\[right\] channel: done"], 120)
        for place, core in ("service_call", 0), ("access_guest", 1), ("vgic_arrived", 0):
            probe.stop()
            here = crash(probe, place, core=core)
            said(running, here)
        channels.streams(running, "left", "right", 2)
        assert not re.search("WARNING|BUG|Oops|virtio|NETDEV|stopped:", running.whole)


# Shows: frame.recovers.
@pytest.mark.long
def test_a_disk_with_dma(folder, record_guest, tmp_path):  # noqa: F811
    """A Linux's NVMe drive, whose streams stay open and whose interrupts come: its own tests of the disk pass, what they
    wrote is on it, and no request had to wait for its time limit."""
    system = km.description("unharmed-disk", [pci.linux("linux", 0, ["linux_1"], pci.asked_of(["nvme"])),
                                              beating("alone", 0x2)])
    km.on_bus(system, [pci.function(folder, "linux", "nvme", 1)])
    with km.kumiki("unharmed-disk", system, mode=km.TALK,
                   extra=frame_probe.arguments(tmp_path / "probe", stopped=True)) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        probe.resume()
        running.expect(r"\[linux\] .*nvme", 120)
        for place in "vgic_arrived", "access_guest", "uart_write":
            probe.stop()
            crash(probe, place, core=0)
            running.expect(SAID, 60)
        pci.judge(running, ["linux"], record_guest, 120)
        assert not re.search("QID|I/O error|gives up|damaged", running.whole)
    assert pci.written(folder / "linux_1.img", pci.KINDS["nvme"][2])


# Shows: frame.recovers.
@pytest.mark.long
def test_an_assertion(tmp_path):
    """__builtin_trap() is a BRK."""
    with machine("unharmed-assertion", [beating("alone", 0x1), beating("other", 0x2)], tmp_path) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        begin(running, probe, ["alone", "other"])
        probe.core(0)
        at = symbol("frame_rodata") - 4
        patch(probe, at, bytes(4), bytes.fromhex("007d20d4"))  # brk #0x3e8, as the compiler has it
        here = stop_in(probe, "uart_write", core=0)
        probe.set_register("pc", at)
        probe.resume()
        match = running.expect(SAID, 60)
        assert int(match[1]) == here and int(match[3], 16) >> 26 == 0x3c and int(match[5], 16) == at
        assert "access_guest" in functions([int(match[6], 16), *(int(a, 16) for a in match[7].split())])
        for _ in range(2):
            running.expect_all([rf"\[{name}\] {BEAT}" for name in ("alone", "other")], 60)
        assert set(re.findall(BEAT, running.whole)) == {"0"}


# Shows: frame.recovers.
@pytest.mark.long
def test_a_smashed_stack(tmp_path):
    """Whatever the caller had on the stack. A debug build's guard finds that; otherwise the return leads nowhere."""
    with machine("unharmed-smashed", [beating("alone", 0x1), beating("other", 0x2)], tmp_path) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        begin(running, probe, ["alone", "other"])
        here = stop_in(probe, "uart_write", core=0)
        sp = probe.register("sp")
        page, = ft.el2_view(probe).at(sp, 96)
        probe.write(page.pa + sp - page.at, b"\x11" * 96)
        probe.resume()
        match = running.expect(SAID, 60)
        assert int(match[1]) == here
        running.expect(r"^\[kumiki\] +at work for a trap of vCPU 0 of alone, ", 60)
        for _ in range(2):
            running.expect_all([rf"\[{name}\] {BEAT}" for name in ("alone", "other")], 60)
        assert set(re.findall(BEAT, running.whole)) == {"0"} and "stopped" not in running.whole
