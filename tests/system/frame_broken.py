"""The machine of frame_campaign.py: guests that check themselves, and a core of which QEMU's gdbstub breaks the frame at one
instruction."""

import bisect
import re
import struct
from collections import namedtuple

import kumiki_machine as km

import frame_bundle
import frame_probe
import frame_tables as ft
import gdbstub
from frame_crash import ELF, LONG_AGO

# Of one crash, the worst that fits.
CLASSES = ("silent damage", "hang", "machine off with report", "guest's value damaged", "interrupt came twice",
           "partition restarted", "recovered")
GOOD = CLASSES[-1]
LAYOUT = ft.constants("frame/include/frame/layout.h")
UNDEFINED = bytes(4)  # UDF #0
WFI, ERET, SMC = bytes.fromhex("7f2003d5"), bytes.fromhex("e0039fd6"), bytes.fromhex("030000d4")
CRASH, IRQ = 0x200, 0x480  # vectors
HANGS = 15  # seconds of the host without a stop
STANDS = 20  # stops until somebody hangs who hasn't gone on
GO_ON = ("alone", "beside", "trapped", "mender")  # the others have time if nobody else wants it
LONGEST = 3000  # instructions of a way that are looked at
TRACES, MISSES = 12, 20  # how often a way is traced; and is gone without coming to an instruction of another time
OFF = r"(?:the frame can't recover|the frame itself failed, and couldn't recover): (.*)"
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
    """With all guests at work."""
    patience, shift = HANGS, 0
    root, qemu = "", ()  # lines of the description's root, and words of QEMU's command

    def __init__(self, name, kind, folder, *every):
        self.image = folder / "system.img"
        path = km.description(name, described(kind.more, every))
        path.write_text(path.read_text().replace("/ {", "/ {\n\t" + self.root, 1))
        if kind.more == "devices":
            km.on_bus(km.beside_domains(path, BESIDE), FUNCTIONS)
        command = km.command_of(path, self.image,
                                [*frame_probe.arguments(folder / "probe", stopped=True), *self.qemu])
        self.running = km.Machine(name, [word.replace("shift=0", f"shift={self.shift}") for word in command])
        self.probe = frame_probe.Probe(folder / "probe")
        self.symbols = gdbstub.symbols(ELF)
        self.names = sorted((at, name) for name, at in self.symbols.items() if "$" not in name)
        bundle = frame_bundle.Bundle(self.image.read_bytes())
        found, self.ends = bundle.partitions, bundle.end_places
        self.guests = {part.name: Guest(self.probe, part, PROGRAMS[part.name]) for part in found if part.name in PROGRAMS}
        self.guest = gdbstub.symbols(km.GUESTS / f"{TRAPPED}.elf")
        self.places = [self.guest["trapped_odd"], self.guest["trapped_even"]]
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
        self.probe.write(self.guests["trapped"].at + PLACE, struct.pack("<Q", place))
        self.guests["trapped"].set("way", kind.does)
        self.settle()

    # ---- going on ----

    def run_to(self, *places):
        """Until a core comes to one of these, where none may stand. Returns the core, and where it is."""
        for at in places:
            self.probe.break_at(at)
        self.probe.resume()
        here = self.probe.wait_stop(self.patience)
        for at in places:
            self.probe.unbreak(at)
        return here, self.probe.register("pc")

    def arrive(self, at):
        """Until the core that fails comes there, from elsewhere; or any core, which fails then."""
        while (here := self.run_to(at)[0]) != self.core and not self.any:
            self.probe.step(here)
        self.core = here

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
        before, count = self.before, self.noted("count")
        self.before = self.told()  # who goes on does so after the crash
        try:
            self.goes_on()
        except (frame_probe.ProbeError, ConnectionError):
            self.running.wait_end(30)
            why = re.findall(OFF, self.running.text)
            return ("machine off with report", why[-1]) if why else ("hang", "off without a report")
        except TimeoutError:
            return "hang", "no core comes anywhere"
        except Over as over:
            return over.args[0], ", then ".join(map(str, over.args[1:]))
        if self.noted("count") != count + 1 or self.noted("by") != 0:
            return "silent damage", "the frame doesn't know of it"
        self.forget()
        return compared(before, self.before)
