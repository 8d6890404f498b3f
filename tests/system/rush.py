"""A campaign of restarts in the middle of DMA: a guest with a virtio disk and an NVMe drive resets
itself while both are writing into its memory (tests/guest/dma/rush.c), again and again. Nothing of
it lands in a later life, in a neighbour's memory or in the pristine images. Used by test_dma.py and
soak.py.
"""

import re
import struct
from dataclasses import dataclass

import kumiki_machine as km

import dump
import witness

RUSH_AT, STILL_AT = 0x60000000, 0x60800000
STILL_FROM, STILL_TO = 0x100000, 0x300000  # of its memory, filled with the witness's pattern
KEPT, MAGIC = 0x7ff000, 0x68737572656b6d69  # where the guest counts, and what it has there first
TOLD = (r"^\[rush\] rush: (\d+) lives, (\d+) requests done, (\d+) unfinished, "
        r"(\d+) words damaged\n")
REQUESTS = 2 * 32  # of a life
# Requests a second, by the host's time; QEMU lets a tenth of it through at once. So of a life's requests
# for a disk some are on their way for a tenth of a second more at the least, however slow the host is.
SLOWLY = 100
DISKS = (("disk", "pci1af4,1042", "virtio-blk-pci"), ("drive", "pci1b36,0010", "nvme,serial=kumiki"))


@dataclass(frozen=True)
class Campaign:
    """What is run: everything that a repetition needs."""

    seed: int
    restarts: int
    threads: bool = True

    @property
    def name(self):
        return f"rush-{'threads' if self.threads else 'icount'}-{self.seed}"


def partition(cores, at, lives):
    """The guest, with disks(); it restarts itself so often."""
    return km.partition("rush", cores=cores, memory=f"8M at {at:#x}",
                        image=km.GUESTS / "dma-rush.bin",
                        access=[label for label, *_ in DISKS], bootargs=f"rush={lives}",
                        more=[f'kumiki,keep = "4K at {at + KEPT:#x}";',
                              "kumiki,restart-limit = <4000000000 1>;", "kumiki,restart-delay = <0>;"])


def kept(memory, at):
    """Of the guest's lives until now: words damaged; how many there were."""
    magic, damaged, done, unfinished = struct.unpack("<4Q", memory.read(at + KEPT, 32))
    assert magic == MAGIC
    return damaged, (done + unfinished) // REQUESTS


def still(cores, at):
    """A partition whose memory holds a pattern."""
    return km.partition("still", cores=cores, memory=f"4M at {at:#x}",
                        image=km.GUESTS / "bad-still.bin")


def still_untouched(memory, at):
    witness.pattern_untouched(memory, at + STILL_FROM, at + STILL_TO)


def disks(folder):
    """The functions that the guest has, full of what would be seen."""
    functions = []
    for number, (label, compatible, device) in enumerate(DISKS, start=1):
        image = folder / f"{label}.img"
        image.write_bytes(b"late" * (1 << 18))
        functions.append(km.function(
            label, compatible, number, device=f"{device},drive={label}",
            arguments=f"-drive if=none,id={label},file={image},format=raw,cache=unsafe,"
                      f"throttling.iops-total={SLOWLY}"))
    return functions


def _system(campaign, folder):
    path = km.description(campaign.name, [partition(0x1, RUSH_AT, campaign.restarts),
                                          still(0x2, STILL_AT), witness.heartbeat(2)])
    km.on_bus(path, disks(folder))
    return path


def run(campaign, folder, seconds):
    """Raises what went wrong; returns what was done."""
    image = folder / "system.img"
    with km.kumiki(campaign.name, _system(campaign, folder), mode=km.THREADS if campaign.threads else km.ICOUNT, image=image,
                   extra=dump.arguments(folder / "monitor")) as machine:
        lives, done, unfinished, damaged = map(int, machine.expect(TOLD, seconds).groups())
        witness.heartbeat_goes_on(machine, seconds)
        with dump.Dump(folder / "monitor", folder) as memory:
            witness.images_untouched(image, memory)
            still_untouched(memory, STILL_AT)
        assert lives == campaign.restarts + 1 and damaged == 0, f"{damaged} words in {lives} lives"
        # It was in the middle: of what was asked for, some was done, and some was not.
        assert done + unfinished == campaign.restarts * REQUESTS
        assert done >= campaign.restarts and unfinished >= campaign.restarts
        bad = re.findall(r"^\[kumiki\] .*(?:refused|damaged|held|silent|at its limit).*$", machine.text,
                         re.MULTILINE)
        assert not bad, f"{machine.log_path}: " + "; ".join(bad[:5])
    return {"restarts in the middle of DMA": campaign.restarts}
