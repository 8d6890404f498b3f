"""What the frame can't save after its own crash is given up alone: a partition whose kept state is damaged begins anew, and
so does one at work for which the frame fails twice at the same place. The others go on, and the console names all this."""

import re

import pytest

import frame_kept
import frame_probe
import frame_tables as ft
import moves
from frame_crash import WILD, guests_at, patch, places, stop_in, symbol
from test_frame_recovery import NAMES, beats, begin, crash, machine, some_go_on, three  # noqa: F401
from test_power import answer, operate
from witness import BEAT

UNDEFINED, RETURN = bytes(4), bytes.fromhex("c0035fd6")
ASM = ft.constants("frame/include/frame/asm.h")
KEPT = {0x400: ASM["TRAP_KEPT"], 0x480: ASM["INTERRUPT_KEPT"]}


# Shows: frame.kept.
@pytest.mark.parametrize("field, value, what", [
    ("keep.magic", 0, "its header"),
    ("keep.vcpu_vgic", 64, "its header"),
    ("index", 0, "which partition it is"),
    ("config", 0, "which partition it is"),
    ("life.status.state", 77, "the state of its life"),
    ("life.step", 99, "the state of its life"),
    ("dma.state", 9, "the state of its life"),
    ("vcpus[0].partition", 8, "whose vCPU one is"),
    ("vcpus[0].context.kind", 3, "a vCPU's context"),
    ("vcpus[0].context.vttbr", 0x40000000, "a vCPU's context"),
    ("vcpus[0].core", 200, "a vCPU's core or priority"),
    ("vcpus[0].run.described", 3, "a vCPU's core or priority"),
])
def test_damaged(beats, field, value, what):  # noqa: F811
    """One of the partitions of the core that crashes."""
    running, probe = beats
    begin(running, probe, NAMES)
    stop_in(probe, "uart_write", core=1)
    frame_kept.write(probe, 1, frame_kept.of(1, field), value)
    probe.core(1)
    probe.set_register("x0", WILD)
    probe.resume()
    running.expect(r"^\[kumiki\] +damaged was what it kept of one$", 60)
    running.expect(rf"^\[kumiki\] one stopped: what the frame kept of it was damaged: {what}$", 60)
    running.expect(r"^\[one\] heartbeat: 1 s, ", 60)
    running.expect(r"^\[one\] heartbeat: 2 s, ", 60)
    some_go_on(running, ["alone", "two"])
    assert running.whole.count("heartbeat: 1000 Hz") == len(NAMES) + 1


# Shows: frame.kept.
def test_lost_whose_registers(beats):  # noqa: F811
    """A core doesn't know any more which vCPU it had: all that were there begin anew."""
    running, probe = beats
    begin(running, probe, NAMES)
    stop_in(probe, "uart_write", core=0)
    frame_kept.write(probe, 0, "core.el1", WILD)
    probe.core(0)
    probe.set_register("x0", WILD)
    probe.resume()
    running.expect(r"^\[kumiki\] alone stopped: what the frame kept of it was damaged: a vCPU's registers$", 60)
    running.expect(r"^\[alone\] heartbeat: 1 s, ", 60)
    some_go_on(running, ["one", "two"])


def returns_of(probe, name):
    """Where the function returns."""
    image, _ = places(probe, symbol(name), ft.PAGE // 4)
    return symbol(name) + probe.read(image, ft.PAGE // 4).index(RETURN)


# Shows: frame.kept.
@pytest.mark.parametrize("instruction, to", [
    *((instruction, None) for instruction in (0, 5, 9, 14)), *((instruction, WILD) for instruction in (0, 5, 14, 20)),
    (14, "tables_leave_start"), (20, "tables_leave_start")])
@pytest.mark.parametrize("vector", [0x400, 0x480], ids=["trap", "interrupt"])
def test_registers_are_half_in_memory(beats, vector, instruction, to):  # noqa: F811
    """The frame fails in the vector; or jumps out of it, to nowhere, or to where a function returns. What a crash overwrites
    is in memory early: from then on a crash, or a jump to nowhere, costs nobody anything. The guest never goes on with
    registers that aren't its own."""
    running, probe = beats
    begin(running, probe, NAMES)
    at = symbol("vectors") + vector
    whole = to in (None, WILD) and instruction * 4 >= KEPT[vector]
    guests_at(probe, at)
    for _ in range(instruction):
        probe.step(0)
    assert probe.register("pc") == at + 4 * instruction
    if to is not None:
        probe.set_register("pc", WILD if to == WILD else returns_of(probe, to))
        probe.resume()
    else:
        image, _ = places(probe, at + 4 * instruction, 4)
        old = probe.read(image, 4)
        probe.write(image, UNDEFINED)
        probe.step(0)
        probe.write(image, old)
        probe.resume()
    running.expect(r"^\[kumiki\] the frame failed on core 0, ", 60)
    if not whole:
        running.expect(r"^\[kumiki\] alone stopped: what the frame kept of it was damaged: a vCPU's registers$", 60)
        running.expect(r"^\[alone\] heartbeat: 1 s, ", 60)
    some_go_on(running, NAMES if whole else ["one", "two"])
    assert running.whole.count("heartbeat: 1000 Hz") == len(NAMES) + (not whole)


# Shows: frame.gives-up.
def test_twice_at_the_same_place(beats):  # noqa: F811
    """The partition restarts, and the others notice nothing."""
    running, probe = beats
    begin(running, probe, NAMES)
    for _ in range(2):
        crash(probe, "uart_write", core=0)
        running.expect(r"^\[kumiki\] +at work for a trap of vCPU 0 of alone, which comes again$", 60)
        probe.stop()
    probe.resume()
    running.expect(r"^\[kumiki\] +as it failed there before, it gives up alone$", 60)
    running.expect(r"^\[kumiki\] alone stopped: the frame failed again and again at work for it$", 60)
    running.expect(r"^\[alone\] heartbeat: 1 s, ", 60)
    some_go_on(running, ["one", "two"])


# Shows: frame.gives-up.
def test_a_way_that_is_broken_for_good(tmp_path):
    """A hypercall of one guest alone: that guest restarts once, the frame fails at it again, and it stays stopped. The
    machine goes on."""
    names = NAMES
    with machine("gives-up-for-good", [*three(), moves.mover(2, "alone")], tmp_path) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        begin(running, probe, names)
        probe.core(0)
        patch(probe, symbol("move_ask"), None, UNDEFINED)
        probe.resume()
        for _ in range(2):
            running.expect(r"^\[kumiki\] +at work for a trap of vCPU 0 of mover, which comes again$", 60)
            running.expect(r"^\[kumiki\] +as it failed there before, it gives up mover$", 60)
            running.expect(r"^\[kumiki\] mover stopped: the frame failed again and again at work for it$", 60)
        running.expect(r"^\[kumiki\] mover isn't started again: the frame might fail for it once more; 'start' starts it$", 60)
        some_go_on(running, names)
        operate(running)
        table = answer(running, "list", " *4  mover")
        assert re.search(r"mover +stopped +2 +2 +the frame failed again and again at work for it", table)
