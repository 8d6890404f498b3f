"""Unused PCI functions sleep, and are no bus masters: functions without an owner, and functions whose owner hasn't started,
can't start, or was stopped. The functions of a running partition are awake. All is seen from outside of the machine.

Shows: dma.sleep.
"""

import kumiki_machine as km
import pytest

import physical
import rush
import witness

ECAM, SLOT, PLAIN = 0x4010000000, 8 << 12, 0x100
COMMAND, STATUS, CAPABILITIES = 0x04, 0x06, 0x34
MASTER, NO_INTX = 4, 0x400
POWER, POWER_STATE = 1, 4  # the power management capability; the state's offset in it
DISK, DRIVE, LATER, WRONG, NOBODYS = 1, 2, 3, 8, 5


def word(header, at):
    return int.from_bytes(header[at:at + 2], "little")


def power_state(header):
    """0 to 3: D0 to D3; None: it can't sleep."""
    at = header[CAPABILITIES] if header[STATUS] & 0x10 else 0
    while at and header[at] != POWER:
        at = header[at + 1]
    return header[at + POWER_STATE] & 3 if at else None


def states(stub):
    """(command register, power state) of each device."""
    with physical.Physical(stub) as memory:
        headers = {number: memory.read(ECAM + number * SLOT, PLAIN)
                   for number in (DISK, DRIVE, LATER, WRONG, NOBODYS)}
    return {number: (word(header, COMMAND), power_state(header)) for number, header in headers.items()}


@pytest.mark.talk
def test_functions_sleep_while_nobody_uses_them(tmp_path):
    stub = tmp_path / "gdb"
    path = km.description("idle", [
        rush.partition(0x1, rush.RUSH_AT, lives=1),
        km.partition("later", cores=0x2, memory="1M at 0x61000000", image=km.HEARTBEAT,
                     access=["card"], more=["kumiki,manual;"]),
        km.partition("never", cores=0x4, memory="1M at 0x62000000", image=km.HEARTBEAT,
                     access=["wrong"]),
        witness.heartbeat(3)])  # so the machine stays on
    km.on_bus(path, rush.disks(tmp_path) + [
        km.function("card", "pci8086,10d3", LATER, device="e1000e"),
        km.function("wrong", "pci1b36,0010", WRONG, device="e1000e")])
    with km.kumiki("idle", path, extra=[
            *physical.options(stub), "-device", f"e1000e,romfile=,bus=pcie.0,addr={NOBODYS}"], mode=km.TALK) as machine:
        machine.expect(rush.TOLD, 60)
        runs = states(stub)
        assert runs[DISK][0] & MASTER and runs[DRIVE][0] & MASTER
        assert runs[DRIVE][1] == 0
        for number in LATER, WRONG, NOBODYS:
            assert runs[number] == (NO_INTX, 3)
        machine.send("\x1dc")
        machine.send("stop rush\r")
        machine.expect(r"\[kumiki\] rush stopped: it was told to", 30)
        machine.send("start later\r")
        machine.expect(r"^\[later\] heartbeat: \d+ s.*", 30)
        stopped = states(stub)
        assert stopped[DISK][0] == NO_INTX
        assert stopped[DRIVE] == (NO_INTX, 3)
        assert stopped[LATER] == (0, 0)
        assert stopped[NOBODYS] == (NO_INTX, 3)
