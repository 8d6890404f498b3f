"""Damage to a partition's stage 2, while its guest runs: the guest isn't blamed, and goes on where it was."""

import struct

import pytest

import frame_tables as ft
from frame_damaged import FORGET, Damaged

ENTRIES = {"leaf": 3, "table": 2}  # and their levels
VALID, ACCESSED, FAR = 0, 10, 47  # bits


def entry_of(probe, level):
    """Where the entry for the instruction that traps lies."""
    at, table = probe.register("ELR_EL2"), probe.register("VTTBR_EL2") & ft.ADDRESS
    for above in range(1, level):
        entry, = struct.unpack("<Q", probe.read(table + 8 * (at // ft.GRAIN[above] % 512), 8))
        table = entry & ft.ADDRESS
    return table + 8 * (at // ft.GRAIN[level] % 512)


# Shows: frame.stage2.
@pytest.mark.parametrize("entry, bit", [("leaf", VALID), ("leaf", ACCESSED), ("leaf", FAR), ("table", VALID), ("table", FAR)])
def test_an_entry_is_damaged(tmp_path, entry, bit):
    """The guest's code can't be fetched any more. The frame fails at that, names no guest, and makes stage 2 anew."""
    with Damaged(f"frame-stage2-{entry}-{bit}", "", tmp_path / "machine") as machine:
        machine.stand_at("uart-write", "access_guest")
        probe = machine.probe
        at = entry_of(probe, ENTRIES[entry])
        damage = machine.flip_word("stage 2", at, bit)
        machine.execute(FORGET["stage 2"])
        assert machine.judge_damage(damage)[0] == "recovered"
        assert probe.read(at, 8) == damage.old and machine.noted("count") == 1
