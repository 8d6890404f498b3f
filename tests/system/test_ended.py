"""After a partition's end: its devices are in order before the end is reported, and it takes no time."""

import kumiki_machine as km
import physical
import pytest

FLASH = (0x00000100, 0x04000100)
PL061_DIR, PL061_IE = 0x09030400, 0x09030410


# Shows: life.devices-in-order.
@pytest.mark.parametrize("mode", ["icount", "threads"])
def test_its_devices_are_in_order(mode, tmp_path):
    """tests/guest/bad/leaves.c leaves flash in the middle of commands, and a GPIO that drives lines. Both are reset once its
    partition's state is stopped."""
    system = km.description(f"ended-{mode}", [
        km.partition("leaves", cores=0x1, memory="4M as 0x40000000",
                     image=km.GUESTS / "bad-leaves.bin", access=["flash", "pl061"]),
        km.partition("manager", cores=0x2, memory="1M as 0x40000000",
                     image=km.GUESTS / "manager.bin", more=['kumiki,manages = "leaves";'])])
    stub = tmp_path / "gdb"
    with km.kumiki(f"ended-{mode}", system, mode=km.MODES[mode],
                   extra=physical.options(stub)) as machine:
        match, _ = machine.expect_all([r"leaves: flash (\w+) (\w+), GPIO f f0\n", r"manager: leaves is stopped"], 30)
        assert match[1] != match[2]
        with physical.Physical(stub) as memory:
            assert [memory.word(chip) for chip in FLASH] == [int(match[1], 16)] * 2
            assert memory.word(PL061_DIR) == 0 and memory.word(PL061_IE) == 0


@pytest.mark.every_board
def test_a_held_partition_with_a_pending_interrupt_sleeps(tmp_path):
    """A hold is done, and the core waits although the vCPU has an interrupt pending. Otherwise the core would take all time
    under icount, and power everywhere."""
    system = km.description("held-pending", [
        km.partition("pending", cores=0x2, memory="1M as 0x40000000",
                     image=km.GUESTS / "bad-pending.bin", more=['kumiki,on-crash = "hold";']),
        km.partition("manager", cores=0x1, memory="1M as 0x40000000",
                     image=km.GUESTS / "manager.bin", more=['kumiki,manages = "pending";'])])
    stub = tmp_path / "gdb"
    with km.kumiki("held-pending", system, extra=physical.options(stub)) as machine:
        machine.expect(r"manager: pending is held", 30)
        assert physical.falls_asleep(stub, 1)
