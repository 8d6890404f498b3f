"""A packed system started by a boot loader as it is: Debian's U-Boot, its own prompt, `booti`."""

import subprocess
from pathlib import Path

import kumiki_machine as km

UBOOT = Path("/usr/lib/u-boot/qemu_arm64/u-boot.bin")  # package u-boot-qemu
LOADED = "0x80000000"  # somewhere in RAM: booti moves the image to where its header wants it


def test_uboot_boots_the_image(tmp_path):
    assert UBOOT.exists(), f"{UBOOT} is missing: install the package u-boot-qemu"
    image = tmp_path / "system.img"
    packed = subprocess.run([km.KUMIKI, "pack", km.TOP / "systems/one.dts", "-o", image],
                               check=False)
    assert packed.returncode == 0
    command = ["qemu-system-aarch64", "-M", "virt,virtualization=on,gic-version=3",
               "-cpu", "cortex-a57", "-smp", "1", "-m", "4G", "-display", "none",
               "-serial", "stdio", "-monitor", "none", "-nic", "none", *km.THREADS,
               "-bios", UBOOT, "-device", f"loader,file={image},addr={LOADED},force-raw=on"]
    with km.Machine("uboot", command) as machine:
        machine.expect(r"Hit any key", 30)
        machine.send("\n")
        machine.expect(r"^=> ", 30)
        machine.send(f"booti {LOADED} - ${{fdtcontroladdr}}\n")
        machine.expect(r"^Moving Image from 0x80000000 to 0x40200000", 30)
        machine.expect(r"kumiki-init: up, 1 CPUs", 60)
