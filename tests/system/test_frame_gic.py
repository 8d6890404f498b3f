"""A GIC that isn't as on QEMU's plain `virt`: one with two security states is driven like the other;
one that doesn't answer stops the start with a message.

QEMU's GIC always answers. In its place a bundle names the second flash, whose words read as a test
has laid them there and take no write (a write of a value whose lowest byte is 0 or unknown to it
leaves a flash as it is).

Shows: start.unfit.
"""

import struct

import frame_bundle
import kumiki_machine as km
import pytest
from link_frames import crc32c

FLASH = 0x04000000
TOTAL = r"tests: (\d+) passed, (\d+) failed"
GICD, GICR = 96 + 32 + 16, 96 + 32 + 24  # bundle_board.gicd_base and gicr_base


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    image = tmp_path_factory.mktemp("gic") / "system.img"
    command = km.command_of(km.description("frame-gic", [km.partition(
        "guest", cores=0x1, memory="4M as 0x40000000", image=km.HEARTBEAT)]), image)
    return image.read_bytes(), command


def with_field(data, offset, value):
    """The image with another number in its bundle's header, and the checksum that goes with it."""
    bundle = frame_bundle.Bundle(data)
    tables = bytearray(data[bundle.start:bundle.start + bundle.tables_size])
    struct.pack_into("<Q", tables, offset, value)
    struct.pack_into("<I", tables, 20, 0)
    struct.pack_into("<I", tables, 20, crc32c(tables))
    return data[:bundle.start] + bytes(tables) + data[bundle.start + len(tables):]


def run(name, system, offset, words, folder):
    data, command = system
    image = folder / "system.img"
    image.write_bytes(with_field(data, offset, FLASH))
    command = [image if word == command[command.index("-kernel") + 1] else word for word in command]
    flash = bytearray(32)
    for at, value in words.items():
        struct.pack_into("<I", flash, at, value)
    (folder / "flash").write_bytes(flash)
    command += ["-device", f"loader,file={folder / 'flash'},addr={FLASH:#x},force-raw=on"]
    return km.Machine(name, command)


def stops(machine, *patterns):
    for pattern in (*patterns, r"^kumiki: the machine stops here$"):
        machine.expect(pattern, 30)
    machine.wait_end(30)
    assert "heartbeat" not in machine.text


def test_distributor_never_finishes(system, tmp_path):
    with run("gic-rwp", system, GICD, {0: 0x80000000}, tmp_path) as machine:
        stops(machine, r"^kumiki: the GIC's distributor doesn't finish a write",
              r"^kumiki: start the machine anew; is gicd_base")


def test_distributor_without_affinity_routing(system, tmp_path):
    with run("gic-are", system, GICD, {0: 0x2}, tmp_path) as machine:
        stops(machine, r"^kumiki: GICD_CTLR says 0x2 after 0x12 was written$",
              r"^kumiki: a GICv3 with affinity routing and group 1 at EL2 is needed$")


@pytest.mark.long
def test_older_gic(tmp_path):
    image = tmp_path / "system.img"
    command = km.command_of(km.description("gic-older", [km.partition(
        "guest", cores=0x1, memory="4M as 0x40000000", image=km.HEARTBEAT)]), image,
        extra=["-M", "virt,virtualization=on,gic-version=2"])
    with km.Machine("gic-older", command) as machine:
        stops(machine, r"^kumiki: the CPU has no GIC system registers",
              r"^kumiki: a GICv3 is needed")


def test_redistributor_never_wakes(system, tmp_path):
    with run("gic-waker", system, GICR, {0x14: 0x6}, tmp_path) as machine:
        stops(machine, r"^kumiki: core 0: its redistributor doesn't wake",
              r"^kumiki: start the machine anew; is gicr_base")


@pytest.mark.long
@pytest.mark.parametrize("guest, cpus", [("gic", 1), ("gic_across", 4), ("gic_ids", 2)])
def test_two_security_states(guest, cpus, record_guest):
    """`secure=on`: the frame is in the non-secure one; guests see one, as everywhere."""
    name = f"gic-secure-{guest}"
    command = km.command_of(km.description(name, [km.partition(
        "guest", cores=(1 << cpus) - 1, memory="16M as 0x40000000",
        image=km.GUESTS / f"test-{guest}.bin")]), km.TESTS / f"{name}.img")
    command[command.index("-M") + 1] += ",secure=on"
    with km.Machine(name, command) as machine:
        match = machine.expect(TOTAL, 60)
        record_guest(int(match[1]), int(match[2]))
    assert int(match[1]) > 0 and match[2] == "0"
