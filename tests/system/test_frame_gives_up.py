"""What the frame can't save after its own crash is given up alone: a partition whose kept state is damaged begins anew, and
so does one at work for which the frame fails twice at the same place. The others go on, and the console names all this."""

import re

import pytest

import frame_kept
import frame_probe
import frame_tables as ft
import moves
from frame_crash import WILD, patch, symbol
from frame_machine import Damage, machines  # noqa: F401
from test_frame_recovery import NAMES, beats, begin, crash, machine, some_go_on, three  # noqa: F401
from test_power import answer, operate

UNDEFINED, RETURN = bytes(4), bytes.fromhex("c0035fd6")
BESIDE = 1  # its index, in frame_machine.described()
ASM = ft.constants("frame/include/frame/asm.h")
KEPT = {0x400: ASM["TRAP_KEPT"], 0x480: ASM["INTERRUPT_KEPT"]}
PLACE = ASM["VECTOR_PLACE"]  # a jump, which doesn't say where it began, needs PC and PSTATE in memory, too


# Shows: frame.kept.
@pytest.mark.parametrize("field, value, what", [
    ("keep.magic", 0, "its header"),
    ("keep.vcpu_vgic", 64, "its header"),
    ("life.status.state", 77, "the state of its life"),
    ("life.step", 99, "the state of its life"),
    ("dma.state", 9, "the state of its life"),
    ("vcpus[0].partition", 8, "whose vCPU one is"),
    ("vcpus[0].context.kind", 3, "a vCPU's context"),
    ("vcpus[0].context.vttbr", 0x40000000, "a vCPU's context"),
    ("vcpus[0].core", 200, "a vCPU's core or priority"),
    ("vcpus[0].run.described", 3, "a vCPU's core or priority"),
])
def test_damaged(machines, field, value, what):  # noqa: F811
    """One of the partitions of the core that crashes."""
    with machines.case("") as machine:
        machine.come("vgic_send_sgi", 1)
        frame_kept.write(machine.probe, 1, frame_kept.of(BESIDE, field), value)
        assert machine.judge_damage(machine.wild("x0"))[0] == "partition restarted"
        machine.says(r"^\[kumiki\] +damaged was what it kept of beside$")
        machine.says(rf"^\[kumiki\] beside stopped: what the frame kept of it was damaged: {what}$")


LOST = r"^\[kumiki\] alone stopped: what the frame kept of it was damaged: a vCPU's registers$"


# Shows: frame.kept.
def test_lost_whose_registers(machines):  # noqa: F811
    """A core doesn't know any more which vCPU it had: all that were there begin anew."""
    with machines.case("") as machine:
        machine.come("vgic_send_sgi", 0)
        frame_kept.write(machine.probe, 0, "core.el1", WILD)
        assert machine.judge_damage(machine.wild("x0"))[0] == "partition restarted"
        machine.says(LOST)


def returns_of(machine, name):
    """Where the function returns."""
    at = machine.symbols[name]
    return at + machine.probe.read(machine.place(at), ft.PAGE // 4).index(RETURN)


def interrupted_where_it_was(probe):
    """The guest's PC and PSTATE, which the vector has read and not yet stored, are in memory from the last time."""
    return all(probe.register(name) == frame_kept.read(probe, 0, frame_kept.of(0, f"vcpus[0].context.{field}"))
               for name, field in (("x2", "pc"), ("x3", "pstate")))


# Shows: frame.kept.
@pytest.mark.parametrize("instruction, to", [
    *((instruction, None) for instruction in (0, 3, 4, 5, 14)), *((instruction, WILD) for instruction in (0, 5, 7, 14, 20)),
    (14, "tables_leave_start"), (20, "tables_leave_start")])
@pytest.mark.parametrize("vector", [0x400, 0x480], ids=["trap", "interrupt"])
def test_registers_are_half_in_memory(machines, vector, instruction, to):  # noqa: F811
    """The frame fails in the vector; or jumps out of it, to nowhere, or to where a function returns. What a crash overwrites
    is read early: from then on a crash, or a jump to nowhere, costs nobody anything. The guest never goes on with
    registers that aren't its own."""
    with machines.case("") as machine:
        machine.come(f"vectors+{vector}", 0, guests=True)
        at = machine.start + 4 * instruction
        for _ in range(instruction):
            machine.probe.step(0)
        assert machine.probe.register("pc") == at
        stands = (vector, instruction, to) == (0x480, 5, WILD) and interrupted_where_it_was(machine.probe)
        if to is None:
            machine.crash(at)
        else:
            machine.probe.set_register("pc", WILD if to == WILD else returns_of(machine, to))
        whole = to in (None, WILD) and instruction * 4 >= KEPT[vector] + (PLACE if to == WILD else 0) or stands
        fate, why = machine.judge_damage(Damage("in a vector"))
        assert (fate, why) == ("recovered", "") if whole else fate == "partition restarted", why
        machine.says(r"^\[kumiki\] the frame failed on core 0, ")
        if not whole:
            machine.says(LOST)


# Shows: frame.gives-up.
@pytest.mark.long
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
@pytest.mark.long
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
