"""What the tests share that have the frame crash: its symbols, and where a core is stopped."""

import re
import subprocess

import kumiki_machine as km

import frame_tables as ft

ELF = km.BUILD / f"frame/{km.BOARD}.elf"
WILD = 0x123456789000
LAYOUT = ft.constants("frame/include/frame/layout.h")


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


def places(probe, at, size):
    """Where the frame has this piece of text: in the image, and in the pristine frame."""
    view = ft.el2_view(probe)
    for virtual in at, at - LAYOUT["LAYOUT_TEXT"] + LAYOUT["LAYOUT_PRISTINE"]:
        page, = view.at(virtual, size)
        yield page.pa + virtual - page.at


def patch(probe, at, old, new):
    """Changes the frame's text, which all cores share, and the pristine frame: `old` is there."""
    for place in places(probe, at, len(new)):
        assert old in (None, probe.read(place, len(new)))
        probe.write(place, new)


def stop_in(probe, name, *, core=None, elf=ELF):
    """Lets it run until a core (this one) comes to a function of the frame's."""
    return stop_at(probe, symbol(name, elf), core=core)


def stop_at(probe, at, *, core=None):
    """Lets it run until a core (this one) comes there. A core that is there already comes there anew."""
    for here in range(len(probe.threads)):
        probe.core(here)
        if probe.register("pc") == at:
            probe.step(here)
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


def guests_at(probe, at):
    """Lets it run until core 0 comes there, of a guest, not of the console service."""
    stop_at(probe, at, core=0)
    while probe.register("SPSR_EL2") & 0xf == 0:
        probe.step(0)
        stop_at(probe, at, core=0)
