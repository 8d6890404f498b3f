"""Kills the brokers of a channel, each at a place in its text."""

import subprocess

from gdbstub import PC, Stub, symbols


TEXT = 0x10000  # the text of a service is smaller


def _goes_on(stub, first, further):
    """So many instructions. False: the broker has called the frame, and may be another one when it goes on."""
    for _ in range(further):
        stub.step(60)
        if not first <= stub.register(PC) < first + TEXT:
            return False
    return True


def kill_next(gdb, elf, place, times, further=0):
    """Kills whichever broker comes to this place next, so often, and so many instructions behind it. Other services have text
    there, too."""
    begins = subprocess.run(["aarch64-linux-gnu-objdump", "-s", f"--start-address={place:#x}",
                             f"--stop-address={place + 16:#x}", elf], check=True, text=True, capture_output=True).stdout
    text = bytes.fromhex("".join(begins.splitlines()[-1].split()[1:5]))
    stub = Stub(gdb)
    killed = 0
    stub.breakpoint(place)
    while killed < times:
        stub.go(60)
        here = stub.register(PC) == place and stub.read(place, 16) == text
        # Another CPU that stopped here while this one steps would leave this one stepping for ever.
        stub.clear(place)
        if here and _goes_on(stub, symbols(elf)["service_start"], further):
            stub.set_register(PC, 0x8)
            killed += 1
        stub.step(60)
        stub.breakpoint(place)
    stub.clear(place)
    stub.ask("D")
    stub.socket.close()
    return killed


def kill_brokers(machine, gdb, elf, place, times, channel="lan", further=0):
    """The same, and the operator's line tells of it."""
    killed = kill_next(gdb, elf, place, times, further)
    machine.expect(rf"broker on {channel} failed and was started again: .*, pc 0x8$", 60)
    return killed
