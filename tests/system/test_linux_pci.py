"""Debian's unmodified Linux with PCI functions behind the SMMU: two of them at once, one with a virtio
disk, one with an NVMe drive; and one that is restarted in the middle of its writes, again and again.
"""

import re

import kumiki_machine as km
import pytest

TESTS = "console=ttyAMA0 quiet kumiki.run=tests"
TOTAL = r"tests: (\d+) passed, (\d+) failed"
INITRD = km.BUILD / "guests/initrd-pci.cpio"


def linux(name, cores, access, bootargs, more=()):
    return km.partition(name, cores=cores, memory="192M", image=km.IMAGE["linux"], initrd=INITRD,
                        bootargs=bootargs, access=[access], more=more)


def disks(path, folder):
    """Functions with a disk each, behind a system's other nodes."""
    text = ""
    for label, place, compatible, device in (("disk", 1, "pci1af4,1042", "virtio-blk-pci"),
                                             ("drive", 2, "pci1b36,0010", "nvme,serial=kumiki")):
        image = folder / f"{label}.img"
        with open(image, "wb") as file:
            file.truncate(64 << 20)
        text += (f'\t{label}: {label}@{place},0 {{\n\t\tcompatible = "{compatible}";\n'
                 f"\t\treg = <{place << 11:#x} 0 0 0 0>;\n"
                 f'\t\tkumiki,qemu-device = "{device},drive={label}";\n'
                 f'\t\tkumiki,qemu-args = "-drive if=none,id={label},file={image},format=raw,'
                 f'cache=unsafe";\n\t}};\n')
    path.write_text(path.read_text() + "&pcie {\n" + text + "};\n")
    return path


@pytest.mark.parametrize("mode", km.MODES)
def test_two_linuxes_with_a_disk_each(mode, tmp_path, record_guest):
    name = f"pci-disks-{mode}"
    system = disks(km.description(name, [
        linux("left", 0x1, "disk", f"{TESTS} kumiki.cpus=1 kumiki.disk=1"),
        linux("right", 0x2, "drive",
              f"{TESTS} kumiki.cpus=1 kumiki.disk=1 kumiki.disk-device=/dev/nvme0n1"),
    ]), tmp_path)
    with km.kumiki(name, system, mode=km.MODES[mode]) as machine:
        machine.expect_all([rf"\[{who}\] {TOTAL}" for who in ("left", "right")], 180)
        totals = re.findall(TOTAL, machine.text)
        for passed, failed in totals:
            record_guest(int(passed), int(failed))
            assert int(failed) == 0 and int(passed) > 0
        assert len(totals) == 2 and "refused" not in machine.text


def test_restarts_in_the_middle_of_dma(tmp_path):
    """Two Linuxes write and read their disks without pause; each restart, in the middle of that, comes up
    from pristine images, no late write lands in it, and the neighbour's rounds all succeed."""
    busy = "console=ttyAMA0 quiet kumiki.run=demo kumiki.pause=0"
    system = disks(km.description("pci-restarts", [
        linux("left", 0x1, "disk", busy),
        linux("right", 0x2, "drive", f"{busy} kumiki.disk-device=/dev/nvme0n1"),
    ]), tmp_path)
    with km.kumiki("pci-restarts", system, mode=km.THREADS) as machine:
        machine.expect_all([rf"\[{name}\] kumiki-init: round 2: disk," for name in ("left", "right")], 60)
        machine.send("\x1dc")
        for turn in range(3):
            name, other = ("left", "right") if turn % 2 == 0 else ("right", "left")
            machine.send(f"restart {name}\r")
            machine.expect(rf"\[kumiki\] {name} runs again: start {turn // 2 + 2}", 30)
            machine.expect_all([rf"\[{name}\] kumiki-init: round 1: disk,",
                                rf"\[{other}\] kumiki-init: round \d+: disk,"], 60)
        assert "ERROR" not in machine.text and "refused" not in machine.text
        assert "damaged" not in machine.text and "panic" not in machine.text
