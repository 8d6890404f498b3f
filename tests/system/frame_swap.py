"""Exchanges the running frame for another one in the spare area (docs/update.md): by QEMU's gdbstub, without the updater.
Used by test_update_swap.py, test_update.py and bench/update.py."""

import functools
import re
import struct

import kumiki_machine as km

import frame_probe
import frame_tables as ft
import gdbstub
from frame_crash import ELF, LONG_AGO, stop_in, symbol

OTHER = km.BUILD / f"frame/other/{km.BOARD}.elf"
LAYOUT = ft.constants("frame/include/frame/layout.h")
ROOM = LAYOUT["IMAGE_ROOM"]
# Any point of the curve is a key: this is the curve's generator. Nobody signs anything here.
KEY = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296" \
      "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
HEADER = 64  # of the image's arm64 header; struct frame_header follows
ACCOUNTS = 0x1000  # offset of struct accounts in struct shared
TICK_NS = 16  # of QEMU's counter
OK, NO_SPARE, NOT_A_FRAME, BOARD, REVISION, PLACES, KEEP, STATE, SIZE, BUSY, CORE, MENDED, LOST = range(13)
DONE, BACK = 1, 2
UNDEFINED = bytes(4)  # UDF #0


def image(elf=OTHER):
    return bytearray(elf.with_suffix(".img").read_bytes().ljust(ROOM, b"\0"))


@functools.cache
def header_field(name):
    """Where a field of struct frame_header is in the image."""
    field = f"frame_header.{name}"
    return HEADER + gdbstub.offsets(ELF, [f"struct {field}"])[field]


def break_at(data, function, instruction=UNDEFINED):
    """Damages the other frame's image: it fails where this function begins."""
    at = symbol(function, OTHER) - LAYOUT["LAYOUT_TEXT"]
    data[at:at + 4] = instruction
    return data


def machine(name, partitions, folder, *, key=KEY, root=(), mode=km.ICOUNT, channels="", functions=(), more=()):
    path = km.beside_domains(km.description(re.sub(r"\W+", "-", name), partitions), channels)
    lines = [*root, *([f'kumiki,update-key = "{key}";'] if key else [])]
    path.write_text(path.read_text().replace("/ {", "\n\t".join(["/ {", *lines]), 1))
    if functions:
        km.on_bus(path, functions)
    return km.kumiki(path.stem, path, mode=mode, extra=[*frame_probe.arguments(folder / "probe", stopped=True), *more])


@functools.cache
def _update():
    """The offset of struct frame_update in struct accounts."""
    return gdbstub.offsets(ELF, ["struct accounts.update"])["accounts.update"]


class Frames:
    """The frames in the machine's memory, found by the page tables of the console's core; and the exchange."""

    def __init__(self, probe):
        self.probe = probe
        self.elf = ELF  # the one that runs

    def walk(self, core, at):
        """The physical address of `at` in the page tables of a core; None: the core doesn't map it."""
        probe = self.probe
        probe.core(core)
        table = (probe.register("TTBR0_EL2") & ~0xfff) | 0x1000
        for shift in 30, 21, 12:
            entry = struct.unpack("<Q", probe.read(table + 8 * (at >> shift & 511), 8))[0]
            if not entry & 1:
                return None
            table = entry & 0xfffffffff000
        return table | at & 0xfff

    def console_core(self):
        return next(core for core in range(8) if self.walk(core, LAYOUT["LAYOUT_SERVICE"]))

    def address(self, at):
        return self.walk(self.console_core(), at)

    def load(self, data):
        """Writes an image into the spare area, whose physical pages are contiguous."""
        self.probe.write(self.address(LAYOUT["LAYOUT_SPARE"]), data)

    def call(self, size=ROOM):
        """Turns the next call of the console service into SERVICE_UPDATE. Returns the fault; OK as soon as the exchange
        begins."""
        probe, core = self.probe, self.console_core()
        stop_in(probe, "service_call", core=core, elf=self.elf)
        back, rest = probe.register("x30"), symbol("recover_core", self.elf)
        probe.set_register("x0", size)
        probe.set_register("pc", symbol("update_in_start", self.elf))
        while True:
            for place in back, rest:
                probe.break_at(place)
            probe.resume()
            here = probe.wait_stop()
            for place in back, rest:
                probe.unbreak(place)
            if probe.register("pc") == rest:
                return OK
            if here == core:
                return probe.register("x0")
            probe.step(here)  # another core's trap ended at this address

    def update(self, elf):
        """Exchanges to the frame in the spare area; `elf` is its program. Returns how the exchange ended."""
        count = self.told()[0]
        fault = self.call()
        assert fault == OK, fault
        self.elf = elf
        while (told := self.told())[0] == count:
            stop_in(self.probe, "core_run", elf=elf)  # before the exchange, other text is at this address
        assert told[0] == count + 1
        return told[1:]

    def forget(self):
        """Makes the last exchange look old, so that the next one is allowed at once. The spare area has the frame that ran
        before."""
        self.probe.write(self.address(LAYOUT["LAYOUT_MAIL"] + ACCOUNTS + _update() + 16), LONG_AGO)

    def told(self):
        """struct frame_update: count, outcome, nanoseconds that guests stood, versions."""
        raw = self.probe.read(self.address(LAYOUT["LAYOUT_MAIL"] + ACCOUNTS + _update()), 88)
        count, outcome, began, ended = struct.unpack_from("<IIQQ", raw)
        return count, outcome, (ended - began) * TICK_NS, *(v.split(b"\0")[0].decode() for v in (raw[24:56], raw[56:88]))
