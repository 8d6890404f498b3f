"""Debian's U-Boot for QEMU's `virt`, at its prompt as soon as it is up. By itself it counts two seconds down until it
boots what it finds, and who types within them may be late on a busy host: it looks into its device tree whether it is to.
"""

import subprocess

import kumiki_machine as km

BIOS = "/usr/lib/u-boot/qemu_arm64/u-boot.bin"
# It looks for its tree at the beginning of RAM.
TREE = "kumiki,dtb-address = <0x40000000>;"


def _stays(tree):
    """It boots nothing of its own accord."""
    for words in (["-c", tree, "/config"], ["-t", "x", tree, "/config", "bootdelay", "ffffffff"]):
        subprocess.run(["fdtput", *words], check=True, timeout=km.HANGS)


def machine(command, tree):
    """QEMU's command line, with a tree that is its own but for that."""
    at = command.index("-M") + 1
    subprocess.run([*command[:at], f"{command[at]},dumpdtb={tree}", *command[at + 1:]], check=True, capture_output=True,
                   timeout=km.HANGS)
    _stays(tree)
    return [*command, "-dtb", tree]


def guest(description, partition="uboot"):
    """The description, in which that partition, the first one with TREE, has the tree that was made for it but for that."""
    image, tree = description.with_suffix(".img"), description.with_suffix(".dtb")
    subprocess.run([km.KUMIKI, "pack", description, "-o", image], check=True, timeout=km.HANGS)
    subprocess.run([km.KUMIKI, "show", "--dtb", partition, "-o", tree, image], check=True, timeout=km.HANGS)
    _stays(tree)
    description.write_text(description.read_text().replace(TREE, f'{TREE} kumiki,dtb = "{tree}";', 1))
    return description
