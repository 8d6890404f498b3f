"""A crash of the frame at each instruction of a way through it, one behind the other; and what comes of each
(docs/recovery.md).

    frame_campaign.py WAY…     goes on with these ways, or with all

A way is what a core does at EL2 between a trap and the return to a guest, or a WFI. The campaign traces the way step by
step. Then it lets the core come to one instruction of it, writes an undefined instruction into the frame's text there, steps
once, sees the core in the vector, and writes the old instruction back. QEMU's gdbstub does it; the other cores stand
meanwhile. Guests check themselves in their memory; the campaign reads it there. build/campaign/frame/WAY.json has a row for
each instruction.

So many crashes would end the machine: too many in a minute. The campaign makes the last ones look old. Used by
test_frame_campaign.py.
"""

import argparse
import bisect
import collections
import faulthandler
import hashlib
import json
import re
import struct
import tempfile
import time
from pathlib import Path

import kumiki_machine as km

import frame_bundle
import frame_probe
import frame_tables as ft
import gdbstub
import witness
from frame_crash import ELF
from soak_tests import commit

# Of one crash, the worst that fits.
CLASSES = ("silent damage", "hang", "machine off with report", "guest's value damaged", "interrupt came twice",
           "partition restarted", "recovered", "no effect")
GOOD = CLASSES[-2:]
LAYOUT = ft.constants("frame/include/frame/layout.h")
UNDEFINED = bytes(4)  # UDF #0
WFI, ERET = bytes.fromhex("7f2003d5"), bytes.fromhex("e0039fd6")
CRASH, IRQ = 0x200, 0x480  # vectors
STANDS = 20  # stops until somebody hangs who hasn't gone on
GO_ON = ("alone", "beside", "trapped")  # the others have time if nobody else wants it
LONGEST = 4000  # instructions of a way
TRACES, MISSES = 12, 12  # how often a way is traced; and is gone without coming to an instruction of another time
LONG_AGO = struct.pack("<QQ", (1 << 64) - (1 << 40), 0)  # of the counter, and no PC
OFF = r"(?:the frame can't recover|the frame itself failed, and couldn't recover): (.*)"
BEAT, TRAPPED, REGISTERS = "heartbeat", "alone-trapped", "alone-registers"
# Of each program what counts up, and what says that something was wrong.
WORDS = {BEAT: ("heartbeat", "<16xI4xI", ("ticks", "echoes")),
         TRAPPED: ("trapped", "<6I", ("way", "rounds", "wrong", "lost", "twice", "last")),
         REGISTERS: ("registers_told", "<QQ", ("rounds", "wrong"))}
# What `trapped` does (enum way of trapped.c), and its instruction that traps; None: an interrupt comes.
WAYS = {"hypercall": (0, "hvc"), "psci": (1, "hvc"), "smc": (2, "smc"), "uart-write": (3, "store"), "uart-read": (4, "load"),
        "gic-write": (5, "store"), "sgi": (6, "sgi"), "wait": (7, "wait"), "wakes": (7, None), "interrupt": (8, None)}


class Over(AssertionError):
    """This machine is of no further use: its class, and more words."""


class Guest:
    """What a guest says of itself in its memory."""

    def __init__(self, probe, partition, program):
        name, self.format, self.names = WORDS[program]
        symbols = gdbstub.symbols(km.GUESTS / f"{program}.elf")
        self.probe = probe
        self.at = partition.loads[0].pa + symbols[name] - symbols.get("first", 0)  # a heartbeat begins at 0

    def told(self):
        return dict(zip(self.names, struct.unpack(self.format, self.probe.read(self.at, struct.calcsize(self.format)))))

    def set(self, name, value):
        self.probe.write(self.at + 4 * self.names.index(name), struct.pack("<I", value))


def progress(told):
    return told.get("ticks", told.get("rounds"))


def compared(before, after):
    """Whether a guest has seen anything wrong: the class, and more words."""
    for name, told in after.items():
        for word, kind in (("wrong", "guest's value damaged"), ("lost", "guest's value damaged"), ("twice", "interrupt came twice")):
            if told.get(word, 0) != before[name].get(word, 0):
                return kind, f"{name}: {word}, {told}"
        if "echoes" in told and told["ticks"] - told["echoes"] not in (0, 1):
            return ("interrupt came twice" if told["echoes"] > told["ticks"] else "guest's value damaged"), f"{name}: {told}"
    return "recovered", ""


class Machine:
    """Three cores: one of a heartbeat; one that a heartbeat, `trapped` and `registers` share, which fails; and a busy one. If all
    cores sleep as a machine stops, QEMU moves its clock to the next timer, or sleeps for ever."""

    CORE = 1

    def __init__(self, name, way, folder):
        def part(each, program, cores, *more, base="0x40000000"):
            return km.partition(each, cores=cores, memory=f"1M as {base}", image=km.GUESTS / f"{program}.bin", more=more)

        shared = "kumiki,shared-cores;"
        programs = (BEAT, BEAT, TRAPPED, REGISTERS, REGISTERS)
        parts = [part("alone", BEAT, 1), part("beside", BEAT, 2, shared, "kumiki,priority = <200>;"),
                 part("trapped", TRAPPED, 2, shared, "kumiki,priority = <150>;", base="0x50000000"),
                 part("registers", REGISTERS, 2, shared), part("busy", REGISTERS, 4)]
        self.image = folder / "system.img"
        command = km.command_of(km.description(name, parts), self.image,
                                frame_probe.arguments(folder / "probe", stopped=True))
        self.running = km.Machine(name, command)
        self.probe = frame_probe.Probe(folder / "probe")
        self.symbols = gdbstub.symbols(ELF)
        self.names = sorted((at, name) for name, at in self.symbols.items() if "$" not in name)
        found = frame_bundle.Bundle(self.image.read_bytes()).partitions
        self.guests = {part.name: Guest(self.probe, part, program) for part, program in zip(found, programs, strict=True)}
        guest = gdbstub.symbols(km.GUESTS / f"{TRAPPED}.elf")
        number, trap = WAYS[way]
        self.start = guest[f"trapped_{trap}_here"] if trap else self.symbols["vectors"] + IRQ
        self.places = [guest["trapped_odd"], guest["trapped_even"]]
        self._begin(number)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.probe.socket.close()
        self.running.close()

    def _begin(self, way):
        """All guests are at work, and `trapped` goes the way."""
        self.run_to(self.symbols["vgic_arrived"])
        self.text = ft.el2_view(self.probe)
        self.recovery = {name.rpartition(".")[2]: self.place(LAYOUT["LAYOUT_MAIL"] + offset) for name, offset in gdbstub.offsets(
            ELF, [f"struct shared.recovery.{name}" for name in ("last", "count", "by")]).items()}
        self.before = self.told()
        self.settle()
        self.guests["trapped"].set("way", way)
        self.settle()

    # ---- going on ----

    def run_to(self, *places):
        """Until a core comes to one of these, where none may stand. Returns the core, and where it is."""
        for at in places:
            self.probe.break_at(at)
        self.probe.resume()
        here = self.probe.wait_stop()
        for at in places:
            self.probe.unbreak(at)
        return here, self.probe.register("pc")

    def arrive(self, at):
        """Until the core that fails comes there, from elsewhere."""
        while (here := self.run_to(at)[0]) != self.CORE:
            self.probe.step(here)

    def told(self):
        return {name: guest.told() for name, guest in self.guests.items()}

    def settle(self):
        """Until each guest has gone on. `trapped` says in turn at two places that some time is over."""
        for _ in range(STANDS):
            self.places.reverse()
            self.run_to(self.places[0])
            after = self.told()
            if any(progress(told) < progress(self.before[name]) for name, told in after.items()):
                raise Over("partition restarted", self.before, after)
            if all(progress(after[name]) > progress(told) for name, told in self.before.items() if name in GO_ON):
                self.before = after
                return
        raise Over("hang", self.before, after)

    def place(self, at):
        page, = self.text.at(at, 4)
        return page.pa + at - page.at

    def where(self, pc):
        at, name = self.names[bisect.bisect_right(self.names, (pc, "~")) - 1]
        return f"{name}+{pc - at:#x}"

    # ---- a way ----

    def trace(self):
        """The instructions of the way, gone step by step."""
        self.arrive(self.start)
        found = []
        while len(found) < LONGEST:
            if self.text.at(pc := self.probe.register("pc"), 4):
                found.append(pc)
                if self.probe.read(self.place(pc), 4) in (WFI, ERET):
                    return found
            elif found or pc != self.start:
                return found  # a WFI of the guest that didn't trap
            self.probe.step(self.CORE)
        raise Over("hang", "a way without an end")

    def reach(self, pc):
        """The core stands there, on this way. False: it doesn't come there."""
        for _ in range(MISSES):
            self.arrive(self.start)
            if pc == self.start:
                return True
            self.probe.step(self.CORE)
            if self.probe.register("pc") == pc:
                return True
            self.probe.break_at(pc)
            at = self.run_to(self.start)
            self.probe.unbreak(pc)
            if at == (self.CORE, pc):
                return True
            self.probe.step(at[0])
        return False

    # ---- a crash ----

    def crash(self, pc):
        old = self.probe.read(self.place(pc), 4)
        self.probe.write(self.place(pc), UNDEFINED)
        self.probe.step(self.CORE)
        assert self.probe.register("pc") == self.symbols["vectors"] + CRASH
        self.probe.write(self.place(pc), old)

    def _field(self, name):
        return struct.unpack("<I", self.probe.read(self.recovery[name], 4))[0]

    def judge(self):
        """What has come of a crash: its class, and more words."""
        before, count = self.before, self._field("count")
        try:
            self.settle()
        except (frame_probe.ProbeError, ConnectionError):
            self.running.wait_end(30)
            why = re.findall(OFF, self.running.text)
            return ("machine off with report", why[-1]) if why else ("hang", "off without a report")
        except TimeoutError:
            return "hang", "no core comes anywhere"
        except Over as over:
            return over.args[0], ", then ".join(map(str, over.args[1:]))
        if self._field("count") != count + 1 or self._field("by") != 0:
            return "silent damage", "the frame doesn't know of it"
        self.probe.write(self.recovery["last"], LONG_AGO * 3)
        return compared(before, self.before)


class Way:
    """The instructions of a way, and its rows: {PC: what came of it}. Kept in a file for this frame."""

    def __init__(self, name, folder):
        self.name, self.path = name, folder / f"{name}.json"
        frame = hashlib.sha256(ELF.read_bytes()).hexdigest()[:16]
        self.state = {"commit": commit(), "frame": frame, "whole": False, "found": [], "rows": {}}
        if self.path.exists() and (old := json.loads(self.path.read_text()))["frame"] == frame:
            self.state = old

    @property
    def rows(self):
        return self.state["rows"]

    def keep(self):
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(self.state, indent=1) + "\n")
        new.replace(self.path)

    def go_on(self, step=1, first=0):
        """Machine after machine, until each instruction has its row; or each of so many, from this one on."""
        while not self.state["whole"]:
            with tempfile.TemporaryDirectory() as folder, \
                    Machine(f"frame-campaign-{self.name}", self.name, Path(folder)) as machine:
                self._machine(machine, step, first)

    def _machine(self, machine, step, first):
        if not self.state["found"]:
            found = [pc for _ in range(TRACES if step == 1 else 1) for pc in machine.trace()]
            self.state["found"] = list(dict.fromkeys(found))
        for pc in self.state["found"][first::step]:
            if hex(pc) in self.rows:
                continue
            if not machine.reach(pc):
                print(f"{self.name}: {machine.where(pc)}: not reached", flush=True)
                continue
            machine.crash(pc)
            kind, why = machine.judge()
            self.rows[hex(pc)] = {"at": machine.where(pc), "class": kind, "why": why}
            self.keep()
            print(f"{self.name}: {machine.where(pc)}: {kind} {why}", flush=True)
            if kind not in GOOD:
                return
        self.state["whole"] = True
        self.keep()
        witness.images_untouched(machine.image, machine.probe)


def show(ways):
    """A table of the classes."""
    lines = ["| way | instructions | " + " | ".join(CLASSES) + " |", "|---|---|" + "---|" * len(CLASSES)]
    for way in ways:
        counts = collections.Counter(row["class"] for row in way.rows.values())
        lines.append(f"| {way.name} | {len(way.rows)} | " + " | ".join(str(counts[name]) for name in CLASSES) + " |")
    return "\n".join(lines)


def main():
    faulthandler.register(10)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ways", nargs="*", help="of " + ", ".join(WAYS))
    options = parser.parse_args()
    folder = km.BUILD / "campaign/frame"
    folder.mkdir(parents=True, exist_ok=True)
    ways = [Way(name, folder) for name in options.ways or WAYS]
    for way in ways:
        begin = time.monotonic()
        way.go_on()
        print(f"{way.name}: {len(way.rows)} instructions, {time.monotonic() - begin:.0f} s")
    print(show(ways))


if __name__ == "__main__":
    main()
