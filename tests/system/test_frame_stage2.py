"""Damage to a partition's stage 2, while its guest runs: the guest isn't blamed, and goes on where it was."""

import struct

import pytest

import frame_tables as ft
import gdbstub
from frame_crash import ELF
from frame_machine import FORGET, machines  # noqa: F401

PC, = gdbstub.offsets(ELF, ["struct context.pc"]).values()
ENTRIES = {"leaf": 3, "table": 2}  # and their levels
VALID, ACCESSED, FAR = 0, 10, 47  # bits


MANAGER = 6  # VMID of `mover`, in frame_broken.described()


def entry_of(probe, level, at=None):
    """Where the entry of an address lies: of the instruction that traps. ELR_EL2 is the frame's own if an interrupt came to EL2
    meanwhile."""
    table = probe.register("VTTBR_EL2") & ft.ADDRESS
    if at is None:
        kept = probe.register("TPIDR_EL2") + PC
        page, = ft.el2_view(probe).at(kept, 8)
        at = int.from_bytes(probe.read(page.pa + kept - page.at, 8), "little")
    for above in range(1, level):
        entry, = struct.unpack("<Q", probe.read(table + 8 * (at // ft.GRAIN[above] % 512), 8))
        table = entry & ft.ADDRESS
    return table + 8 * (at // ft.GRAIN[level] % 512)


# Shows: frame.stage2.
@pytest.mark.parametrize("entry, bit", [("leaf", VALID), ("leaf", ACCESSED), ("leaf", FAR), ("table", VALID), ("table", FAR)])
def test_an_entry_is_damaged(machines, entry, bit):  # noqa: F811
    """The guest's code can't be fetched any more. The frame fails at that, names no guest, and makes stage 2 anew."""
    with machines.case("") as machine:
        machine.stand_at("uart-write", "access_guest")
        probe, count = machine.probe, machine.noted("count")
        at = entry_of(probe, ENTRIES[entry])
        damage = machine.flip_word("stage 2", at, bit)
        machine.execute(FORGET["stage 2"])
        assert machine.judge_damage(damage)[0] == "recovered"
        assert probe.read(at, 8) == damage.old and machine.noted("count") == count + 1


def come_to_trap_of(machine, vmid):
    """A core is about to store the registers of a trap of this partition."""
    while True:
        machine.core, _ = machine.run_to(machine.symbols["trap_vectors"])
        if machine.probe.register("VTTBR_EL2") >> 48 == vmid:
            return
        machine.probe.step(machine.core)


# Shows: frame.stage2.
def test_a_managers_boxes(machines):  # noqa: F811
    """What was damaged is a manager's, and so is a box that it may read: all of its stage 2 is as it was."""
    with machines.case("moves") as machine:
        come_to_trap_of(machine, MANAGER)
        probe = machine.probe
        view = ft.stage2_view(probe, probe.register("VTTBR_EL2") & ft.ADDRESS)
        tables = {page: probe.read(page, ft.PAGE) for page in view.pages}
        box = next(m for m in view.mappings if m.memory == ft.UNCACHED)
        machine.flip_word("box", entry_of(probe, 3, box.at), FAR)
        damage = machine.flip_word("code", entry_of(probe, 3), VALID)
        machine.execute(FORGET["stage 2"])
        assert machine.judge_damage(damage)[0] == "recovered" and machine.noted("count") == 1
        assert {page: probe.read(page, ft.PAGE) for page in tables} == tables
