"""A damaged system image: header and tables damaged, the frame says what and switches the machine
off; a partition's part damaged, that partition doesn't start and the others run."""

import random
import re
import struct
import subprocess

import kumiki_machine as km
import pytest

import frame_bundle
import physical

pytestmark = pytest.mark.boards_long
END = r"^kumiki: the machine stops here$"
LOADED = 0x50000000  # where no image is packed to be loaded, a multiple of 2 MiB
LOADER, RAM = 0x60000000, {"qemu-virt": 0x40000000}.get(km.ALIKE, 0)


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    """A packed system of two partitions that share no part, with all kinds of parts, and QEMU's
    command line for it."""
    folder = tmp_path_factory.mktemp("damage")
    initrd = folder / "initrd"
    initrd.write_bytes(bytes(range(256)) * 64)
    (folder / "other.bin").write_bytes(km.HEARTBEAT.read_bytes() + bytes(16))
    description = km.description("damage", [
        km.partition("first", cores=0x1, memory="4M as 0x40000000", image=km.HEARTBEAT,
                     initrd=initrd),
        km.partition("second", cores=0x2, memory="4M as 0x40000000",
                     image=folder / "other.bin")])
    image = folder / "system.img"
    command = km.command_of(description, image)
    return frame_bundle.Bundle(image.read_bytes()), command


def jumps_to(address):
    """A boot loader's Image that is at LOADER and does no more than go there: so it is at EL2 on each board."""
    code = struct.pack("<3IQ", 0x58000061, 0xd61f0020, 0, address)  # ldr x1, 1f; br x1; 1:
    return struct.pack("<2I3Q3QII", 0x14000010, 0, LOADER - RAM, 4096, 10, 0, 0, 0, 0x644d5241, 0) + code


def run(name, command, data, folder, load=None):
    """The machine with these bytes as its image: as -kernel, or put at an address by hand."""
    path = folder / "system.img"
    path.write_bytes(data)
    at = command.index("-kernel")
    how = ["-kernel", path]
    if load is not None:
        loader = folder / "loader.img"
        loader.write_bytes(jumps_to(load))
        how = ["-kernel", loader, "-device", f"loader,file={path},addr={load:#x},force-raw=on"]
    return km.Machine(name, [*command[:at], *how, *command[at + 2:]])


def flipped(data, offset):
    changed = bytearray(data)
    changed[offset] ^= 0x10
    return bytes(changed)


def refused(machine, *patterns):
    for pattern in patterns:
        machine.expect(pattern, 30)
    machine.expect(END, 30)
    machine.wait_end(30)
    assert "heartbeat" not in machine.text


# ---- header and tables ----

CRC = "the bundle is damaged: tables damaged: wrong CRC-32C"
SIZES = "the bundle is damaged: bundle cut short, or its sizes don't fit together"
DISAGREE = "the bundle is damaged: its header isn't the image's"
NO_BUNDLE = "no bundle behind the frame: the image was cut short, or isn't one that `kumiki pack` made"
FRAME = "the frame's image is damaged, by its CRC-32C: load the image again"
FIELDS = {"magic": (0, NO_BUNDLE),
          "revision": (8, "the bundle is damaged: bundle of another revision"),
          "header_size": (12, SIZES), "tables_size": (16, "the bundle is damaged: "), "crc": (20, CRC),
          "bundle_size": (30, SIZES), "system": (32, CRC), "image_base": (66, DISAGREE),
          "image_size": (74, CRC), "memory_base": (82, DISAGREE), "memory_size": (90, DISAGREE),
          "board": (100, CRC), "uart_base": (176, CRC), "frame_crc": (309, FRAME), "cores": (481, CRC)}


# Shows: start.damaged-bundle.
@pytest.mark.parametrize("field", FIELDS)
def test_damaged_header(field, system, tmp_path):
    bundle, command = system
    offset, complaint = FIELDS[field]
    with run(f"damage-{field}", command, flipped(bundle.data, bundle.start + offset),
             tmp_path) as machine:
        refused(machine, rf"^kumiki: {complaint}")


# Shows: start.damaged-bundle.
@pytest.mark.parametrize("place", ["first"] if km.APART else ["first", "last"])
@pytest.mark.parametrize("table", frame_bundle.TABLES)
def test_damaged_table(table, place, system, tmp_path):
    bundle, command = system
    where = bundle.tables[table]
    if where.count == 0:
        where = bundle.tables["loads"]  # a system without devices has no interrupts
    offset = 0 if place == "first" else where.count * where.entry_size - 1
    with run(f"damage-{table}-{place}", command, flipped(bundle.data, where.offset + offset),
             tmp_path) as machine:
        refused(machine, rf"^kumiki: {CRC}",
                r"^kumiki: nothing can be started; load the image again$")


# ---- the file as a whole ----
# Shows: start.damaged-bundle.

@pytest.mark.parametrize("keep", ["nothing", "header", "half"])
def test_truncated(keep, system, tmp_path):
    """A cut file: what isn't there is zero in the machine's memory."""
    bundle, command = system
    size = {"nothing": bundle.start, "header": bundle.start + 96,
            "half": bundle.start + bundle.tables_size // 2 & ~7}[keep]
    words = {"nothing": NO_BUNDLE, "header": FRAME, "half": CRC}[keep]
    with run(f"truncated-{keep}", command, bundle.data[:size], tmp_path) as machine:
        refused(machine, rf"^kumiki: {words}")


# Shows: life.damaged-part.
@pytest.mark.every_board
def test_truncated_parts(system, tmp_path):
    """Tables whole, images cut: whoever needs them isn't started, and the machine ends."""
    bundle, command = system
    with run("truncated-parts", command, bundle.data[:bundle.start + bundle.tables_size],
             tmp_path) as machine:
        machine.expect(r"first is not started: its image \S+ is damaged$", 30)
        machine.position = 0
        machine.expect(r"second is not started: its image \S+ is damaged$", 30)
        machine.wait_end(30)
        assert "heartbeat:" not in machine.text


# Shows: start.damaged-bundle.
@pytest.mark.every_board
def test_frame_without_bundle(system, tmp_path):
    _, command = system
    frame = (km.BUILD / f"frame/{km.BOARD}.img").read_bytes()
    with run("no-bundle", command, frame, tmp_path) as machine:
        refused(machine, rf"^kumiki: {NO_BUNDLE}$")


# Shows: start.damaged-bundle.
@pytest.mark.parametrize("size", [0, 0x1000, 0x11000, 0xffffffffffffffff, 0x40000000000000])
def test_damaged_image_header(size, system, tmp_path):
    """image_size of the arm64 header, by which the frame finds its first stack."""
    bundle, command = system
    data = bytearray(bundle.data)
    struct.pack_into("<Q", data, 16, size)
    with run(f"image-size-{size:x}", command, bytes(data), tmp_path,
             load=bundle.image_base) as machine:
        refused(machine, rf"^kumiki: {FRAME}$")


# ---- the frame's own image ----
# Shows: start.damaged-bundle.

def checked_from():
    """Where the check's own code ends: a bit that is flipped behind that is found."""
    sections = subprocess.run(["aarch64-linux-gnu-size", "-A", km.BUILD / f"frame/{km.BOARD}.elf"], check=True,
                              timeout=60, capture_output=True, text=True).stdout
    return int(re.search(r"^\.head +(\d+)", sections, re.MULTILINE)[1])


def flips(seed, count, first, end):
    dice = random.Random(seed)
    return [(dice.randrange(first, end), 1 << dice.randrange(8)) for _ in range(count)]


@pytest.mark.parametrize("seed, count", [(1, 20), pytest.param(2, 400, marks=pytest.mark.long)])
def test_flipped_bit(seed, count, system, tmp_path):
    """Text, constants, services, code of the start, padding: whatever is flipped, nothing runs on."""
    bundle, command = system
    for offset, bit in flips(seed, count, checked_from(), bundle.start):
        data = bytearray(bundle.data)
        data[offset] ^= bit
        with run(f"flipped-{seed}", command, data, tmp_path) as machine:
            refused(machine, rf"^kumiki: {FRAME}$")


@pytest.mark.parametrize("seed, count", [(1, 10), pytest.param(2, 200, marks=pytest.mark.long)])
def test_cut_anywhere(seed, count, system, tmp_path):
    """Behind the check's own code: each cut in the frame and in the tables is told."""
    bundle, command = system
    dice = random.Random(seed)
    for _ in range(count):
        size = dice.choice([dice.randrange(checked_from(), bundle.start),
                            dice.randrange(bundle.start, bundle.start + bundle.tables_size)])
        with run(f"cut-{seed}", command, bundle.data[:size], tmp_path) as machine:
            refused(machine, rf"^kumiki: ({NO_BUNDLE}|{FRAME}|the bundle is damaged: .*)$")


@pytest.mark.long
def test_flipped_in_the_check_itself(system, tmp_path):
    """A bit in the first instructions may come before the check. docs/proof/limits.md says how few aren't told."""
    bundle, command = system
    told = {rf"^kumiki: {FRAME}$", rf"^kumiki: {NO_BUNDLE}$", r"^kumiki: the first steps failed: "}
    tried = flips(3, 200, 0, checked_from())
    count = 0
    for number, (offset, bit) in enumerate(tried):
        data = bytearray(bundle.data)
        data[offset] ^= bit
        with run(f"flipped-first-{number}", command, data, tmp_path) as machine:
            try:
                machine.expect("|".join(told), 3)
                count += 1
            except km.MachineError as silence:
                print(f"bit {bit} of byte {offset}: {silence}")
    assert count >= len(tried) * 9 // 10


# Shows: start.unfit.
@pytest.mark.every_board
def test_loaded_elsewhere(system, tmp_path):
    bundle, command = system
    with run("loaded-elsewhere", command, bundle.data, tmp_path, load=LOADED) as machine:
        refused(machine, rf"^kumiki: loaded at {LOADED:#x}, packed for {bundle.image_base:#x}$",
                r"^kumiki: load the image where it was packed for$")


@pytest.mark.every_board
def test_loaded_between_two_mebibytes(system, tmp_path):
    bundle, command = system
    with run("loaded-odd", command, bundle.data, tmp_path, load=LOADED + 0x1000) as machine:
        refused(machine, r"^kumiki: loaded at an address that is no multiple of 2 MiB$")


# Shows: start.unfit.
@pytest.mark.every_board
def test_started_elsewhere_than_at_el2(system, tmp_path):
    """Below it; or, where each core has an EL2, above: there cores begin that no -kernel brings to EL2."""
    bundle, command = system
    words = [word.replace("virtualization=on", "virtualization=off") for word in command]
    load = None
    if words == command:
        load = bundle.image_base
        words += ["-device", f"loader,addr={load:#x},cpu-num=0"]
    with run("not-at-el2", words, bundle.data, tmp_path, load) as machine:
        machine.expect(r"^kumiki: not started at EL2", 30)


# ---- parts ----
# Shows: life.damaged-part.

def damaged_part(bundle, partition, kind, place):
    part = next(p for p in bundle.parts_of(partition) if p.kind == kind)
    return part, part.offset + {"first": 0, "middle": part.size // 2, "last": part.size - 1}[place]


@pytest.mark.parametrize("place", ["first", "middle", "last"])
@pytest.mark.parametrize("kind", ["image", "initrd", "dtb"])
def test_damaged_part(kind, place, system, tmp_path):
    """It is named; its partition stays off; the other one runs."""
    bundle, command = system
    part, offset = damaged_part(bundle, "first", kind, place)
    with run(f"damage-{kind}-{place}", command, flipped(bundle.data, offset),
             tmp_path) as machine:
        machine.expect(rf"first is not started: its image {part.name} is damaged$", 30)
        machine.expect(r"^\[second\] heartbeat: 2 s, \d+ ticks, 0 lost", 60)
        assert "[first]" not in machine.text


# Shows: life.damaged-part.
@pytest.mark.every_board
def test_damaged_part_of_the_last_one(system, tmp_path):
    bundle, command = system
    part, offset = damaged_part(bundle, "second", "image", "middle")
    with run("damage-second", command, flipped(bundle.data, offset), tmp_path) as machine:
        machine.expect(rf"second is not started: its image {part.name} is damaged$", 30)
        machine.expect(r"^\[first\] heartbeat: 2 s, \d+ ticks, 0 lost", 60)
        assert "[second]" not in machine.text


# Shows: life.damaged-part.
@pytest.mark.long
@pytest.mark.parametrize("mode", ["icount", "threads"])
def test_damaged_while_it_runs(mode, tmp_path):
    """A bit of a pristine image that falls over while its partition lives: the next life finds it and
    doesn't begin; what had been laid out of it runs no further, and nobody else notices."""
    description = km.description(f"decayed-{mode}", [
        km.partition("again", cores=0x1, memory="1M as 0x40000000",
                     image=km.GUESTS / "bad-again.bin",
                     more=['kumiki,keep = "4K at 0x40040000";', "kumiki,restart-delay = <0>;",
                           "kumiki,restart-limit = <1000000 60>;"]),
        km.partition("second", cores=0x2, memory="4M as 0x40000000", image=km.HEARTBEAT)])
    image, stub = tmp_path / "system.img", tmp_path / "gdb"
    km.command_of(description, image)
    bundle = frame_bundle.Bundle(image.read_bytes())
    part, offset = damaged_part(bundle, "again", "image", "middle")
    at = bundle.image_base + offset
    with km.kumiki(f"decayed-{mode}", description, extra=physical.options(stub),
                   mode=km.MODES[mode]) as machine:
        machine.expect(r"again: life 3,", 30)
        with physical.Physical(stub) as memory:
            whole = memory.read(bundle.image_base + part.offset, part.size)
            assert whole == bundle.data[part.offset:part.offset + part.size]
            memory.write(at, bytes([bundle.data[offset] ^ 0x10]))
        machine.expect(rf"again is not started: its image {part.name} is damaged$", 30)
        lives = machine.whole.count("again: life")  # what a partition printed stands before what became of it
        for _ in range(2):
            machine.expect(r"^\[second\] heartbeat: \d+ s, \d+ ticks" + (", 0 lost" if mode == "icount" else ""), 60)
        assert machine.whole.count("again: life") == lives
