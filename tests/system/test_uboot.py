"""A packed system is a normal arm64 Image: Debian's U-Boot starts it like a Linux."""

import subprocess

import kumiki_machine as km
import pytest
import uboot

LOADED_AT = 0x50000000


@pytest.fixture
def system():
    """A packed system: a guest that judges itself, and the heartbeat."""
    description = km.description("uboot", [
        km.partition("guest", cores=0x3, memory="16M as 0x40000000",
                     image=km.GUESTS / "test-psci.bin"),
        km.partition("heartbeat", cores=0x4, memory="1M as 0x40000000", image=km.HEARTBEAT)])
    packed = km.TESTS / "uboot.img"
    subprocess.run([km.KUMIKI, "pack", description, "-o", packed], check=True)
    return packed


# Shows: start.any-loader.
def test_booti(system, record_guest):
    command = ["qemu-system-aarch64", "-M", "virt,virtualization=on,gic-version=3,iommu=smmuv3",
               "-cpu", "cortex-a57", "-smp", "3", "-m", "4G", "-display", "none",
               "-serial", "stdio", "-nic", "none", *km.ICOUNT, "-bios", uboot.BIOS,
               "-device", f"loader,file={system},addr={LOADED_AT:#x},force-raw=on"]
    with km.Machine("uboot", uboot.machine(command, km.TESTS / "uboot.dtb")) as machine:
        machine.expect(r"^=> ", 60)
        machine.send(f"booti {LOADED_AT:#x} - ${{fdtcontroladdr}}\r")
        machine.expect(r"Starting kernel", 30)
        match = machine.expect(r"\[guest\] tests: (\d+) passed, (\d+) failed", 60)
        record_guest(int(match.group(1)), int(match.group(2)))
        machine.expect(r"\[heartbeat\] heartbeat: \d+ s, \d+ ticks, 0 lost", 30)
    assert match.group(2) == "0"
