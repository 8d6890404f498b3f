"""A start of the RTOS up to the first block of its disk: its time, its accesses to devices, and its copies
(docs/rtos/overview.md); as a partition, again and again. Beside that, drivers that crash in a call, which the next one
answers."""

import collections
import re

import pytest
import rtos_start

LEAST = 10_000  # the least of each figure: a smaller one is an error of the measurement
FIRST_MOST, RESTART_MOST, CRASH_MOST = 575_000, 1_000_000, 200_000  # instructions
# Beside their segments: what five programs are told at their start; the first two of them also have room for the
# kernel's last crash. Beside that, what the supervisor writes down.
TOLD_MOST, OWN_MOST = 8 << 10, 20 << 10
CHARACTER_MOST = 2 * 250  # the UART's flags and data: mmio.uart.flag and mmio.uart.data
FALLS = 20  # as in tests/rtos/drivers/judge.c
READS_MOST = 30  # without the UART's, which has one for each printed character
DISK = range(0xA003E00, 0xA004000)


@pytest.mark.long
def test_first_block():
    assert LEAST < rtos_start.bare() <= FIRST_MOST


# Shows: rtos.start.
@pytest.mark.long
def test_only_devices_of_the_manifest_are_touched():
    """The kernel searches for no device: it touches one of the 32 slots. Next to nothing is read twice."""
    found = rtos_start.accesses()
    reads = collections.Counter(device for device, kind, _ in found if kind == "read")
    assert {device for device, *_ in found} == {"pl011", "gicv3_dist", "gicv3_redist_region", "virtio-mmio"}
    assert all(address in DISK for device, _, address in found if device == "virtio-mmio")
    assert sum(reads.values()) - reads["pl011"] <= READS_MOST, reads


# Shows: rtos.start.
def test_copies_each_segment_once():
    own, into = rtos_start.copied()
    segments = rtos_start.segments()
    assert LEAST < segments < into <= segments + TOLD_MOST
    assert 0 < sum(own.values()) <= OWN_MOST, own


# Shows: rtos.levels, rtos.reset.
@pytest.mark.talk
def test_partition_again_and_again():
    """Two MiB are enough. The way from a reset to a block takes less than a millisecond."""
    resets, begins = rtos_start.lives(rtos_start.FIRST, "2M")
    assert len(resets) == rtos_start.LIVES - 1 and min(begins) > LEAST
    assert min(begins) < resets[0] <= RESTART_MOST, resets
    assert begins[len(begins) // 2] <= FIRST_MOST, begins


@pytest.mark.long
@pytest.mark.parametrize("how", ["bare", "uart", "console"])
def test_drivers_fall(how):
    figures, text = rtos_start.falls(how)
    for driver in ("console", "block"):
        assert text.count(f"{driver} faulted") == FALLS
        # With the frame's console, the words of the kernel and of the driver go through its UART.
        told = max(map(len, re.findall(rf"supervisor: {driver} faulted.*", text))) + len("\r\n! fell\r\n")
        most = CRASH_MOST + (told * CHARACTER_MOST if how == "console" else 0)
        assert LEAST < figures[f"driver.crash.{driver}"] <= most, (figures, most)
        assert figures[f"driver.crash.{driver}.median"] <= CRASH_MOST, figures
    assert text.count("! fell") == FALLS
