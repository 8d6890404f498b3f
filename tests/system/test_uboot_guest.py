"""Debian's U-Boot for QEMU's `virt` as a guest: the package's file in a partition. It looks for its device tree at
0x40000000, expects RAM there, and reads its environment from flash at 0x4000000.

Shows: guests.uboot.
"""

import re
import shutil
import subprocess

import kumiki_machine as km
import pytest
import uboot

PROMPT = r"^\[{}\] => $"
HEARTBEAT = km.partition("heartbeat", cores=0x8, memory="1M as 0x40000000", image=km.HEARTBEAT)
# Addresses of kernel and RAM disk in U-Boot's own environment.
KERNEL, RAMDISK = 0x40400000, 0x44000000
TREE = 0x43f00000


def command(machine, text, name="uboot"):
    """Types a command at the prompt, and waits for its echo. A prompt that the console draws anew below another partition's
    line isn't the next one. U-Boot drops input while it works."""
    machine.expect(PROMPT.format(name), 60)
    machine.send(text + "\r")
    machine.expect(re.escape(text), 60)


def remapped(name="uboot", cores=0x3):
    """A U-Boot with remapped memory, and memory in place of the flash. The initrd is a program."""
    return km.partition(name, cores=cores, memory=["64M as 0x40000000", "256K as 0x4000000"],
                        image=uboot.BIOS, initrd=km.HEARTBEAT, more=[uboot.TREE])


@pytest.mark.talk
@pytest.mark.parametrize("mode", km.MODES)
def test_sees_its_own_machine(mode):
    name = f"uboot-guest-{mode}"
    system = uboot.guest(km.description(name, [remapped(), HEARTBEAT]))
    with km.kumiki(name, system, mode=km.TALKS[mode]) as machine:
        machine.expect(r"^\[uboot\] U-Boot 20\d\d", 60)
        command(machine, "version")
        machine.expect(r"^\[uboot\] U-Boot 20\d\d.*Debian|^\[uboot\] aarch64-linux-gnu-gcc", 30)
        command(machine, "bdinfo")
        machine.expect(r"-> start    = 0x0000000040000000", 30)
        machine.expect(r"-> size     = 0x0000000004000000", 30)
        command(machine, "fdt addr $fdtcontroladdr; fdt print /cpus")
        machine.expect(r"cpu@0 \{", 30)
        machine.expect(r"cpu@1 \{", 30)
        command(machine, "poweroff")
        machine.expect(r"poweroff \.\.\.\n", 30)
        machine.expect(r"^\[kumiki\] uboot stopped: it turned itself off", 30)
        machine.expect(r"^\[heartbeat\] heartbeat: \d+ s, \d+ ticks, 0 lost", 30)


@pytest.mark.long
def test_starts_an_image_from_memory():
    system = uboot.guest(km.description("uboot-booti", [remapped(), HEARTBEAT]))
    with km.kumiki("uboot-booti", system, mode=km.TALK) as machine:
        command(machine, "fdt addr $fdtcontroladdr; fdt print /chosen")
        start = int(machine.expect(r"linux,initrd-start = <0x00000000 (0x\w+)>", 30).group(1), 16)
        command(machine, f"cp.b {start:#x} {KERNEL:#x} {km.HEARTBEAT.stat().st_size:#x}")
        command(machine, f"booti {KERNEL:#x} - $fdtcontroladdr")
        machine.expect(r"^\[uboot\] heartbeat: 1 s, \d+ ticks, 0 lost", 60)


@pytest.mark.long
def test_reset_beside_another_one():
    """The other U-Boot counts down, and finds nothing to boot."""
    system = uboot.guest(km.description("uboot-reset", [remapped(), remapped("second", 0x4), HEARTBEAT]))
    with km.kumiki("uboot-reset", system, mode=km.TALK) as machine:
        command(machine, "reset")
        machine.expect_all([r"^\[kumiki\] uboot stopped: it asked for a reset",
                            r"^\[second\] => "], 60)
        machine.expect(r"^\[heartbeat\] heartbeat: \d+ s, \d+ ticks, 0 lost", 30)


@pytest.fixture
def disk(tmp_path):
    """A file system with a Linux."""
    folder = tmp_path / "files"
    folder.mkdir()
    shutil.copy(km.IMAGE["linux"], folder / "Image")
    shutil.copy(km.INITRD, folder / "initrd.cpio")
    path = tmp_path / "disk.img"
    subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext4", "-d", folder, path, "96M"], check=True)
    return path


EMPTY = r"^\[uboot\] {}: 74726976 00000002 00000000 554d4551 "


def probe_by_hand(machine, slot):
    """The slot is empty, and stays so after writes to all of it."""
    command(machine, f"md.l {slot} 4; mw.l {slot} ffffffff 80; md.l {slot} 4")
    machine.expect(EMPTY.format(slot), 30)
    machine.expect(EMPTY.format(slot), 30)


def whole_tree(machine):
    """Gives U-Boot's tree all slots, as QEMU's own tree has them; Kumiki's has only the partition's."""
    command(machine, f"fdt addr $fdtcontroladdr; fdt move $fdtcontroladdr {TREE:#x} 10000")
    for page in range(4):
        slots = " ".join(f"a00{page}{slot:x}00" for slot in range(0, 16, 2) if (page, slot) != (3, 14))
        command(machine, f"for at in {slots}; do fdt mknode / virtio_mmio@$at; fdt set /virtio_mmio@$at compatible "
                "virtio,mmio; fdt set /virtio_mmio@$at reg <0 0x$at 0 0x200>; done")


# Shows: guests.slots.
@pytest.mark.long
def test_starts_linux_from_its_disk(disk, record_guest):
    """U-Boot runs at real addresses, because a virtio disk does DMA: the frame makes way. Its Linux has a tree with all
    slots of virtio-mmio, of which one is its own."""
    system = uboot.guest(km.description("uboot-linux", [
        km.partition("uboot", cores=0x3, memory="512M at 0x40000000", image=uboot.BIOS,
                     access=["flash", "virtio_mmio31"], more=[uboot.TREE]), HEARTBEAT],
        devices=[("virtio_mmio31", "virtio-blk-device,drive=disk",
                  f"-drive if=none,id=disk,file={disk},format=raw")]))
    with km.kumiki("uboot-linux", system, mode=km.TALK) as machine:
        probe_by_hand(machine, "0a000000")
        probe_by_hand(machine, "0a003c00")  # beside its own slot, in the same page
        command(machine, "virtio scan")
        command(machine, f"load virtio 0 {KERNEL:#x} Image")
        machine.expect(r"^\[uboot\] \d{8} bytes read", 60)
        command(machine, f"load virtio 0 {RAMDISK:#x} initrd.cpio")
        machine.expect(r"^\[uboot\] \d+ bytes read", 60)
        command(machine, "setenv size $filesize")
        command(machine, "setenv bootargs console=ttyAMA0 quiet kumiki.run=tests kumiki.cpus=2 kumiki.disk=1 "
                "kumiki.slots=32")
        whole_tree(machine)
        command(machine, f"booti {KERNEL:#x} {RAMDISK:#x}:$size {TREE:#x}")
        machine.expect(r"^\[uboot\] Starting kernel", 60)
        match = machine.expect(r"^\[uboot\] tests: (\d+) passed, (\d+) failed", 120)
        record_guest(int(match.group(1)), int(match.group(2)))
        machine.expect(r"^\[heartbeat\] heartbeat: \d+ s, \d+ ticks, 0 lost", 30)
    assert match.group(2) == "0", machine.text
