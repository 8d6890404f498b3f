"""A million random accesses to configuration space, by a partition with a panel and five real functions. A neighbour has a
function of its own. tests/guest/bus/random.c checks the values that it reads. Seen from outside, only writable fields were
written.

Shows: dma.own-functions, dma.bars.
"""

import re

import kumiki_machine as km
import pytest
import physical

ECAM, SLOT, PLAIN = 0x4010000000, 8 << 12, 0x100
COMMAND, STATUS, FIRST, MSIX = 0x04, 0x06, 0x34, 0x11
OFF = 0x101  # bits of the command register: ports, messages of errors
OWN = [("rng", "pci1af4,1044", "virtio-rng-pci"), ("console", "pci1af4,1043", "virtio-serial-pci"),
       ("drive", "pci1b36,0010", "nvme,serial=kumiki"), ("usb", "pci1b36,000d", "qemu-xhci"),
       ("card", "pci8086,10d3", "e1000e")]
# They have all four interrupt lines, so the neighbour's function has none.
OTHER = 9


def system(name, seed, accesses):
    path = km.description(name, [
        km.partition("random", cores=0x1, memory="1M at 0x60000000",
                     image=km.GUESTS / "bus-random.bin", access=[label for label, *_ in OWN],
                     bootargs=f"random={seed},{accesses}", more=["kumiki,panel;"]),
        km.partition("neighbour", cores=0x2, memory="1M at 0x61000000", image=km.HEARTBEAT,
                     access=["other"])])
    km.on_bus(path, [km.function(label, compatible, number, device=device)
                     for number, (label, compatible, device) in enumerate(OWN, start=1)]
              + [km.function("other", "pci1af4,1044", OTHER, device="virtio-rng-pci",
                             more=["interrupts = <0>;"])])
    return path


def headers(stub):
    """The configuration space of each device, read from the board."""
    with physical.Physical(stub) as memory:
        return [bytearray(memory.read(ECAM + number * SLOT, PLAIN)) for number in range(OTHER + 1)]


def without_status(header):
    header[STATUS:STATUS + 2] = bytes(2)
    return header


def forget_messages(header):
    """A partition turns its function's MSI-X on and off, and masks it."""
    at = header[FIRST]
    while at and header[at] != MSIX:
        at = header[at + 1]
    if at:
        header[at + 3] &= 0x3f


@pytest.mark.long
def test_a_million_random_accesses(tmp_path):
    stub = tmp_path / "gdb"
    with km.kumiki("pci-random", system("pci-random", 1, 1_000_000), mode=km.ICOUNT,
                   extra=physical.options(stub)) as machine:
        shown = machine.expect(r"random: begins, with 6 functions, (\d+) capabilities", 30)[1]
        assert int(shown) >= 10  # five of each virtio function
        before = headers(stub)
        said = machine.expect(r"random: (\d+) accesses, (\d+) wrong\n", 120)
        after = headers(stub)
        machine.expect(r"\[neighbour\] heartbeat: \d+ s.*", 30)
        assert said.groups() == ("1000000", "0"), re.findall(r"random: slot .*", machine.text)
    assert before[0] != before[1] and before[OTHER][:4] == bytes.fromhex("f41a4410")
    for number, (was, now) in enumerate(zip(before, after)):
        if 1 <= number <= len(OWN):
            assert not int.from_bytes(now[COMMAND:COMMAND + 2], "little") & OFF
            for header in was, now:
                header[COMMAND:COMMAND + 2] = bytes(2)
                forget_messages(header)
        assert without_status(was) == without_status(now), f"device {number}"
