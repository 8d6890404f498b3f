"""A boot loader that loads from another partition: the RTOS serves files by TFTP, over a network between partitions."""

import re
import zlib

import kumiki_machine as km
import pytest
import uboot

from test_channel_store import kill
from test_channels import linux, network, streams
from test_uboot_guest import KERNEL, RAMDISK, command


def system(name, **others):
    """The RTOS and U-Boot on a network, with these partitions."""
    return uboot.guest(km.beside_domains(km.description(name, [
        km.partition("giver", cores=1, memory="16M as 0x40000000", image=km.RTOS / "netboot.img"),
        km.partition("user", cores=2, memory=["256M as 0x40000000", "256K as 0x4000000"], image=uboot.BIOS,
                     more=[uboot.TREE]), *others.values()]), network("giver", "user", *others)), "user")


# Shows: channel.netboot.
@pytest.mark.race
def test_uboot_starts_a_system_from_another():
    """The network's driver and the server of files die meanwhile."""
    initrd = km.INITRD.read_bytes()
    with km.kumiki("channel-netboot", system("channel-netboot"), mode=km.THREADS) as machine:
        machine.expect(r"^\[user\] U-Boot", 60)  # the console service loses keys while it sets the UART up
        machine.send("\x1d2\r")
        command(machine, "setenv ipaddr 10.1.0.1; setenv serverip 10.1.0.2", "user")
        command(machine, f"tftpboot {RAMDISK:#x} missing", "user")
        machine.expect(r"there is no such file", 60)
        command(machine, f"tftpboot {RAMDISK:#x} ../boot/initrd.cpio", "user")
        machine.expect(r"no file here has such a name", 60)
        command(machine, f"tftpboot {RAMDISK:#x} initrd.cpio", "user")
        kill(machine, "nic")
        kill(machine, "bootfs")
        machine.expect(rf"Bytes transferred = {len(initrd)} ", 120)
        machine.send("\x1d2")  # after an Enter, U-Boot would repeat its last command
        command(machine, f"crc32 {RAMDISK:#x} $filesize", "user")
        machine.expect(rf"==> {zlib.crc32(initrd):08x}", 30)
        command(machine, f"tftpboot {KERNEL:#x} heartbeat.bin", "user")
        machine.expect(rf"Bytes transferred = {km.HEARTBEAT.stat().st_size} ", 60)
        command(machine, f"booti {KERNEL:#x} - $fdtcontroladdr", "user")
        machine.expect(r"^\[user\] heartbeat: \d+ s, \d+ ticks, 0 lost", 60)
        assert not re.search("WARNING|panic", machine.whole)


# Shows: channel.switch.
@pytest.mark.long
def test_four_systems_are_on_one_switch():
    """Two Linuxes send to each other, U-Boot loads a file from the RTOS, and each of these two finds a Linux."""
    initrd = km.INITRD.read_bytes()
    described = system("channel-four", left=linux("left", 3, 4, cores=4, mib=2), right=linux("right", 4, 3, cores=8, mib=2))
    with km.kumiki("channel-four", described, mode=km.THREADS) as machine:
        machine.expect(r"^\[user\] U-Boot", 60)
        machine.send("\x1d2\r")
        command(machine, "setenv ipaddr 10.1.0.1; setenv serverip 10.1.0.2", "user")
        command(machine, f"tftpboot {RAMDISK:#x} initrd.cpio", "user")
        machine.expect(rf"Bytes transferred = {len(initrd)} ", 120)
        command(machine, f"crc32 {RAMDISK:#x} $filesize", "user")
        machine.expect(rf"==> {zlib.crc32(initrd):08x}", 30)
        machine.expect_since(0, [rf"^\[{side}\] channel: done, 0 errors$" for side in ("left", "right")], 120)
        command(machine, "ping 10.1.0.3", "user")
        machine.expect(r"host 10\.1\.0\.3 is alive", 30)
        machine.send("\x1d1\rping 10.1.0.4\r")
        machine.expect(r"^\[giver\] echo of 10\.1\.0\.4: \d+\.\d+ ms$", 60)
        for sender, receiver, number in (("left", "right", 4), ("right", "left", 3)):
            machine.position = 0
            streams(machine, sender, receiver, number)
        assert not re.search("WARNING|BUG|Oops|panic", machine.whole)
