"""What the tests share that have the frame crash: its symbols, and where a core is stopped."""

import re
import struct
import subprocess

import kumiki_machine as km

import frame_probe
import frame_tables as ft
import gdbstub

ELF = km.BUILD / f"frame/{km.BOARD}.elf"
WILD = 0x123456789000
LAYOUT = ft.constants("frame/include/frame/layout.h")
FAILED, HUNG = (rf"\[kumiki\] the frame {what} on core (\d+), and came back in ([\d.]+) ms: syndrome 0x(\w+), address 0x(\w+), "
                r"pc 0x(\w+), lr 0x(\w+)\n\[kumiki\]   trace((?: 0x\w+)*)\n" for what in ("failed", "hung"))
LONG_AGO = struct.pack("<Q", (1 << 64) - (1 << 40))  # of the counter


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


def shared_word(probe, offset):
    """Its physical address."""
    at = LAYOUT["LAYOUT_MAIL"] + offset
    page, = ft.el2_view(probe).at(at, 4)
    return page.pa + at - page.at


def forget(probe):
    """The last crashes look old: so many would end the machine, or the partition for which the frame was at work."""
    fields = [f"struct shared.recovery.last[{number}].at" for number in range(3)]
    first, *_ = offsets = list(gdbstub.offsets(ELF, fields).values())
    at = shared_word(probe, first)
    for offset in offsets:
        probe.write(at + offset - first, LONG_AGO)


def crash_running(machine, gdb, *names):
    """A core of a running machine goes to nowhere where it comes to this function of the frame's next, however often it did. With
    more of them, one crash comes as soon as all has gone on behind the other."""
    with frame_probe.Probe(gdb) as probe:
        for number, name in enumerate(names):
            if number > 0:
                stop_in(probe, "life_look")
            stop_in(probe, name)
            forget(probe)
            probe.set_register("pc", WILD)
        probe.detach()
    machine.expect(r"\[kumiki\] the frame failed on core \d+, and came back in ", 60)
