"""Tools of tests that crash the frame: the frame's symbols, and stops of a core at a place."""

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
    return gdbstub.symbols(elf)[name]


def functions(addresses, elf=ELF):
    """The names of the functions that contain the calls before these return addresses."""
    out = subprocess.run(["aarch64-linux-gnu-addr2line", "-f", "-i", "-e", elf,
                          *(hex(a - 4) for a in addresses)], check=True, capture_output=True,
                         text=True, timeout=30).stdout
    return out.splitlines()[::2]


def places(probe, at, size):
    """The physical addresses of a piece of the frame's text: in the image, and in the pristine frame."""
    view = ft.el2_view(probe)
    for virtual in at, at - LAYOUT["LAYOUT_TEXT"] + LAYOUT["LAYOUT_PRISTINE"]:
        page, = view.at(virtual, size)
        yield page.pa + virtual - page.at


def patch(probe, at, old, new):
    """Changes the frame's text, which all cores share, and the pristine frame. `old` is the text before, if it isn't
    None."""
    for place in places(probe, at, len(new)):
        assert old in (None, probe.read(place, len(new)))
        probe.write(place, new)


def stop_in(probe, name, *, core=None, elf=ELF):
    """Runs the machine until a core (or this core) comes to a function of the frame."""
    return stop_at(probe, symbol(name, elf), core=core)


def stop_at(probe, at, *, core=None):
    """Runs the machine until a core (or this core) comes to an address. A core that stands there already has to come
    again."""
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
    """Runs the machine until core 0 comes to an address on behalf of a guest, not of the console service."""
    stop_at(probe, at, core=0)
    while probe.register("SPSR_EL2") & 0xf == 0:
        probe.step(0)
        stop_at(probe, at, core=0)


def shared_word(probe, offset):
    """The physical address of a word in struct shared."""
    at = LAYOUT["LAYOUT_MAIL"] + offset
    page, = ft.el2_view(probe).at(at, 4)
    return page.pa + at - page.at


def forget(probe):
    """Makes the last crashes look old. Too many of them would end the machine, or the partition for which the frame
    works."""
    fields = [f"struct shared.recovery.last[{number}].at" for number in range(3)]
    first, *_ = offsets = list(gdbstub.offsets(ELF, fields).values())
    at = shared_word(probe, first)
    for offset in offsets:
        probe.write(at + offset - first, LONG_AGO)


def crash_running(machine, gdb, *names):
    """Crashes the next core that comes to this function of the frame. Further names are further crashes; each comes after
    the machine has gone on behind the one before."""
    with frame_probe.Probe(gdb) as probe:
        for number, name in enumerate(names):
            if number > 0:
                stop_in(probe, "life_look")
            stop_in(probe, name)
            forget(probe)
            probe.set_register("pc", WILD)
        probe.detach()
    machine.expect(r"\[kumiki\] the frame failed on core \d+, and came back in ", 60)
