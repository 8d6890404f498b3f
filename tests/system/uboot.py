"""Debian's U-Boot for QEMU's `virt`, at its prompt as soon as it is up. Normally U-Boot counts down two seconds before it
boots. Input within them may be late on a busy host. So its device tree tells it not to count.
"""

import subprocess

import kumiki_machine as km

BIOS = "/usr/lib/u-boot/qemu_arm64/u-boot.bin"
# U-Boot looks for its tree at the beginning of RAM.
TREE = "kumiki,dtb-address = <0x40000000>;"


def _stays(tree):
    """Changes the tree: U-Boot boots nothing by itself."""
    for words in (["-c", tree, "/config"], ["-t", "x", tree, "/config", "bootdelay", "ffffffff"]):
        subprocess.run(["fdtput", *words], check=True, timeout=km.HANGS)


def machine(command, tree):
    """QEMU's command line, with QEMU's own tree changed like this."""
    at = command.index("-M") + 1
    subprocess.run([*command[:at], f"{command[at]},dumpdtb={tree}", *command[at + 1:]], check=True, capture_output=True,
                   timeout=km.HANGS)
    _stays(tree)
    return [*command, "-dtb", tree]


def guest(description, partition="uboot"):
    """Changes the description: the partition, which is the first one with TREE, gets its own tree changed like this."""
    image, tree = description.with_suffix(".img"), description.with_suffix(".dtb")
    subprocess.run([km.KUMIKI, "pack", description, "-o", image], check=True, timeout=km.HANGS)
    subprocess.run([km.KUMIKI, "show", "--dtb", partition, "-o", tree, image], check=True, timeout=km.HANGS)
    _stays(tree)
    description.write_text(description.read_text().replace(TREE, f'{TREE} kumiki,dtb = "{tree}";', 1))
    return description
