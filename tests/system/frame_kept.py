"""The frame's variables of a partition in a running machine: found by debugging information, read and written by QEMU's
gdbstub."""

import re
import subprocess

import frame_tables as ft
from frame_crash import ELF

LAYOUT = ft.constants("frame/include/frame/layout.h")


def of(index, field):
    """The expression of a field of struct partition, for the partition with this index."""
    return f"((struct partition *){LAYOUT['LAYOUT_PARTITION'] + index * LAYOUT['LAYOUT_SLOT']:#x})->{field}"


def find(probe, core, what):
    out = subprocess.run(["gdb-multiarch", "-nx", "-batch", "-ex", f"p/x (unsigned long)&({what})",
                          "-ex", f"p/x sizeof({what})", ELF], check=True, capture_output=True, text=True, timeout=60).stdout
    at, size = (int(number, 16) for number in re.findall(r"^\$\d+ = (0x\w+)$", out, re.MULTILINE))
    probe.core(core)
    page, = ft.el2_view(probe).at(at, size)
    return page.pa + at - page.at, size


def read(probe, core, what):
    """A variable of the frame, or a part of it, as this core maps it. `what` is an expression of C."""
    return int.from_bytes(probe.read(*find(probe, core, what)), "little")


def write(probe, core, what, value):
    at, size = find(probe, core, what)
    probe.write(at, value.to_bytes(size, "little"))
