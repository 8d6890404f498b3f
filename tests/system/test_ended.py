"""What a partition that ended leaves to others: its devices in order, before its end is said, and time."""

import kumiki_machine as km
import physical
import pytest

FLASH = (0x00000100, 0x04000100)
PL061_DIR, PL061_IE = 0x09030400, 0x09030410


# Shows: life.devices-in-order.
@pytest.mark.parametrize("mode", ["icount", "threads"])
def test_its_devices_are_in_order(mode, tmp_path):
    """tests/guest/bad/leaves.c leaves flash in the middle of commands, and a GPIO that drives lines. When
    its partition has stopped, by its state, all of that is over."""
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
def test_what_is_held_with_an_interrupt_pending_sleeps(tmp_path):
    """When it has done what a hold takes its core waits, whatever its vCPU has pending: one that never did
    would take all the time there is under icount, and power everywhere."""
    system = km.description("held-pending", [
        km.partition("pending", cores=0x2, memory="1M as 0x40000000",
                     image=km.GUESTS / "bad-pending.bin", more=['kumiki,on-crash = "hold";']),
        km.partition("manager", cores=0x1, memory="1M as 0x40000000",
                     image=km.GUESTS / "manager.bin", more=['kumiki,manages = "pending";'])])
    stub = tmp_path / "gdb"
    with km.kumiki("held-pending", system, extra=physical.options(stub)) as machine:
        machine.expect(r"manager: pending is held", 30)
        assert physical.falls_asleep(stub, 1)
