"""What the tests share that have the frame crash: its symbols, and where a core is stopped."""

import re
import subprocess

import kumiki_machine as km

import frame_tables as ft

ELF = km.BUILD / f"frame/{km.BOARD}.elf"
WILD = 0x123456789000


def symbol(name, elf=ELF):
    out = subprocess.run(["aarch64-linux-gnu-nm", elf], check=True, capture_output=True,
                         text=True, timeout=30).stdout
    return int(re.search(rf"^(\w+) \w {name}$", out, re.MULTILINE)[1], 16)


def functions(addresses, elf=ELF):
    """Where the calls before these return addresses are."""
    out = subprocess.run(["aarch64-linux-gnu-addr2line", "-f", "-i", "-e", elf,
                          *(hex(a - 4) for a in addresses)], check=True, capture_output=True,
                         text=True, timeout=30).stdout
    return out.splitlines()[::2]


def patch(probe, at, old, new):
    """Changes the frame's text, which all cores share: `old` is there."""
    page, = ft.el2_view(probe).at(at, len(new))
    place = page.pa + at - page.at
    assert old in (None, probe.read(place, len(new)))
    probe.write(place, new)


def stop_in(probe, name, *, core=None, elf=ELF):
    """Lets it run until a core (this one) comes to a function of the frame's."""
    at = symbol(name, elf)
    probe.break_at(at)
    while True:
        probe.resume()
        here = probe.wait_stop()
        if core in (None, here):
            break
        probe.unbreak(at)
        probe.step(here)
        probe.break_at(at)
    probe.unbreak(at)
    return here
