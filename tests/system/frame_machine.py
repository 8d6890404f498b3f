"""The frame under campaigns: a machine with guests that check themselves in their memory, and places, damages and judges of it.

A *place* is an instruction at which a core comes (`come()`, `reach()`), or where chance leaves one at EL2 (`stand()`). A *damage*
is a crash there, or one thing that isn't what it was: a register, the PC, a word of the stack, of data, of a table in use or of
text, an instruction that stores, a loop. The *judge* reads what the guests say, and what the frame notes of its recoveries. No
clock of the host has a part in it: time passes between two stops. A guest's own values lie in the frame's hands, too: the frame
can't know that they are damaged.

The machine takes one case after the other. The last crashes are made to look old, as too many in a minute would end it."""

import bisect
import contextlib
import re
import struct
import subprocess
import tempfile
from collections import Counter, namedtuple
from pathlib import Path

import pytest

import frame_bundle
import frame_probe
import frame_tables as ft
import gdbstub
import kumiki_machine as km
from campaign import Shared
from frame_crash import ELF, FAILED, LONG_AGO, WILD, functions

# Of one crash, the worst that fits.
CLASSES = ("silent damage", "hang", "machine off with report", "guest's value damaged", "interrupt came twice",
           "partition restarted", "recovered")
GOOD = CLASSES[-1]
LAYOUT = ft.constants("frame/include/frame/layout.h")
UNDEFINED = bytes(4)  # UDF #0
WFI, ERET, SMC = bytes.fromhex("7f2003d5"), bytes.fromhex("e0039fd6"), bytes.fromhex("030000d4")
CRASH, IRQ = 0x200, 0x480  # vectors
STANDS = 20  # stops until a guest that hasn't gone on is taken for hung
GO_ON = ("alone", "beside", "trapped", "mender")  # the others have time if nobody else wants it
LONGEST = 3000  # instructions of a way that are looked at
TRACES, MISSES = 12, 200  # how often a way is traced; and is gone without coming to an instruction of another time
PLACE = 32  # of struct trapped
BEAT, TRAPPED, REGISTERS, MENDER = "heartbeat", "alone-trapped", "alone-registers", "alone-mender"
# Of each program what counts up, and what says that something was wrong.
WORDS = {BEAT: ("heartbeat", "<16xI4xI", ("ticks", "echoes")),
         TRAPPED: ("trapped", "<6IQ", ("way", "rounds", "wrong", "lost", "twice", "last", "differs")),
         REGISTERS: ("registers_told", "<QQ", ("rounds", "wrong")),
         MENDER: ("mender", "<4I", ("rounds", "wrong", "late", "last"))}
PROGRAMS = {"alone": BEAT, "beside": BEAT, "trapped": TRAPPED, "registers": REGISTERS, "busy": REGISTERS, "mender": MENDER}
# Where a way begins: an instruction of `trapped` that traps, an interrupt of that core, or a function of the frame's on any core;
# what `trapped` does (enum way of trapped.c), which guests there are besides, and at which place `trapped` does it.
Kind = namedtuple("Kind", "start does more place", defaults=(0, "", 0))
PCI = 0x4010000000 + (7 << 15)  # the configuration of what `trapped` has there
CHANNEL = -1  # the first register of its end of a channel
WAYS = {"hypercall": Kind("hvc", 0), "psci": Kind("hvc", 1), "smc": Kind("smc", 2), "uart-write": Kind("store", 3),
        "uart-read": Kind("load", 4), "gic-write": Kind("store", 5), "sgi": Kind("sgi", 6), "wait": Kind("wait", 7),
        "wakes": Kind("interrupt", 7), "interrupt": Kind("interrupt", 8), "service": Kind("service_call", 0, "lives"),
        "life-step": Kind("life_take_step", 0, "lives"), "life-end": Kind("life_heed_end", 0, "lives"),
        "vcpu-asked": Kind("vcpu_asked", 0, "lives"), "budget": Kind("budget_end", 0, "budget"),
        "move-out": Kind("move_out", 0, "moves"), "move-come": Kind("move_take_over", 0, "moves"),
        "spi-sent": Kind("store", 9, "devices"), "spi": Kind("interrupt", 9, "devices"),
        "doorbell": Kind("hvc", 10, "devices"), "pci-read": Kind("load", 11, "devices", PCI),
        "pci-write": Kind("store", 12, "devices", PCI + 0x3c), "channel": Kind("load", 11, "devices", CHANNEL),
        "broker": Kind("service_call", 11, "devices", CHANNEL), "dma-close": Kind("dma_close", 0, "devices"),
        "dma-open": Kind("dma_open", 0, "devices"), "mend": Kind("life_mend", 0, "mends"),
        "mend-over": Kind("life_mended", 0, "mends"), "mend-follow": Kind("vcpu_follow", 0, "mends")}
BESIDE = """	doorbells {
		bell { kumiki,from = "trapped"; kumiki,to = "alone"; };
	};
	channels {
		dice { compatible = "kumiki,entropy"; kumiki,ends = "trapped"; };
	};
"""
FUNCTIONS = [km.function(name, "pci1af4,1044", number, device="virtio-rng-pci") for name, number in (("dice", 7), ("die", 8))]
ANYWHERE = {"any-trap": Kind("trap_vectors"), "any-interrupt": Kind("interrupts")}  # on any core
LOOP, STORE = bytes.fromhex("00000014"), bytes.fromhex("010000f9")  # a branch to itself; str x1, [x0]
# What the core executes with x0 to write one of these registers; what makes that read into x0. Of its redistributor at x1: where.
READS, LOADS, STORE_WORD = 1 << 21, 1 << 22, 0xb9000020
CONTROLS = {"SCTLR": 0xd51c1000, "HCR": 0xd51c1100, "MDCR": 0xd51c1120, "CPTR": 0xd51c1140, "HSTR": 0xd51c1160, "TTBR0": 0xd51c2000,
            "TCR": 0xd51c2040, "VTTBR": 0xd51c2100, "VTCR": 0xd51c2140, "SPSR": 0xd51c4000, "ELR": 0xd51c4020, "MAIR": 0xd51ca200,
            "VBAR": 0xd51cc000, "TPIDR": 0xd51cd040, "CNTVOFF": 0xd51ce060, "CNTHCTL": 0xd51ce100, "CNTHP_CTL": 0xd51ce220,
            "CNTHP_CVAL": 0xd51ce240, "ICC_PMR": 0xd5184600, "ICC_BPR1": 0xd518cc60, "ICC_CTLR": 0xd518cc80, "ICC_SRE": 0xd51cc9a0,
            "ICC_IGRPEN1": 0xd518cce0, "ICH_AP1R0": 0xd51cc900, "ICH_HCR": 0xd51ccb00, "ICH_VMCR": 0xd51ccbe0,
            **{f"ICH_LR{n}": 0xd51ccc00 + (n << 5) for n in range(4)}}
PRIVATE = {"GICR_CTLR": 0, "GICR_WAKER": 0x14, "GICR_IGROUPR0": 0x10080, "GICR_ISENABLER0": 0x10100, "GICR_ICENABLER0": 0x10180,
           "GICR_ISPENDR0": 0x10200, "GICR_ISACTIVER0": 0x10300, **{f"GICR_IPRIORITYR{n}": 0x10400 + 4 * n for n in range(8)}}
GUESTS = ("SPSR", "ELR", "ICH_AP1R0", "ICH_VMCR", *(f"ICH_LR{n}" for n in range(4)))  # its own values
FORGET = {"EL2": bytes.fromhex("1f870cd5"), "stage 2": bytes.fromhex("9f870cd5")}  # tlbi alle2, alle1
PARTS = (("", 5), ("lives", 2), ("budget", 1), ("moves", 1))  # of guests, and how often
STEPS = 700  # the most behind the entry
SETTLES = 4  # until a damage has had its effect: each guest has gone on so often
COMES = 8  # times that another trap comes before the one that is taken
LOOKS = 600  # interrupts that cores take while somebody doesn't go on: some 200 ms
OWN_LOOKS = 6  # of a core of the frame, each 500 ms: what these find has come then
FATES = ("silent damage", "hang", "machine off with report", "guest's value damaged", "partition restarted", "recovered",
         "no effect")
BAD, UNNOTICED = FATES[:2], FATES[-2:]
BACK_MS = 20.0  # of a recovery. Under icount the cores take turns, each waits for the others
EVERY = ("kumiki,restart-delay = <0>;", "kumiki,restart-limit = <100 60>;")
OFF = r"^kumiki: (?:the frame can't recover: |core \d+: the frame itself failed, and couldn't recover: |)(.*)"
STOPPED = r"^\[kumiki\] (\w+) stopped: (.*)"
NAMED = ("what the frame kept of it was damaged", "the frame failed again and again at work for it")
FIELDS = ("partition.alive", "partition.uart", "partition.devices_taken", "partition.real", "partition.index", "partition.vgic",
          "partition.vcpus", "vcpu.run", "vcpu.saved", "vcpu.life", "vcpu.partition", "vcpu.vgic", "context.hcr")
# Where it is, what was there and what is; whether it was a guest's own value, and the bits that differ in it.
Damage = namedtuple("Damage", "what pa old new guests differs", defaults=(None, b"", b"", False, 0))


def flip(data, bit):
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def first_of(guests):
    """A way on which these guests are."""
    return next(kind for kind in WAYS.values() if kind.more == guests)


def instruction(word):
    return word.to_bytes(4, "little")


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


def described(more, every):
    """Core 0 has a heartbeat. Core 1, which fails most often, has another one, `trapped` and `registers`. Core 2 is busy: if all
    cores sleep as a machine stops, QEMU moves its clock to the next timer, or sleeps for ever. Core 3 can go off where something
    sleeps. Each partition has the lines of `every`."""
    def part(each, program, cores, *lines, base="0x40000000", priority=100):
        return km.partition(each, cores=cores, memory=f"1M as {base}", image=km.GUESTS / f"{program}.bin",
                            more=("kumiki,shared-cores;", f"kumiki,priority = <{priority}>;", *every, *lines))

    moves, budget, sleeps = more == "moves", more == "budget", more == "sleeps"
    own, function = (("access = <&pl061>, <&dice>;",), ("access = <&die>;",)) if more == "devices" else ((), ())
    anywhere = ('kumiki,vcpu-may-run = "all";',)
    roams = anywhere if moves else ("kumiki,budget = <300 1000>;",) if budget else ()
    parts = [part("alone", BEAT, 1), part("beside", BEAT, 2, priority=200),
             part("trapped", TRAPPED, 2, *own, base="0x50000000", priority=150),
             part("registers", REGISTERS, 6 if moves else 2, *roams),
             part("mender", MENDER, 4, 'kumiki,watches = "alone";', "kumiki,mends;") if more == "mends" else
             part("busy", REGISTERS, 12 if sleeps else 4, *(anywhere if sleeps else ()))]
    if moves:
        parts.append(part("mover", "alone-mover", 1, 'kumiki,manages = "registers";'))
    if more in ("lives", "sleeps", "devices"):
        parts.append(km.partition("again", cores=2, memory="1M as 0x40000000", image=km.GUESTS / "bad-again.bin", more=(
            "kumiki,shared-cores;", "kumiki,priority = <120>;", *function, 'kumiki,keep = "4K at 0x40040000";',
            "kumiki,restart-delay = <0>;", "kumiki,restart-limit = <1000000 60>;")))
    return parts


class Machine:
    """With all guests at work. `gone` are the instructions that were gone to a place."""
    root = ""  # lines of the description's root

    def __init__(self, name, kind, folder, every=EVERY, shift=0):
        folder.mkdir(exist_ok=True)
        self.image, self.more, self.shift = folder / "system.img", kind.more, shift
        path = km.description(name, described(kind.more, every))
        path.write_text(path.read_text().replace("/ {", "/ {\n\t" + self.root, 1))
        if kind.more == "devices":
            km.on_bus(km.beside_domains(path, BESIDE), FUNCTIONS)
        command = km.command_of(path, self.image,
                                [*frame_probe.arguments(folder / "probe", stopped=True), *frame_probe.IDLE_AS_THE_HOST])
        self.running = km.Machine(name, [word.replace("shift=0", f"shift={shift}") for word in command], clock=False)
        self.probe = frame_probe.Probe(folder / "probe")
        self.symbols = gdbstub.symbols(ELF)
        self.symbols["interrupts"] = self.symbols["trap_vectors"] + 0x80
        self.names = sorted((at, name) for name, at in self.symbols.items() if "$" not in name)
        self.pad = self.symbols["frame_rodata"] - 4  # behind the text, where nothing is
        self.fields = gdbstub.offsets(ELF, [f"struct {field}" for field in FIELDS])
        bundle = frame_bundle.Bundle(self.image.read_bytes())
        found, self.ends = bundle.partitions, bundle.end_places
        self.guests = {part.name: Guest(self.probe, part, PROGRAMS[part.name]) for part in found if part.name in PROGRAMS}
        self.guest = gdbstub.symbols(km.GUESTS / f"{TRAPPED}.elf")
        self.places = [self.guest["trapped_odd"], self.guest["trapped_even"]]
        self.gone, self.views, self.harmed = [], {}, False
        self._begin()
        self.take(kind)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.probe.socket.close()
        self.running.close()

    def _begin(self):
        """All guests are at work."""
        self.run_to(self.symbols["vgic_arrived"])
        self.text = ft.el2_view(self.probe)
        self.recovery = {name.removeprefix("shared.recovery."): self.place(LAYOUT["LAYOUT_MAIL"] + offset) for name, offset in gdbstub.offsets(
            ELF, [f"struct shared.recovery.{name}" for name in ("count", "by", "last[0].at", "last[1].at", "last[2].at")]).items()}
        self.before = self.told()
        self.settle()

    def take(self, kind):
        """`trapped` goes this way from now on, and the core that fails is the way's."""
        starts = {"interrupt": self.symbols["vectors"] + IRQ} | self.symbols
        self.start = self.guest.get(f"trapped_{kind.start}_here", starts.get(kind.start))
        self.any = kind.start in self.symbols  # core
        self.core = 1
        place = self.ends[0] if kind.place == CHANNEL else kind.place
        self.guests["trapped"].set("way", 0)  # at no place
        self.settle()
        self.probe.write(self.guests["trapped"].at + PLACE, struct.pack("<Q", place))
        self.guests["trapped"].set("way", kind.does)
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
        """Until the core that fails comes there, from elsewhere; or any core, which fails then."""
        while (here := self.run_to(at)[0]) != self.core and not self.any:
            self.probe.step(here)
        self.core = here

    def address(self, place):
        """Of a function of the frame's, or of an instruction of it: "trap_load+4"."""
        name, _, offset = place.partition("+")
        return self.symbols[name] + int(offset or 0)

    def come(self, place, core=None, guests=False):
        """A core, or this one, comes there from elsewhere, and will come there again; or it does so at work for a guest, not for a
        service."""
        at = self.address(place)
        for here in range(len(self.probe.threads)):
            self.probe.core(here)
            if self.probe.register("pc") == at:
                self.probe.step(here)
        while (here := self.run_to(at)[0]) != core and core is not None or guests and self.probe.register("SPSR_EL2") & 0xf == 0:
            self.probe.step(here)
        self.start, self.any, self.core = at, False, here

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

    def is_frame(self, at):
        """Of the image's text, or of the start's part, which isn't mapped while guests run."""
        return self.symbols["frame_text"] <= at < self.symbols["frame_end"]

    def place(self, at):
        begin = self.symbols["frame_text"]
        page, = self.text.at(begin if self.is_frame(at) else at, 4)
        return page.pa + at - (begin if self.is_frame(at) else page.at)

    def where(self, pc):
        at, name = self.names[bisect.bisect_right(self.names, (pc, "~")) - 1]
        return f"{name}+{pc - at:#x}"

    # ---- a way ----

    def trace(self):
        """The first instructions of the way, gone step by step."""
        self.arrive(self.start)
        return self.follow()

    def follow(self):
        found = []
        while len(found) < LONGEST:
            if self.is_frame(pc := self.probe.register("pc")):
                found.append(pc)
                if self.probe.read(self.place(pc), 4) in (WFI, ERET, SMC):
                    return found
            elif found or pc != self.start:
                break  # a WFI of the guest that didn't trap
            self.probe.step(self.core)
        return found

    def reach(self, pc):
        """The core stands there, on this way. False: it doesn't come there."""
        self.arrive(self.start)
        for _ in range(MISSES):
            if pc == self.start:
                return True
            self.probe.step(self.core)
            if self.probe.register("pc") == pc:
                return True
            self.probe.break_at(pc)
            here, at = self.run_to(self.start)
            self.probe.unbreak(pc)
            if (here, at) == (self.core, pc):
                return True
            if at == self.start and (self.any or here == self.core):
                self.core = here
            else:
                self.probe.step(here)
                self.arrive(self.start)
        return False

    # ---- a crash ----

    def crash(self, pc):
        old = self.probe.read(self.place(pc), 4)
        self.probe.write(self.place(pc), UNDEFINED)
        self.probe.step(self.core)
        assert self.probe.register("pc") == self.symbols["vectors"] + CRASH
        self.probe.write(self.place(pc), old)

    def noted(self, name):
        """Of the frame's recovery."""
        return struct.unpack("<I", self.probe.read(self.recovery[name], 4))[0]

    def forget(self):
        """The last crashes look old."""
        for number in range(3):
            self.probe.write(self.recovery[f"last[{number}].at"], LONG_AGO)

    def goes_on(self):
        """Everybody goes on, and the way is gone again."""
        self.settle()
        if self.noted("by") != 0:
            self.settle()  # the core that crashed is the last one to go on
        self.arrive(self.start)

    def judge(self):
        """What has come of a crash: its class, and more words."""
        fate = self._judge_crash()
        self.harmed = fate[0] != GOOD
        return fate

    def _judge_crash(self):
        before, count = self.before, self.noted("count")
        self.before = self.told()  # a guest that goes on does so after the crash
        try:
            self.goes_on()
        except (frame_probe.ProbeError, ConnectionError):
            return self._judge_off(0)
        except TimeoutError:
            return "hang", "no core comes anywhere"
        except Over as over:
            return over.args[0], ", then ".join(map(str, over.args[1:]))
        if self.noted("count") != count + 1 or self.noted("by") != 0:
            return "silent damage", "the frame doesn't know of it"
        self.forget()
        return compared(before, self.before)

    # ---- to EL2 ----

    def stand(self, rng):
        """A core stands at EL2, at random: the way's name."""
        ways = {name: kind for name, kind in WAYS.items() if kind.more in ("", self.more)} | ANYWHERE
        for _ in range(MISSES):
            name = rng.choice(sorted(ways))
            self.take(ways[name])
            for _ in range(rng.randrange(COMES)):
                self.arrive(self.start)
                self.probe.step(self.core)
            steps = rng.randrange(STEPS)
            gone = self._walk(steps)
            if 0 < gone < steps:
                gone = self._walk(steps % gone)
            if self.at_el2():
                self.probe.core(self.core)
                return name
        raise Over("hang", "nobody comes to EL2")

    def stand_at(self, way, place):
        """The core stands there, on this way."""
        self.take(WAYS[way])
        assert self.reach(self.symbols[place])
        self.gone.append(self.symbols[place])

    def at_el2(self):
        return LAYOUT["LAYOUT_TEXT"] <= self.probe.register("pc") < self.symbols["frame_rodata"]

    def _walk(self, steps):
        """Goes so far from the way's start, or to its end. Returns the instructions at EL2 so far."""
        self.arrive(self.start)
        if not self.at_el2():
            self.probe.step(self.core)
        for gone in range(steps):
            if not self.at_el2():
                return gone
            pc = self.probe.register("pc")
            self.gone.append(pc)
            if self.probe.read(self.place(pc), 4) in (WFI, ERET):
                return gone
            self.probe.step(self.core)
        return steps

    # ---- places ----

    def view(self):
        """What the core maps."""
        if self.core not in self.views:
            self.views[self.core] = ft.el2_view(self.probe)
        return self.views[self.core]

    def physical(self, at):
        page, = self.view().at(at, 1)
        return page.pa + at - page.at

    def _context(self):
        """The registers of the guest, or service, that the core was at work for, as they lie in memory."""
        at = self.probe.register("TPIDR_EL2")
        return struct.unpack("<31Q", self.probe.read(self.physical(at), 31 * 8)) if self.view().at(at, 1) else ()

    def _is_guests(self, value):
        return value > ft.PAGE and value in self._context()

    def flip_word(self, what, pa, bit, guests=False):
        """A bit of eight bytes."""
        old = self.probe.read(pa, 8)
        self.probe.write(pa, flip(old, bit))
        guests = guests or self._is_guests(int.from_bytes(old, "little"))
        return Damage(f"{what} at {pa:#x}, bit {bit}", pa, old, flip(old, bit), guests, 1 << bit)

    # ---- damages ----

    def damage(self, kind, rng):
        return getattr(self, f"damage_{kind}")(rng)

    def damage_register(self, rng):
        number, bit = rng.randrange(31), rng.randrange(64)
        old = self.probe.register(f"x{number}")
        self.probe.set_register(f"x{number}", old ^ 1 << bit)
        vectors = self.symbols["vectors"] <= self.probe.register("pc") < self.symbols["core_leave"]
        return Damage(f"x{number}, bit {bit}", guests=vectors and number >= 4 or self._is_guests(old), differs=1 << bit)

    def damage_pc(self, rng):
        wild = rng.randrange(LAYOUT["LAYOUT_TEXT"], self.symbols["frame_rodata"], 4)
        flipped = self.probe.register("pc") ^ 1 << rng.randrange(64)
        to = rng.choice((wild, flipped))
        self.probe.set_register("pc", to)
        return Damage(f"pc to {to:#x}")

    def damage_stack(self, rng):
        sp, top = self.probe.register("sp") & ~7, LAYOUT["LAYOUT_STACK_TOP"]
        at = rng.randrange(sp, top, 8)
        return self.flip_word(f"stack {top - at:#x} below its top", self.physical(at), rng.randrange(64))

    def _data(self, rng):
        """What and where. Of a partition each part as often: its kept state, what is derived, the same of its vCPU."""
        what = rng.choice(("core", "shared", "kept", "kept", "derived"))
        if what == "core":
            return what, rng.randrange(LAYOUT["LAYOUT_LOCAL"], self.symbols["frame_core_end"], 8), False
        if what == "shared":
            return what, rng.randrange(LAYOUT["LAYOUT_MAIL"], LAYOUT["LAYOUT_MAIL"] + size_of("struct shared"), 8), False
        f = self.fields
        vcpu = f["partition.vcpus"]
        slots = [m.at for m in self.view().mappings if m.write and LAYOUT["LAYOUT_PARTITION"] <= m.at < LAYOUT["LAYOUT_PCI"]]
        parts = {"kept": ((0, f["partition.index"]), (f["partition.vgic"], vcpu), (vcpu, vcpu + f["vcpu.saved"]),
                          (vcpu + f["vcpu.saved"], vcpu + f["vcpu.partition"]), (vcpu + f["vcpu.vgic"], vcpu + 8192)),
                 "derived": ((f["partition.index"], f["partition.vgic"]), (vcpu + f["context.hcr"], vcpu + f["vcpu.run"]),
                             (vcpu + f["vcpu.partition"], vcpu + f["vcpu.vgic"]))}[what]
        offset = rng.randrange(*rng.choice(parts)) & ~7
        own = ((f["partition.alive"], f["partition.devices_taken"]), (f["partition.real"], f["partition.index"]),
               (f["partition.vgic"], vcpu + f["context.hcr"]), (vcpu + f["vcpu.saved"], vcpu + f["vcpu.life"]),
               (vcpu + f["vcpu.vgic"], vcpu + 8192))
        return f"{what}+{offset:#x}", rng.choice(slots) + offset, any(low <= offset < high for low, high in own)

    def damage_data(self, rng):
        what, at, guests = self._data(rng)
        return self.flip_word(f"{what} {at:#x}", self.physical(at), rng.randrange(64), guests)

    def change(self, what, pa, new, guests=False):
        """Bytes of memory."""
        old = self.probe.read(pa, len(new))
        self.probe.write(pa, new)
        return Damage(f"{what} at {pa:#x}", pa, old, new, guests)

    def damage_bits(self, rng):
        """Several of a word of data or of the stack."""
        damage = rng.choice((self.damage_data, self.damage_stack))(rng)
        new = damage.new
        for _ in range(rng.randrange(1, 8)):
            new = flip(new, rng.randrange(64))
        differs = int.from_bytes(new, "little") ^ int.from_bytes(damage.old, "little")
        self.probe.write(damage.pa, new)
        return damage._replace(what=f"{damage.what}, and more", new=new, differs=differs)

    def damage_replaced(self, rng):
        """Some instructions of the text, by any others."""
        at = rng.choice(self.gone)
        count = min(rng.choice((1, 1, 4, 16)), (self.pad - at) // 4)
        return self.change(f"text {self.where(at)}, {count} instructions", self.place(at), rng.randbytes(4 * count))

    def damage_page(self, rng):
        """Of zeros, or of ones: one of data, or of the stack."""
        what, at, _ = rng.choice((self._data(rng), ("stack", LAYOUT["LAYOUT_STACK_TOP"] - 8, False)))
        byte = rng.choice((0, 0xff))
        return self.change(f"page of {what} {at:#x}, {byte:#x}", self.physical(at & -ft.PAGE), bytes([byte]) * ft.PAGE)

    def damage_control(self, rng):
        """A bit of a register of EL2 or of the GIC, by the core's own instruction."""
        name, bit = rng.choice(sorted({**CONTROLS, **PRIVATE})), rng.randrange(32)
        write = CONTROLS.get(name, STORE_WORD)
        at = LAYOUT["LAYOUT_GICR"] + PRIVATE.get(name, 0)
        old = self.execute(instruction(write | (LOADS if name in PRIVATE else READS)), x1=at)
        self.execute(instruction(write), x0=old ^ 1 << bit, x1=at)
        return Damage(f"{name}, bit {bit}", guests=name in GUESTS)

    def damage_table(self, rng):
        """Of the tables in use: the core's, or those of the stage 2 that it has."""
        stage2 = self.probe.register("VTTBR_EL2") & (1 << 48) - 1
        what, view = "EL2", self.view()
        if stage2 and rng.randrange(2):
            what, view = "stage 2", ft.stage2_view(self.probe, stage2)
        entries = [page + 8 * i for page in view.pages
                   for i, entry in enumerate(struct.unpack("<512Q", self.probe.read(page, ft.PAGE))) if entry & 1]
        damage = self.flip_word(f"{what} table", rng.choice(entries), rng.randrange(64))
        self.execute(FORGET[what])
        return damage

    def execute(self, instruction, **registers):
        """The core executes this, and goes on as before; or crashes at it. Returns what it leaves in x0."""
        new = {"x0": 0} | registers | {"pc": self.pad}
        was = {name: self.probe.register(name) for name in new}
        self.probe.write(self.place(self.pad), instruction)
        for name, value in new.items():
            self.probe.set_register(name, value)
        self.probe.step(self.core)
        self.probe.write(self.place(self.pad), UNDEFINED)
        left = self.probe.register("x0")
        if self.probe.register("pc") == self.pad + 4:
            for name, value in was.items():
                self.probe.set_register(name, value)
        return left

    def damage_text(self, rng):
        """Of instructions that somebody went, or of constants."""
        low, size = section(".rodata")
        at = low + rng.randrange(size) if rng.randrange(8) == 0 else rng.choice(self.gone)
        pa = self.place(at & ~3)
        old, bit = self.probe.read(pa, 4), rng.randrange(32)
        self.probe.write(pa, flip(old, bit))
        return Damage(f"text {self.where(at)}, bit {bit}", pa, old, flip(old, bit))

    def damage_loop(self, _):
        self.probe.write(self.place(self.pad), LOOP)
        self.probe.set_register("pc", self.pad)
        return Damage("loop")

    def damage_store(self, rng):
        """The core itself stores, by an instruction behind the text; a store that isn't allowed is a crash there."""
        places = [m for m in self.view().mappings if m.write]
        memory = rng.randrange(8) != 0
        pages = [m.at + at for m in places if (m.memory == ft.NORMAL) == memory for at in range(0, m.size, ft.PAGE)]
        at, value = rng.choice(pages) + rng.randrange(0, ft.PAGE, 8), rng.getrandbits(64)
        pa = self.physical(at)
        old = self.probe.read(pa, 8) if memory else b""
        self.execute(STORE, x0=at, x1=value)
        new = struct.pack("<Q", value)
        return Damage(f"store to {at:#x}", *(pa, old, new) if memory else (None, b"", b""))

    # ---- damages of a table: one word each ----

    def wild(self, register):
        """A pointer, or the program, goes to nowhere."""
        self.probe.set_register(register, WILD)
        return Damage(f"{register} is wild")

    def undefined(self, at):
        """An instruction of the text isn't one."""
        pa = self.place(at)
        old = self.probe.read(pa, 4)
        self.probe.write(pa, UNDEFINED)
        return Damage(f"text {self.where(at)}", pa, old, UNDEFINED)

    def hurt(self, place, core, what, guests=False):
        """A core comes there, and an instruction of the text isn't one, or it loops, or a register goes wild. The judge's class."""
        self.take(WAYS["uart-write"])
        self.come(place, core, guests)
        if what == "text":
            return self.judge_damage(self.undefined(self.start))
        return self.judge_damage(self.damage_loop(None) if what == "loop" else self.wild(what))

    # ---- what comes of it ----

    def says(self, pattern):
        """What the console says next, as the machine goes on."""
        self.probe.resume()
        match = self.running.expect(pattern, 60)
        self.probe.stop()
        return match

    def said(self, core, pattern=FAILED):
        """What the console says of a recovery: the functions that were at work on this core."""
        match = self.says(pattern)
        assert int(match[1]) == core and float(match[2]) < BACK_MS * 2 ** self.shift, match[0]
        return functions([int(match[5], 16) + 4, int(match[6], 16), *(int(at, 16) for at in match[7].split())])

    def is_clean(self, damage):
        """Nothing of it is in memory any more."""
        return damage.pa is None or self.probe.read(damage.pa, len(damage.new)) != damage.new

    def judge_damage(self, damage):
        """Its fate, and more words."""
        fate = self._judge_damage(damage)
        self.harmed = fate[0] not in (*UNNOTICED, "partition restarted") or not self.is_clean(damage)
        return fate

    def _judge_damage(self, damage):
        before, count, told = self.before, self.noted("count"), len(self.running.text)
        try:
            for _ in range(SETTLES):
                self.settle()
            self.goes_on()
        except (frame_probe.ProbeError, ConnectionError):
            return self._judge_off(told)
        except TimeoutError:
            return self._judge_stop(damage, before, count, True, told)
        except Over:
            return self._judge_restart(before, told) or self._judge_stop(damage, before, count, False, told)
        return self._judge_restart(before, told) or self._judge_going(damage, before, self.noted("count") - count)

    def _judge_restart(self, before, told):
        """Partitions that the console names have begun anew, and all go on. None: it names none, or not so."""
        stops = dict(re.findall(STOPPED, self.running.text[told:], re.M))
        if not stops or not all(why.startswith(NAMED) for why in stops.values()):
            return None
        self.before = self.told()
        try:
            for _ in range(SETTLES):
                self.settle()
        except Over:
            return None
        self.forget()
        kind, why = compared(before, {name: said for name, said in self.before.items() if name not in stops})
        return ("partition restarted", str(stops)) if kind == "recovered" else ("silent damage", f"{kind}: {why}, {stops}")

    def _judge_going(self, damage, before, again):
        """Everybody goes on, after so many recoveries."""
        kind, why = compared(before, self.before)
        if kind != "recovered":
            own = damage.guests or damage.differs == self.before["trapped"]["differs"] != 0
            return ("guest's value damaged" if own else "silent damage"), f"{kind}, {again} recoveries: {why}"
        self.forget()
        return ("recovered" if again else "no effect"), ""

    def _look(self):
        """Goes on for some time, from wherever it is. Returns the cores that took an interrupt."""
        for at in {*self.places, self.start, self.symbols["hang_look"]}:
            self.probe.ask(f"z0,{at:x},4")  # what a wait without an end has left
        seen = set()
        for _ in range(LOOKS):
            here, _ = self.run_to(self.symbols["interrupts"], self.symbols["trap_idle_interrupt"])
            self.probe.step(here)
            seen.add(here)
        return seen

    def _wait_looks(self):
        """Until a core of the frame has looked so often; or until no core looks any more."""
        looks = Counter()
        try:
            while max(looks.values(), default=0) < OWN_LOOKS:
                here, _ = self.run_to(self.symbols["hang_look"])
                self.probe.step(here)
                looks[here] += 1
        except TimeoutError:
            self.probe.stop()

    def _judge_stop(self, damage, before, count, runs, told):
        """Somebody didn't go on for some time, or has begun anew. `runs`: the machine isn't stopped. Before anything is bad, the
        frame itself has looked."""
        if runs:
            self.probe.stop()
        seen = self.told()
        try:
            fate, why = self._judge_look(damage, before, count, seen, told)
            if fate in BAD:
                self._wait_looks()
                fate, why = self._judge_look(damage, before, count, seen, told)
        except TimeoutError:
            return "hang", "no core takes interrupts"
        except (frame_probe.ProbeError, ConnectionError):
            return self._judge_off(told)
        return fate, why

    def _judge_look(self, damage, before, count, seen, told):
        cores, now, again = self._look(), self.told(), self.noted("count") - count
        stuck = [name for name in (*GO_ON, "busy") if name in now and progress(now[name]) == progress(seen[name])]
        anew = [name for name in now if progress(now[name]) < progress(self.before[name])]
        stops = re.findall(STOPPED, self.running.text[told:], re.M)
        why = f"stuck {stuck}, anew {anew}, {stops}, {again} recoveries, cores {cores}"
        stops = [(name, reason.startswith(NAMED)) for name, reason in stops if name in now]
        if not stuck and not anew and not stops:
            self.before = now
            fate, more = self._judge_going(damage, before, again)
            return fate, f"late: {more or why}"
        if stops and {*stuck, *anew} <= {name for name, _ in stops} and all(named for _, named in stops):
            self.before = now
            self.forget()
            return "partition restarted", why
        if not {0, 1} <= cores:
            return "hang", why
        return ("guest's value damaged" if damage.guests else "silent damage"), why

    def _judge_off(self, told):
        self.running.wait_end(30)
        why = re.findall(OFF, self.running.text[told:], re.M)
        return ("machine off with report", ": ".join(why[-2:])) if why else ("hang", "off without a report")


def size_of(kind):
    told = subprocess.run(["gdb-multiarch", "-nx", "-batch", "-ex", f"output/d sizeof({kind})", ELF], check=True, text=True,
                          timeout=60, capture_output=True)
    return int(told.stdout)


def section(name):
    """Where it begins, and its size."""
    told = subprocess.run(["aarch64-linux-gnu-readelf", "-SW", ELF], check=True, text=True, timeout=60, capture_output=True)
    at, size = re.search(rf" {re.escape(name)} +PROGBITS +(\w+) \w+ (\w+)", told.stdout).groups()
    return int(at, 16), int(size, 16)


@contextlib.contextmanager
def machine_of(name, guests="", shift=0):
    """`shift`: an instruction takes a nanosecond, doubled so often. Then seconds pass behind fewer of them."""
    with tempfile.TemporaryDirectory() as folder, \
            Machine(f"{name}-{guests or 'plain'}-{shift}", first_of(guests), Path(folder), shift=shift) as machine:
        yield machine


SOON = 3  # `shift`, where a case waits for a half second's look, or until a hang is noticed


@pytest.fixture(scope="module")
def machines(request):
    """For the cases of a test's file: `with machines.case(guests, shift) as machine`."""
    name = request.module.__name__.removeprefix("test_").replace("_", "-")
    with Shared(lambda *which: machine_of(name, *which)) as shared:
        yield shared
