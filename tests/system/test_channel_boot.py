"""Systems that start from another partition's disk. The RTOS provides it (docs/channels.md). U-Boot loads a Linux from it,
and a Linux has its root on it."""

import hashlib
import re
import shutil
import subprocess

import kumiki_machine as km
import pytest
import uboot

from test_channel_disk import DISK
from test_channel_store import kill
from test_channels import operate
from test_debian import INIT, ran
from test_uboot_guest import KERNEL, RAMDISK, TREE, command

MODULES = [km.DEBIAN / "linux" / name for name in (
    "modules/virtio_mmio.ko", "modules/virtio_blk.ko", "modules-ext4/crc16.ko", "modules-ext4/crc32c_generic.ko",
    "modules-ext4/mbcache.ko", "modules-ext4/jbd2.ko", "modules-ext4/ext4.ko")]


def system(name, disk, user):
    """The RTOS with a disk, and `user`, which starts from it on command."""
    described = km.beside_domains(km.description(name, [
        km.partition("store", cores=1, memory="16M as 0x40000000", image=km.RTOS / "store.img", more=["access = <&disk>;"]),
        user]), DISK)
    km.on_bus(described, [km.function("disk", "pci1af4,1042", 3, device="virtio-blk-pci,drive=disk",
                                      arguments=f"-drive if=none,id=disk,file={disk},format=raw,cache=unsafe")])
    return described


def start_user(machine):
    machine.expect(r"provider: \d+ sectors from 0 on$", 60)
    operate(machine, "start user", "user ")


def new_disk(folder, files, size, label):
    path = folder / "disk.img"
    subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext4", "-L", label, "-d", files, path, size], check=True)
    return path


# Shows: channel.boot.
@pytest.mark.race
def test_a_root_is_on_it(tmp_path):
    root = tmp_path / "root"
    for name in ("bin", "dev", "proc", "sys", "sbin"):
        (root / name).mkdir(parents=True)
    shutil.copy(km.DEBIAN / "busybox", root / "bin/busybox")
    (root / "sbin/init").write_text(INIT, encoding="utf-8")
    (root / "sbin/init").chmod(0o755)
    disk = new_disk(tmp_path, root, "16M", "small")
    assert ran("guests/debian/initrd.sh", tmp_path / "initrd.cpio", km.DEBIAN / "busybox", *MODULES).returncode == 0
    user = km.partition("user", cores=2, memory="192M", image=km.IMAGE["linux"], initrd=tmp_path / "initrd.cpio",
                        bootargs="console=ttyAMA0 quiet root=LABEL=small", more=["kumiki,manual;"])
    release = (km.DEBIAN / "linux/release").read_text(encoding="utf-8").strip()
    with km.kumiki("channel-root", system("channel-root", disk, user), mode=km.THREADS) as machine:
        start_user(machine)
        machine.expect(rf"^\[user\] on its disk: {release}, 1 root", 90)


# Shows: channel.boot.
@pytest.mark.long
def test_uboot_loads_a_linux_from_it(tmp_path):
    """The disk's driver dies meanwhile. The Linux reads the host's files on the disk."""
    files = tmp_path / "files"
    files.mkdir()
    shutil.copy(km.IMAGE["linux"], files / "Image")
    shutil.copy(km.INITRD, files / "initrd.cpio")
    disk = new_disk(tmp_path, files, "96M", "boot")
    there = hashlib.sha256(disk.read_bytes()).hexdigest()
    user = km.partition("user", cores=2, memory=["256M as 0x40000000", "256K as 0x4000000"], image=uboot.BIOS,
                        more=[uboot.TREE, "kumiki,manual;"])
    with km.kumiki("channel-uboot", uboot.guest(system("channel-uboot", disk, user), "user"), mode=km.THREADS) as machine:
        start_user(machine)
        machine.send("\x1d2\r")
        command(machine, "virtio scan; virtio info", "user")
        machine.expect(r"Device 0: KuMi VirtIO Block Device", 30)
        command(machine, f"load virtio 0 {KERNEL:#x} Image", "user")
        kill(machine, "block")
        machine.expect(r"^\[user\] \d{8} bytes read", 60)
        machine.send("\x1d2\r")
        command(machine, f"load virtio 0 {RAMDISK:#x} initrd.cpio; setenv size $filesize", "user")
        machine.expect(r"^\[user\] \d+ bytes read", 60)
        command(machine, "setenv bootargs console=ttyAMA0 quiet panic=1", "user")
        command(machine, f"fdt addr $fdtcontroladdr; fdt move $fdtcontroladdr {TREE:#x} 10000", "user")
        command(machine, f"booti {KERNEL:#x} {RAMDISK:#x}:$size {TREE:#x}", "user")
        machine.expect(r"^\[user\] kumiki-init: up, 1 CPUs", 120)
        machine.send("sha256sum </dev/vda\r")
        assert machine.expect(r"^\[user\] ([0-9a-f]{64})  -$", 60)[1] == there
        assert not re.search("WARNING|BUG|Oops", machine.whole)
