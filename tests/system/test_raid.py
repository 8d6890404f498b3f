"""A Linux whose root has loaded a hostile driver for its own virtio disk (tests/modules/dmaraid). The driver lets the disk
write and read everybody's memory. Each such access is refused and reported. A flood of them ends the Linux by its policy."""

import re

import kumiki_machine as km
import pytest

from abuse import LINUX_AT, LINUX_SIZE, STILL_AT, abused
from frame_bundle import RAM, Bundle

MARK = b"raid"
SECTOR = 512
PAGE = 4096
FLOOD = "its devices tried again and again what they may not"


def disk(folder):
    """A disk full of the mark, and its function's node. The asking CPU carries out a request."""
    image = folder / "disk.img"
    image.write_bytes(MARK * (1 << 18))
    return image, km.function(
        "disk", "pci1af4,1042", 1, device="virtio-blk-pci,drive=disk,ioeventfd=off",
        arguments=f"-drive if=none,id=disk,file={image},format=raw,cache=unsafe")


def foreign(bundle):
    """Addresses that are forbidden for a Linux's disk: others' memory from border to border, the frame's image and memory,
    devices, and unmapped addresses."""
    others = [region for partition in bundle.partitions if partition.name != "linux"
              for region in partition.regions if region.kind == RAM]
    whole = [(region.pa, region.pa + region.size) for region in others]
    whole += [(bundle.image_base, bundle.image_base + bundle.image_size // PAGE * PAGE),
              (bundle.memory_base, bundle.memory_base + bundle.memory_size)]
    found = [LINUX_AT - SECTOR, LINUX_AT + LINUX_SIZE]
    for begin, end in whole:
        found += [begin, (begin + end) // 2 // PAGE * PAGE, end - SECTOR]
    found += [bundle.gicd, bundle.uart, 0x4010000000, 0x10000000, 0, 0x7ffffffe00, 0xfffffffe00]
    return found


def raid(linux, addresses, said, *, again=1, pause=0):
    """Takes the disk from its driver, and sends it to these addresses."""
    linux.do("rmmod virtio_blk; insmod /lib/modules/dmaraid.ko "
             f"at={','.join(hex(at) for at in addresses)} again={again} pause={pause}", said)


def nothing_went_through(bundle, addresses, memory, image):
    """The mark isn't at any of the addresses, and the disk has no data of theirs."""
    data = image.read_bytes()
    assert data[:SECTOR] == MARK * (SECTOR // 4)
    for number, at in enumerate(addresses):
        if bundle.ram_base <= at < bundle.ram_base + bundle.ram_size:
            there = memory.read(at, SECTOR)
            read = data[(number + 1) * SECTOR:][:SECTOR]
            assert MARK not in there, f"written: {at:#x}"
            assert read != there or not any(there), f"read: {at:#x}"


# Shows: dma.confined.
@pytest.mark.long
def test_a_disk_is_sent_to_everybodys_memory(tmp_path):
    """The accesses are so slow that each refusal is reported."""
    image, node = disk(tmp_path)
    with abused("raid", tmp_path, access=["disk"], functions=[node]) as linux:
        bundle = Bundle(linux.image.read_bytes())
        addresses = foreign(bundle)
        raid(linux, addresses, f"dmaraid: {len(addresses)} addresses tried", pause=1100)
        assert "dmaraid: 2 of 2 in its own memory" in linux.machine.text
        linux.machine.expect_since(0, [f"linux: its device disk was refused {what} {at:#x} "
                                       for at in addresses for what in ("a write to", "a read of")], 60)
        with linux.memory() as memory:
            nothing_went_through(bundle, addresses, memory, image)
        linux.nobody_else_felt_it()


# Shows: dma.told.
@pytest.mark.long
def test_a_disk_that_is_sent_again_and_again(tmp_path):
    """The Linux comes back with a working disk."""
    image, node = disk(tmp_path)
    with abused("raid-flood", tmp_path, access=["disk"], functions=[node]) as linux:
        raid(linux, [STILL_AT, 0x40000000], "dmaraid: 2 of 2 in its own memory", again=100000)
        linux.comes_back(FLOOD)
        linux.do(f"dd if=/dev/vda bs=512 count=1 2>/dev/null | grep -c {MARK.decode()}", "1\n")  # its echo is no such line
        linux.nobody_else_felt_it()
